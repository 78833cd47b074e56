-- name: keys
SELECT key, request_sha256, first_position, last_position
FROM request_key WHERE first_position <= %(until)s ORDER BY first_position, key

-- name: names
SELECT folded, place, position FROM place_name WHERE position <= %(until)s ORDER BY position, folded, place

-- name: named_before
-- Which of the names of places were kept before they were given again.
SELECT asked.folded, asked.place, asked.position
FROM unnest(%(folded)s::text[], %(places)s::text[], %(positions)s::bigint[]) AS asked (folded, place, position)
JOIN place_name AS kept ON (kept.folded, kept.place) = (asked.folded, asked.place) AND kept.position < asked.position

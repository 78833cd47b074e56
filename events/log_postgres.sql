-- name: head
SELECT position FROM head

-- name: read
SELECT position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash
FROM event WHERE position > %(after)s ORDER BY position LIMIT %(limit)s

-- name: read_streams
SELECT position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash
FROM event WHERE stream = ANY (%(streams)s) AND position <= coalesce(%(up_to)s, 9223372036854775807)
ORDER BY stream, version

-- name: existing
SELECT stream FROM event WHERE stream = ANY (%(streams)s) AND version = 1

-- name: known_requests
SELECT key, request_sha256, first_position, last_position FROM request_key WHERE key = ANY (%(keys)s)

-- name: places_named
SELECT folded, place FROM place_name WHERE folded = ANY (%(folded)s)

-- name: nearest
-- Compared are the streams of the category, at most 5,000 to each side in the order of names: all of a registry,
-- and a bounded time where there are hundreds of thousands. The sign after the category's '-' is '.'.
-- OFFSET 0 keeps the comparison from being made twice.
SELECT stream FROM (
    SELECT stream, similarity(substr(stream, length(%(category)s) + 2), %(name)s) AS likeness FROM (
        (SELECT stream FROM event
         WHERE version = 1 AND stream >= %(stream)s AND stream < %(category)s || '.' ORDER BY stream LIMIT 5000)
        UNION ALL
        (SELECT stream FROM event
         WHERE version = 1 AND stream < %(stream)s AND stream > %(category)s || '-' ORDER BY stream DESC LIMIT 5000)
    ) AS candidate
    OFFSET 0
) AS compared
WHERE likeness > 0 ORDER BY likeness DESC, stream LIMIT %(limit)s

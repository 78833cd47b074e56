-- name: head
SELECT position FROM head

-- name: read
SELECT position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash
FROM event WHERE position > %(after)s ORDER BY position LIMIT %(limit)s

-- name: read_streams
SELECT position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash
FROM event WHERE stream = ANY (%(streams)s) AND position <= %(up_to)s
ORDER BY stream, version

-- name: read_further
-- What each stream has from a version on; that version itself without its data, which the caller has. The streams are
-- looked up one by one: a plan made while the table was small must not scan it all when it has grown.
SELECT further.position, further.stream, further.version, further.event_id, further.type, further.schema_version,
       CASE WHEN further.version > held.version THEN further.data END, further.recorded_at, further.leaf_hash
FROM unnest(%(streams)s::text[], %(versions)s::bigint[]) AS held (stream, version)
CROSS JOIN LATERAL (
    SELECT * FROM event WHERE event.stream = held.stream AND event.version >= held.version OFFSET 0
) AS further
ORDER BY further.stream, further.version

-- name: existing
SELECT stream FROM event WHERE stream = ANY (%(streams)s) AND version = 1

-- name: known_requests
SELECT key, request_sha256, first_position, last_position FROM request_key WHERE key = ANY (%(keys)s)

-- name: keys_from
-- The keys are in order of code points, so that those with a prefix stand together, before the prefix and the last one.
SELECT key FROM request_key
WHERE key >= %(after)s AND (key <> %(after)s OR %(inclusive)s) AND key < %(prefix)s || chr(1114111)
ORDER BY key LIMIT %(limit)s

-- name: places_named
SELECT folded, place FROM place_name WHERE folded = ANY (%(folded)s)

-- name: nearest
-- Compared are the streams of the category, at most 5,000 to each side in the order of names: all of a registry,
-- and a bounded time where there are hundreds of thousands. The sign after the category's '-' is '.'.
-- OFFSET 0 keeps the comparison from being made twice. A place is also known by its names, in whatever language.
-- What is restricted is suggested to nobody, and while anything is no report either: it may tell of nothing else.
SELECT stream FROM (
    SELECT 'place-' || place AS stream, similarity(folded, %(folded)s) AS likeness FROM place_name
    WHERE %(category)s = 'place' AND folded %% %(folded)s
    UNION ALL
    (SELECT stream, similarity(substr(stream, length(%(category)s) + 2), %(name)s) AS likeness FROM (
        (SELECT stream FROM event
         WHERE version = 1 AND stream >= %(stream)s AND stream < %(category)s || '.' ORDER BY stream LIMIT 5000)
        UNION ALL
        (SELECT stream FROM event
         WHERE version = 1 AND stream < %(stream)s AND stream > %(category)s || '-' ORDER BY stream DESC LIMIT 5000)
    ) AS candidate
    OFFSET 0)
) AS compared
WHERE likeness > 0 AND stream NOT IN (
    SELECT last.stream FROM (
        SELECT DISTINCT ON (stream) stream, type FROM event
        WHERE type IN ('occurrence.restricted', 'occurrence.released', 'place.restricted', 'place.released')
        ORDER BY stream, position DESC
    ) AS last WHERE last.type LIKE '%%.restricted'
) AND (%(category)s <> 'report' OR NOT EXISTS (
    SELECT FROM event WHERE type IN ('occurrence.restricted', 'occurrence.released', 'place.restricted', 'place.released')
)) GROUP BY stream ORDER BY max(likeness) DESC, stream LIMIT %(limit)s

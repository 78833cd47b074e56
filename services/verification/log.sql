-- name: bounds
-- In one statement, so that nothing is appended between the two.
SELECT head.position, head.recorded_at, last.position
FROM (SELECT coalesce(max(position), 0) AS position FROM event) AS last LEFT JOIN head ON true

-- name: page
SELECT position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash
FROM event WHERE position > %(after)s AND position <= %(until)s
ORDER BY position LIMIT 2000

-- name: subtrees
-- Those that end among the leaves of one page.
SELECT level, nth, hash FROM progress.log_subtree
WHERE ((nth + 1) << level) > %(after)s AND ((nth + 1) << level) <= %(until)s
  AND level = ANY (%(levels)s) AND nth >= (%(after)s::bigint >> level) AND nth <= (%(until)s::bigint >> level)

-- name: subtree_beyond
SELECT level, nth FROM progress.log_subtree WHERE ((nth + 1) << level) > %(until)s ORDER BY nth << level LIMIT 1

-- name: wrong_version
-- The versions of a stream count up from 1 without a gap, in the order of positions; so no two are the same.
SELECT position, stream, version, nth
FROM (
    SELECT position, stream, version, row_number() OVER (PARTITION BY stream ORDER BY position) AS nth
    FROM event WHERE position <= %(until)s
) AS counted
WHERE version <> nth ORDER BY position LIMIT 1

-- name: event_id_twice
SELECT position, event_id::text
FROM (
    SELECT position, event_id, row_number() OVER (PARTITION BY event_id ORDER BY position) AS nth
    FROM event WHERE position <= %(until)s
) AS counted
WHERE nth > 1 ORDER BY position LIMIT 1

-- name: orphan
-- A stream is about something only once its first event has said that there is such a thing.
SELECT first.position, first.stream, first.type
FROM (
    SELECT DISTINCT ON (stream) position, stream, type FROM event WHERE position <= %(until)s ORDER BY stream, position
) AS first
LEFT JOIN unnest(%(categories)s::text[], %(types)s::text[]) AS begins (category, type)
       ON begins.category = split_part(first.stream, '-', 1) AND begins.type = first.type
WHERE begins.type IS NULL ORDER BY first.position LIMIT 1

-- name: beyond
SELECT what, name, position
FROM (
    SELECT 'request key' AS what, key AS name, last_position AS position FROM request_key
    UNION ALL SELECT 'place name', folded, position FROM place_name
    UNION ALL SELECT 'projection', projection, position FROM progress.checkpoint
) AS kept
WHERE position > (SELECT max(position) FROM head) ORDER BY position LIMIT 1

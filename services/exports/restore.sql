-- name: take_head
-- Nobody else appends until this is committed or given up.
SELECT position FROM head FOR UPDATE

-- name: copy_events
COPY event (position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash)
FROM STDIN (FORMAT binary)

-- name: put_keys
INSERT INTO request_key (key, request_sha256, first_position, last_position)
SELECT key, sha256, first, last
FROM unnest(%(key)b::text[], %(sha256)b::bytea[], %(first)b::bigint[], %(last)b::bigint[])
     AS given (key, sha256, first, last)

-- name: put_names
INSERT INTO place_name (folded, place, position)
SELECT folded, place, position
FROM unnest(%(folded)b::text[], %(place)b::text[], %(position)b::bigint[]) AS given (folded, place, position)
ON CONFLICT DO NOTHING

-- name: stream_with_a_gap
-- UNIQUE (stream, version) holds that no version stands twice; then the largest is the number of events.
SELECT stream FROM event GROUP BY stream HAVING max(version) <> count(*) ORDER BY stream LIMIT 1

-- name: set_head
UPDATE head SET position = %(position)s, recorded_at = %(recorded_at)s

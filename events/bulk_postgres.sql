-- name: take_positions
-- The counter row is taken first and held to commit, so that positions are gapless and commit in order. Every later
-- statement of the transaction sees all that was committed before.
UPDATE head
SET position = position + %(count)s, recorded_at = greatest(recorded_at, clock_timestamp())
RETURNING position - %(count)s, recorded_at

-- name: stale
-- The first of the streams that does not stand at the version that a request is made on.
SELECT asked.stream, asked.version, coalesce(now.version, 0)
FROM unnest(%(streams)b::text[], %(versions)b::bigint[]) WITH ORDINALITY AS asked (stream, version, nth)
LEFT JOIN LATERAL (
    SELECT e.version FROM event e WHERE e.stream = asked.stream ORDER BY e.version DESC LIMIT 1
) AS now ON true
WHERE coalesce(now.version, 0) <> asked.version
ORDER BY asked.nth LIMIT 1

-- name: copy_events
COPY event (position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash)
FROM STDIN (FORMAT binary)

-- name: put_keys_and_names
WITH keyed AS (
    INSERT INTO request_key (key, request_sha256, first_position, last_position)
    SELECT key, sha256, first, last
    FROM unnest(%(key)b::text[], %(key_sha256)b::bytea[], %(key_first)b::bigint[], %(key_last)b::bigint[])
         AS keyed (key, sha256, first, last)
)
INSERT INTO place_name (folded, place, position)
SELECT folded, place, first
FROM unnest(%(folded)b::text[], %(place)b::text[], %(name_first)b::bigint[]) AS named (folded, place, first)
ON CONFLICT DO NOTHING

-- name: found_events
-- Where the events stand that are in the log already, and whether they are the same.
SELECT sent.nth, e.position, (e.stream, e.version, e.type, e.schema_version, e.data)
                           = (sent.stream, sent.version, sent.type, sent.schema_version, sent.data)
FROM unnest(
    %(stream)b::text[], %(version)b::bigint[], %(event_id)b::uuid[], %(type)b::text[],
    %(schema_version)b::integer[], %(data)b::bytea[]
) WITH ORDINALITY AS sent (stream, version, event_id, type, schema_version, data, nth)
JOIN event e ON e.event_id = sent.event_id
ORDER BY sent.nth

-- name: taken_key
SELECT asked.key, known.first_position
FROM unnest(%(key)b::text[]) WITH ORDINALITY AS asked (key, nth)
JOIN request_key known ON known.key = asked.key
ORDER BY asked.nth LIMIT 1

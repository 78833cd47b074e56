-- name: append_batch
-- A whole batch in one statement. The counter row is taken first and held to commit. Of the parts that follow it has
-- those that the batch has something for.
WITH moved AS (
    UPDATE head
    SET position = position + %(count)b::bigint, recorded_at = greatest(recorded_at, clock_timestamp())
    {stands}
    RETURNING position - %(count)b::bigint AS base, recorded_at,
              (extract(epoch FROM recorded_at) * 1000000)::bigint AS micros
), put AS (
    INSERT INTO event (position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash)
    SELECT moved.base + sent.nth, sent.stream, sent.version, sent.event_id, sent.type, sent.schema_version, sent.data,
           moved.recorded_at,
           event_leaf_hash(sent.event_id, sent.stream, sent.version, sent.type, sent.schema_version, moved.micros, sent.data)
    FROM moved, unnest(
        %(stream)b::text[], %(version)b::bigint[], %(event_id)b::uuid[], %(type)b::text[],
        %(schema_version)b::integer[], %(data)b::bytea[]
    ) WITH ORDINALITY AS sent (stream, version, event_id, type, schema_version, data, nth)
){keyed}{named}
SELECT base FROM moved

-- name: stands
-- Nothing is inserted where a stream does not reach the version that a write stands on; where it is beyond it, UNIQUE
-- (stream, version) refuses. Both facts stay true once seen, so that a snapshot older than the lock does no harm.
WHERE NOT EXISTS (
    SELECT FROM unnest(%(stands_stream)b::text[], %(stands_version)b::bigint[]) AS stands (stream, version)
    WHERE (
        SELECT e.position FROM event e WHERE e.stream = stands.stream AND e.version = stands.version
    ) IS NULL
)

-- name: keyed
, keyed AS (
    INSERT INTO request_key (key, request_sha256, first_position, last_position)
    SELECT keyed.key, keyed.sha256, moved.base + keyed.first, moved.base + keyed.last
    FROM moved, unnest(%(key)b::text[], %(key_sha256)b::bytea[], %(key_first)b::bigint[], %(key_last)b::bigint[])
         AS keyed (key, sha256, first, last)
)

-- name: named
, named AS (
    INSERT INTO place_name (folded, place, position)
    SELECT named.folded, named.place, moved.base + named.first
    FROM moved, unnest(%(folded)b::text[], %(place)b::text[], %(name_first)b::bigint[]) AS named (folded, place, first)
    ON CONFLICT DO NOTHING
)

-- name: append_checked
-- The same batch where something was refused, is in doubt, or must be checked under the lock: one outcome each.
SELECT request, outcome, first_position, last_position, subject, expected, actual
FROM append_checked(
    %(request)b::integer[], %(stream)b::text[], %(version)b::bigint[], %(event_id)b::uuid[], %(type)b::text[],
    %(schema_version)b::integer[], %(data)b::bytea[],
    %(expect_request)b::integer[], %(expect_stream)b::text[], %(expect_version)b::bigint[],
    %(key_request)b::integer[], %(key)b::text[], %(key_sha256)b::bytea[],
    %(name_request)b::integer[], %(folded)b::text[], %(place)b::text[]
)

-- name: versions_within
-- What earlier requests wrote, by the positions they stand at.
SELECT past.first, past.last, event.stream, max(event.version)
FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[]) AS past (first, last)
JOIN event ON event.position BETWEEN past.first AND past.last
GROUP BY past.first, past.last, event.stream

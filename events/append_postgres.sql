-- name: append_batch
-- A whole batch in one statement. The counter row is taken first and held to commit. Of its parts below, those are in
-- it that the batch has something for.
WITH moved AS (
    UPDATE head
    SET position = position + %(count)b::bigint, recorded_at = {moment}
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

-- name: moment
-- Under the lock, and never before what was recorded last.
greatest(recorded_at, clock_timestamp())

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

-- name: append_sifted
-- A batch in one statement as well, without those of its requests that are known already or stand on another version:
-- one outcome for each. What is found to be so stays so, and what another process writes meanwhile UNIQUE refuses.
WITH sent AS MATERIALIZED (
    SELECT * FROM unnest(
        %(request)b::integer[], %(stream)b::text[], %(version)b::bigint[], %(event_id)b::uuid[], %(type)b::text[],
        %(schema_version)b::integer[], %(data)b::bytea[]
    ) WITH ORDINALITY AS sent (request, stream, version, event_id, type, schema_version, data, nth)
), found AS MATERIALIZED (
    SELECT sent.request, e.position, e.event_id::text AS event_id,
           (e.stream, e.type, e.schema_version, e.data) = (sent.stream, sent.type, sent.schema_version, sent.data) AS same
    FROM sent JOIN event e ON e.event_id = sent.event_id
), settled AS MATERIALIZED (
    SELECT DISTINCT ON (request) * FROM (
        SELECT 1 AS rank, found.request,
               CASE WHEN bool_and(found.same) AND max(found.position) - min(found.position) + 1 = count(*)
                         AND count(*) = (SELECT count(*) FROM sent WHERE sent.request = found.request)
                    THEN 'repeated_events' ELSE 'event_id_taken' END AS outcome,
               min(found.position) AS first, max(found.position) AS last,
               (array_agg(found.event_id ORDER BY found.same))[1] AS subject,
               NULL::bigint AS expected, NULL::bigint AS actual
        FROM found GROUP BY found.request
        UNION ALL
        SELECT CASE WHEN known.request_sha256 = k.sha256 THEN 3 ELSE 2 END, k.request,
               CASE WHEN known.request_sha256 = k.sha256 THEN 'repeated_key' ELSE 'key_taken' END,
               known.first_position, known.last_position, k.key, NULL, NULL
        FROM unnest(%(key_request)b::integer[], %(key)b::text[], %(key_sha256)b::bytea[]) AS k (request, key, sha256)
        JOIN request_key known ON known.key = k.key
        UNION ALL
        SELECT 4, x.request, 'stale', NULL, NULL, x.stream, x.version, x.actual
        FROM (
            SELECT x.*, coalesce(
                (SELECT e.version FROM event e WHERE e.stream = x.stream ORDER BY e.version DESC LIMIT 1), 0
            ) AS actual
            FROM unnest(%(expect_request)b::integer[], %(expect_stream)b::text[], %(expect_version)b::bigint[])
                 AS x (request, stream, version)
        ) AS x
        WHERE x.actual <> x.version
    ) AS told
    ORDER BY request, rank
), kept AS MATERIALIZED (
    SELECT sent.*, row_number() OVER (ORDER BY sent.nth) AS place
    FROM sent WHERE NOT EXISTS (SELECT FROM settled WHERE settled.request = sent.request)
), moved AS (
    UPDATE head
    SET position = position + (SELECT count(*) FROM kept), recorded_at = {moment}
    WHERE EXISTS (SELECT FROM kept)
    RETURNING position - (SELECT count(*) FROM kept) AS base, recorded_at,
              (extract(epoch FROM recorded_at) * 1000000)::bigint AS micros
), placed AS (
    SELECT kept.request, moved.base + min(kept.place) AS first, moved.base + max(kept.place) AS last
    FROM kept, moved GROUP BY kept.request, moved.base
), put AS (
    INSERT INTO event (position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash)
    SELECT moved.base + kept.place, kept.stream, kept.version, kept.event_id, kept.type, kept.schema_version, kept.data,
           moved.recorded_at,
           event_leaf_hash(kept.event_id, kept.stream, kept.version, kept.type, kept.schema_version, moved.micros, kept.data)
    FROM moved, kept
), keyed AS (
    INSERT INTO request_key (key, request_sha256, first_position, last_position)
    SELECT k.key, k.sha256, placed.first, placed.last
    FROM unnest(%(key_request)b::integer[], %(key)b::text[], %(key_sha256)b::bytea[]) AS k (request, key, sha256)
    JOIN placed ON placed.request = k.request
), named AS (
    INSERT INTO place_name (folded, place, position)
    SELECT n.folded, n.place, placed.first
    FROM unnest(%(name_request)b::integer[], %(folded)b::text[], %(place)b::text[]) AS n (request, folded, place)
    JOIN placed ON placed.request = n.request
    ON CONFLICT DO NOTHING
)
SELECT request, outcome, first, last, subject, expected, actual,
       CASE WHEN outcome LIKE 'repeated%%' THEN (
           SELECT json_object_agg(past.stream, past.version)
           FROM (
               SELECT e.stream, max(e.version) AS version
               FROM event e WHERE e.position BETWEEN settled.first AND settled.last GROUP BY e.stream
           ) AS past
       ) END AS versions
FROM settled
UNION ALL
SELECT request, 'appended', first, last, NULL, NULL, NULL, NULL FROM placed

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

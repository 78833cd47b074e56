-- name: lock_projection
-- One builder of a projection at a time, whichever process it is in.
SELECT pg_try_advisory_lock(hashtextextended('conflictlog.generation.' || %(name)s, 0))

-- name: unlock_projection
SELECT pg_advisory_unlock(hashtextextended('conflictlog.generation.' || %(name)s, 0))

-- name: marks
SELECT generation, version, position, state, reason FROM progress.checkpoint
WHERE projection = %(name)s ORDER BY generation

-- name: add_mark
INSERT INTO progress.checkpoint (projection, generation, version, state)
VALUES (%(name)s, %(generation)s, %(version)s, %(state)s)

-- name: lock_marks
SELECT generation, position FROM progress.checkpoint
WHERE projection = %(name)s AND (state IN ('live', 'stopped') OR generation = %(generation)s)
ORDER BY generation FOR UPDATE

-- name: retire
UPDATE progress.checkpoint SET state = 'former', reason = NULL
WHERE projection = %(name)s AND state IN ('live', 'stopped')

-- name: promote
UPDATE progress.checkpoint SET state = 'live' WHERE projection = %(name)s AND generation = %(generation)s

-- name: resume
UPDATE progress.checkpoint AS mark SET state = 'live', reason = NULL
FROM unnest(%(names)s::text[], %(versions)s::integer[]) AS ours (projection, version)
WHERE mark.projection = ours.projection AND mark.version = ours.version AND mark.state = 'stopped'

-- name: forget
DELETE FROM progress.checkpoint WHERE projection = %(name)s AND generation = %(generation)s

-- name: hold_readers
-- From here to the end of the transaction no answer begins, and those begun before have ended.
LOCK TABLE progress.switch IN ACCESS EXCLUSIVE MODE

-- name: tables_of
SELECT schemaname::text, tablename::text FROM pg_tables WHERE schemaname = ANY (%(schemas)s) ORDER BY tablename

-- name: progress
SELECT mark.projection, mark.version, mark.generation, mark.position,
       head.position - mark.position AS lag_events,
       coalesce(extract(epoch FROM %(now)s::timestamptz - waiting.recorded_at), 0)::float8 AS lag_seconds,
       mark.state, mark.reason
FROM progress.checkpoint AS mark
CROSS JOIN public.head AS head
LEFT JOIN public.event AS waiting ON waiting.position = mark.position + 1
ORDER BY mark.projection, mark.generation

-- name: create_schema
CREATE SCHEMA {schema}

-- name: drop_schema
DROP SCHEMA IF EXISTS {schema} CASCADE

-- name: search_here
SET LOCAL search_path TO {schema}, public

-- name: one_row_is_open
CREATE UNIQUE INDEX ON {table} (number, key, known_from) WHERE to_position = 9223372036854775807

-- name: drop_view
DROP VIEW IF EXISTS {view}

-- name: create_view
CREATE VIEW {view} AS SELECT * FROM {table}

-- name: grant_view
GRANT SELECT ON {view} TO conflictlog_api

-- name: analyze
ANALYZE {table}

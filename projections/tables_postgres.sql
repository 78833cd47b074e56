-- name: marks
SELECT generation, version, position, state, put_off IS NOT NULL FROM progress.checkpoint
WHERE projection = %(name)s ORDER BY generation

-- name: add_mark
INSERT INTO progress.checkpoint (projection, generation, version, state)
VALUES (%(name)s, %(generation)s, %(version)s, %(state)s)

-- name: forget
DELETE FROM progress.checkpoint WHERE projection = %(name)s AND generation = %(generation)s

-- name: tables_of
SELECT schemaname::text, tablename::text FROM pg_tables WHERE schemaname = ANY (%(schemas)s) ORDER BY tablename

-- name: indexes_of
-- All but those that hold a rule.
SELECT kept.relname::text, pg_get_indexdef(kept.oid)
FROM pg_index AS index JOIN pg_class AS kept ON kept.oid = index.indexrelid
WHERE kept.relnamespace = %(schema)s::regnamespace AND NOT index.indisunique
ORDER BY kept.relname

-- name: put_off
UPDATE progress.checkpoint SET put_off = %(definitions)s::text[]
WHERE projection = %(name)s AND generation = %(generation)s

-- name: indexes_put_off
SELECT definition FROM progress.checkpoint, unnest(put_off) WITH ORDINALITY AS one (definition, nth)
WHERE projection = %(name)s AND generation = %(generation)s ORDER BY nth

-- name: drop_index
DROP INDEX {index}

-- name: create_schema
CREATE SCHEMA {schema}

-- name: drop_schema
DROP SCHEMA IF EXISTS {schema} CASCADE

-- name: search_here
SET LOCAL search_path TO {schema}, public

-- name: one_row_is_open
CREATE UNIQUE INDEX ON {table} (number, key, known_from) WHERE to_position = 9223372036854775807

-- name: hold_readers
-- From here to the end of the transaction no answer begins, and those begun before have ended.
LOCK TABLE progress.switch IN ACCESS EXCLUSIVE MODE

-- name: drop_view
DROP VIEW IF EXISTS {view}

-- name: create_view
-- Readers may be kept from what is restricted: the setting lists the first positions of all that belongs to it, and is
-- empty for who may see everything, and while nothing is restricted. Both questions are asked once a statement.
CREATE VIEW {view} AS SELECT * FROM {table}
WHERE (SELECT coalesce(current_setting('conflictlog.hidden', true), '') = '')
   OR number NOT IN (SELECT unnest(nullif(current_setting('conflictlog.hidden', true), '')::bigint[]))

-- name: create_open_view
-- A table whose rows are seen by all, though perhaps not as they stand.
CREATE VIEW {view} AS SELECT * FROM {table}

-- name: unveiled
-- The views through which readers see all, as those do that an earlier release made.
SELECT viewname::text FROM pg_views
WHERE schemaname = 'read' AND viewname = ANY (%(tables)s) AND definition NOT LIKE '%%conflictlog.hidden%%'

-- name: hold_views
-- Nothing is switched while views are compared; readers go on.
LOCK TABLE progress.switch IN ACCESS SHARE MODE

-- name: altered
SELECT name
FROM unnest(%(tables)s::text[]) AS name
LEFT JOIN pg_views AS shown ON shown.schemaname = 'read' AND shown.viewname = name
LEFT JOIN pg_views AS made ON made.schemaname = %(anew)s AND made.viewname = name
WHERE shown.definition IS DISTINCT FROM made.definition
ORDER BY name

-- name: grant_view
GRANT SELECT ON {view} TO conflictlog_api

-- name: analyze
ANALYZE {table}

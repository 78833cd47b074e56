-- name: lock
SELECT pg_advisory_lock(hashtextextended('conflictlog.migrate', 0))

-- name: unlock
SELECT pg_advisory_unlock(hashtextextended('conflictlog.migrate', 0))

-- Roles belong to the whole cluster, so another database's migration may create them at the same moment.
-- An existing role is left as it is: it may be a login with a password.
-- name: create_roles
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['conflictlog_owner', 'conflictlog_api', 'conflictlog_worker'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = wanted);
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$

-- A login that may create roles is not a member of what it created: it makes itself one.
-- name: become_owner
DO $$
BEGIN
    SET LOCAL ROLE conflictlog_owner;
    RESET ROLE;
EXCEPTION WHEN insufficient_privilege THEN
    EXECUTE format('GRANT conflictlog_owner TO %I', current_user);
END
$$

-- name: grant_database
DO $$
DECLARE
    needed text;
BEGIN
    FOREACH needed IN ARRAY ARRAY['conflictlog_owner', 'conflictlog_worker'] LOOP
        CONTINUE WHEN has_database_privilege(needed, current_database(), 'CREATE');
        EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), needed);
    END LOOP;
    IF NOT has_schema_privilege('conflictlog_owner', 'public', 'CREATE') THEN
        GRANT CREATE, USAGE ON SCHEMA public TO conflictlog_owner;
    END IF;
END
$$

-- name: create_extensions
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
    CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
END
$$

-- name: act_as_owner
SET ROLE conflictlog_owner

-- name: create_migration_table
CREATE TABLE IF NOT EXISTS migration (
    name       text        NOT NULL,
    sha256     bytea       NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT migration_pkey PRIMARY KEY (name)
)

-- name: applied
SELECT name, sha256 FROM migration

-- name: record
INSERT INTO migration (name, sha256) VALUES (%s, %s)

-- Run once by the superuser, through psql, whose variables keep passwords out of command lines and logs.
-- Every step can be repeated: a start that was cut short does it again.
\set ON_ERROR_STOP on
\getenv owner_password CONFLICTLOG_OWNER_PASSWORD
\getenv api_password CONFLICTLOG_API_PASSWORD
\getenv worker_password CONFLICTLOG_WORKER_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['conflictlog_owner', 'conflictlog_api', 'conflictlog_worker']) AS name
WHERE name NOT IN (SELECT rolname FROM pg_roles)
\gexec

ALTER ROLE conflictlog_owner PASSWORD :'owner_password';
ALTER ROLE conflictlog_api PASSWORD :'api_password';
ALTER ROLE conflictlog_worker PASSWORD :'worker_password';

SELECT 'CREATE DATABASE conflictlog OWNER conflictlog_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'conflictlog')
\gexec

REVOKE ALL ON DATABASE conflictlog FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE conflictlog TO conflictlog_api, conflictlog_worker;

\connect conflictlog
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;

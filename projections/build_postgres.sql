-- name: build
-- A crash of the database takes back rows and checkpoint together, and they are folded again: nobody waits for the
-- disk. A builder that is killed frees its locks within a second. Sorting for an index may take some memory.
SET LOCAL statement_timeout TO 0; SET LOCAL synchronous_commit TO off; SET LOCAL maintenance_work_mem TO '128MB';
SET LOCAL client_connection_check_interval TO '1s'

-- How far each projection has come, and the schema through which its rows are read.
-- Run as conflictlog_owner, in one transaction.

-- One row for each generation of a projection: the tables of generation N of `strikes` stand in schema strikes_gN.
-- It moves in the transaction that writes the rows, so that rows and position never differ.
CREATE TABLE progress.checkpoint (
    projection  text        COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    version     integer     NOT NULL,
    position    bigint      NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z',
    state       text        NOT NULL,
    reason      text,
    CONSTRAINT checkpoint_pkey PRIMARY KEY (projection, generation),
    CONSTRAINT checkpoint_generation_is_positive CHECK (generation > 0),
    CONSTRAINT checkpoint_position_is_not_negative CHECK (position >= 0),
    CONSTRAINT checkpoint_state_is_known CHECK (state IN ('building', 'live', 'stopped', 'former')),
    CONSTRAINT checkpoint_stops_for_a_reason CHECK ((state = 'stopped') = (reason IS NOT NULL))
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

-- Readers see one generation of a projection, whether it moves or has stopped.
CREATE UNIQUE INDEX checkpoint_one_is_read ON progress.checkpoint (projection) WHERE state IN ('live', 'stopped');

-- Held shared by every answer from before its snapshot, and exclusively by a switch of generations. It has no rows.
CREATE TABLE progress.switch ();

-- The worker puts a view of each live table here; readers have no other way to them.
CREATE SCHEMA read;
GRANT USAGE, CREATE ON SCHEMA read TO conflictlog_worker;
GRANT USAGE ON SCHEMA read TO conflictlog_api;

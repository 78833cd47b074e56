-- Builds of generations that go on after a crash, and what came of the rebuilds that workers were asked for.
-- Run as conflictlog_owner, in one transaction.

-- A generation under construction keeps here the indexes that it still lacks; empty once it has them all. Without the
-- list nobody could go on with what a crash cut short. A `trial` is built to be compared, and never read.
ALTER TABLE progress.checkpoint
    ADD COLUMN put_off text[],
    DROP CONSTRAINT checkpoint_state_is_known,
    ADD CONSTRAINT checkpoint_state_is_known CHECK (state IN ('building', 'trial', 'live', 'stopped', 'former'));

-- The last rebuild of each projection that a worker was given. One that has not ended, though no worker is at it, was
-- cut short, and is taken up by the next worker that starts.
CREATE TABLE progress.rebuild (
    projection text        COLLATE "C" NOT NULL,
    job        text        NOT NULL,
    begun_at   timestamptz NOT NULL,
    ended_at   timestamptz,
    outcome    text        NOT NULL DEFAULT 'under_way',
    generation integer,
    position   bigint,
    first      bigint,
    differing  text[]      NOT NULL DEFAULT '{}',
    reason     text,
    CONSTRAINT rebuild_pkey PRIMARY KEY (projection),
    CONSTRAINT rebuild_outcome_is_known CHECK (outcome IN ('under_way', 'switched', 'differs', 'failed')),
    CONSTRAINT rebuild_is_under_way_until_it_ends CHECK ((outcome = 'under_way') = (ended_at IS NULL))
);

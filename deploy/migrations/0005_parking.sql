-- Streams that could not be folded: what waits of them, and what was decided about them.
-- Run as conflictlog_owner, in one transaction.

-- A stream that a generation of a projection does not fold for now. Its checkpoint goes on without it; a row comes and
-- goes in the transaction that moves the checkpoint or changes the tables. `number` is the first position of the stream,
-- `position` that of the event that could not be folded.
CREATE TABLE progress.parked (
    projection text        COLLATE "C" NOT NULL,
    generation integer     NOT NULL,
    stream     text        COLLATE "C" NOT NULL,
    number     bigint      NOT NULL,
    position   bigint      NOT NULL,
    reason     text        NOT NULL,
    skipped    boolean     NOT NULL DEFAULT false,
    parked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT parked_pkey PRIMARY KEY (projection, generation, stream),
    CONSTRAINT parked_is_of_a_generation FOREIGN KEY (projection, generation) REFERENCES progress.checkpoint
        ON DELETE CASCADE,
    CONSTRAINT parked_positions_are_ordered CHECK (0 < number AND number <= position)
);

-- What waits of it, request by request: the first and the last position of each, since rows hold from the last one on.
CREATE TABLE progress.parked_step (
    projection     text    COLLATE "C" NOT NULL,
    generation     integer NOT NULL,
    stream         text    COLLATE "C" NOT NULL,
    first_position bigint  NOT NULL,
    last_position  bigint  NOT NULL,
    CONSTRAINT parked_step_pkey PRIMARY KEY (projection, generation, stream, first_position),
    CONSTRAINT parked_step_is_of_a_parked_stream FOREIGN KEY (projection, generation, stream) REFERENCES progress.parked
        ON DELETE CASCADE,
    CONSTRAINT parked_step_positions_are_ordered CHECK (0 < first_position AND first_position <= last_position)
);

-- How often rows were added below the checkpoint, by which readers know that what they keep is out of date.
ALTER TABLE progress.checkpoint ADD COLUMN unparked bigint NOT NULL DEFAULT 0;

-- Who had a parked stream tried again or left out, when and why, and what came of it.
CREATE TABLE parking_decision (
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    decided_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    act         text        NOT NULL,
    stream      text        COLLATE "C" NOT NULL,
    projections text[]      NOT NULL,
    decided_by  text        NOT NULL,
    reason      text        NOT NULL,
    outcome     text        NOT NULL,
    CONSTRAINT parking_decision_pkey PRIMARY KEY (id),
    CONSTRAINT parking_decision_act_is_known CHECK (act IN ('retry', 'skip')),
    CONSTRAINT parking_decision_outcome_is_known CHECK (outcome IN ('folded', 'still_parked', 'skipped')),
    CONSTRAINT parking_decision_names_somebody CHECK (octet_length(decided_by) BETWEEN 1 AND 1000),
    CONSTRAINT parking_decision_has_a_reason CHECK (octet_length(reason) BETWEEN 1 AND 10000)
);

CREATE TRIGGER parking_decision_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON parking_decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE parking_decision ENABLE ALWAYS TRIGGER parking_decision_is_append_only;

GRANT SELECT ON parking_decision TO conflictlog_api, conflictlog_worker;
GRANT INSERT (act, stream, projections, decided_by, reason, outcome) ON parking_decision TO conflictlog_worker;

-- One fact about control over one rectangle of (known_at, at_position): a statement about one place (`place`, and
-- `starts_at`, the moment from which it counts), a dispute, a merger of two changes, or a transfer.
-- `place` is an id, or the word for a name that nothing bore, which begins with "~" and sorts after every id.
-- `effects`: the statement belongs to a change that carries out a transfer.
-- `leads_to`: the changes that carry a transfer out, and the occurrence that one was merged into.
-- `fact` is the fact as JSON, kept as written so that a map is read in one piece.
CREATE TABLE control_fact (
    number bigint NOT NULL,
    key text NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    from_position bigint NOT NULL,
    to_position bigint NOT NULL,
    occurrence text NOT NULL,
    place text COLLATE "C",
    starts_at timestamptz,
    effects boolean NOT NULL,
    leads_to text[] NOT NULL,
    fact text NOT NULL
);

CREATE INDEX control_fact_place ON control_fact (place);
CREATE INDEX control_fact_occurrence ON control_fact (occurrence) WHERE place IS NOT NULL;
CREATE INDEX control_fact_transfers ON control_fact (number) WHERE place IS NULL OR effects;
-- A map of the past is a few of very many rows: what was known then and has not been superseded since.
CREATE INDEX control_fact_when ON control_fact (known_to, known_from, from_position, to_position, starts_at);

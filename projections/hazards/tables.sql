-- One report of a hazard over one rectangle of (known_at, at_position).
CREATE TABLE hazard (
    number        bigint      NOT NULL,
    key           text        COLLATE "C" NOT NULL,
    known_from    timestamptz NOT NULL,
    known_to      timestamptz NOT NULL,
    from_position bigint      NOT NULL,
    to_position   bigint      NOT NULL,
    occurrence    text        COLLATE "C" NOT NULL,
    start_at      timestamptz NOT NULL,
    end_at        timestamptz NOT NULL,
    zone          text        NOT NULL,
    told          text        NOT NULL
);
CREATE INDEX ON hazard (start_at);

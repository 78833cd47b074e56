-- A place that was given by a name which nothing bore is in places the word for it.
-- places and parties hold each id alone and with its role before it ("target:damascus"), and each role alone
-- ("target:"), so that one index answers all three questions. search is a tsvector as text: only text has a digest.
CREATE TABLE occurrence (
    number        bigint      NOT NULL,
    key           text        COLLATE "C" NOT NULL,
    known_from    timestamptz NOT NULL,
    known_to      timestamptz NOT NULL,
    from_position bigint      NOT NULL,
    to_position   bigint      NOT NULL,
    id            text        COLLATE "C" NOT NULL,
    kind          text        COLLATE "C" NOT NULL,
    precision     text        COLLATE "C" NOT NULL,
    zone          text        NOT NULL,
    start_at      timestamptz NOT NULL,
    end_at        timestamptz NOT NULL,
    first_day     date        NOT NULL,
    last_day      date        NOT NULL,
    retracted     boolean     NOT NULL,
    merged        boolean     NOT NULL,
    dataset       text        COLLATE "C",
    external_id   text        COLLATE "C",
    places        text[]      COLLATE "C" NOT NULL,
    parties       text[]      COLLATE "C" NOT NULL,
    claimants     text[]      COLLATE "C" NOT NULL,
    search        text        NOT NULL,
    told          text        NOT NULL
);
CREATE INDEX ON occurrence (number);
CREATE INDEX ON occurrence (kind, first_day);
CREATE INDEX ON occurrence (first_day);
CREATE INDEX ON occurrence (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX ON occurrence USING gin (places);
CREATE INDEX ON occurrence USING gin (parties);
CREATE INDEX ON occurrence USING gin (claimants);
CREATE INDEX ON occurrence USING gin ((search::tsvector));

-- The claims of a claimant that stand.
CREATE TABLE occurrence_claim (
    number        bigint      NOT NULL,
    key           text        COLLATE "C" NOT NULL,
    known_from    timestamptz NOT NULL,
    known_to      timestamptz NOT NULL,
    from_position bigint      NOT NULL,
    to_position   bigint      NOT NULL,
    occurrence    text        COLLATE "C" NOT NULL,
    claimant      text        COLLATE "C" NOT NULL,
    claims        text[]      COLLATE "C" NOT NULL,
    first_at      timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    counts        boolean     NOT NULL
);
CREATE INDEX ON occurrence_claim (number);

-- What a report tells of an occurrence: the claims that it carries, none where it only tells of the occurrence itself.
CREATE TABLE occurrence_citation (
    number        bigint      NOT NULL,
    key           text        COLLATE "C" NOT NULL,
    known_from    timestamptz NOT NULL,
    known_to      timestamptz NOT NULL,
    from_position bigint      NOT NULL,
    to_position   bigint      NOT NULL,
    occurrence    text        COLLATE "C" NOT NULL,
    report        text        COLLATE "C" NOT NULL,
    claims        text[]      COLLATE "C" NOT NULL,
    counts        boolean     NOT NULL
);
CREATE INDEX ON occurrence_citation (number);
CREATE INDEX ON occurrence_citation (report);

CREATE TABLE unresolved_place (
    number        bigint      NOT NULL,
    key           text        COLLATE "C" NOT NULL,
    known_from    timestamptz NOT NULL,
    known_to      timestamptz NOT NULL,
    from_position bigint      NOT NULL,
    to_position   bigint      NOT NULL,
    occurrence    text        COLLATE "C" NOT NULL,
    word          text        COLLATE "C" NOT NULL,
    name          text        NOT NULL,
    published_at  timestamptz NOT NULL,
    counts        boolean     NOT NULL
);
CREATE INDEX ON unresolved_place (number);
CREATE INDEX ON unresolved_place (word);

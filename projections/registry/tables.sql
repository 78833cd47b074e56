-- Everything registered follows position only: known_from and known_to span all of published time.

CREATE TABLE registered (
    number        bigint      NOT NULL,
    key           text        COLLATE "C" NOT NULL,
    known_from    timestamptz NOT NULL,
    known_to      timestamptz NOT NULL,
    from_position bigint      NOT NULL,
    to_position   bigint      NOT NULL,
    category      text        COLLATE "C" NOT NULL,
    id            text        COLLATE "C" NOT NULL,
    kind          text        COLLATE "C" NOT NULL,
    belongs_to    text[]      COLLATE "C" NOT NULL,
    aligned_with  text[]      COLLATE "C" NOT NULL,
    search        text        NOT NULL,
    state         text        NOT NULL
);
CREATE INDEX ON registered (category, id, from_position);
CREATE INDEX ON registered (from_position) WHERE category <> 'report';

CREATE TABLE registered_name (
    number        bigint      NOT NULL,
    key           text        COLLATE "C" NOT NULL,
    known_from    timestamptz NOT NULL,
    known_to      timestamptz NOT NULL,
    from_position bigint      NOT NULL,
    to_position   bigint      NOT NULL,
    category      text        COLLATE "C" NOT NULL,
    id            text        COLLATE "C" NOT NULL,
    folded        text        COLLATE "C" NOT NULL,
    name          text        NOT NULL
);
CREATE INDEX ON registered_name (folded, category);
CREATE INDEX ON registered_name USING gin (folded public.gin_trgm_ops);

CREATE TABLE report (
    number         bigint      NOT NULL,
    key            text        COLLATE "C" NOT NULL,
    known_from     timestamptz NOT NULL,
    known_to       timestamptz NOT NULL,
    from_position  bigint      NOT NULL,
    to_position    bigint      NOT NULL,
    id             text        COLLATE "C" NOT NULL,
    source         text        COLLATE "C" NOT NULL,
    published_at   timestamptz NOT NULL,
    language       text,
    url            text,
    translation_of text        COLLATE "C",
    withdrawn      boolean     NOT NULL,
    search         text        NOT NULL,
    state          text        NOT NULL
);
CREATE INDEX ON report (id, from_position);
CREATE INDEX ON report (source, published_at);
CREATE INDEX ON report (published_at);

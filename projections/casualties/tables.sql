-- One voice on the casualties of one occurrence over one rectangle of (known_at, at_position).
-- `attackers` are degree:party; `targets` are places and precisions by turns, and "~" at the end where one of the places
-- is a word for a name that nothing bore; both are joined by spaces, so that they are cheap to group by. `started_at` is the start (else the end); `day` and `last_day` are local in `zone`.
-- `came_back`: people came back. A null `claim` is an analyst's. Where `settled`, what counts stands in the two tables below.
CREATE TABLE casualty_voice (
    number bigint NOT NULL,
    key text NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    from_position bigint NOT NULL,
    to_position bigint NOT NULL,
    occurrence text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    weapon text COLLATE "C",
    device text COLLATE "C",
    attackers text COLLATE "C" NOT NULL,
    targets text COLLATE "C" NOT NULL,
    started_at timestamptz NOT NULL,
    zone text COLLATE "C" NOT NULL,
    day date NOT NULL,
    last_day date NOT NULL,
    dataset text COLLATE "C",
    came_back boolean NOT NULL,
    voice text COLLATE "C" NOT NULL,
    claim text,
    claimant text COLLATE "C" NOT NULL,
    telling text NOT NULL,
    affected text[] NOT NULL,
    status text NOT NULL,
    effect text COLLATE "C" NOT NULL,
    low bigint,
    best bigint,
    high bigint,
    open_ended boolean NOT NULL,
    words text,
    place text,
    published_at timestamptz NOT NULL,
    publications text[] NOT NULL,
    reports text[] NOT NULL,
    citations text NOT NULL,
    settled boolean NOT NULL
);

CREATE INDEX casualty_voice_occurrence ON casualty_voice (occurrence, effect, voice);
CREATE INDEX casualty_voice_named ON casualty_voice (number) WHERE right(targets, 1) = '~';
CREATE INDEX casualty_voice_unsettled ON casualty_voice (day) WHERE NOT settled;

-- What an occurrence on which one claimant speaks counts for in one effect, asked for all.
-- `marks` are added up: 1, 2, 4: something in it states no low, no best, no high, 8: it is open-ended, 16: its bounds
-- are inconsistent, 32: it states a bound at all. `claims` are joined by spaces.
CREATE TABLE casualty_whole (
    number bigint NOT NULL,
    key text NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    from_position bigint NOT NULL,
    to_position bigint NOT NULL,
    occurrence text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    weapon text COLLATE "C",
    device text COLLATE "C",
    attackers text COLLATE "C" NOT NULL,
    targets text COLLATE "C" NOT NULL,
    started_at timestamptz NOT NULL,
    zone text COLLATE "C" NOT NULL,
    day date NOT NULL,
    last_day date NOT NULL,
    dataset text COLLATE "C",
    came_back boolean NOT NULL,
    claimant text COLLATE "C" NOT NULL,
    effect text COLLATE "C" NOT NULL,
    people text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    low bigint,
    best bigint,
    high bigint,
    marks integer NOT NULL,
    in_words integer NOT NULL,
    claims text NOT NULL
);

CREATE INDEX casualty_whole_occurrence ON casualty_whole (occurrence);
CREATE INDEX casualty_whole_day ON casualty_whole (day);

-- The same by side and status. `people` are parties joined by "+", empty for a side that is not known;
-- "unallocated" is what only the total counts.
CREATE TABLE casualty_part (LIKE casualty_whole);

CREATE INDEX casualty_part_occurrence ON casualty_part (occurrence);
CREATE INDEX casualty_part_day ON casualty_part (day);

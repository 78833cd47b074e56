-- One strike over one rectangle of (known_at, at_position).
-- `moment` is its start (else its end); with `whole_day` it was told as a bare date in `zone`.
-- `degrees` stand in the order of `attackers`, `place_precisions` in that of `target_places`, which are ids, and the
-- words for names that nothing bore.
CREATE TABLE strike (
    number bigint NOT NULL,
    key text NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    from_position bigint NOT NULL,
    to_position bigint NOT NULL,
    occurrence text NOT NULL,
    moment timestamptz NOT NULL,
    whole_day boolean NOT NULL,
    last_moment timestamptz NOT NULL,
    zone text NOT NULL,
    precision text NOT NULL,
    weapon text NOT NULL,
    attackers text[] NOT NULL,
    degrees text[] NOT NULL,
    target_parties text[] NOT NULL,
    target_places text[] NOT NULL,
    place_precisions text[] NOT NULL,
    told jsonb NOT NULL,
    CONSTRAINT strike_attackers_have_degrees CHECK (cardinality(attackers) = cardinality(degrees)),
    CONSTRAINT strike_places_have_precisions CHECK (cardinality(target_places) = cardinality(place_precisions))
);

CREATE INDEX strike_moment ON strike (moment);
CREATE INDEX strike_number ON strike (number, from_position);
CREATE INDEX strike_attackers ON strike USING gin (attackers);

"""What is answered about strikes, in the names of the REST interface."""

from datetime import date, datetime

from msgspec import UNSET, Struct, UnsetType

from events.values import Count, PlaceAt
from events.words import Degree, Weapon
from projections.clocks import Answered
from projections.registry_view import Level, RegistryView
from projections.strikes.matching import StrikeQuery, StrikeRow, areas, degree_of, responsible, tz_of
from projections.strikes.told import Attacker, Told, strongest


class StrikeLinks(Struct, kw_only=True):
    """Where what a strike rests on can be read."""

    occurrence: str
    claims: tuple[str, ...]
    reports: tuple[str, ...]


class Strike(Struct, kw_only=True):
    """A strike. `date` is the day it counts on; `spans_days`: it reaches, or may reach, into another day.

    `responsibility` is the strongest degree of the attackers asked for. `areas` are the places struck, rolled up.
    `occurrence`, `claims` and `reports` are the ids of what it rests on.
    """

    occurrence: str
    date: date
    spans_days: bool
    start: str | None
    end: str | None
    precision: str
    zone: str
    weapon: Weapon
    responsibility: Degree
    attackers: tuple[Attacker, ...]
    target_parties: tuple[str, ...]
    places: tuple[PlaceAt, ...]
    areas: tuple[str, ...]
    sorties: Count | None
    munitions: Count | None
    claimant: str
    published_at: datetime
    claims: tuple[str, ...]
    reports: tuple[str, ...]
    links: StrikeLinks


class StrikeInWindow(Strike, kw_only=True):
    """A strike and its place in the window: the `ordinal` counts from 1.

    `previous` is the strike before it under the same filter, which may lie outside the window; days since it are
    counted in local days.
    """

    ordinal: int
    previous: str | None
    days_since_previous: int | None
    areas_shared_with_previous: tuple[str, ...]


class StrikeList(Answered, kw_only=True):
    """Strikes, oldest first; `total` is how many there are on all pages."""

    items: list[Strike]
    next_cursor: str | None
    total: int


class StrikeWindow(Answered, kw_only=True, rename={"from_": "from"}):
    """The strikes of a trailing window; `from` and `to` are its first and last day in `tz`, both inside."""

    window: str
    from_: date
    to: date
    tz: str
    count: int
    strikes: list[StrikeInWindow]


class CountRow(Struct, kw_only=True):
    """How many strikes stand under one value of each thing that is grouped by; only those members are there.

    A strike on two areas stands in both rows. Null is an attacker, target or place that is not known.
    `spanning` of them reach, or may reach, into another day than the one they count on.
    """

    attacker: str | UnsetType | None = UNSET
    target_party: str | UnsetType | None = UNSET
    weapon: str | UnsetType | None = UNSET
    place: str | UnsetType | None = UNSET
    day: str | UnsetType | None = UNSET
    week: str | UnsetType | None = UNSET
    month: str | UnsetType | None = UNSET
    count: int
    spanning: int
    occurrences: list[str]


class StrikeCounts(Answered, kw_only=True, rename={"from_": "from"}):
    """Grouped counts; `total` counts each strike once. `from` and `to` are the days covered, null where none is."""

    group_by: tuple[str, ...]
    from_: date | None
    to: date | None
    tz: str
    level: Level
    total: int
    rows: list[CountRow]


def strike_of(row: StrikeRow, told: Told, query: StrikeQuery, registry: RegistryView) -> Strike:
    """Put together what is answered about one strike."""
    tz = tz_of(query, registry)
    held = responsible(row, query, registry)
    return Strike(
        occurrence=row.occurrence,
        date=row.day_in(tz),
        spans_days=row.spans_days(tz),
        start=told.start,
        end=told.end,
        precision=row.precision,
        zone=row.zone,
        weapon=row.weapon,
        responsibility=strongest([degree_of(row, party, registry) for party in held if party is not None]),
        attackers=told.attackers,
        target_parties=tuple(row.target_parties),
        places=registry.located(told.places),
        areas=areas(row.target_places, query.level, registry),
        sorties=told.sorties,
        munitions=told.munitions,
        claimant=told.claimant,
        published_at=told.published_at,
        claims=told.claims,
        reports=told.reports,
        links=StrikeLinks(
            occurrence=f"/v1/occurrences/{row.occurrence}",
            claims=tuple([f"/v1/claims/{claim}" for claim in told.claims]),
            reports=tuple([f"/v1/reports/{report}" for report in told.reports]),
        ),
    )

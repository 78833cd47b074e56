"""What is answered about displacement: each movement, and what is said of how many moved."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeAlias

from msgspec import Struct

from events.values import PartyIn, PlaceAt
from events.words import Movement as Kind
from projections.clocks import Clocks
from projections.displacement.told import Figure, Told
from projections.evidence import Links, Quantity, links
from projections.lasting import Between, Lasting
from projections.registry_view import Level, RegistryView

Day: TypeAlias = date

_LEFT = frozenset({"origin"})
_REACHED = frozenset({"destination"})
_THERE = frozenset({"location", "target"})


class DisplacementQuery(Between, frozen=True, kw_only=True):
    """Which movements: from, to or in these places, in this span, away or back, of these kinds.

    `level` is what places are rolled up to; a place that is known only coarser stands for itself.
    """

    place: tuple[str, ...] = ()
    returning: bool | None = None
    movement: tuple[Kind, ...] = ()
    level: Level = "district"


class Movement(Struct, kw_only=True):
    """People who left, were moved or came back; `date` and `until` are its first and its last local day.

    `movement` is null where people are said to have left because of something else that is reported.
    `origins` are the areas left, `destinations` those reached; where it happened is the one, or for those who came
    back the other, unless the report says otherwise.
    `figures` are what each claimant says of how many; how they compare is for the tally of casualties to say.
    """

    occurrence: str
    kind: str
    movement: Kind | None
    returning: bool
    date: date
    until: Day
    start: str | None
    end: str | None
    precision: str
    zone: str
    places: tuple[PlaceAt, ...]
    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    parties: tuple[PartyIn, ...]
    claimant: str
    published_at: datetime
    figures: tuple[Figure, ...]
    quantities: tuple[Quantity, ...]
    disputed_by: tuple[str, ...]
    quotes: tuple[str, ...]
    claims: tuple[str, ...]
    reports: tuple[str, ...]
    links: Links


class MovementRow(Struct, frozen=True):
    """A row as read, and when it was."""

    occurrence: str
    when: Lasting
    told: Told


def movements_of(
    rows: Iterable[MovementRow], query: DisplacementQuery, registry: RegistryView, clocks: Clocks
) -> list[Movement]:
    """Give the movements that fit a question, in order of their start and id; none that begins after `as_of`."""
    found = [row for row in rows if row.when.begun(clocks) and _fits(row, query, registry)]
    found.sort(key=lambda row: (row.when.first_day, row.when.start_at, row.occurrence))
    return [_movement(row, query.level, registry) for row in found]


def _fits(row: MovementRow, query: DisplacementQuery, registry: RegistryView) -> bool:
    told = row.told
    if query.returning is not None and (told.movement == "return") is not query.returning:
        return False
    if query.movement and told.movement not in query.movement:
        return False
    named = {registry.where(at) for at in told.places} | {figure.place for figure in told.figures}
    if query.place and not any(
        place is not None and registry.place_in(place, area) for place in named for area in query.place
    ):
        return False
    return row.when.overlaps(query.from_, query.to)


def _movement(row: MovementRow, level: Level, registry: RegistryView) -> Movement:
    told = row.told
    origins = _areas(told, _LEFT, level, registry)
    reached = _areas(told, _REACHED, level, registry)
    there = _areas(told, _THERE, level, registry)
    # Where only one place is told of, those who left did so there, and those who came back came there.
    returning = told.movement == "return"
    if returning:
        reached = reached or there
    else:
        origins = origins or there
    return Movement(
        occurrence=row.occurrence,
        kind=told.kind,
        movement=told.movement,
        returning=returning,
        date=row.when.first_day,
        until=row.when.last_day,
        start=told.start,
        end=told.end,
        precision=told.precision,
        zone=row.when.zone,
        places=registry.located(told.places),
        origins=origins,
        destinations=reached,
        parties=told.parties,
        claimant=told.claimant,
        published_at=told.published_at,
        figures=told.figures,
        quantities=told.quantities,
        disputed_by=told.disputed_by,
        quotes=told.quotes,
        claims=told.claims,
        reports=told.reports,
        links=links(row.occurrence, told.claims, told.reports),
    )


def _areas(told: Told, roles: frozenset[str], level: Level, registry: RegistryView) -> tuple[str, ...]:
    places = {registry.where(at) for at in told.places if at.role in roles}
    return tuple(sorted({registry.place_at(place, level) or place for place in places if place is not None}))

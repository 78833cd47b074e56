"""What is answered about hazards: each report, and what they come to in each area."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from events.values import Count, PartyIn, PlaceAt
from events.words import Device
from projections.clocks import Answered, Clocks
from projections.evidence import Links, Quantity, links
from projections.hazards.told import HazardKind, OtherAccount, Told, hazard_places
from projections.lasting import Between, Lasting
from projections.registry_view import Level, RegistryView

Day: TypeAlias = date


class HazardQuery(Between, frozen=True, kw_only=True):
    """Which hazards: in these places, of these kinds and devices, in this span.

    Several values of one member are alternatives. `level` is what places are rolled up to; a place that is known only
    coarser stands for itself.
    """

    place: tuple[str, ...] = ()
    kind: tuple[HazardKind, ...] = ()
    device: tuple[Device, ...] = ()
    level: Level = "district"


class Hazard(Struct, kw_only=True):
    """One report of a hazard. `date` and `until` are its first and its last local day.

    `places` are all places told of with their roles, `areas` those asked for in which it lies, rolled up.
    `disputed_by` are claimants who say that it is not so.
    """

    occurrence: str
    kind: HazardKind
    date: date
    until: Day
    start: str | None
    end: str | None
    precision: str
    zone: str
    devices: tuple[Device, ...]
    items: Count | None
    area_m2: int | None
    places: tuple[PlaceAt, ...]
    areas: tuple[str, ...]
    parties: tuple[PartyIn, ...]
    claimant: str
    published_at: datetime
    quantities: tuple[Quantity, ...]
    accounts: tuple[OtherAccount, ...]
    disputed_by: tuple[str, ...]
    quotes: tuple[str, ...]
    claims: tuple[str, ...]
    reports: tuple[str, ...]
    links: Links


class Cleared(Struct, kw_only=True):
    """Items removed, summed over the clearances that state a number; `unstated` is how many state none."""

    low: int
    best: int | None
    high: Annotated[int | None, Meta(description="Null: open-ended, or not stated by all.")]
    unstated: int


class HazardArea(Struct, kw_only=True):
    """What is reported of one area. Null is a place that is not registered.

    That clearance is reported does not say that nothing is left: contamination is never taken back by it.
    """

    area: str | None
    name: str | None
    devices: tuple[Device, ...]
    contaminations: int
    clearances: int
    explosions: int
    cleared_items: Cleared | None
    cleared_m2: Annotated[int | None, Meta(description="Over the clearances that state an area; null: none does.")]
    first_date: date
    last_date: date
    disputed: bool
    occurrences: list[str]


class HazardList(Answered, kw_only=True):
    """Hazards, oldest first, and what all of them, on all pages, come to in each area.

    One that lies in two areas stands in both, and once in `total`.
    """

    level: Level
    areas: list[HazardArea]
    items: list[Hazard]
    next_cursor: str | None
    total: int


class HazardRow(Struct, frozen=True):
    """A row as read, and when it was."""

    occurrence: str
    when: Lasting
    told: Told


def hazards_of(rows: Iterable[HazardRow], query: HazardQuery, registry: RegistryView, clocks: Clocks) -> list[Hazard]:
    """Give the hazards that fit a question, in order of their start and id; none that begins after `as_of`."""
    found = [row for row in rows if row.when.begun(clocks) and _fits(row, query, registry)]
    found.sort(key=lambda row: (row.when.first_day, row.when.start_at, row.occurrence))
    return [_hazard(row, query, registry) for row in found]


def areas_of(hazards: Sequence[Hazard], registry: RegistryView) -> list[HazardArea]:
    """Sum up hazards by area, in order of the areas' ids, what is not registered last."""
    groups: dict[str | None, list[Hazard]] = {}
    for hazard in hazards:
        for area in hazard.areas or (None,):
            groups.setdefault(area, []).append(hazard)
    ordered = sorted(groups.items(), key=lambda group: (group[0] is None, group[0] or ""))
    return [_area(area, found, registry) for area, found in ordered]


def _fits(row: HazardRow, query: HazardQuery, registry: RegistryView) -> bool:
    told = row.told
    named = {*told.devices, *(account.device for account in told.accounts)}
    return (
        (not query.kind or told.kind in query.kind)
        and (not query.device or not named.isdisjoint(query.device))
        and (not query.place or bool(_places_asked_for(told, query, registry)))
        and row.when.overlaps(query.from_, query.to)
    )


def _places_asked_for(told: Told, query: HazardQuery, registry: RegistryView) -> list[str]:
    where = hazard_places(told.places, registry)
    return [place for place in where if not query.place or any(registry.place_in(place, area) for area in query.place)]


def _hazard(row: HazardRow, query: HazardQuery, registry: RegistryView) -> Hazard:
    told = row.told
    where = _places_asked_for(told, query, registry)
    return Hazard(
        occurrence=row.occurrence,
        kind=told.kind,
        date=row.when.first_day,
        until=row.when.last_day,
        start=told.start,
        end=told.end,
        precision=told.precision,
        zone=row.when.zone,
        devices=told.devices,
        items=told.items,
        area_m2=told.area_m2,
        places=registry.located(told.places),
        areas=tuple(sorted({registry.place_at(place, query.level) or place for place in where})),
        parties=told.parties,
        claimant=told.claimant,
        published_at=told.published_at,
        quantities=told.quantities,
        accounts=told.accounts,
        disputed_by=told.disputed_by,
        quotes=told.quotes,
        claims=told.claims,
        reports=told.reports,
        links=links(row.occurrence, told.claims, told.reports),
    )


def _area(area: str | None, hazards: Sequence[Hazard], registry: RegistryView) -> HazardArea:
    kinds: Mapping[HazardKind, list[Hazard]] = {"contamination": [], "clearance": [], "explosion": []}
    for hazard in hazards:
        kinds[hazard.kind].append(hazard)
    entry = None if area is None else registry.places.get(area)
    cleared_m2 = [hazard.area_m2 for hazard in kinds["clearance"] if hazard.area_m2 is not None]
    return HazardArea(
        area=area,
        name=None if entry is None else entry.said.name,
        devices=tuple(sorted({device for hazard in hazards for device in hazard.devices})),
        contaminations=len(kinds["contamination"]),
        clearances=len(kinds["clearance"]),
        explosions=len(kinds["explosion"]),
        cleared_items=_cleared([hazard.items for hazard in kinds["clearance"]]),
        cleared_m2=sum(cleared_m2) if cleared_m2 else None,
        first_date=min(hazard.date for hazard in hazards),
        last_date=max(hazard.until for hazard in hazards),
        disputed=any(hazard.disputed_by for hazard in hazards),
        occurrences=[hazard.occurrence for hazard in hazards],
    )


def _cleared(counts: Sequence[Count | None]) -> Cleared | None:
    """Sum what is stated; a bound that one of them leaves open is open in the sum."""
    stated: list[tuple[int, int | None, int | None]] = []
    for count in counts:
        bounds = () if count is None else (count.low, count.best, count.high)
        least = next((bound for bound in bounds if bound is not None), None)
        if count is not None and least is not None:
            stated.append((least, count.best, None if count.open_ended else count.high))
    if not stated:
        return None
    lows, bests, highs = zip(*stated, strict=True)
    return Cleared(low=sum(lows), best=_sum_of_all(bests), high=_sum_of_all(highs), unstated=len(counts) - len(stated))


def _sum_of_all(bounds: Sequence[int | None]) -> int | None:
    """Give the sum where all are stated."""
    known = [bound for bound in bounds if bound is not None]
    return sum(known) if len(known) == len(bounds) else None

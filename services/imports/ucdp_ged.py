"""UCDP GED: an occurrence for each event, with its four parts by side and its total, as a release has them.

Davies, Pettersson & Öberg 2023; Sundberg & Melander 2013. Read are the 49 columns of today, the 41 of older releases,
candidate releases, and HDX's copies with a row of HXL tags.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from typing import cast

from msgspec import Struct, convert

from events import details as kinds
from events import requests as asked
from events.claims import CasualtiesClaim
from events.command import Command
from events.decision import slug
from events.mappings import reading
from events.registry_requests import FileReport, RegisterSource
from events.values import Count, ExternalId, Occurred, PartyIn, Position
from events.words import PlaceKind, PlacePrecision, Scope, Status, TimePrecision
from services.imports.bodies import as_written, command, occurrence
from services.imports.days import day_of
from services.imports.entry import Covered, Entry, Release, Row, RowError
from services.imports.reading import code_in, number_or_none, point_of, table
from services.imports.ucdp_releases import months_of
from services.imports.wanted import Names, WantedParty, WantedPlace

DATASET = "ucdp-ged"
INCONSISTENT = "bounds_inconsistent"
STRADDLES = "spans two months"

_NEEDED = (
    "id", "type_of_violence", "side_a_new_id", "side_a", "side_b_new_id", "side_b", "where_prec", "where_coordinates",
    "adm_1", "adm_2", "country", "country_id", "date_prec", "date_start", "date_end", "deaths_a", "deaths_b",
    "deaths_civilians", "deaths_unknown", "low", "best", "high",
)  # fmt: skip
_TIMES = cast("Mapping[str, TimePrecision]", reading("time_precision", "ucdp", "date_prec"))
_PLACES = cast("Mapping[str, PlacePrecision]", reading("place_precision", "ucdp", "where_prec"))
_KINDS: Mapping[str, kinds.Details] = {
    theirs: convert({"kind": kind}, kinds.Details)
    for theirs, kind in reading("occurrence_kind", "ucdp", "type_of_violence").items()
}
_ENDINGS: Mapping[str, PlaceKind] = {
    "town": "town", "city": "city", "village": "village", "suburb": "neighbourhood", "neighborhood": "neighbourhood",
    "airport": "airport", "airbase": "base", "base": "base", "mountain": "mountain", "road": "road",
}  # fmt: skip
_SETTLEMENTS = frozenset({"town", "city", "village", "neighbourhood"})
"""Kinds that people leave out of a name; the airport of a city is not called as the city."""

_GENERIC = frozenset({"governorate", "province", "district", "oblast", "region", "state", "county", "department"})
_QUOTE_MOST = 10_000
_LOCATOR_MOST = 500

_SOURCE = RegisterSource(
    id=DATASET, name="UCDP Georeferenced Event Dataset", kind="dataset", language="en", url="https://ucdp.uu.se"
)


class GedEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event, as every column set has it."""

    id: str
    violence: str
    side_a: tuple[str, str]
    side_b: tuple[str, str]
    where_prec: str
    where: tuple[str, str, str, str]
    country_id: str
    point: Position | None
    when: tuple[str, str, str]
    deaths: tuple[int | None, int | None, int | None, int | None]
    total: tuple[int | None, int | None, int | None]
    quote: str
    locator: str


class UcdpGed:
    """A file of UCDP GED, its lines read as they are asked for."""

    def __init__(self, lines: Iterable[str], release: Release) -> None:
        """Take the file's lines, and which release it is."""
        self._lines = lines
        self.release = release
        self.covered = Covered(months=months_of(release.name))

    @property
    def sources(self) -> Sequence[RegisterSource]:
        """The one who publishes it."""
        return (_SOURCE,)

    @cached_property
    def report(self) -> str:
        """The release as a publication, by id."""
        return f"{DATASET}-{slug(self.release.name or 'unnamed')}"

    @property
    def reports(self) -> Sequence[FileReport]:
        """The release as a publication."""
        title = f"UCDP GED {self.release.name}" if self.release.name else "UCDP GED, a release that is not named"
        return (
            FileReport(
                id=self.report,
                source=DATASET,
                published_at=self.release.published_at,
                title=title,
                url="https://ucdp.uu.se/downloads/",
            ),
        )

    def entries(self) -> Iterator[Entry]:
        """Give an entry for each event; one that cannot be read says why."""
        for number, row in table(self._lines, _NEEDED):
            self.covered.ids.add(code_in(row, "id"))
            try:
                event = read(row)
            except RowError as error:
                yield Entry(row=number, quarantined=str(error))
                continue
            place, sides = place_of(event.where, event.country_id, event.point), sides_of(event)
            self.covered.take(_country(event.where[0], event.country_id), event.when[0])
            yield Entry(
                row=number,
                commands=partial(self._commands, event),
                places=(place,),
                parties=sides,
                flags=flags_of(event),
            )

    def _commands(self, event: GedEvent, names: Names) -> Sequence[Command]:
        external = ExternalId(dataset=DATASET, id=event.id, release=self.release.name)
        body = reported(event, names, self.report, external)
        return (command(body, content=event),)


def read(row: Row) -> GedEvent:
    """Read a row; raises RowError where it says what cannot be."""
    start, end = day_of(row["date_start"]), day_of(row["date_end"])
    if start is None or end is None or end < start:
        raise RowError(f"date_start and date_end are no span of days: {row['date_start']!r}, {row['date_end']!r}")
    for column, codes in (("date_prec", _TIMES), ("where_prec", _PLACES), ("type_of_violence", _KINDS)):
        if code_in(row, column) not in codes:
            raise RowError(f"{column} is no code of UCDP's: {row[column]!r}")
    for column in ("id", "country", "side_a", "side_b"):
        if not row[column].strip():
            raise RowError(f"{column} is empty")
    a, b, civilians, unknown, low, best, high = (
        number_or_none(row, column)
        for column in ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "low", "best", "high")
    )
    return GedEvent(
        id=code_in(row, "id"),
        violence=code_in(row, "type_of_violence"),
        side_a=(code_in(row, "side_a_new_id"), row["side_a"].strip()),
        side_b=(code_in(row, "side_b_new_id"), row["side_b"].strip()),
        where_prec=code_in(row, "where_prec"),
        where=(row["country"].strip(), row["adm_1"].strip(), row["adm_2"].strip(), row["where_coordinates"].strip()),
        country_id=code_in(row, "country_id"),
        point=point_of(row, "latitude", "longitude"),
        when=(start.isoformat(), end.isoformat(), code_in(row, "date_prec")),
        deaths=(a, b, civilians, unknown),
        total=(low, best, high),
        quote=row.get("source_article", "").strip()[:_QUOTE_MOST],
        locator=_locator(row),
    )


def flags_of(event: GedEvent) -> tuple[str, ...]:
    """Give what is worth telling of an event."""
    low, best, high = event.total
    start, end, _ = event.when
    consistent = Count(low=low, best=best, high=high).consistent
    flags = ((INCONSISTENT, not consistent), (STRADDLES, start[:7] != end[:7]))
    return tuple(flag for flag, holds in flags if holds)


def sides_of(event: GedEvent) -> tuple[WantedParty, WantedParty]:
    """Give the two sides."""
    return _party(*event.side_a), _party(*event.side_b)


def reported(event: GedEvent, names: Names, report: str, external: ExternalId) -> asked.OccurrenceBody:
    """Give the body that reports an event."""
    side_a, side_b = (names.parties[side] for side in sides_of(event))
    start, end, precision = event.when
    one_sided = event.violence == "3"
    return occurrence(
        _KINDS[event.violence],
        id=f"{DATASET}-{slug(event.id)}",
        occurred=Occurred(start=start, end=end, precision=_TIMES[precision]),
        places=(names.ref(place_of(event.where, event.country_id, event.point), _PLACES[event.where_prec]),),
        parties=(
            PartyIn(party=side_a, role="attacker" if one_sided else "participant"),
            PartyIn(party=side_b, role="target" if one_sided else "participant"),
        ),
        claimant=f"source:{DATASET}",
        report=report,
        quote=event.quote or None,
        locator=event.locator,
        external_id=external,
        claims=claims_of(event, side_a, side_b),
    )


def claims_of(event: GedEvent, side_a: str, side_b: str) -> tuple[asked.ClaimAsWritten, ...]:
    """Give "four parts with best only, one total with low, best, high", as they are; an empty cell states nothing."""
    a, b, civilians, unknown = event.deaths
    low, best, high = event.total
    told: tuple[tuple[str, Scope, tuple[str, ...], Status, Count], ...] = (
        ("a", "part", (side_a,), "combatant", Count(best=a)),
        ("b", "part", (side_b,), "combatant", Count(best=b)),
        ("civilians", "part", (), "civilian", Count(best=civilians)),
        ("unknown", "part", (), "unspecified", Count(best=unknown)),
        ("total", "total", (), "unspecified", Count(low=low, best=best, high=high)),
    )
    return tuple(_killed(*one) for one in told if one[-1] != Count())


def _killed(name: str, scope: Scope, affected: tuple[str, ...], status: Status, count: Count) -> asked.ClaimAsWritten:
    claim = CasualtiesClaim(scope=scope, affected=affected, status=status, effect="killed", count=count)
    return as_written(name, claim)


@lru_cache(maxsize=65_536)
def place_of(where: tuple[str, str, str, str], country_id: str, point: Position | None) -> WantedPlace:
    """Give the finest place named, inside the administrative areas that UCDP gives for it."""
    country, adm_1, adm_2, name = where
    place = _country(country, country_id)
    areas: tuple[tuple[str, PlaceKind], ...] = ((adm_1, "province"), (adm_2, "district"))
    for area, kind in areas:
        if area:
            place = WantedPlace(name=area, kind=kind, aliases=_without_generic(area), parent=place)
    if not name or _names(place, name):
        return place
    stem, _, ending = name.rpartition(" ")
    kind = _ENDINGS.get(ending.lower(), "other")
    aliases = (stem,) if kind in _SETTLEMENTS and stem else ()
    return WantedPlace(name=name, kind=kind, aliases=aliases, parent=place, point=point)


@lru_cache(maxsize=512)
def _country(name: str, code: str) -> WantedPlace:
    return WantedPlace(name=name, kind="country", codes=(("gwno", code),) if code else ())


def _names(place: WantedPlace, name: str) -> bool:
    """Tell whether a name is that of the administrative area itself, however its letters are cased."""
    return name.casefold() in {one.casefold() for one in (place.name, *place.aliases)}


def _without_generic(name: str) -> tuple[str, ...]:
    words = [word for word in name.split() if word.lower() not in _GENERIC]
    return (" ".join(words),) if words and len(words) < len(name.split()) else ()


@lru_cache(maxsize=16_384)
def _party(code: str, name: str) -> WantedParty:
    kind = "armed_group"
    if name.startswith("Government of "):
        kind = "state"
    elif name == "Civilians":
        kind = "civilians"
    return WantedParty(name=name, kind=kind, register="ucdp", code=code or None)


def _locator(row: Row) -> str:
    """Say where the event stands in the release, and what UCDP says of its sources and of itself."""
    parts = [f"event {code_in(row, 'id')}"]
    for column, words in (
        ("conflict_name", "conflict"),
        ("number_of_sources", "sources"),
        ("source_original", "told by"),
        ("event_clarity", "clarity"),
    ):
        if text := code_in(row, column):
            parts.append(f"{words}: {text}")
    return "; ".join(parts)[:_LOCATOR_MOST]

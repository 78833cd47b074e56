"""ACLED: an occurrence for each event of an export or of an answer of its API, and its list of deleted events.

ACLED's data may be used only by those whom it gave access, under their own licence; none of it is shipped here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import cast

from msgspec import Struct

from events import requests as asked
from events.claims import CasualtiesClaim
from events.command import Command
from events.decision import slug
from events.mappings import reading
from events.registry_requests import FileReport, RegisterSource
from events.releases import absent
from events.values import Count, ExternalId, Occurred, PartyIn, Position
from events.words import PartyRole, PlaceKind, PlacePrecision, TimePrecision
from services.imports.acled_codes import Acting, actor_of, details_of, roles_of
from services.imports.bodies import as_written, command, occurrence
from services.imports.days import day_of
from services.imports.entry import Entry, Row, RowError
from services.imports.reading import code_in, point_of, rows_of, whole_number
from services.imports.summary import Summary
from services.imports.wanted import Names, WantedPlace

DATASET = "acled"

_NEEDED = (
    "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1", "country", "location",
    "latitude", "longitude", "geo_precision", "fatalities",
)  # fmt: skip
_TIMES = cast("Mapping[str, TimePrecision]", reading("time_precision", "acled", "time_precision"))
_PLACES = cast("Mapping[str, PlacePrecision]", reading("place_precision", "acled", "geo_precision"))
_MOST = 10_000
_LOCATOR_MOST = 500
_SOURCE = RegisterSource(
    id=DATASET,
    name="Armed Conflict Location & Event Data (ACLED)",
    kind="dataset",
    language="en",
    url="https://acleddata.com",
)


class AcledEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event, as an export or the API has it; `updated` is when ACLED last uploaded it."""

    id: str
    day: str
    time_precision: str
    kind: tuple[str, str]
    actors: tuple[tuple[str, str, PartyRole], ...]
    where: tuple[str, str, str, str, str]
    point: Position | None
    geo_precision: str
    fatalities: int
    notes: str
    locator: str


class Acled:
    """An export or an answer of the API."""

    def __init__(self, lines: Callable[[], Iterable[str]], published_at: str) -> None:
        """Take what gives the file's lines, and when it was published where its rows do not say."""
        self._lines = lines
        self._published_at = published_at

    sources: Sequence[RegisterSource] = (_SOURCE,)
    reports: Sequence[FileReport] = ()

    def entries(self) -> Iterator[Entry]:
        """Give an entry for each event; one that cannot be read says why."""
        for number, row in rows_of(self._lines(), _NEEDED):
            try:
                event, updated = read(row), updated_of(row, "timestamp")
            except RowError as error:
                yield Entry(row=number, quarantined=str(error))
                continue
            published = self._published_at if updated is None else updated.isoformat()
            report = FileReport(
                id=f"{DATASET}-{slug(published[:10])}",
                source=DATASET,
                published_at=published[:10],
                title=f"ACLED as of {published[:10]}",
            )
            external = ExternalId(dataset=DATASET, id=event.id, release=None if updated is None else _release(updated))
            yield Entry(
                row=number,
                commands=partial(_reported, event, (report.id or "", published), external),
                report=report,
                places=(place_of(event.where, event.point),),
                parties=tuple(actor_of(name, inter) for name, inter, _ in event.actors),
            )


class AcledDeletions:
    """The list of events that ACLED deleted, each with when it did."""

    def __init__(self, lines: Callable[[], Iterable[str]]) -> None:
        """Take what gives the file's lines."""
        self._lines = lines

    sources: Sequence[RegisterSource] = (_SOURCE,)
    reports: Sequence[FileReport] = ()

    def entries(self) -> Iterator[Entry]:
        """Give an entry for each deleted event; one that is not on record comes to nothing."""
        for number, row in rows_of(self._lines(), ("event_id_cnty", "deleted_timestamp")):
            try:
                retraction = _retraction(row)
            except RowError as error:
                yield Entry(row=number, quarantined=str(error))
                continue
            yield Entry(row=number, commands=partial(_always, retraction), optional=True)


async def note_unknown(_door: object, _registrar: object, summary: Summary) -> None:
    """Note how many events of a list of deletions are not on record, and what that means."""
    if summary.silent:
        summary.notes.append(
            f"{summary.silent} events of the list are not on record: where an older export is taken in after it, "
            "take the list in again"
        )


def read(row: Row) -> AcledEvent:
    """Read a row; raises RowError where it says what cannot be."""
    day = day_of(row["event_date"])
    if day is None:
        raise RowError(f"event_date is no date: {row['event_date']!r}")
    for column, codes in (("time_precision", _TIMES), ("geo_precision", _PLACES)):
        if code_in(row, column) not in codes:
            raise RowError(f"{column} is no code of ACLED's: {row[column]!r}")
    if not row["event_id_cnty"].strip() or not row["country"].strip():
        raise RowError("event_id_cnty or country is empty")
    kind = (row["event_type"].strip(), row["sub_event_type"].strip())
    areas = (row.get(column, "").strip() for column in ("admin1", "admin2", "admin3", "location"))
    admin1, admin2, admin3, location = areas
    return AcledEvent(
        id=row["event_id_cnty"].strip(),
        day=day.isoformat(),
        time_precision=code_in(row, "time_precision"),
        kind=kind,
        actors=roles_of(row, kind),
        where=(row["country"].strip(), admin1, admin2, admin3, location),
        point=point_of(row, "latitude", "longitude"),
        geo_precision=code_in(row, "geo_precision"),
        fatalities=whole_number(row, "fatalities"),
        notes=row.get("notes", "").strip()[:_MOST],
        locator=_locator(row),
    )


def reported(event: AcledEvent, names: Names, cited: tuple[str, str], external: ExternalId) -> asked.OccurrenceBody:
    """Give the body that reports an event; `cited` is the report and when it made this known."""
    report, published = cited
    parties: list[Acting] = [(names.parties[actor_of(name, inter)], inter, role) for name, inter, role in event.actors]
    count = CasualtiesClaim(scope="total", effect="killed", count=Count(best=event.fatalities))
    wanted, precision = place_of(event.where, event.point), _PLACES[event.geo_precision]
    return occurrence(
        details_of(event.kind, parties, is_there=precision == "exact"),
        id=f"{DATASET}-{slug(event.id)}",
        occurred=Occurred(start=event.day, precision=_TIMES[event.time_precision]),
        places=(names.ref(wanted, precision),),
        parties=tuple(dict.fromkeys(PartyIn(party=party, role=role) for party, _, role in parties)),
        claimant=f"source:{DATASET}",
        report=report,
        published_at=published,
        quote=event.notes or None,
        locator=event.locator,
        external_id=external,
        claims=(as_written("total", count),),
    )


@lru_cache(maxsize=65_536)
def place_of(where: tuple[str, str, str, str, str], point: Position | None) -> WantedPlace:
    """Give the location, inside the administrative areas that ACLED gives for it."""
    country, admin1, admin2, admin3, location = where
    place = WantedPlace(name=country, kind="country")
    areas: tuple[tuple[str, PlaceKind], ...] = ((admin1, "province"), (admin2, "district"), (admin3, "zone"))
    for area, kind in areas:
        if area:
            place = WantedPlace(name=area, kind=kind, parent=place)
    if not location:
        return place
    return WantedPlace(name=location, kind="town", parent=place, point=point)


def updated_of(row: Row, column: str) -> datetime | None:
    """Read when ACLED uploaded or deleted an event; None where the file does not say.

    ACLED gives seconds since 1970. Programs that keep them as times write them out with a clock, in UTC if they name
    no offset.
    """
    text = code_in(row, column)
    if not text:
        return None
    if not text.isdecimal() and ":" not in text:
        raise RowError(f"{column} is no moment in seconds since 1970: {text!r}")
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        said = datetime.fromisoformat(text)
        return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise RowError(f"{column} is no moment that there is: {text!r}") from error


def _retraction(row: Row) -> Command:
    """Retract a deleted event as its deletion's moment has it: an upload after that, a newer release, reinstates it."""
    name, deleted = row["event_id_cnty"].strip(), updated_of(row, "deleted_timestamp")
    if not name:
        raise RowError("event_id_cnty is empty")
    moment = "" if deleted is None else _release(deleted)
    body = asked.RetractOccurrence(
        reason=absent(DATASET, moment), published_at=None if deleted is None else deleted.isoformat()
    )
    return command(body, subject=f"{DATASET}-{slug(name)}", key=f"deleted:{DATASET}:{name}:{moment}")


def _reported(event: AcledEvent, cited: tuple[str, str], external: ExternalId, names: Names) -> Sequence[Command]:
    return (command(reported(event, names, cited, external), content=event),)


def _release(moment: datetime) -> str:
    """Give what stands for a release of an event: when it was uploaded, in seconds since 1970."""
    return str(int(moment.timestamp()))


def _always(retraction: Command, _names: Names) -> Sequence[Command]:
    return (retraction,)


def _locator(row: Row) -> str:
    parts = [f"event {row['event_id_cnty'].strip()}"]
    for column, words in (
        ("sub_event_type", "kind"),
        ("source", "told by"),
        ("source_scale", "scale"),
        ("civilian_targeting", "targeting"),
        ("tags", "tags"),
    ):
        if text := row.get(column, "").strip():
            parts.append(f"{words}: {text}")
    return "; ".join(parts)[:_LOCATOR_MOST]

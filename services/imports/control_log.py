"""Control logs: who held which place, as a table said at each of its revisions; the format of a changelog.

"A changed holder starts at the table's own date only if that is new, not before the previous start and not in the
future; else when the table said so. A row that is only re-dated confirms; one removed ends confirmation."
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import date, datetime
from functools import cached_property, partial
from itertools import groupby

from msgspec import Struct, structs

from events import requests as asked
from events.claims import ControlClaim
from events.command import Command
from events.decision import slug
from events.details import Statement
from events.names import fold
from events.registry_requests import FileReport, RegisterSource
from events.times import end_of, is_date, start_of, zone_named
from events.values import ExternalId, Occurred
from services.imports.bodies import as_written, command, occurrence
from services.imports.control_table import REMOVED, TablePlaces, in_order, moment_of, published, revision_of, timed
from services.imports.days import day_of
from services.imports.entry import Entry, Row, RowError
from services.imports.holders import Holder, holder_of, told_of_several
from services.imports.new_ids import short
from services.imports.reading import table
from services.imports.wanted import Names, WantedParty, WantedPlace

ENDED = "removed from the table"
UNDATED = "as_of_claimed is no date"

_NEEDED = ("recorded_at", "place", "change", "held_by_after", "as_of_claimed")
_MOST = 10_000
_LOCATOR_MOST = 500
_NOTED = "; "
_REGISTER_MOST = 40


class Standing(Struct):
    """What the table says of one place at the moment: by which claim, made when, and the last date it told.

    `since` and `until` are the first and the last moment at which the holder can have started.
    """

    claim: str
    holder: Holder
    made_at: datetime
    since: datetime
    until: datetime
    told: date | None
    cited_in: str


class Told(Struct, frozen=True):
    """One row that changes or confirms who holds a place; `instead_of` is the claim that it takes the place of."""

    wanted: WantedPlace
    party: WantedParty | None
    holder: Holder
    claim: str
    start: str
    instead_of: str | None
    revision: str
    published: str
    is_first: bool
    quote: str | None
    locator: str


class ControlLog:
    """A control log, gone through twice: once for the places and revisions in it, once for what it says.

    Its rows are held meanwhile, since they may stand in any order.
    """

    def __init__(
        self,
        lines: Callable[[], Iterable[str]],
        dataset: str,
        *,
        time_zone: str | None = None,
        parent: str | None = None,
    ) -> None:
        """Take what gives the file's lines, what to call it, and the zone and the area that its places lie in."""
        self._lines = lines
        self._dataset = dataset
        self._told_zone = time_zone
        self._time_zone = time_zone or "UTC"
        self._zone = zone_named(self._time_zone)
        self._around = None if parent is None else WantedPlace(name=parent, kind="country")
        self._register = dataset.replace("-", "_")[:_REGISTER_MOST]
        self._standing: dict[int, Standing] = {}
        self._named: Counter[tuple[int, str]] = Counter()
        self._holders: dict[str, str] = {}

    @cached_property
    def _rows(self) -> Sequence[tuple[int, Row]]:
        """The rows as they were published, each with its number in the file."""
        return in_order(timed(table(self._lines(), _NEEDED), self._told_zone))

    @cached_property
    def _read(self) -> tuple[TablePlaces, Mapping[str, str]]:
        """Learn which row is about which place, and when each revision was published."""
        places = TablePlaces()
        revisions: dict[str, str] = {}
        for revision, rows in groupby(self._rows, key=lambda numbered: revision_of(numbered[1])):
            places.begin()
            # A row that is spelt anew is added and removed in one revision, in any order.
            for number, row in sorted(rows, key=lambda numbered: numbered[1]["change"] != REMOVED):
                with suppress(RowError):
                    revisions.setdefault(revision, published(row))
                    places.take(number, row)
        return places, revisions

    @cached_property
    def _usual(self) -> AbstractSet[str]:
        """Learn what the table says of several places."""
        cells = ((row["held_by_after"], number) for number, row in self._rows)
        return told_of_several((cell, self._read[0].of_row(number)) for cell, number in cells)

    @property
    def sources(self) -> Sequence[RegisterSource]:
        """The table as one who publishes."""
        return (RegisterSource(id=self._dataset, name=self._dataset.replace("-", " "), kind="dataset"),)

    @property
    def reports(self) -> Sequence[FileReport]:
        """Each revision of the table as a publication."""
        return tuple(
            FileReport(
                id=self._report(revision),
                source=self._dataset,
                published_at=published,
                title=f"{self._dataset.replace('-', ' ')}, revision {revision}",
            )
            for revision, published in self._read[1].items()
        )

    def entries(self) -> Iterator[Entry]:
        """Give an entry for each row, in the order in which they were published; what is noise says why."""
        self._standing.clear()
        self._named.clear()
        for number, row in self._rows:
            try:
                yield self._entry(number, row)
            except RowError as error:
                yield Entry(row=number, quarantined=str(error))

    def _entry(self, number: int, row: Row) -> Entry:
        recorded = moment_of(published(row))
        key = self._read[0].of_row(number)
        if key is None:
            raise RowError(f"place names none: {row['place']!r}")
        if row["change"] == REMOVED:
            return Entry(row=number, flags=(ENDED,))
        holder = holder_of(row["held_by_after"], self._usual)
        dated = day_of(row["as_of_claimed"])
        flags = (UNDATED,) if row["as_of_claimed"].strip() and dated is None else ()
        before = self._standing.get(key)
        if before is not None and _same(before.holder, holder):
            before.told = dated or before.told
            told = self._told(number, row, key, before.claim, "")
            cited, before.cited_in = before.cited_in, told.revision
            commands = None if cited == told.revision else partial(self._confirmed, told)
            return Entry(row=number, commands=commands, places=(told.wanted,), flags=flags)
        start, since, until = self._start(row, recorded, dated, before)
        told = self._told(number, row, key, self._claim_name(key, row), start)
        if before is not None and before.made_at == recorded and since <= before.until:
            told = structs.replace(told, instead_of=before.claim)
        last = dated or (None if before is None else before.told)
        self._standing[key] = Standing(told.claim, holder, recorded, since, until, last, told.revision)
        return Entry(
            row=number,
            commands=partial(self._changed, told),
            places=(told.wanted,),
            parties=() if told.party is None else (told.party,),
            flags=flags,
        )

    def _start(
        self, row: Row, recorded: datetime, dated: date | None, before: Standing | None
    ) -> tuple[str, datetime, datetime]:
        """Give when a holder starts, as written, and the first and last instant of that."""
        if dated is not None and dated != (before.told if before else None):
            since = start_of(dated, self._zone)
            if since <= recorded and (before is None or since >= before.since):
                return dated.isoformat(), since, end_of(dated, self._zone)
        return published(row), recorded, recorded

    def _told(self, number: int, row: Row, key: int, claim: str, start: str) -> Told:
        before = self._standing.get(key)
        holder = holder_of(row["held_by_after"], self._usual)
        spot = self._read[0].spots[key]
        cells = (("as of", row["as_of_claimed"]), ("held by", row["held_by_after"]))
        noted = "; ".join(f"{words} {' '.join(cell.split())}" for words, cell in cells if cell.strip())
        return Told(
            wanted=WantedPlace(
                name=spot.name,
                kind="town",
                aliases=tuple(spot.renamed),
                parent=self._around,
                point=spot.point,
                time_zone=self._time_zone,
                codes=((self._register, f"{spot.folded} {spot.number}"),),
                exactly=False,
                number=spot.number,
            ),
            party=None if holder.name is None else self._party(holder.name),
            holder=holder,
            claim=claim,
            start=start,
            instead_of=None,
            revision=revision_of(row),
            published=published(row),
            is_first=before is None,
            quote=row.get("more_information", "").strip()[:_MOST] or None,
            locator=f"row {number}{_NOTED}{noted}"[:_LOCATOR_MOST],
        )

    def _party(self, name: str) -> WantedParty:
        """Give a holder, in the spelling in which it came first."""
        return WantedParty(name=self._holders.setdefault(fold(name), name), kind="other", register=self._register)

    def _claim_name(self, key: int, row: Row) -> str:
        """Name a claim by the revision in which it came; further ones of that revision get a number."""
        name = f"r-{slug(revision_of(row))}"
        self._named[key, name] += 1
        return name if self._named[key, name] == 1 else f"{name}-{self._named[key, name]}"

    def _changed(self, told: Told, names: Names) -> Sequence[Command]:
        place = names.places[told.wanted]
        if place is None:
            return ()
        subject = self._id(place)
        party = None if told.party is None else names.parties[told.party]
        precision = "day" if is_date(told.start) else "exact"
        content = ControlClaim(
            place=place, party=party, status=told.holder.status, from_=told.start, precision=precision
        )
        if not told.is_first:
            claim = asked.ClaimAsWritten(
                id=told.claim,
                written=content,
                claimant=f"source:{self._dataset}",
                report=self._report(told.revision),
                quote=told.quote,
                locator=told.locator,
            )
            made = command(claim, subject=subject, content=_rowless(claim), key=f"{subject}.{told.claim}")
            return (made,) if told.instead_of is None else (made, self._superseded(told, subject))
        body = occurrence(
            Statement(words=f"Who holds {told.wanted.name}, as the table says."),
            id=subject,
            occurred=Occurred(start=told.published, precision="exact"),
            places=(asked.PlaceRef(place=place),),
            claimant=f"source:{self._dataset}",
            report=self._report(told.revision),
            quote=told.quote,
            locator=told.locator,
            external_id=ExternalId(dataset=self._dataset, id=place),
            claims=(as_written(told.claim, content),),
        )
        return (command(body, content=_rowless(body)),)

    def _confirmed(self, told: Told, names: Names) -> Sequence[Command]:
        place = names.places[told.wanted]
        if place is None:
            return ()
        subject = f"{self._id(place)}.{told.claim}"
        body = asked.CiteClaim(report=self._report(told.revision), quote=told.quote, locator=told.locator)
        return (command(body, subject=subject, content=_rowless(body), key=f"{subject}@{told.revision}"),)

    def _superseded(self, told: Told, subject: str) -> Command:
        """Let a revision's last row count where it says two things of a place: neither was published later."""
        body = asked.SupersedeClaim(by=f"{subject}.{told.claim}", published_at=told.published)
        former = f"{subject}.{told.instead_of}"
        return command(body, subject=former, key=f"{former}<{told.claim}")

    def _report(self, revision: str) -> str:
        return self._id(slug(revision))

    def _id(self, name: str) -> str:
        """Give the id of what the table tells of a place, or of a revision of it."""
        return short(f"{self._dataset}-{name}")


def _rowless(body: asked.ClaimAsWritten | asked.CiteClaim | asked.OccurrenceBody) -> object:
    """Give what a row says but for its number, which is another one once a log has grown at its head."""
    _, _, noted = (body.locator or "").partition(_NOTED)
    return structs.replace(body, locator=noted)


def _same(one: Holder, other: Holder) -> bool:
    return one.status == other.status and fold(one.name or "") == fold(other.name or "")

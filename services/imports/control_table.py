"""Reading a table of who holds what: the order of its rows, and which row is about which place."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from msgspec import Struct, field

from events.names import fold
from events.times import FOREVER, end_of, parse, zone_named
from events.values import Position
from services.imports.entry import Row, RowError
from services.imports.nearness import SAME_PLACE_KM, distance_km
from services.imports.reading import point_of

REMOVED = "REMOVED"

_NOTES = re.compile(r"(?:\s*(?:\[[^\]]*\]|[*\u2020\u2021]))+\s*\Z")
"""Footnotes behind a name, as [12], [disambiguation needed] or daggers; they come and go, and the place is the same."""
_RENAMED_KM = 1.0
_SPACED = re.compile(r"([\d-]{10})[ T]([\d:.]+) ?([+-]\d{2}):?(\d{2})?")
_WITHOUT_OFFSET = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)")


def timed(rows: Iterable[tuple[int, Row]], zone: str | None) -> Iterator[tuple[int, Row]]:
    """Give numbered rows whose moments name their offset: those that name none are of a zone, where one is told."""
    if zone is None:
        yield from rows
        return
    for number, row in rows:
        said = row["recorded_at"]
        if (found := _WITHOUT_OFFSET.fullmatch(said.strip())) is not None:
            with suppress(ValueError):
                said = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=zone_named(zone)).isoformat()
        yield number, {**row, "recorded_at": said}


def in_order(rows: Iterable[tuple[int, Row]]) -> Sequence[tuple[int, Row]]:
    """Give numbered rows as they were published, whatever their order in the file; those of one revision stay in it.

    Those that do not say when come last.
    """
    revisions: dict[str, int] = {}

    def when(numbered: tuple[int, Row]) -> tuple[datetime, int, int]:
        number, row = numbered
        first = revisions.setdefault(revision_of(row), number)
        try:
            return moment_of(published(row)), first, number
        except RowError:
            return FOREVER, first, number

    return sorted(rows, key=when)


def revision_of(row: Row) -> str:
    """Give what a revision is called: the publisher's name for it, else its moment."""
    return row.get("commit", "").strip() or row["recorded_at"].strip()


def published(row: Row) -> str:
    """Give when a revision was published, as written; raises RowError where that is no moment.

    Git and databases write blanks in it, and the offset without its colon or its minutes.
    """
    said = row["recorded_at"].strip()
    if (spaced := _SPACED.fullmatch(said)) is not None:
        said = f"{spaced[1]}T{spaced[2]}{spaced[3]}:{spaced[4] or '00'}"
    moment_of(said)
    return said


def moment_of(said: str) -> datetime:
    """Give the moment of a publication as written; raises RowError."""
    try:
        found = parse(said)
    except ValueError as error:
        raise RowError(f"recorded_at: {error}") from error
    return found if isinstance(found, datetime) else end_of(found, zone_named("UTC"))


class Spot(Struct):
    """A place of the table: the name it was first given, its point once a row has one, and what it was renamed to."""

    name: str
    folded: str
    number: int
    point: Position | None = None
    renamed: list[str] = field(default_factory=list[str])


class TablePlaces(Struct):
    """Which row is about which place, learnt row by row.

    A name may be spelt in several ways and belong to several places. A row with a point is about the place of its name
    near there. Without one, it is about the place that stands in the table in this spelling, else one that does not.
    A new name is a place that goes by another in the same revision, if that stood on the spot and had the same holder.
    """

    spots: list[Spot] = field(default_factory=list[Spot])
    _named: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    _present: dict[str, int] = field(default_factory=dict[str, int])
    _rows: dict[int, int] = field(default_factory=dict[int, int])
    _gone: dict[int, str] = field(default_factory=dict[int, str])

    def begin(self) -> None:
        """Take the rows of another revision from here on."""
        self._gone.clear()

    def of_row(self, row: int) -> int | None:
        """Give the place that a row is about, None where it names none."""
        return self._rows.get(row)

    def take(self, number: int, row: Row) -> None:
        """Take the next row; those of a revision that remove a place come first."""
        spelling = _NOTES.sub("", row["place"])
        folded = fold(spelling)
        if not any(letter.isalpha() for letter in folded):
            return
        if row["change"] == REMOVED:
            spot = self._present.pop(spelling, None)
            if spot is not None:
                self._rows[number] = spot
                self._gone[spot] = fold(row.get("held_by_before", ""))
            return
        spot = self._find(spelling, folded, point_of(row, "lat", "lon"), fold(row["held_by_after"]))
        self._rows[number] = self._present[spelling] = spot
        self._gone.pop(spot, None)

    def _find(self, spelling: str, folded: str, point: Position | None, holder: str) -> int:
        current = self._present.get(spelling)
        known = self._named.setdefault(folded, [])
        if point is None:
            if current is not None:
                return current
            free = [one for one in known if one not in self._present.values()]
            return free[-1] if free else self._new(spelling, folded, None)
        near = [one for one in known if self._is_near(one, point)]
        if near:
            return current if current in near else near[0]
        without = [one for one in ([current] if current is not None else known) if self.spots[one].point is None]
        if without:
            self.spots[without[0]].point = point
            return without[0]
        same = [one for one, held in self._gone.items() if held == holder and self._is_near(one, point, _RENAMED_KM)]
        if len(same) == 1:
            known.append(same[0])
            self.spots[same[0]].renamed.append(" ".join(spelling.split()))
            return same[0]
        return self._new(spelling, folded, point)

    def _is_near(self, spot: int, point: Position, within_km: float = SAME_PLACE_KM) -> bool:
        known = self.spots[spot].point
        return known is not None and distance_km(known, point) <= within_km

    def _new(self, spelling: str, folded: str, point: Position | None) -> int:
        known = self._named[folded]
        name = " ".join(spelling.split())
        self.spots.append(Spot(name, folded, len(known) + 1, point))
        known.append(len(self.spots) - 1)
        return known[-1]

"""From rows over spans of published time to rectangles, and from one set of rectangles to the next."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from msgspec import Struct

from events.times import FOREVER
from projections.table import OPEN, Row, Table

EVER = datetime(1, 1, 1, tzinfo=UTC)
"""Earlier than anything published; what follows position alone is known from here."""

Identity: TypeAlias = tuple[str, str, datetime]
"""A row of one subject that holds at the head: its table, its key and `known_from`."""

Content: TypeAlias = tuple[datetime, tuple[object, ...]]
"""`known_to`, and the row's own columns."""

Standing: TypeAlias = Mapping[Identity, Content]
"""All rows that a subject has at one position."""

Record: TypeAlias = tuple[object, ...]
"""A row as its table holds it: number, key, known_from, known_to, from_position, to_position, its own columns."""

_Place: TypeAlias = tuple[str, str]
_Span: TypeAlias = tuple[datetime, datetime, tuple[object, ...]]


class DoubleRowError(Exception):
    """A projection gave two rows of one key for one subject at one moment."""

    def __init__(self, table: str, key: str) -> None:
        """Keep the table and the key."""
        super().__init__(f"two rows of table {table} have the key {key!r}")
        self.table = table
        self.key = key


def over_time(spans: Sequence[tuple[datetime, datetime, Sequence[Row]]]) -> Standing:
    """Merge equal rows over adjacent spans; the spans are given in order and do not overlap.

    Raises DoubleRowError.
    """
    if len(spans) == 1:
        return _over_one(*spans[0])
    done: dict[Identity, Content] = {}
    running: dict[_Place, _Span] = {}
    for known_from, known_to, rows in spans:
        if known_from >= known_to:
            continue
        before, running = running, {}
        for row in rows:
            place = (row.table, row.key)
            if place in running:
                raise DoubleRowError(row.table, row.key)
            since, until, values = before.get(place, (known_from, known_from, row.values))
            unbroken = until == known_from and values == row.values
            running[place] = (since if unbroken else known_from, known_to, row.values)
        _keep(done, {place: span for place, span in before.items() if running.get(place, (None,))[0] != span[0]})
    _keep(done, running)
    return done


def always(rows: Iterable[Row]) -> Standing:
    """Give the rows of a subject that follows position only."""
    return _over_one(EVER, FOREVER, tuple(rows))


def _over_one(known_from: datetime, known_to: datetime, rows: Sequence[Row]) -> Standing:
    """Give the rows of what was all made known at once, as most is: there is nothing to merge."""
    if known_from >= known_to:
        return {}
    standing: Standing = {(row.table, row.key, known_from): (known_to, row.values) for row in rows}
    if len(standing) < len(rows):
        double = next(row for nth, row in enumerate(rows) if any(_same_key(row, other) for other in rows[:nth]))
        raise DoubleRowError(double.table, double.key)
    return standing


def _same_key(row: Row, other: Row) -> bool:
    return (row.table, row.key) == (other.table, other.key)


def _keep(done: dict[Identity, Content], spans: Mapping[_Place, _Span]) -> None:
    for (table, key), (since, until, values) in spans.items():
        done[table, key, since] = (until, values)


class Closed(Struct, frozen=True):
    """A row that stands in its table and ceases to hold."""

    number: int
    key: str
    known_from: datetime
    to_position: int


class Batch:
    """What a page of events changes in the tables of one projection, each row written once.

    `opened` come with the positions they hold from and to: a row that the same page opened and closed comes closed.
    """

    def __init__(self, tables: Iterable[Table]) -> None:
        """Begin with no change."""
        self._closed: dict[str, list[Closed]] = {table.name: [] for table in tables}
        self._ended: dict[str, list[Record]] = {table: [] for table in self._closed}
        self._open: dict[str, dict[tuple[int, str, datetime], Record]] = {table: {} for table in self._closed}

    def change(self, number: int, before: Standing, after: Standing, position: int) -> None:
        """Take what an event at a position makes of the rows of one subject."""
        for identity, content in before.items():
            if after.get(identity) != content:
                self._close(number, identity, position)
        for identity, content in after.items():
            if before.get(identity) != content:
                table, key, known_from = identity
                known_to, values = content
                record = (number, key, known_from, known_to, position, OPEN, *values)
                self._open[table][number, key, known_from] = record

    @property
    def empty(self) -> bool:
        """Tell whether nothing changes."""
        return not any((*self._closed.values(), *self._ended.values(), *self._open.values()))

    def closed(self, table: str) -> list[Closed]:
        """Give the rows of a table that were written by an earlier page and hold no longer."""
        return self._closed[table]

    def opened(self, table: str) -> list[Record]:
        """Give the rows to add to a table."""
        return [*self._ended[table], *self._open[table].values()]

    def _close(self, number: int, identity: Identity, position: int) -> None:
        table, key, known_from = identity
        record = self._open[table].pop((number, key, known_from), None)
        if record is None:
            self._closed[table].append(Closed(number, key, known_from, position))
        else:
            self._ended[table].append((*record[:5], position, *record[6:]))

"""Request keys and names of places, each table compared with what the events give, page by page."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Container, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Generic, TypeVar

from psycopg import AsyncConnection, AsyncServerCursor
from psycopg.rows import TupleRow

from events.log import RecordedEvent
from events.lookups import KeptKey, KeptName, keys_of, names_of
from events.statements import statements
from services.verification.findings import Check, Faults

_Row = TypeVar("_Row", KeptKey, KeptName)
_Connection = AsyncConnection[TupleRow]

_SQL = statements(Path(__file__).with_suffix(".sql"))
_ROWS = 2000
_KEYS = "request keys"
_NAMES = "place names"
_MEND = "to mend it, `conflictlog export --restricted` and `conflictlog import log` into an empty database"


class Lookups:
    """Compares the two tables with the events, of which each page is given once, in order."""

    def __init__(
        self, connection: _Connection, faults: Faults, keys: "_Kept[KeptKey]", names: "_Kept[KeptName]"
    ) -> None:
        """Keep the parts; what is wrong is added to the faults."""
        self._connection = connection
        self._faults = faults
        self._keys = keys
        self._names = names

    async def compare(self, events: Sequence[RecordedEvent], until: int, changed: Container[int] = ()) -> None:
        """Compare what the tables hold up to a position; nothing can be derived from the events that were changed."""
        sound = [event for event in events if event.position not in changed]
        if not self._faults.has(_KEYS):
            lost, strange = await self._keys.compare({row for event in sound for row in keys_of(event)}, until, changed)
            for row in sorted(lost, key=_position)[:1]:
                words = f"the key {row.key} of the request here is not kept as it was sent, which may be taken in twice"
                self._faults.add(_KEYS, row.first, f"{words}; {_MEND}")
            for row in strange:
                self._faults.add(_KEYS, row.first, f"the key {row.key} is kept, and no request here had it; {_MEND}")
        if not self._faults.has(_NAMES):
            lost, strange = await self._names.compare(
                {row for event in sound for row in names_of(event)}, until, changed
            )
            for row in sorted(lost - await self._named_before(lost), key=_position)[:1]:
                words = f"the place {row.place} is no longer found by its name {row.folded}, which was given here"
                self._faults.add(_NAMES, row.position, f"{words}; {_MEND}")
            for row in strange:
                words = f"the place {row.place} is found by {row.folded}, a name that it was not given here"
                self._faults.add(_NAMES, row.position, f"{words}; {_MEND}")

    async def _named_before(self, names: set[KeptName]) -> set[KeptName]:
        """Give the names that are kept already from an earlier event on."""
        if not names:
            return set()
        folded, places, positions = map(list, zip(*names, strict=True))
        asked = {"folded": folded, "places": places, "positions": positions}
        cursor = await self._connection.execute(_SQL["named_before"], asked, binary=True)
        return {KeptName(*row) for row in await cursor.fetchall()}


class _Kept(Generic[_Row]):
    """The rows of a table in the order of their positions, each read once."""

    def __init__(self, cursor: AsyncServerCursor[TupleRow], shape: Callable[..., _Row]) -> None:
        """Begin before the first row."""
        self._rows: AsyncIterator[TupleRow] = aiter(cursor)
        self._shape = shape
        self._waiting: _Row | None = None

    async def compare(self, derived: set[_Row], until: int, changed: Container[int]) -> tuple[set[_Row], list[_Row]]:
        """Give the rows that are not there up to a position, and the first that nothing there leads to."""
        lost, strange = set(derived), list[_Row]()
        while (row := await self._next(until)) is not None:
            if row in derived:
                lost.discard(row)
            elif not strange and _position(row) not in changed:
                strange.append(row)
        return lost, strange

    async def _next(self, until: int) -> _Row | None:
        """Take the next row, None where that is beyond a position."""
        if self._waiting is None:
            raw = await anext(self._rows, None)
            self._waiting = None if raw is None else self._shape(*raw)
        row = self._waiting
        if row is None or _position(row) > until:
            return None
        self._waiting = None
        return row


@asynccontextmanager
async def open_lookups(connection: _Connection, head: int, faults: Faults) -> AsyncGenerator[Lookups]:
    """Read both tables as they are now, up to the head; the database keeps their rows in order, and no transaction."""
    async with (
        connection.cursor("kept_keys", withhold=True) as keys,
        connection.cursor("kept_names", withhold=True) as names,
    ):
        for cursor, statement in ((keys, "keys"), (names, "names")):
            cursor.itersize = _ROWS
            await cursor.execute(_SQL[statement], {"until": head}, binary=True)
        yield Lookups(connection, faults, _Kept(keys, KeptKey), _Kept(names, KeptName))


def lookup_checks(faults: Faults) -> list[Check]:
    """Give the outcome."""
    return [
        faults.check(_KEYS, "those that the requests were sent with"),
        faults.check(_NAMES, "those that the places were given"),
    ]


def _position(row: KeptKey | KeptName) -> int:
    return row.first if isinstance(row, KeptKey) else row.position

"""The runner: folds pages of the log into the tables of the projections, rows and checkpoints in one transaction."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import LiteralString, TypeAlias, cast

from msgspec import Struct, structs
from psycopg import AsyncConnection, DataError, IntegrityError, ProgrammingError, sql
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from events.log import EventLog, RecordedEvent
from events.statements import statements
from projections.diff import Batch, Closed
from projections.page import PageFold, PoisonError, Target
from projections.subjects import Catalogue, Subject
from projections.table import Table

Connection: TypeAlias = AsyncConnection[TupleRow]
Pool: TypeAlias = AsyncConnectionPool[Connection]

COMMON_COLUMNS = ("number", "key", "known_from", "known_to", "from_position", "to_position")

STEPS = ("locked", "folded", "written", "moved", "committed")
"""The moments of one step that `reached` is told of, in order; a crash at any of them loses and doubles nothing."""

_SQL = statements(Path(__file__).with_suffix(".sql"))
_STREAMS_AT_ONCE = 200
# Bounds the folded streams that are kept between pages.
_KEPT_EVENTS = 20_000


class RowsDifferError(Exception):
    """A table does not hold the rows that the log says were written; rebuild the projection."""

    def __init__(self, table: str, expected: int, found: int) -> None:
        """Keep the table, and how many rows were to be closed and how many were."""
        super().__init__(f"{found} of {expected} rows to be closed stand in table {table}; rebuild its projection")
        self.table = table


class Moved(Struct, frozen=True):
    """What one step did: each projection's new position, and why those stopped that did."""

    positions: Mapping[str, int]
    stopped: Mapping[str, str]


class Runner:
    """Drives the live generations of all projections in a catalogue.

    Any number of runners may share a database: each takes the checkpoints that no other holds. What they fold is
    pure, so whoever does it, in whatever pages, the tables are the same. A projection that an event cannot be folded
    into stops before it, one whose tables refuse the rows stops before that page; the reason stands in its
    checkpoint, and the others go on.

    `page` is how many events are folded at once; `reached` is told of each of STEPS.
    """

    def __init__(
        self,
        pool: Pool,
        log: EventLog,
        catalogue: Catalogue,
        *,
        page: int = 1000,
        reached: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Keep the parts; the log must not read through a pool that the runner could empty."""
        self._pool = pool
        self._log = log
        self._catalogue = catalogue
        self._page = page
        self._subjects = _Kept(_KEPT_EVENTS)
        self._reached = reached
        self._ours = {
            "names": [projection.name for projection in catalogue.projections],
            "versions": [projection.version for projection in catalogue.projections],
        }

    async def behind(self) -> bool:
        """Tell whether something in the log is not folded yet."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["behind"], self._ours)
            return bool((await cursor.fetchall())[0][0])

    async def step(self) -> Moved | None:
        """Fold one page into what nobody else is folding; None when there is nothing to do."""
        async with self._pool.connection() as connection:
            async with connection.transaction():
                cursor = await connection.execute(_SQL["lock_live"], self._ours)
                targets = [
                    Target(self._catalogue.named(name), generation, position, position)
                    for name, generation, position in await cursor.fetchall()
                ]
                self._reached("locked")
                moved = await self.advance(connection, targets) if targets else None
            self._reached("committed")
            return moved

    async def drain(self) -> None:
        """Fold until nothing is left that nobody else is folding."""
        while await self.step() is not None:
            pass

    async def advance(self, connection: Connection, targets: Sequence[Target], until: int | None = None) -> Moved:
        """Fold the page that follows the target furthest behind, up to a position, and move the checkpoints.

        The caller holds their checkpoint rows locked in the connection's transaction.
        """
        try:
            after = min(target.position for target in targets)
            events = await self._log.read(after=after, limit=self._page)
            events = [event for event in events if until is None or event.position <= until]
            last = events[-1].position if events else after
            aims = [structs.replace(target, until=max(target.position, last)) for target in targets]
            batches, done, stopped = await self._fold(aims, events)
            self._reached("folded")
            refused = await _write_all(connection, done, batches)
            done = [_unmoved(target) if target.projection.name in refused else target for target in done]
            stopped |= refused
            self._reached("written")
            await self._move(connection, done, stopped, events)
            self._reached("moved")
        except BaseException:
            # What was folded may be undone with the transaction, or come from a log that a failover took back.
            self._subjects.clear()
            raise
        return Moved({target.projection.name: target.until for target in done}, stopped)

    async def _fold(
        self, targets: Sequence[Target], events: Sequence[RecordedEvent]
    ) -> tuple[Mapping[str, Batch], Sequence[Target], dict[str, str]]:
        """Fold all that can be; a projection that meets an event it cannot fold is given what stands before."""
        stopped: dict[str, str] = {}
        while True:
            try:
                return await self._fold_page(targets, events), targets, stopped
            except PoisonError as poison:
                before = [_stopped(target, poison) for target in targets]
                if before == targets:
                    raise
                targets = before
                stopped |= dict.fromkeys(poison.projections, str(poison))

    async def _fold_page(self, targets: Sequence[Target], events: Sequence[RecordedEvent]) -> Mapping[str, Batch]:
        fold = PageFold(self._catalogue, targets)
        streams: dict[str, list[RecordedEvent]] = {}
        last = max(target.until for target in targets)
        for event in events:
            if event.position <= last and fold.concerned(event):
                streams.setdefault(event.stream, []).append(event)
        for some in _chunks(streams, _STREAMS_AT_ONCE):
            subjects = await self._load(fold, some)
            for stream, said in some.items():
                for event in said:
                    fold.take(subjects[stream], event)
                self._subjects.keep(subjects[stream])
        return fold.batches

    async def _load(self, fold: PageFold, streams: Mapping[str, Sequence[RecordedEvent]]) -> Mapping[str, Subject]:
        """Give each stream as it stood just before its first event of the page."""
        found: dict[str, Subject] = {}
        for stream, said in streams.items():
            kept = self._subjects.take(stream)
            if said[0].version == 1:
                found[stream] = Subject(stream)
            elif kept is not None and kept.version == said[0].version - 1:
                found[stream] = kept
        missing = {stream: said[0] for stream, said in streams.items() if stream not in found}
        if missing:
            before = min(event.position for event in missing.values()) - 1
            for stream, told in (await self._log.read_streams(list(missing), up_to=before)).items():
                found[stream] = fold.recall(missing[stream], told)
        return found

    async def _move(
        self,
        connection: Connection,
        targets: Sequence[Target],
        stopped: Mapping[str, str],
        events: Sequence[RecordedEvent],
    ) -> None:
        recorded_at = {event.position: event.recorded_at for event in events}
        names = [target.projection.name for target in targets]
        moves = {
            "names": names,
            "generations": [target.generation for target in targets],
            "positions": [target.until for target in targets],
            "recorded_at": [recorded_at.get(target.until) for target in targets],
            "states": ["stopped" if name in stopped else None for name in names],
            "reasons": [stopped.get(name) for name in names],
        }
        await connection.execute(_SQL["move"], moves)


def _stopped(target: Target, poison: PoisonError) -> Target:
    if target.projection.name not in poison.projections:
        return target
    return structs.replace(target, until=max(target.position, min(target.until, poison.event.position - 1)))


def _unmoved(target: Target) -> Target:
    return structs.replace(target, until=target.position)


async def _write_all(
    connection: Connection, targets: Sequence[Target], batches: Mapping[str, Batch]
) -> Mapping[str, str]:
    """Write what a page changed, each projection's rows all or none; gives why those were refused that were."""
    refused: dict[str, str] = {}
    for target in targets:
        batch = batches[target.projection.name]
        if not batch.empty:
            try:
                async with connection.transaction():
                    await _write(connection, target, batch)
            except (DataError, IntegrityError, ProgrammingError, RowsDifferError) as error:
                refused[target.projection.name] = f"{type(error).__name__}: {error}"
    return refused


async def _write(connection: Connection, target: Target, batch: Batch) -> None:
    for table in target.projection.tables:
        await _close(connection, target.schema, table, batch.closed(table.name))
        records = batch.opened(table.name)
        if records:
            columns = sql.SQL(", ").join(map(sql.Identifier, (*COMMON_COLUMNS, *table.columns)))
            query = template("open_rows").format(table=sql.Identifier(target.schema, table.name), columns=columns)
            async with connection.cursor() as cursor, cursor.copy(query) as copy:
                for record in records:
                    await copy.write_row(record)


async def _close(connection: Connection, schema: str, table: Table, closed: Sequence[Closed]) -> None:
    if not closed:
        return
    query = template("close_rows").format(table=sql.Identifier(schema, table.name))
    rows = {
        "numbers": [row.number for row in closed],
        "keys": [row.key for row in closed],
        "known_from": [row.known_from for row in closed],
        "to_positions": [row.to_position for row in closed],
    }
    cursor = await connection.execute(query, rows)
    if cursor.rowcount != len(closed):
        raise RowsDifferError(table.name, len(closed), cursor.rowcount)


def template(name: str) -> sql.SQL:
    """Give a statement in which the names of a schema, tables or columns are still to be filled in."""
    return sql.SQL(cast("LiteralString", _SQL[name].decode()))


def _chunks(
    streams: Mapping[str, Sequence[RecordedEvent]], size: int
) -> Iterator[Mapping[str, Sequence[RecordedEvent]]]:
    items = iter(streams.items())
    while some := dict(islice(items, size)):
        yield some


class _Kept:
    """Folded streams, those used last, bounded by the number of events that they were folded from."""

    def __init__(self, events_max: int) -> None:
        self._events_max = events_max
        self._events = 0
        self._subjects: OrderedDict[str, Subject] = OrderedDict()

    def take(self, stream: str) -> Subject | None:
        """Give a subject away: whoever folds it further brings it back, or it is forgotten."""
        subject = self._subjects.pop(stream, None)
        if subject is not None:
            self._events -= subject.version
        return subject

    def keep(self, subject: Subject) -> None:
        self.take(subject.stream)
        self._subjects[subject.stream] = subject
        self._events += subject.version
        while self._events > self._events_max:
            self.take(next(iter(self._subjects)))

    def clear(self) -> None:
        self._subjects.clear()
        self._events = 0

"""The runner: folds pages of the log into the tables of the projections, rows and checkpoints in one transaction."""

import asyncio
import gc
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct, structs
from psycopg_pool import AsyncConnectionPool

from events.log import EventLog, RecordedEvent
from events.statements import statements
from projections.folding import Folded, Folder
from projections.page import Parked, Target
from projections.parked_postgres import ALL_PARKED, apart, park
from projections.prepared_postgres import Prepared
from projections.refused_postgres import Refused, write_apart
from projections.row_texts import Literals
from projections.rows_postgres import Connection, write
from projections.subjects import Catalogue

Pool: TypeAlias = AsyncConnectionPool[Connection]

STEPS = ("locked", "folded", "written", "moved", "committed")
"""The moments of one step that `reached` is told of, in order; a crash at any of them loses and doubles nothing."""

PARKED = "parked"
"""A further one, between written and moved, of a step that parks a stream or passes by one."""

_SQL = statements(Path(__file__).with_suffix(".sql"))
_PREPARED = Prepared({"take_checkpoints": _SQL["take"], "next_events": _SQL["next"]})
# So many new events are read with the locks at most: more come in pages of their own.
_FEW = 32
_MOVE, _STOP = _SQL["move"].decode(), _SQL["stop"].decode()


class Moved(Struct, frozen=True):
    """What one step did: each projection's new position, why those stopped that did, and what was parked.

    `goes_on` tells that the page was full, so that the log has more.
    """

    positions: Mapping[str, int]
    stopped: Mapping[str, str]
    parked: Sequence[Parked] = ()
    goes_on: bool = False


class Runner:
    """Drives the live generations of all projections in a catalogue.

    Any number of runners may share a database: each takes the checkpoints that no other holds. What they fold is
    pure, so whoever does it, in whatever pages, the tables are the same. A stream with an event that cannot be folded
    into a projection, or whose rows the tables refuse, is parked for it, and the others go on. A projection whose
    tables take no rows at all stops before that page; the reason stands in its checkpoint.

    `page` is about how many events are folded at once; `reached` is told of each of STEPS.
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
        self._folder = Folder(log, catalogue, page=page, pause=asyncio.sleep)
        self._reached = reached
        self._ahead: tuple[Sequence[Target], Folded] | None = None
        self._few = min(_FEW, page)
        self._last = 0
        self._ours = {
            "names": [projection.name for projection in catalogue.projections],
            "versions": [projection.version for projection in catalogue.projections],
        }
        take = _PREPARED.run("take_checkpoints", *self._ours.values())
        self._begin = b";".join([_SQL["begin"], take, ALL_PARKED])

    async def behind(self) -> bool:
        """Tell whether something in the log is not folded yet."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["behind"], self._ours)
            return bool((await cursor.fetchall())[0][0])

    async def step(self) -> Moved | None:
        """Fold the next page into what nobody else is folding; None when there is nothing to do."""
        async with self._pool.connection() as connection:
            begin = self._begin + b";" + _PREPARED.run("next_events", self._last, self._few)
            cursor = await _PREPARED.send(connection, begin)
            cursor.nextset()
            cursor.nextset()
            targets = [
                Target(self._catalogue.named(name), generation, position, position)
                for name, generation, position in await cursor.fetchall()
            ]
            cursor.nextset()
            targets = apart(targets, await cursor.fetchall())
            cursor.nextset()
            events = [RecordedEvent(*row) for row in await cursor.fetchall()]
            self._reached("locked")
            moved = await self.advance(connection, targets, events=self._all_new(targets, events)) if targets else None
            await connection.commit()
        if moved is not None:
            self._last = min(moved.positions.values())
        self._reached("committed")
        return moved

    def _all_new(self, targets: Sequence[Target], events: Sequence[RecordedEvent]) -> Sequence[RecordedEvent] | None:
        """Give the events that were read with the locks, if they are all that the targets lack."""
        follow = min(target.position for target in targets) == self._last
        return events if follow and len(events) < self._few else None

    async def drain(self) -> None:
        """Fold until nothing is left that nobody else is folding."""
        while await self.step() is not None:
            pass

    async def advance(
        self,
        connection: Connection,
        targets: Sequence[Target],
        until: int | None = None,
        events: Sequence[RecordedEvent] | None = None,
    ) -> Moved:
        """Fold the page that follows the target furthest behind, up to a position, and move the checkpoints.

        The caller holds their checkpoint rows locked in the connection's transaction, and knows what is parked.
        `events` are all that follow, where the caller has read them already.

        As long as there is more, the page after it is folded meanwhile and kept for the next call: the transaction
        itself is short, since until its end nothing that appending leaves behind in the log's counter can be cleared.
        """
        try:
            with _uncollected():
                kept = await self._kept(connection, targets, until)
                page = kept or await self._folder.fold(targets, until, events)
                self._reached("folded")
                refused = await self._write(connection, page, until)
                self._reached("written")
            if refused.waiting:
                generations = {one.projection.name: one.generation for one in page.targets}
                await park(connection, generations, refused.parked, refused.waiting)
                self._reached(PARKED)
            self._reached("moved")
        except BaseException:
            self._forget()
            raise
        positions = {target.projection.name: _until(target, refused.stopped) for target in page.targets}
        return Moved(positions, refused.stopped, refused.parked, page.goes_on)

    async def _write(self, connection: Connection, page: Folded, until: int | None) -> Refused:
        """Write a page and move the checkpoints, and fold the page after it meanwhile.

        Gives what is parked, and why projections stop that do.
        """
        writing = asyncio.ensure_future(write(connection, page.targets, page.batches, _move(page, {})))
        try:
            if page.goes_on:
                following = [_moved(target) for target in page.targets]
                self._ahead = following, await self._folder.fold(following, until)
        finally:
            refused = await writing
        if not refused:
            return Refused({}, page.parked, page.waiting)
        self._forget()
        found = await write_apart(connection, self._log, self._catalogue, page, refused)
        await connection.execute(_move(page, found.stopped), prepare=False)
        return found

    async def _kept(self, connection: Connection, targets: Sequence[Target], until: int | None) -> Folded | None:
        """Give the page that was folded ahead, if it follows now, and no failover took it back."""
        (followed, page), self._ahead = self._ahead or ((), None), None
        if page is None or not page.page:
            return None
        if (until is None or page.page[-1].last <= until) and list(map(_start, followed)) == list(map(_start, targets)):
            last = page.page[-1].newest
            cursor = await connection.execute(_SQL["event"], {"position": last.position})
            if await cursor.fetchall() == [(last.event_id,)]:
                return page
        self._folder.forget()
        return None

    def _forget(self) -> None:
        self._ahead = None
        self._folder.forget()


def _move(page: Folded, stopped: Mapping[str, str]) -> bytes:
    """Give what moves the checkpoints over a page, but for those projections that stop before it."""
    literals = Literals()
    moved: dict[int, list[str]] = {}
    message: list[str] = []
    for target in page.targets:
        mark = f"{target.projection.name} {target.generation}"
        if target.projection.name not in stopped:
            moved.setdefault(target.until, []).append(mark)
        else:
            reason, marks = literals.texts((stopped[target.projection.name], (mark,)))
            message.append(_STOP.format(reason=reason, marks=marks))
    for until, names in moved.items():
        position, recorded_at, marks = literals.texts((until, page.recorded_at.get(until), tuple(names)))
        message.append(_MOVE.format(position=position, recorded_at=recorded_at, marks=marks))
    return ";".join(message).encode()


def _until(target: Target, stopped: Mapping[str, str]) -> int:
    return target.position if target.projection.name in stopped else target.until


def _start(target: Target) -> tuple[str, int, int, frozenset[str]]:
    """Give what a fold from here on hangs on."""
    return target.projection.name, target.generation, target.position, target.parked


def _moved(target: Target) -> Target:
    return structs.replace(target, position=target.until)


@contextmanager
def _uncollected() -> Generator[None]:
    """Look for no circles of objects meanwhile: a fold makes none, and looking takes a quarter of its time."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()

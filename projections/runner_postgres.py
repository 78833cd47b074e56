"""The runner: folds pages of the log into the tables of the projections, rows and checkpoints in one transaction."""

import asyncio
import gc
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import LiteralString, TypeAlias, cast

from msgspec import Struct, structs
from psycopg import sql
from psycopg_pool import AsyncConnectionPool

from events.log import EventLog
from events.statements import statements
from projections.folding import Folded, Folder
from projections.page import Target
from projections.row_texts import Literals
from projections.rows_postgres import Connection, write
from projections.subjects import Catalogue

Pool: TypeAlias = AsyncConnectionPool[Connection]

STEPS = ("locked", "folded", "written", "moved", "committed")
"""The moments of one step that `reached` is told of, in order; a crash at any of them loses and doubles nothing."""

PAGES_AT_ONCE = 8
"""How many pages, as long as there are more, are folded in one transaction, each while the one before it is written."""

_SQL = statements(Path(__file__).with_suffix(".sql"))
_MOVE = tuple(_SQL["move"].split(b"{rows}"))


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
        self._catalogue = catalogue
        self._folder = Folder(log, catalogue, page=page, pause=_pause)
        self._reached = reached
        self._ours = {
            "names": [projection.name for projection in catalogue.projections],
            "versions": [projection.version for projection in catalogue.projections],
        }
        self._begin = _filled("begin", self._ours)

    async def behind(self) -> bool:
        """Tell whether something in the log is not folded yet."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["behind"], self._ours)
            return bool((await cursor.fetchall())[0][0])

    async def step(self) -> Moved | None:
        """Fold the next pages into what nobody else is folding; None when there is nothing to do."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(self._begin, prepare=False)
            cursor.nextset()
            cursor.nextset()
            targets = [
                Target(self._catalogue.named(name), generation, position, position)
                for name, generation, position in await cursor.fetchall()
            ]
            self._reached("locked")
            moved = await self.advance(connection, targets) if targets else None
            await connection.commit()
        self._reached("committed")
        return moved

    async def drain(self) -> None:
        """Fold until nothing is left that nobody else is folding."""
        while await self.step() is not None:
            pass

    async def advance(self, connection: Connection, targets: Sequence[Target], until: int | None = None) -> Moved:
        """Fold the pages that follow the target furthest behind, up to a position, and move the checkpoints.

        The caller holds their checkpoint rows locked in the connection's transaction.
        """
        recorded_at: dict[int, datetime] = {}
        done, stopped, left = targets, dict[str, str](), PAGES_AT_ONCE
        try:
            with _uncollected():
                following: Folded | None = await self._folder.fold(targets, until)
                while following is not None:
                    self._reached("folded")
                    page, left = following, left - 1
                    refused, following = await self._write(connection, page, until, last=left == 0)
                    self._reached("written")
                    done = [_unmoved(one) if one.projection.name in refused else one for one in page.targets]
                    stopped = {**page.stopped, **refused}
                    recorded_at |= page.recorded_at
            await self._move(connection, done, stopped, recorded_at)
            self._reached("moved")
        except BaseException:
            self._folder.forget()
            raise
        return Moved({target.projection.name: target.until for target in done}, stopped)

    async def _write(
        self, connection: Connection, page: Folded, until: int | None, *, last: bool
    ) -> tuple[Mapping[str, str], Folded | None]:
        """Write a page, and fold the one after it meanwhile; gives why rows were refused that were."""
        writing = asyncio.ensure_future(write(connection, page.targets, page.batches))
        following = None
        try:
            if page.goes_on and not page.stopped and not last:
                following = await self._folder.fold([_moved(target) for target in page.targets], until)
        finally:
            refused = await writing
        if refused:
            self._folder.forget()
            return refused, None
        return refused, following

    async def _move(
        self,
        connection: Connection,
        targets: Sequence[Target],
        stopped: Mapping[str, str],
        recorded_at: Mapping[int, datetime],
    ) -> None:
        literals = Literals()
        rows = [
            (
                target.projection.name,
                target.generation,
                target.until,
                recorded_at.get(target.until),
                stopped.get(target.projection.name),
            )
            for target in targets
        ]
        before, after = _MOVE
        moves = ",".join([literals.row(row) for row in rows]).encode()
        await connection.execute(before + moves + after, prepare=False)


def _filled(name: str, values: Mapping[str, Sequence[object]]) -> bytes:
    """Give a statement with its values written into it, for a message of several."""
    query = sql.SQL(cast("LiteralString", _SQL[name].decode()))
    return query.format(**{name: sql.Literal(value) for name, value in values.items()}).as_bytes(None)


def _unmoved(target: Target) -> Target:
    return structs.replace(target, until=target.position)


def _moved(target: Target) -> Target:
    return structs.replace(target, position=target.until)


async def _pause() -> None:
    await asyncio.sleep(0)


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

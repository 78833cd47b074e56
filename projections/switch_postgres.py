"""Exchanging the generation that is read for another one, all at once and never for an older state."""

from collections.abc import Callable
from pathlib import Path

from msgspec import structs
from psycopg.errors import LockNotAvailable

from events.statements import statements
from projections.build_postgres import compare
from projections.page import Target
from projections.parked_postgres import unlike, with_parked
from projections.rebuilt import ReadersStayError, RebuildDiffersError, RebuildStoppedError
from projections.rows_postgres import Connection
from projections.runner_postgres import Runner
from projections.tables_postgres import drop, hold_readers, marks, show

_SQL = statements(Path(__file__).with_suffix(".sql"))
_ATTEMPTS = 30


class Switch:
    """Exchanges generations over one connection, which holds the lock of the projection."""

    def __init__(self, connection: Connection, runner: Runner, reached: Callable[[str], None]) -> None:
        """Keep the parts."""
        self._connection = connection
        self._runner = runner
        self._reached = reached

    async def to(self, target: Target, compared_at: int | None) -> Target:
        """Fold the last events while the one that is read stands still, then exchange the views, all at once.

        Where it was compared up to a position, the rows after that must be equal as well. The generation that was read
        becomes the former one, and the one that was former till now goes.
        Raises RebuildStoppedError, RebuildDiffersError, ReadersStayError.
        """
        for _ in range(_ATTEMPTS):
            try:
                async with self._connection.transaction():
                    await self._connection.execute(_SQL["be_quick"])
                    done = await self._exchange(target, compared_at)
            except LockNotAvailable:
                continue
            self._reached("switched")
            return done
        raise ReadersStayError(target.projection.name)

    async def _exchange(self, target: Target, compared_at: int | None) -> Target:
        projection = target.projection
        name = {"name": projection.name, "generation": target.generation}
        cursor = await self._connection.execute(_SQL["lock_marks"], name)
        shown = [(generation, position) for generation, position in await cursor.fetchall()]
        target = await self._caught_up(target, max(position for _, position in shown))
        if compared_at is not None:
            for where, reason in (await unlike(self._connection, target)).lost:
                raise RebuildStoppedError(projection.name, reason, where)
            _, difference = await compare(self._connection, target, after=compared_at)
            if difference is not None:
                raise RebuildDiffersError(projection.name, difference)
        for mark in await marks(self._connection, projection.name):
            if mark.state == "former" and mark.generation != target.generation:
                await drop(self._connection, Target(projection, mark.generation, 0, 0))
        await hold_readers(self._connection)
        await self._connection.execute(_SQL["retire"], name)
        await self._connection.execute(_SQL["promote"], name)
        await show(self._connection, target, [Target(projection, generation, 0, 0).schema for generation, _ in shown])
        self._reached("exchanged")
        return target

    async def _caught_up(self, target: Target, until: int) -> Target:
        while target.position < until:
            known = await with_parked(self._connection, [target])
            moved = await self._runner.advance(self._connection, known, until)
            for name, reason in moved.stopped.items():
                raise RebuildStoppedError(name, reason)
            target = structs.replace(target, position=moved.positions[target.projection.name])
        return target

"""Generations: the tables of a projection, made, filled anew beside those that are read, compared and switched."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from msgspec import Struct, structs
from psycopg.errors import LockNotAvailable

from events.log import EventLog
from events.statements import statements
from projections.digest_postgres import Digest, differing, digest, first_differing
from projections.page import Target
from projections.parked_postgres import unlike
from projections.rows_postgres import Connection
from projections.runner_postgres import Pool, Runner
from projections.subjects import Catalogue, Projection
from projections.tables_postgres import add, drop, make_indexes, marks, put_off_indexes, show

_SQL = statements(Path(__file__).with_suffix(".sql"))
_SWITCH_ATTEMPTS = 30


class RebuildUnderWayError(Exception):
    """Another process is building this projection."""

    def __init__(self, projection: str) -> None:
        """Keep the projection's name."""
        super().__init__(f"projection {projection} is being built by another process")
        self.projection = projection


class RebuildStoppedError(Exception):
    """The new generation takes no rows, or lacks what the one that is read folds; that one is unchanged."""

    def __init__(self, projection: str, reason: str, position: int | None = None) -> None:
        """Keep the projection's name, and where and why it was given up."""
        super().__init__(f"projection {projection} cannot be rebuilt: {reason}")
        self.projection = projection
        self.position = position


class RebuildDiffersError(Exception):
    """The same code over the same events gave other rows than those that are read; nothing was switched."""

    def __init__(self, projection: str, position: int, first: int, rows: Sequence[str]) -> None:
        """Keep the projection's name, the position compared at, the first that differs, and some differing rows."""
        super().__init__(
            f"projection {projection} differs from its rebuild at position {position}, first at {first}: "
            f"{'; '.join(rows)}"
        )
        self.projection = projection
        self.position = position
        self.first = first
        self.rows = rows


class ReadersStayError(Exception):
    """Readers kept the views for so long that no switch was possible; the rebuilt generation was given up."""


class Rebuilt(Struct, frozen=True):
    """A generation filled from the first event on. `digest` is of its tables at `position`.

    `freed` are the streams that it folds further than the one that was read, each with the position parked at there.
    """

    projection: str
    generation: int
    position: int
    digest: Digest
    switched: bool
    freed: Sequence[tuple[str, int]] = ()


class Progress(Struct, frozen=True):
    """How far a generation has come; `lag_seconds` is how long its next event has been waiting.

    `parked` streams are not folded on, which is an alarm, and `skipped` ones neither, which was decided.
    """

    name: str
    version: int
    generation: int
    position: int
    lag_events: int
    lag_seconds: float
    state: str
    reason: str | None
    parked: int
    skipped: int


class Generations:
    """Makes and exchanges the generations of the projections in a catalogue.

    At any time one builder works at a projection. What is being read is replaced in one transaction, and the one
    before it is kept until the next rebuild.
    """

    def __init__(self, pool: Pool, log: EventLog, catalogue: Catalogue, *, page: int = 2000) -> None:
        """Keep the parts; `page` is how many events a rebuild folds at once."""
        self._pool = pool
        self._log = log
        self._catalogue = catalogue
        self._page = page

    async def prepare(self) -> Sequence[str]:
        """Make the tables of projections that have none, and let those go on that stopped.

        Gives the names of those that need a rebuild: what is read was made by another version of their code.
        """
        async with self._pool.connection() as connection:
            await connection.execute(
                _SQL["resume"],
                {
                    "names": [one.name for one in self._catalogue.projections],
                    "versions": [one.version for one in self._catalogue.projections],
                },
            )
        outdated: list[str] = []
        for projection in self._catalogue.projections:
            async with self._pool.connection() as connection:
                read = await _read(connection, projection.name)
            if read is None:
                await self._make_first(projection)
            elif read != projection.version:
                outdated.append(projection.name)
        return outdated

    async def progress(self, now: datetime) -> Sequence[Progress]:
        """Give how far every generation has come, those that are built or kept included."""
        async with self._pool.connection() as connection:
            return await progress(connection, now)

    async def rebuild(self, name: str, *, switch: bool = True, accept: bool = False) -> Rebuilt:
        """Fill a new generation from the first event on, compare it with the one that is read, and read it instead.

        Generations of one code version must be equal, else nothing is switched, unless differences are accepted.
        Without `switch` the new generation is only compared, then dropped.

        Raises KeyError, RebuildUnderWayError, RebuildStoppedError, RebuildDiffersError, ReadersStayError.
        """
        [rebuilt] = await self.rebuild_all([name], switch=switch, accept=accept)
        return rebuilt

    async def rebuild_all(
        self, names: Sequence[str], *, switch: bool = True, accept: bool = False
    ) -> Sequence[Rebuilt]:
        """Rebuild several projections in one pass over the log, and switch them one after the other.

        The errors are those of `rebuild`; those that were switched before one stay so, the others are given up.
        """
        projections = [self._catalogue.named(name) for name in dict.fromkeys(names)]
        rebuilt: list[Rebuilt] = []
        async with self._alone(projections) as connection:
            runner = Runner(self._pool, self._log, self._catalogue, page=self._page)
            building: list[Target] = []
            try:
                building = [await self._begin(connection, projection) for projection in projections]
                building = await self._fill(connection, runner, building, indexed=switch)
                for target in list(building):
                    found = await self._compare(connection, target, accept=accept)
                    freed = (await unlike(connection, target)).freed
                    done = target
                    if switch:
                        done = await self._switch(connection, runner, target, found if not accept else None)
                        building.remove(target)
                    rebuilt.append(Rebuilt(done.projection.name, done.generation, done.position, found, switch, freed))
            finally:
                for target in building:
                    if not connection.broken:
                        await drop(connection, target)
        return rebuilt

    @asynccontextmanager
    async def _alone(self, projections: Sequence[Projection]) -> AsyncGenerator[Connection]:
        """Hold the build locks of some projections; raises RebuildUnderWayError."""
        async with self._pool.connection() as connection:
            locked: list[str] = []
            try:
                for name in sorted(projection.name for projection in projections):
                    cursor = await connection.execute(_SQL["lock_projection"], {"name": name})
                    if not (await cursor.fetchall())[0][0]:
                        raise RebuildUnderWayError(name)
                    locked.append(name)
                yield connection
            finally:
                for name in locked:
                    if not connection.broken:
                        await connection.execute(_SQL["unlock_projection"], {"name": name})

    async def _make_first(self, projection: Projection) -> None:
        """Make the first generation, which is read from the first event on; whoever else does so first, does it."""
        try:
            async with self._alone([projection]) as connection:
                if await _read(connection, projection.name) is None:
                    async with connection.transaction():
                        target = await add(connection, projection, "live")
                        await show(connection, target, [target.schema])
        except RebuildUnderWayError:
            return

    async def _begin(self, connection: Connection, projection: Projection) -> Target:
        """Drop what an earlier build left or put aside, and make the tables of a new generation."""
        for generation, _, _, state, _ in await marks(connection, projection.name):
            if state in {"building", "former"}:
                await drop(connection, Target(projection, generation, 0, 0))
        async with connection.transaction():
            return await add(connection, projection, "building")

    async def _fill(
        self, connection: Connection, runner: Runner, building: Sequence[Target], *, indexed: bool
    ) -> list[Target]:
        """Fold all that there is; indexes that only readers need are made at the end, where any are."""
        indexes = {target.schema: await put_off_indexes(connection, target) for target in building}
        targets = list(building)
        while min(target.position for target in targets) < await self._log.head():
            async with connection.transaction():
                await connection.execute(_SQL["build"])
                targets = await self._advance(connection, runner, targets)
        for target in targets if indexed else ():
            async with connection.transaction():
                await connection.execute(_SQL["build"])
                await make_indexes(connection, target, indexes[target.schema])
        return targets

    async def _advance(
        self, connection: Connection, runner: Runner, targets: Sequence[Target], until: int | None = None
    ) -> list[Target]:
        moved = await runner.advance(connection, targets, until)
        for name, reason in moved.stopped.items():
            raise RebuildStoppedError(name, reason)
        return [structs.replace(target, position=moved.positions[target.projection.name]) for target in targets]

    async def _compare(self, connection: Connection, target: Target, *, accept: bool, after: int = 0) -> Digest:
        """Compare with what is read, if the same code made it, at the last position that both have reached."""
        async with connection.transaction():
            await connection.execute(_SQL["build"])
            mine = await digest(connection, target, target.position)
            for generation, version, position, state, _ in await marks(connection, target.projection.name):
                if state in {"live", "stopped"} and not accept:
                    live = Target(target.projection, generation, position, position)
                    at = min(position, target.position)
                    apart = await unlike(connection, target)
                    for where, reason in apart.lost:
                        raise RebuildStoppedError(target.projection.name, reason, where)
                    if version != target.projection.version:
                        continue
                    same = await digest(connection, target, at, after, apart.numbers)
                    if await digest(connection, live, at, after, apart.numbers) != same:
                        rows = await differing(connection, live, target, at, apart.numbers)
                        first = await first_differing(connection, live, target, at, apart.numbers)
                        raise RebuildDiffersError(target.projection.name, at, first, rows)
            return mine

    async def _switch(self, connection: Connection, runner: Runner, target: Target, compared: Digest | None) -> Target:
        """Fold the last events while the one that is read stands still, then exchange the views, all at once."""
        for _ in range(_SWITCH_ATTEMPTS):
            try:
                async with connection.transaction():
                    await connection.execute(b"SET LOCAL lock_timeout TO '1s'")
                    return await self._exchange(connection, runner, target, compared)
            except LockNotAvailable:
                continue
        raise ReadersStayError(f"the views of {target.projection.name} are in use all the time")

    async def _exchange(
        self, connection: Connection, runner: Runner, target: Target, compared: Digest | None
    ) -> Target:
        name = {"name": target.projection.name, "generation": target.generation}
        cursor = await connection.execute(_SQL["lock_marks"], name)
        others = [(generation, position) for generation, position in await cursor.fetchall()]
        reached = max(position for _, position in others)
        compared_up_to = target.position
        while target.position < reached:
            [target] = await self._advance(connection, runner, [target], reached)
        if compared is not None:
            await self._compare(connection, target, accept=False, after=compared_up_to)
        await connection.execute(_SQL["hold_readers"])
        await connection.execute(_SQL["retire"], name)
        await connection.execute(_SQL["promote"], name)
        schemas = [Target(target.projection, generation, 0, 0).schema for generation, _ in others]
        await show(connection, target, schemas)
        return target


async def progress(connection: Connection, now: datetime) -> Sequence[Progress]:
    """Give how far every generation has come, by projection and generation."""
    cursor = await connection.execute(_SQL["progress"], {"now": now})
    return [Progress(*row) for row in await cursor.fetchall()]


async def _read(connection: Connection, name: str) -> int | None:
    """Give the code version of the generation that is read, None if there is none."""
    found = await marks(connection, name)
    return next((version for _, version, _, state, _ in found if state in {"live", "stopped"}), None)

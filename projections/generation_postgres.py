"""Generations of projections: made, filled anew beside those that are read, compared, exchanged, gone back to."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from msgspec import Struct, structs

from events.log import EventLog
from events.statements import statements
from projections.build_postgres import Build, Reached
from projections.page import Target
from projections.parked_postgres import unlike
from projections.rebuilt import (
    NoFormerError,
    OtherCodeError,
    Plan,
    ReadersStayError,
    RebuildDiffersError,
    RebuildStoppedError,
    RebuildUnderWayError,
    Rebuilt,
    ReplayError,
    Tell,
)
from projections.rows_postgres import Connection
from projections.runner_postgres import Pool, Runner
from projections.subjects import Catalogue, Projection
from projections.switch_postgres import Switch
from projections.tables_postgres import READ, Mark, add, altered, are_veiled, hold_readers, marks, show

_SQL = statements(Path(__file__).with_suffix(".sql"))


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
    before it is kept until the next is. A build that is cut short, by a crash or by being cancelled, is gone on with by
    the next one.
    """

    def __init__(
        self,
        pool: Pool,
        log: EventLog,
        catalogue: Catalogue,
        *,
        page: int = 2000,
        reached: Reached = lambda _: None,
    ) -> None:
        """Keep the parts; `page` is how many events a rebuild folds at once, `reached` is told of each step."""
        self._pool = pool
        self._log = log
        self._catalogue = catalogue
        self._page = page
        self._reached = reached

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
            elif read.version != projection.version:
                outdated.append(projection.name)
            await self._veil(projection)
        return outdated

    async def progress(self, now: datetime) -> Sequence[Progress]:
        """Give how far every generation has come, those that are built or kept included."""
        async with self._pool.connection() as connection:
            return await progress(connection, now)

    async def altered_views(self, name: str) -> Sequence[str]:
        """Give the readers' views of a projection that do not show what is read as it stands; raises KeyError."""
        async with self._pool.connection() as connection:
            return await altered(connection, self._catalogue.named(name))

    async def recorded_by(self, moment: datetime) -> int:
        """Give the last position that was recorded by a time, 0 if there was none."""
        async with self._pool.connection() as connection:
            [(position,)] = await (await connection.execute(_SQL["recorded_by"], {"moment": moment})).fetchall()
            return int(position)

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
        """Rebuild several projections in one pass over the log; the errors are those of `rebuild`.

        Each is switched or refused for itself; the first refusal is raised when all are done.
        """
        found = await self.replay(names, Plan(trial=not switch, fresh=not switch, accept=accept))
        for one in found:
            if isinstance(one, ReplayError):
                raise one
        return [one for one in found if isinstance(one, Rebuilt)]

    async def replay(
        self, names: Sequence[str], plan: Plan, tell: Tell = lambda _what, _done, _total: None
    ) -> Sequence[Rebuilt | ReplayError]:
        """Build generations of several projections in one pass, and give what came of each.

        Raises KeyError and RebuildUnderWayError.
        """
        projections = [self._catalogue.named(name) for name in dict.fromkeys(names)]
        async with self._alone(projections) as connection:
            runner = self._runner()
            build = Build(connection, runner, tell, self._reached)
            begun: list[Target] = []
            try:
                for projection in projections:
                    begun.append(await build.begin(projection, plan))  # noqa: PERF401 -- whatever ends it, what is begun is known
                return await self._built(build, Switch(connection, runner, self._reached), begun, plan)
            finally:
                for target in begun if plan.trial else ():
                    await build.give_up(target)

    async def back(self, name: str, tell: Tell = lambda _what, _done, _total: None) -> Rebuilt:
        """Read the former generation again, brought up to where the present one is; that one is then the former.

        Whether the two are equal is said, and nothing is refused for it: going back is for when they are not.
        Raises KeyError, NoFormerError, OtherCodeError, RebuildUnderWayError, RebuildStoppedError, ReadersStayError.
        """
        projection = self._catalogue.named(name)
        async with self._alone([projection]) as connection:
            former = await _former(connection, projection)
            runner = self._runner()
            build = Build(connection, runner, tell, self._reached)

            async def goal() -> int:
                read = await _read(connection, name)
                return 0 if read is None else read.position

            target = await build.fill_one(former, goal)
            found, at, difference = await build.compare(target)
            done = await Switch(connection, runner, self._reached).to(target, None)
            return Rebuilt(name, done.generation, done.position, found, True, at, difference, former.position)  # noqa: FBT003 -- it was switched

    async def _built(
        self, build: Build, switch: Switch, begun: Sequence[Target], plan: Plan
    ) -> Sequence[Rebuilt | ReplayError]:
        async def goal() -> int:
            return await self._log.head() if plan.until is None else plan.until

        filled, stopped = await build.fill(begun, goal)
        found: dict[str, Rebuilt | ReplayError] = dict(stopped)
        if not plan.trial:
            await build.index(filled)
        for nth, target in enumerate(filled):
            build.tell("comparing", nth, len(filled))
            try:
                # What was told while indexes were made, or others were compared, is not left to the switch.
                late = await build.fill_one(target, goal)
                found[target.projection.name] = await _finished(build, switch, late, plan)
            except (RebuildStoppedError, RebuildDiffersError, ReadersStayError) as refusal:
                found[target.projection.name] = refusal
        build.tell("comparing", len(filled), len(filled))
        outcomes: list[Rebuilt | ReplayError] = []
        for target in begun:
            outcome = found[target.projection.name]
            if isinstance(outcome, Rebuilt):
                outcome = structs.replace(outcome, went_on_from=target.position)
            elif not plan.trial and not isinstance(outcome, ReadersStayError):
                await build.give_up(target)
            outcomes.append(outcome)
        return outcomes

    def _runner(self) -> Runner:
        return Runner(self._pool, self._log, self._catalogue, page=self._page, reached=self._reached)

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

    async def _veil(self, projection: Projection) -> None:
        """Make the readers' views anew where an earlier release made them, which kept nothing from readers."""
        async with self._pool.connection() as connection:
            if await are_veiled(connection, [table.name for table in projection.tables if not table.open_to_all]):
                return
            async with connection.transaction():
                await hold_readers(connection)
                read = await _read(connection, projection.name)
                if read is not None:
                    target = Target(projection, read.generation, 0, 0)
                    await show(connection, target, [target.schema])


async def progress(connection: Connection, now: datetime) -> Sequence[Progress]:
    """Give how far every generation has come, by projection and generation."""
    cursor = await connection.execute(_SQL["progress"], {"now": now})
    return [Progress(*row) for row in await cursor.fetchall()]


async def _finished(build: Build, switch: Switch, target: Target, plan: Plan) -> Rebuilt:
    """Compare a generation that is filled, and switch to it if that is wanted; raises what refuses it."""
    name = target.projection.name
    found, at, difference = await build.compare(target)
    apart = await unlike(build.connection, target)
    for where, reason in () if plan.accept else apart.lost:
        raise RebuildStoppedError(name, reason, where)
    if difference is not None and not plan.accept:
        raise RebuildDiffersError(name, difference)
    done = target if plan.trial else await switch.to(target, None if plan.accept else at)
    return Rebuilt(name, done.generation, done.position, found, not plan.trial, at, difference, freed=apart.freed)


async def _read(connection: Connection, name: str) -> Mark | None:
    """Give the generation that is read, None if there is none."""
    return next((mark for mark in await marks(connection, name) if mark.state in READ), None)


async def _former(connection: Connection, projection: Projection) -> Target:
    """Give the generation to go back to; raises NoFormerError and OtherCodeError."""
    for mark in await marks(connection, projection.name):
        if mark.state == "former":
            if mark.version != projection.version:
                raise OtherCodeError(projection.name, mark.version, projection.version)
            return Target(projection, mark.generation, mark.position, mark.position)
    raise NoFormerError(projection.name)

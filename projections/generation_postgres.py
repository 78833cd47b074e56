"""Generations: the tables of a projection, made, filled anew beside those that are read, compared and switched."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import LiteralString, cast

from msgspec import Struct, structs
from psycopg import sql
from psycopg.errors import LockNotAvailable

from events.log import EventLog
from events.statements import statements
from projections.digest_postgres import Digest, differing, digest, first_differing
from projections.page import Target
from projections.runner_postgres import Connection, Pool, Runner
from projections.subjects import Catalogue, Projection

_SQL = statements(Path(__file__).with_suffix(".sql"))
_SWITCH_ATTEMPTS = 30


class RebuildUnderWayError(Exception):
    """Another process is building this projection."""

    def __init__(self, projection: str) -> None:
        """Keep the projection's name."""
        super().__init__(f"projection {projection} is being built by another process")
        self.projection = projection


class RebuildStoppedError(Exception):
    """An event cannot be folded, so the new generation was given up; the one that is read is unchanged."""

    def __init__(self, projection: str, reason: str) -> None:
        """Keep the projection's name and what stopped it."""
        super().__init__(f"projection {projection} cannot be rebuilt: {reason}")
        self.projection = projection


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
    """A generation filled from the first event on. `digest` is of its tables at `position`."""

    projection: str
    generation: int
    position: int
    digest: Digest
    switched: bool


class Progress(Struct, frozen=True):
    """How far a generation has come; `lag_seconds` is how long its next event has been waiting."""

    name: str
    version: int
    generation: int
    position: int
    lag_events: int
    lag_seconds: float
    state: str
    reason: str | None


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
        projection = self._catalogue.named(name)
        async with self._alone(projection) as connection:
            target = await self._begin(connection, projection)
            kept = False
            try:
                runner = Runner(self._pool, self._log, self._catalogue, page=self._page)
                target = await self._fill(connection, runner, target)
                found = await self._compare(connection, target, accept=accept)
                if switch:
                    target = await self._switch(connection, runner, target, found if not accept else None)
                    kept = True
                return Rebuilt(name, target.generation, target.position, found, switch)
            finally:
                if not kept and not connection.broken:
                    await _drop(connection, target)

    @asynccontextmanager
    async def _alone(self, projection: Projection) -> AsyncGenerator[Connection]:
        """Hold the projection's build lock; raises RebuildUnderWayError."""
        name = {"name": projection.name}
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["lock_projection"], name)
            if not (await cursor.fetchall())[0][0]:
                raise RebuildUnderWayError(projection.name)
            try:
                yield connection
            finally:
                if not connection.broken:
                    await connection.execute(_SQL["unlock_projection"], name)

    async def _make_first(self, projection: Projection) -> None:
        """Make the first generation, which is read from the first event on; whoever else does so first, does it."""
        try:
            async with self._alone(projection) as connection:
                if await _read(connection, projection.name) is None:
                    async with connection.transaction():
                        target = await _add(connection, projection, "live")
                        await _show(connection, target, [target.schema])
        except RebuildUnderWayError:
            return

    async def _begin(self, connection: Connection, projection: Projection) -> Target:
        """Drop what an earlier build left or put aside, and make the tables of a new generation."""
        for generation, _, _, state, _ in await _marks(connection, projection.name):
            if state in {"building", "former"}:
                await _drop(connection, Target(projection, generation, 0, 0))
        async with connection.transaction():
            return await _add(connection, projection, "building")

    async def _fill(self, connection: Connection, runner: Runner, target: Target) -> Target:
        while target.position < await self._log.head():
            async with connection.transaction():
                target = await self._advance(connection, runner, target)
        for table in target.projection.tables:
            await connection.execute(_filled("analyze", table=sql.Identifier(target.schema, table.name)))
        return target

    async def _advance(
        self, connection: Connection, runner: Runner, target: Target, until: int | None = None
    ) -> Target:
        moved = await runner.advance(connection, [target], until)
        name = target.projection.name
        if name in moved.stopped:
            raise RebuildStoppedError(name, moved.stopped[name])
        return structs.replace(target, position=moved.positions[name])

    async def _compare(self, connection: Connection, target: Target, *, accept: bool, after: int = 0) -> Digest:
        """Compare with what is read, if the same code made it, at the last position that both have reached."""
        async with connection.transaction():
            await connection.execute(b"SET LOCAL statement_timeout TO 0")
            mine = await digest(connection, target, target.position)
            for generation, version, position, state, _ in await _marks(connection, target.projection.name):
                if state in {"live", "stopped"} and version == target.projection.version and not accept:
                    live = Target(target.projection, generation, position, position)
                    at = min(position, target.position)
                    if await digest(connection, live, at, after) != await digest(connection, target, at, after):
                        rows = await differing(connection, live, target, at)
                        first = await first_differing(connection, live, target, at)
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
            target = await self._advance(connection, runner, target, reached)
        if compared is not None:
            await self._compare(connection, target, accept=False, after=compared_up_to)
        await connection.execute(_SQL["hold_readers"])
        await connection.execute(_SQL["retire"], name)
        await connection.execute(_SQL["promote"], name)
        schemas = [Target(target.projection, generation, 0, 0).schema for generation, _ in others]
        await _show(connection, target, schemas)
        return target


async def progress(connection: Connection, now: datetime) -> Sequence[Progress]:
    """Give how far every generation has come, by projection and generation."""
    cursor = await connection.execute(_SQL["progress"], {"now": now})
    return [Progress(*row) for row in await cursor.fetchall()]


async def _marks(connection: Connection, name: str) -> list[tuple[int, int, int, str, str | None]]:
    cursor = await connection.execute(_SQL["marks"], {"name": name})
    return cast("list[tuple[int, int, int, str, str | None]]", await cursor.fetchall())


async def _read(connection: Connection, name: str) -> int | None:
    """Give the code version of the generation that is read, None if there is none."""
    marks = await _marks(connection, name)
    return next((version for _, version, _, state, _ in marks if state in {"live", "stopped"}), None)


async def _add(connection: Connection, projection: Projection, state: str) -> Target:
    """Make the tables of the next generation in a schema of its own."""
    marks = await _marks(connection, projection.name)
    target = Target(projection, 1 + max((mark[0] for mark in marks), default=0), 0, 0)
    mark = {"name": projection.name, "generation": target.generation, "version": projection.version, "state": state}
    await connection.execute(_SQL["add_mark"], mark)
    schema = sql.Identifier(target.schema)
    await connection.execute(_filled("create_schema", schema=schema))
    await connection.execute(_filled("search_here", schema=schema))
    await connection.execute(projection.schema.read_bytes())
    for table in projection.tables:
        await connection.execute(_filled("one_row_is_open", table=sql.Identifier(target.schema, table.name)))
    return target


async def _show(connection: Connection, target: Target, schemas: Sequence[str]) -> None:
    """Let the readers' views show this generation; views of tables that only another one has go."""
    cursor = await connection.execute(_SQL["tables_of"], {"schemas": schemas})
    tables = await cursor.fetchall()
    for table in {table for _, table in tables}:
        await connection.execute(_filled("drop_view", view=sql.Identifier("read", table)))
    for table in [table for schema, table in tables if schema == target.schema]:
        view = sql.Identifier("read", table)
        await connection.execute(_filled("create_view", view=view, table=sql.Identifier(target.schema, table)))
        await connection.execute(_filled("grant_view", view=view))


async def _drop(connection: Connection, target: Target) -> None:
    async with connection.transaction():
        name = {"name": target.projection.name, "generation": target.generation}
        await connection.execute(_SQL["forget"], name)
        await connection.execute(_filled("drop_schema", schema=sql.Identifier(target.schema)))


def _filled(name: str, **names: sql.Composable) -> sql.Composed:
    return sql.SQL(cast("LiteralString", _SQL[name].decode())).format(**names)

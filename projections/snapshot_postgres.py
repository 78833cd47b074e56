"""Snapshots: all that one answer reads, in one transaction, as at one position of the log."""

import asyncio
from asyncio import Task
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import LiteralString, cast

from msgspec import Struct
from psycopg import sql
from psycopg.errors import UndefinedTable

from events.statements import statements
from projections.registry.queries import registry_at
from projections.registry_view import RegistryView
from projections.runner_postgres import Connection, Pool

_SQL = statements(Path(__file__).with_suffix(".sql"))
_REGISTRY = "registry"
_ROUND_S = 0.003
_VIEWS_KEPT = 16
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class NotYetThereError(Exception):
    """The projections have not reached the position within the time allowed; try again later."""

    def __init__(self, wanted: int, reached: int) -> None:
        """Keep the position asked for and the one reached."""
        super().__init__(f"position {wanted} is not there yet; the answer stands at {reached}")
        self.wanted = wanted
        self.reached = reached


class BeyondHeadError(Exception):
    """The log has no such position yet."""

    def __init__(self, wanted: int, head: int) -> None:
        """Keep the position asked for and the last one that there is."""
        super().__init__(f"position {wanted} is beyond the head of the log, {head}")
        self.wanted = wanted
        self.head = head


class Moment(Struct, frozen=True):
    """Which position an answer is for: exactly this one, or the newest that is at least that one.

    `wait_s` is how long the projections may take to reach it.
    """

    at_position: int | None = None
    min_position: int | None = None
    wait_s: float = 5.0

    @property
    def wanted(self) -> int:
        """The position that must be reached."""
        return max(self.at_position or 0, self.min_position or 0)


class Snapshot(Struct, frozen=True):
    """What an answer is derived from: tables and registries as at one position, and when that was recorded.

    `parked` is how many streams there are of which the tables lack the latest events.
    """

    connection: Connection
    position: int
    recorded_at: datetime
    registry: RegistryView
    parked: int = 0


class Snapshots:
    """Takes snapshots, waiting for the projections where asked to; the registries are kept between answers."""

    def __init__(self, pool: Pool) -> None:
        """Keep the pool."""
        self._pool = pool
        self._progress = _Progress(pool)
        self._registries = _Registries()

    @asynccontextmanager
    async def take(self, names: Sequence[str], moment: Moment | None = None) -> AsyncGenerator[Snapshot]:
        """Open a read-only transaction in which the projections named, and the registry, stand at one position.

        The connection must not be used after the block. Raises NotYetThereError and BeyondHeadError.
        """
        moment = moment or Moment()
        needed = tuple(dict.fromkeys((_REGISTRY, *names)))
        deadline = asyncio.get_running_loop().time() + moment.wait_s
        if moment.min_position is not None:
            await self._progress.wait(needed, moment.min_position, deadline)
        while True:
            async with self._pool.connection() as connection:
                try:
                    stand = await self._stand(connection, needed, moment)
                    if moment.at_position is not None and moment.at_position > stand.head:
                        raise BeyondHeadError(moment.at_position, stand.head)
                    if stand.reached >= moment.wanted:
                        yield await self._snapshot(connection, stand, moment)
                        return
                finally:
                    if not connection.broken:
                        await connection.execute(_SQL["rollback"])
            if asyncio.get_running_loop().time() >= deadline:
                raise NotYetThereError(moment.wanted, max(0, stand.reached))
            self._progress.forget()
            await self._progress.wait(needed, moment.wanted, deadline)

    async def _stand(self, connection: Connection, names: Sequence[str], moment: Moment) -> "_Stand":
        try:
            cursor = await connection.execute(_begun(tuple(names), moment.at_position), prepare=False)
            cursor.nextset()
            cursor.nextset()
            [found] = await cursor.fetchall()
        except UndefinedTable:
            # Before the first worker came there is nothing to read from.
            return _Stand(-1, await self._head(connection), None, None, "", 0)
        return _Stand(*found)

    async def _head(self, connection: Connection) -> int:
        await connection.execute(_SQL["rollback"])
        [(head,)] = await (await connection.execute(_SQL["head"])).fetchall()
        return head

    async def _snapshot(self, connection: Connection, stand: "_Stand", moment: Moment) -> Snapshot:
        return Snapshot(
            connection=connection,
            position=stand.reached if moment.at_position is None else moment.at_position,
            recorded_at=stand.recorded_at or _BEGINNING,
            registry=await self._registries.at(connection, stand.changed or 0, stand.made),
            parked=stand.parked,
        )


class _Stand(Struct, frozen=True):
    """How far the projections and the log are, when the answer's position was recorded, and what changed last there."""

    reached: int
    head: int
    recorded_at: datetime | None
    changed: int | None
    made: str
    parked: int


class _Registries:
    """The registries as they stood at the last positions asked for; most answers ask for the newest."""

    def __init__(self) -> None:
        self._made = ""
        self._views: dict[int, RegistryView] = {}

    async def at(self, connection: Connection, changed: int, made: str) -> RegistryView:
        """Give the registries as at the position of their last change.

        `made` tells which rows are read: another generation, or a stream that is parked no longer, makes others.
        """
        if made != self._made:
            self._made, self._views = made, {}
        view = self._views.pop(changed, None)
        if view is None:
            earlier = max((kept for kept in self._views if kept < changed), default=None)
            base = None if earlier is None else self._views[earlier]
            view = await registry_at(connection, changed, base)
        # Meanwhile another answer may have come to know other rows, and this one reads those of its own snapshot.
        if made == self._made:
            self._keep(changed, view)
        return view

    def _keep(self, changed: int, view: RegistryView) -> None:
        self._views[changed] = view
        while len(self._views) > _VIEWS_KEPT:
            del self._views[next(iter(self._views))]


@lru_cache(maxsize=256)
def _begun(names: tuple[str, ...], at_position: int | None) -> bytes:
    """Give what begins a snapshot as one message, which is most of what a small answer costs."""
    query = sql.SQL(cast("LiteralString", _SQL["begin"].decode()))
    return query.format(names=sql.Literal(list(names)), at_position=sql.Literal(at_position)).as_bytes(None)


class _Progress:
    """Waits for projections; however many wait in this process, one query in a while asks for all of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._seen: Mapping[str, int] = {}
        self._round: Task[Mapping[str, int]] | None = None

    async def wait(self, names: Sequence[str], wanted: int, deadline: float) -> None:
        """Return once all have reached a position, or the deadline has passed.

        What was reached once is not asked again; where a failover took it back the snapshot tells.
        """
        while min(self._seen.get(name, -1) for name in names) < wanted:
            self._seen = await self._ask()
            if min(self._seen.get(name, -1) for name in names) >= wanted:
                return
            if asyncio.get_running_loop().time() >= deadline:
                return
            await asyncio.sleep(_ROUND_S)

    def forget(self) -> None:
        """Forget what was reached."""
        self._seen = {}

    async def _ask(self) -> Mapping[str, int]:
        """Join the query that is under way, or begin one; who goes away takes it from nobody."""
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._query())
        return await asyncio.shield(self._round)

    async def _query(self) -> Mapping[str, int]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["marks"])
            found: dict[str, int] = dict(await cursor.fetchall())
            return found

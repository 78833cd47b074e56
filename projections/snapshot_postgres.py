"""Snapshots: all that one answer reads, in one transaction, as at one position of the log."""

import asyncio
from asyncio import Event, Task
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from msgspec import Struct
from psycopg import OperationalError
from psycopg.errors import UndefinedTable

from events.statements import statements
from projections.prepared_postgres import Prepared
from projections.registry_view import RegistryView
from projections.runner_postgres import Connection, Pool
from projections.veil import OPEN, STRANGER, Reader, Veil
from projections.veils_postgres import NOTHING, Registries, Veils

_SQL = statements(Path(__file__).with_suffix(".sql"))
_REGISTRY = "registry"
_PREPARED = Prepared({"stand": _SQL["stand"]})
# So long a reader waits to be told that the projections are there before it looks for itself.
_ROUND_S = 0.01
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

    Both hold no more than the reader may see; `veil` tells what is left out. `parked` is how many streams there are of
    which the tables lack the latest events.
    """

    connection: Connection
    position: int
    recorded_at: datetime
    registry: RegistryView
    veil: Veil
    parked: int = 0


class Snapshots:
    """Takes snapshots, waiting for the projections where asked to; the registries are kept between answers."""

    def __init__(self, pool: Pool) -> None:
        """Keep the pool."""
        self._pool = pool
        self._progress = _Progress(pool)
        self._registries = Registries()
        self._veils = Veils()
        self._returning: set[Task[None]] = set()

    def hear(self, position: int) -> None:
        """Take it that the projections have reached a position: who waits for it looks at once."""
        self._progress.hear(position)

    @asynccontextmanager
    async def take(
        self, names: Sequence[str], moment: Moment | None = None, reader: Reader = STRANGER
    ) -> AsyncGenerator[Snapshot]:
        """Open a read-only transaction in which the projections named, and the registry, stand at one position.

        What is restricted now is kept from the reader at every position.
        The connection must not be used after the block. Raises NotYetThereError and BeyondHeadError.
        """
        moment = moment or Moment()
        needed = tuple(dict.fromkeys((_REGISTRY, *names)))
        deadline = asyncio.get_running_loop().time() + moment.wait_s
        if moment.min_position is not None:
            await self._progress.wait(needed, moment.min_position, deadline)
        while True:
            async with self._lent() as connection:
                stand = await self._stand(connection, needed, moment)
                # What is waited for may bring the log to that position.
                if moment.at_position is not None and moment.at_position > stand.head >= (moment.min_position or 0):
                    raise BeyondHeadError(moment.at_position, stand.head)
                if stand.reached >= moment.wanted:
                    yield await self._snapshot(connection, stand, moment, reader)
                    return
            if asyncio.get_running_loop().time() >= deadline:
                raise NotYetThereError(moment.wanted, max(0, stand.reached))
            self._progress.forget()
            await self._progress.wait(needed, moment.wanted, deadline)

    async def veil(self, connection: Connection, reader: Reader) -> Veil:
        """Tell what is kept from a reader of the log as it stands now."""
        [(restricted,)] = await (await connection.execute(_SQL["restricted"])).fetchall()
        if restricted is None or reader.restricted:
            return OPEN
        try:
            [(changed, made)] = await (await connection.execute(_SQL["changed"])).fetchall()
            registry = await self._registries.at(connection, changed or 0, made)
        except UndefinedTable:
            # Before the first worker came, no place has been looked at and none is seen.
            registry = NOTHING
        return await self._veils.at(connection, restricted, reader, registry)

    @asynccontextmanager
    async def _lent(self) -> AsyncGenerator[Connection]:
        """Take a connection from the pool; its transaction ends while the answer is on its way already."""
        connection = await self._pool.getconn()
        try:
            yield connection
        finally:
            returning = asyncio.create_task(self._return(connection))
            self._returning.add(returning)
            returning.add_done_callback(self._returning.discard)

    async def _return(self, connection: Connection) -> None:
        try:
            if not connection.broken:
                with suppress(OperationalError):
                    await connection.execute(_SQL["end"])
        finally:
            await self._pool.putconn(connection)

    async def _stand(self, connection: Connection, names: Sequence[str], moment: Moment) -> "_Stand":
        try:
            cursor = await _PREPARED.send(connection, _begun(tuple(names), moment.at_position))
            cursor.nextset()
            cursor.nextset()
            [found] = await cursor.fetchall()
        except UndefinedTable:
            # Before the first worker came there is nothing to read from.
            return _Stand(-1, await self._head(connection), None, None, None, "", 0)
        return _Stand(*found)

    async def _head(self, connection: Connection) -> int:
        await connection.rollback()
        [(head,)] = await (await connection.execute(_SQL["head"])).fetchall()
        return head

    async def _snapshot(self, connection: Connection, stand: "_Stand", moment: Moment, reader: Reader) -> Snapshot:
        registry, veil = await self._registries.at(connection, stand.changed or 0, stand.made), OPEN
        if stand.restricted is not None and not reader.restricted:
            veil = await self._veils.at(connection, stand.restricted, reader, registry)
            if not reader.counts and not await self._veils.draw(connection, veil):
                raise NotYetThereError(stand.reached, 0)
        return Snapshot(
            connection=connection,
            position=stand.reached if moment.at_position is None else moment.at_position,
            recorded_at=stand.recorded_at or _BEGINNING,
            registry=self._registries.as_seen(registry, veil),
            veil=veil,
            parked=stand.parked,
        )


class _Stand(Struct, frozen=True):
    """How far the projections and the log are, when the answer's position was recorded, and what changed last there.

    `restricted` is the last position at which anything was restricted or released, None where nothing ever was.
    """

    reached: int
    head: int
    recorded_at: datetime | None
    changed: int | None
    restricted: int | None
    made: str
    parked: int


@lru_cache(maxsize=256)
def _begun(names: tuple[str, ...], at_position: int | None) -> bytes:
    """Give what begins a snapshot, as one message."""
    return b";".join([_SQL["begin"], _PREPARED.run("stand", list(names), at_position)])


class _Progress:
    """Waits for projections; however many wait in this process, one query in a while asks for all of them.

    What is heard of them is a hint: it ends the waiting, and the snapshot tells whether it is true.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._seen: Mapping[str, int] = {}
        self._round: Task[Mapping[str, int]] | None = None
        self._heard = 0
        self._news = Event()

    def hear(self, position: int) -> None:
        """Wake those who wait."""
        self._heard = max(self._heard, position)
        news, self._news = self._news, Event()
        news.set()

    async def wait(self, names: Sequence[str], wanted: int, deadline: float) -> None:
        """Return once all have reached a position, or the deadline has passed.

        What was reached once is not asked again; where a failover took it back the snapshot tells.
        """
        clock = asyncio.get_running_loop().time
        while self._heard < wanted and min(self._seen.get(name, -1) for name in names) < wanted:
            try:
                async with asyncio.timeout(min(_ROUND_S, deadline - clock())):
                    while self._heard < wanted:
                        await self._news.wait()
            except TimeoutError:
                self._seen = await self._ask()
            if clock() >= deadline:
                return

    def forget(self) -> None:
        """Forget what was reached and heard."""
        self._seen = {}
        self._heard = 0

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

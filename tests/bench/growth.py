"""Appending to and catching up with a long log, beside a short one."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

from psycopg import AsyncConnection

from events.statements import statements
from projections.catalogue import CATALOGUE
from projections.runner_postgres import Runner
from services.wiring import WORKER_ROLE, open_log, open_pool
from tests.bench.append import appended
from tests.bench.history import COPIED
from tests.bench.measuring import Measure
from tests.bench.system import Database, System, append_all

BLOCK = 10_000
"""How many events are appended and folded for real; the long log is that, again and again."""

_SQL = statements(Path(__file__).with_suffix(".sql"))
_COPIES_AT_ONCE = 10


@asynccontextmanager
async def growth_measures(
    system: System, positions: int, seconds: float, page: int
) -> AsyncGenerator[Sequence[Measure]]:
    """Give the measures of both logs; no worker follows them, each is folded here in turn."""
    async with AsyncExitStack() as stack:
        measures: list[Measure] = []
        for name, length in (("short", BLOCK), ("long", positions)):
            database = await stack.enter_async_context(system.beside(f"growth_{name}"))
            await append_all(database, list(system.history.pages(BLOCK)))
            await _fold(database)
            await _lengthen(database, length)
            measures += _measures(system, database, name, (seconds, page))
        yield measures


def _measures(system: System, database: Database, name: str, sizes: tuple[float, int]) -> Sequence[Measure]:
    seconds, page = sizes
    firsts = count(10_000_000, page)

    async def append() -> Mapping[str, float]:
        async with open_log(database.api) as log:
            rate = await appended(system, log, 64, seconds)
        await _fold(database)
        return {f"growth_append_{name}": 1e6 / rate}

    async def catch_up() -> Mapping[str, float]:
        requests = list(system.history.pages(page, next(firsts)))
        await append_all(database, requests)
        events = sum(len(write.events) for request in requests for write in request.writes)
        begun = time.perf_counter()
        await _fold(database)
        return {f"growth_catch_up_{name}": 1e6 * (time.perf_counter() - begun) / events}

    return [append, catch_up]


async def _fold(database: Database) -> None:
    """Fold what is in the log, as a worker does."""
    async with (
        open_pool(database.worker, WORKER_ROLE) as pool,
        open_pool(database.worker, WORKER_ROLE) as reads,
        open_log(database.worker, reads=reads) as log,
    ):
        await Runner(pool, log, CATALOGUE).drain()


async def _lengthen(database: Database, positions: int) -> None:
    """Repeat all occurrences, their events and their rows, under other ids, until the log is so long."""
    async with await AsyncConnection.connect(database.superuser, autocommit=True) as connection:
        await connection.execute(b"SET timezone TO 'UTC'; SET jit TO off")
        [(head, first)] = await (await connection.execute(_SQL["block"], {"mark": f"%-{COPIED}%"})).fetchall()
        size = head - first + 1
        copies = max(0, positions - head) // size
        for begin in range(1, copies + 1, _COPIES_AT_ONCE):
            end = min(copies, begin + _COPIES_AT_ONCE - 1)
            asked = {"begin": begin, "end": end, "size": size, "first": first, "head": head, "mark": COPIED}
            async with connection.transaction():
                await connection.execute(_SQL["repeat_events"], asked)
                await connection.execute(_SQL["move_head"], {"position": head + end * size})
                cursor = await connection.execute(_SQL["repeat_rows"], asked)
                for (statement,) in await cursor.fetchall():
                    await connection.execute(statement.encode())
                await connection.execute(_SQL["move_checkpoints"], {"position": head + end * size})
        await connection.execute(b"VACUUM ANALYZE")

"""Appending through the port, beside plain inserts of the same rows in the same server."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.log import Append, NewEvent, StaleStreamError, StreamWrite
from events.log_postgres import PostgresLog
from services.ids import RandomIds
from tests.bench.measuring import Measure, quantile
from tests.bench.system import System, at_head

TABLE = """
CREATE TABLE IF NOT EXISTS raw (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text COLLATE "C", version bigint,
    event_id uuid UNIQUE, type text COLLATE "C", schema_version int, data bytea,
    recorded_at timestamptz DEFAULT now(), UNIQUE (stream, version)
)
"""
_INSERT = b"INSERT INTO raw (stream, version, event_id, type, schema_version, data) VALUES (%b, %b, %b, %b, %b, %b)"
_IDS = RandomIds()

Do: TypeAlias = Callable[[], Awaitable[bool]]
"""Does a piece of work; tells whether it was kept."""


@asynccontextmanager
async def append_measures(system: System, seconds: float) -> AsyncGenerator[Sequence[Measure]]:
    """Give the measures, each of so many seconds, with the workers following what is appended."""
    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(await AsyncConnection.connect(system.database.superuser, autocommit=True))
            for _ in range(8)
        ]
        await connections[0].execute(TABLE.encode())
        log = await stack.enter_async_context(system.log())
        plain = _plain(system, connections)
        fresh, stale = ported(system, log), ported(system, log, 0.1)

        def measure(name: str, callers: Sequence[Do]) -> Measure:
            async def once() -> Mapping[str, float]:
                await at_head(system.database)
                return await _rate(name, callers, seconds)

            return once

        yield [
            measure("raw_1", plain[:1]),
            measure("append_1", [fresh]),
            measure("raw_8", plain),
            measure("append_8", [fresh] * 8),
            measure("append_64", [fresh] * 64),
            measure("append_64_stale", [stale] * 64),
        ]
        await at_head(system.database)


async def appended(system: System, log: PostgresLog, callers: int, seconds: float) -> float:
    """Let so many callers append to a log for a while, and give how many events a second were."""
    return (await _rate("events", [ported(system, log)] * callers, seconds))["events"]


async def _rate(name: str, callers: Sequence[Do], seconds: float) -> Mapping[str, float]:
    """Let each caller do its work again and again, and tell how many a second were kept and how long they took."""
    taken: list[float] = []
    kept = 0

    async def repeat(work: Do, end: float) -> None:
        nonlocal kept
        while (begun := time.perf_counter()) < end:
            was_kept = await work()
            kept += was_kept
            taken.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(repeat(work, begun + seconds) for work in callers))
    rate = kept / (time.perf_counter() - begun)
    return {name: rate, f"{name}.p50": 1000 * quantile(taken, 0.5), f"{name}.p99": 1000 * quantile(taken, 0.99)}


def _plain(system: System, connections: Sequence["AsyncConnection[TupleRow]"]) -> list[Do]:
    """Give callers that insert and commit one row each, on a connection of their own."""
    data = [template.events[0][1] for template in system.history.templates]
    chance = Random(1)

    def caller(connection: "AsyncConnection[TupleRow]") -> Do:
        async def insert() -> bool:
            event_id = _IDS.event_id()
            row = (f"occurrence-{event_id.hex}", 1, event_id, "occurrence.reported", 1, chance.choice(data))
            await connection.execute(_INSERT, row, prepare=True)
            return True

        return insert

    return [caller(connection) for connection in connections]


def ported(system: System, log: PostgresLog, stale: float = 0.0) -> Do:
    """Give a caller that appends an event to a new stream; a share are for a stream that exists, or sent before."""
    data = [template.events[0][1] for template in system.history.templates]
    chance = Random(2)
    sent: list[Append] = []

    async def append() -> bool:
        event_id = _IDS.event_id()
        event = NewEvent(event_id, "occurrence.reported", 1, chance.choice(data))
        request = Append(writes=(StreamWrite(f"occurrence-{event_id.hex}", 0, (event,)),))
        if sent and chance.random() < stale:
            former = chance.choice(sent)
            request = former if chance.random() < 0.5 else Append(writes=(_again(former, event),))
        try:
            done = await log.append(request)
        except StaleStreamError:
            return False
        if stale and len(sent) < 1000:
            sent.append(request)
        return not done.repeated

    return append


def _again(former: Append, event: NewEvent) -> StreamWrite:
    """Give a write to the stream of an earlier request, by someone who does not know of that."""
    return StreamWrite(former.writes[0].stream, 0, (event,))

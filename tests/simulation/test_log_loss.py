"""Whoever reads by position while others write misses nothing: the first test of the log.

Eight writers with delays and conflicts, one reader that goes on from the highest position it saw. The same reader is
run over a table with an identity column, where it must find that events were lost.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from random import Random

import psycopg
import pytest
from psycopg import AsyncConnection

from events.log import EventLog, RecordedEvent, StaleStreamError
from services.wiring import open_log
from tests.events_said import append, new_event

pytestmark = pytest.mark.anyio

WRITERS = 8
LOGS = 4
ROUNDS = 40
CONFLICTS = 0.1

ReadPositions = Callable[[int], Awaitable[Sequence[int]]]


async def follow(read: ReadPositions, written: asyncio.Event) -> list[int]:
    """Read from the highest position seen until all is written and nothing more comes."""
    seen: list[int] = []
    while True:
        was_written = written.is_set()
        page = await read(seen[-1] if seen else 0)
        seen += page
        if was_written and not page:
            return seen


async def followed(writers: Sequence[Awaitable[None]], read: ReadPositions) -> list[int]:
    written = asyncio.Event()
    reader = asyncio.create_task(follow(read, written))
    await asyncio.gather(*writers)
    written.set()
    return await reader


@asynccontextmanager
async def logs(url: str) -> AsyncGenerator[Sequence[EventLog]]:
    async with AsyncExitStack() as opened:
        yield [await opened.enter_async_context(open_log(url)) for _ in range(LOGS)]


async def write_to_log(log: EventLog, number: int, chance: Random) -> None:
    """Append to a stream of one's own and, now and then, to the one that all writers fight for."""
    own = f"occurrence-{number}"
    version = 0
    for _ in range(ROUNDS):
        events = [new_event() for _ in range(chance.randint(1, 4))]
        if chance.random() < CONFLICTS:
            shared = len((await log.read_streams(["occurrence-shared"]))["occurrence-shared"])
            try:
                await log.append(append("occurrence-shared", shared, *events))
            except StaleStreamError:
                continue
        else:
            done = await log.append(append(own, version, *events))
            version = done.versions[own]
        await asyncio.sleep(chance.random() / 500)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_reader_beside_eight_writers_sees_every_position_once_and_in_order(
    database_url: str, seed: int
) -> None:
    async with logs(database_url) as opened, open_log(database_url) as reading:
        recorded: list[RecordedEvent] = []

        async def read(after: int) -> Sequence[int]:
            page = await reading.read(after=after, limit=50)
            recorded.extend(page)
            return [event.position for event in page]

        writers = [write_to_log(opened[n % LOGS], n, Random(f"{seed} {n}")) for n in range(WRITERS)]
        seen = await followed(writers, read)

        assert seen == list(range(1, await reading.head() + 1))
        assert len(seen) > WRITERS * ROUNDS
        assert all(one.recorded_at <= after.recorded_at for one, after in pairwise(recorded))
        versions: dict[str, int] = {}
        for event in recorded:
            assert event.version == versions.get(event.stream, 0) + 1
            versions[event.stream] = event.version


LEAKY_TABLE = """
CREATE TABLE leaky (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text, version int,
                    UNIQUE (stream, version))
"""


async def write_to_leaky_table(url: str, number: int, chance: Random) -> None:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        for nth in range(ROUNDS):
            clash = nth > 0 and chance.random() < CONFLICTS
            try:
                async with connection.transaction():
                    await connection.execute(
                        "INSERT INTO leaky (stream, version) VALUES (%s, %s)", (str(number), 0 if clash else nth)
                    )
                    await asyncio.sleep(chance.random() / 500)
            except psycopg.errors.UniqueViolation:
                continue


async def test_the_same_reader_finds_that_a_plain_identity_column_loses_events(database_url: str) -> None:
    async with await AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(LEAKY_TABLE)

        async def read(after: int) -> Sequence[int]:
            cursor = await connection.execute(
                "SELECT position FROM leaky WHERE position > %s ORDER BY position LIMIT 50", (after,)
            )
            return [row[0] for row in await cursor.fetchall()]

        seen = await followed([write_to_leaky_table(database_url, n, Random(n)) for n in range(WRITERS)], read)

        cursor = await connection.execute("SELECT position FROM leaky")
        stored = {row[0] for row in await cursor.fetchall()}
        assert stored - set(seen), "the reader cannot notice a loss, so its other test proves nothing"

"""The log, its projections and their runner over one test database, as a worker has them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple
from uuid import uuid4

from events.codec import Event, new_event
from events.log import Append, StreamWrite
from events.log_postgres import PostgresLog
from projections.catalogue import CATALOGUE
from projections.digest_postgres import Digest, digest
from projections.generation_postgres import Generations, Progress
from projections.page import Target
from projections.runner_postgres import Pool, Runner
from services.wiring import WORKER_ROLE, open_log, open_pool
from tests.histories import Chance, append, append_requests, together

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Parts(NamedTuple):
    pool: Pool
    log: PostgresLog
    generations: Generations

    def runner(self, page: int = 1000) -> Runner:
        return Runner(self.pool, self.log, CATALOGUE, page=page)

    async def progress(self) -> Mapping[str, Progress]:
        return {one.name: one for one in await self.generations.progress(NOW) if one.state in {"live", "stopped"}}


@asynccontextmanager
async def parts(url: str) -> AsyncGenerator[Parts]:
    async with open_pool(url, WORKER_ROLE) as pool, open_log(url) as log:
        generations = Generations(pool, log, CATALOGUE)
        await generations.prepare()
        yield Parts(pool, log, generations)


async def digests(held: Parts) -> Mapping[str, Digest]:
    """Give the digests of all live tables."""
    progress = await held.progress()
    async with held.pool.connection() as connection:
        return {
            name: await digest(connection, Target(CATALOGUE.named(name), one.generation, 0, 0), one.position)
            for name, one in progress.items()
        }


async def tell(held: Parts, seed: int = 1, count: int = 300) -> Sequence[tuple[str, int, Event]]:
    """Append what a seed says, in streams of its own unless it is the first."""
    said = Chance(seed).say(count)
    if seed > 1:
        said = [(f"{stream}-{seed}", version, event) for stream, version, event in said]
    await append(held.log, said, Random(seed))
    return said


async def tell_together(held: Parts, count: int = 300) -> None:
    """Append what is said in requests of one event or several."""
    await append_requests(held.log, together(Chance(1).say(count), Random(1)), Random(1))


async def say(held: Parts, stream: str, *events: Event) -> None:
    """Append events to a stream, after what it holds already."""
    version = len((await held.log.read_streams([stream]))[stream])
    new = tuple(new_event(event, uuid4()) for event in events)
    await held.log.append(Append(writes=(StreamWrite(stream, version, new),)))

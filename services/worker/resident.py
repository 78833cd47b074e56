"""What a process that follows the log keeps open between its jobs."""

import asyncio
import logging
import os
from collections.abc import Coroutine, Generator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import uvloop
from redis import Redis
from redis.exceptions import RedisError

from events.tree_postgres import TreeBuilder
from projections.catalogue import CATALOGUE
from projections.generation_postgres import Generations
from projections.parking_postgres import Decided, Parking
from projections.runner_postgres import Runner
from services.channels import APPENDED, listening
from services.queues import enqueue_follow, enqueue_rebuild, rebuild_ends
from services.settings import Settings
from services.wiring import WORKER_ROLE, open_blocking_redis, open_log, open_pool, open_redis
from services.worker.faults import fault
from services.worker.following import Follower

T = TypeVar("T")

ROUND_S = 2.0
"""How long one job follows before it lets RQ see that the process lives."""

# Nothing is folded while a round is being enqueued.
_ANSWER_S = 0.5

_STARTED = Decided("worker", "this worker started")

_logger = logging.getLogger("conflictlog.worker")


class Resident:
    """The open parts of this process, on an event loop that stands still between jobs."""

    def __init__(self, loop: asyncio.Runner, redis: Redis, parts: "_Parts") -> None:
        """Keep the parts; the queue is this process's own. What other code could not fold is tried again."""
        self.queue = f"follow-{uuid4().hex}"
        self.stopping = False
        self._loop = loop
        self._redis = redis
        self._follower = parts.follower
        self._outdated = dict.fromkeys(self._run(parts.generations.prepare()), False)
        folded = self._run(parts.parking.retry_all(_STARTED))
        if folded:
            _logger.warning("%d streams that were parked are folded again", folded)

    def follow(self) -> None:
        """Follow the log for one round, and have those projections rebuilt that other code made."""
        self._have_rebuilt()
        self._run(self._follower.follow(ROUND_S, lambda: not self.stopping))

    def follow_again(self) -> bool:
        """Enqueue the next round; tells whether Redis took it."""
        try:
            enqueue_follow(self._redis, self.queue)
        except RedisError:
            return False
        return True

    def _have_rebuilt(self) -> None:
        """Ask for each until it was made: Redis may lose a job. All who follow ask for the same one."""
        for name, asked in list(self._outdated.items()):
            job = f"outdated-{name}-{CATALOGUE.named(name).version}"
            try:
                ended = rebuild_ends(self._redis, job)
                if ended and asked:
                    del self._outdated[name]
                    continue
                if ended is not False:
                    enqueue_rebuild(self._redis, name, job)
                    _logger.warning("projection %s was made by other code and is being rebuilt", name)
            except RedisError:
                return
            self._outdated[name] = True

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)


_residents: list[Resident] = []


def here() -> Resident:
    """Give what this process keeps open."""
    return _residents[-1]


@contextmanager
def residence(settings: Settings) -> Generator[Resident]:
    """Open what a following process needs, and close it in the end."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        stack = loop.run(_entered())
        try:
            parts = loop.run(_parts(stack, settings))
            with open_blocking_redis(settings.redis_url, answer_s=_ANSWER_S) as redis:
                _residents.append(Resident(loop, redis, parts))
                try:
                    yield here()
                finally:
                    _residents.pop()
        finally:
            loop.run(stack.aclose())


async def _entered() -> AsyncExitStack:
    return AsyncExitStack()


class _Parts(NamedTuple):
    generations: Generations
    parking: Parking
    follower: Follower


async def _parts(stack: AsyncExitStack, settings: Settings) -> _Parts:
    """Open the database twice: were the log read through the runner's pool, the two could wait for each other."""
    half = max(1, settings.pool_size // 2)
    pool = await stack.enter_async_context(open_pool(settings.database_url, WORKER_ROLE, size=half))
    reads = await stack.enter_async_context(open_pool(settings.database_url, WORKER_ROLE, size=half))
    log = await stack.enter_async_context(open_log(settings.database_url, reads=reads))
    redis = await stack.enter_async_context(open_redis(settings.redis_url))
    runner = Runner(pool, log, CATALOGUE, reached=fault(os.environ))
    follower = Follower(runner, TreeBuilder(pool), redis)
    # What is told between two rounds waits in the socket.
    await stack.enter_async_context(listening(redis, APPENDED, follower.wake))
    return _Parts(Generations(pool, log, CATALOGUE), Parking(pool, log, CATALOGUE), follower)

"""Following the log: folding what is appended as soon as it is there, woken by Redis, without it by looking."""

import asyncio
import contextlib
import logging
from asyncio import Event, Task
from collections.abc import Callable

from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from events.log import LogUnavailableError
from events.tree_postgres import TreeBuilder
from projections.runner_postgres import Runner
from services.channels import FOLDED
from services.wiring import RedisClient

LOOK_EVERY_S = 0.05

_AWAY_S = 0.5
_PATIENCE_S = 1.0

_logger = logging.getLogger("conflictlog.worker")


class Follower:
    """Folds what is appended, grows the log's tree, and tells Redis how far it has come.

    Redis being away costs freshness, nothing else.
    """

    def __init__(self, runner: Runner, tree: TreeBuilder, redis: RedisClient) -> None:
        """Keep the parts."""
        self._runner = runner
        self._tree = tree
        self._redis = redis
        self._reached: int | None = None
        self._woken = Event()
        self._told_after = 0.0
        self._telling: Task[None] | None = None

    def wake(self, _position: int) -> None:
        """Look at once: something was appended."""
        self._woken.set()

    async def follow(self, seconds: float, go_on: Callable[[], bool]) -> None:
        """Follow for some seconds, or until told not to go on.

        While the database is away nothing is folded and nothing is lost; other errors are raised.
        """
        clock = asyncio.get_running_loop().time
        self._reached = None
        try:
            end = clock() + seconds
            while clock() < end and go_on():
                try:
                    goes_on = await self._fold()
                    built = await self._tree.extend(self._reached)
                    if not built:
                        self._reached = self._reached or 0
                    if not (goes_on or built):
                        await self._wait()
                except (OperationalError, PoolTimeout, LogUnavailableError) as error:
                    _logger.warning("the database does not answer: %s", error)
                    await asyncio.sleep(_AWAY_S)
        finally:
            await self._told()

    async def _fold(self) -> bool:
        """Fold a page and have it told; tells whether the log goes on. What comes later wakes us."""
        woken = self._woken.is_set()
        self._woken.clear()
        # Whoever woke us has appended: there is no need to ask.
        if not woken and not await self._runner.behind():
            return False
        moved = await self._runner.step()
        if moved is None:
            return False
        for projection, reason in moved.stopped.items():
            _logger.error("projection %s stops: %s", projection, reason)
        for one in moved.parked:
            _logger.error(
                "stream %s is parked for projection %s, see `conflictlog parked`: %s",
                one.stream,
                one.projection,
                one.reason,
            )
        self._reached = max(moved.positions.values())
        await self._told()
        self._telling = asyncio.create_task(self._tell(min(moved.positions.values())))
        return moved.goes_on

    async def _told(self) -> None:
        if self._telling is not None:
            await self._telling

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), LOOK_EVERY_S)

    async def _tell(self, position: int) -> None:
        """Publish how far the projections are; after a failure not for a while, so that folding is not held up."""
        clock = asyncio.get_running_loop().time
        if clock() < self._told_after:
            return
        try:
            await self._redis.publish(FOLDED, position)  # pyright: ignore[reportUnknownMemberType]
        except RedisError:
            self._told_after = clock() + _PATIENCE_S

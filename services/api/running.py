"""Requests under way: a second one with the same Idempotency-Key is told to wait for the first."""

import logging
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.api.errors import StillRunningError

# A process that dies leaves its names behind: so long its reporters are told to wait for nobody.
_LONGEST_S = 5
_AWAY_S = 2.0
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
_logger = logging.getLogger("conflictlog.api")


class Running:
    """Keeps the names of requests under way, in this process and, while Redis answers, across processes.

    It only spares the second request its work: that both come to one is the log's promise, which holds without Redis.
    """

    def __init__(self, redis: Redis) -> None:
        """Take where the names are kept."""
        self._redis = redis
        self._here: set[str] = set()
        self._away_until = 0.0

    @asynccontextmanager
    async def alone(self, name: str, is_done: Callable[[], Awaitable[bool]]) -> AsyncGenerator[None]:
        """Hold a name for the block; raises StillRunningError while somebody else holds it and is not done.

        `is_done` is asked where another process holds it: that may be dead, or Redis was away when it let go.
        """
        if name in self._here:
            raise _still_running()
        self._here.add(name)
        holder = secrets.token_hex(8)
        held = f"conflictlog:running:{name}"
        try:
            if not await self._taken(held, holder) and not await is_done():
                raise _still_running()
            try:
                yield
            finally:
                await self._released(held, holder)
        finally:
            self._here.discard(name)

    async def _taken(self, held: str, holder: str) -> bool:
        if time.monotonic() < self._away_until:
            return True
        try:
            return bool(await self._redis.set(held, holder, nx=True, ex=_LONGEST_S))
        except (RedisError, OSError, TimeoutError):
            self._away_until = time.monotonic() + _AWAY_S
            return True

    async def _released(self, held: str, holder: str) -> None:
        if time.monotonic() < self._away_until:
            return
        try:
            await self._redis.eval(_RELEASE, 1, held, holder)
        except (RedisError, OSError, TimeoutError):
            _logger.debug("%s is released when it expires", held)


def _still_running() -> StillRunningError:
    return StillRunningError(
        "The first request with this Idempotency-Key is still running.", headers={"retry-after": "1"}
    )

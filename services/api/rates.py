"""Rate limits, counted in Redis so that they hold across processes."""

import asyncio
import logging
import math
import time
from asyncio import Future, Task
from collections.abc import Callable

from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.api.errors import TooManyRequestsError
from services.api.keys import Caller

WINDOW_S = 60

_AWAY_S = 2.0
_logger = logging.getLogger("conflictlog.api")


class Standing(Struct, frozen=True):
    """Where a caller stands: the limit for a window, how many requests are left of it, and seconds to its end."""

    limit: int
    remaining: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        """The fields of the IETF draft `RateLimit header fields for HTTP`."""
        return {
            "ratelimit-policy": f'"default";q={self.limit};w={WINDOW_S}',
            "ratelimit": f'"default";r={self.remaining};t={self.reset_s}',
        }


class Rates:
    """Counts requests in windows of a minute.

    Requests that come while one count is under way to Redis are counted together by the next, so that a busy process
    asks Redis no oftener than Redis answers. While Redis is away nothing is counted and nobody is refused.
    """

    def __init__(self, redis: Redis, *, per_key: int, per_address: int, clock: Callable[[], float] = time.time) -> None:
        """Take where counts are kept, and how many requests a minute a key and an address may make."""
        self._redis = redis
        self._per_key = per_key
        self._per_address = per_address
        self._clock = clock
        self._waiting: dict[str, list[Future[int | None]]] = {}
        self._counter: Task[None] | None = None
        self._away_until = 0.0

    async def count(self, caller: Caller) -> Standing | None:
        """Count a request; raises TooManyRequestsError over the limit, gives None where nothing can be counted."""
        now = self._clock()
        if now < self._away_until:
            return None
        window = int(now // WINDOW_S)
        used = await self._used(f"conflictlog:rate:{caller.counted_as}:{window}")
        if used is None:
            return None
        limit = self._per_key if caller.key else self._per_address
        reset_s = math.ceil((window + 1) * WINDOW_S - now) or 1
        standing = Standing(limit, max(0, limit - used), reset_s)
        if used > limit:
            raise TooManyRequestsError(
                f"At most {limit} requests a minute are taken; {reset_s} s remain of this one.",
                headers={**standing.headers, "retry-after": str(reset_s)},
            )
        return standing

    async def close(self) -> None:
        """Wait until what is being counted is counted."""
        if self._counter is not None:
            await asyncio.wait([self._counter])

    def _used(self, name: str) -> "Future[int | None]":
        counted: Future[int | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, []).append(counted)
        if self._counter is None:
            self._counter = asyncio.create_task(self._count())
        return counted

    async def _count(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, {}
                after = await self._added({name: len(callers) for name, callers in waiting.items()})
                for name, callers in waiting.items():
                    # The first of those counted together used what was left before the others did.
                    for left, counted in enumerate(reversed(callers)):
                        if not counted.done():
                            counted.set_result(None if after is None else after[name] - left)
        finally:
            self._counter = None

    async def _added(self, counts: dict[str, int]) -> dict[str, int] | None:
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for name, count in counts.items():
                pipeline.incrby(name, count)
                pipeline.expire(name, 2 * WINDOW_S)
            replies = await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            if self._away_until == 0.0:
                _logger.warning("Redis does not answer (%s); requests are not counted until it does", error)
            self._away_until = self._clock() + _AWAY_S
            return None
        self._away_until = 0.0
        return dict(zip(counts, replies[::2], strict=True))

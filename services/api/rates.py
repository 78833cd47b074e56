"""Rate limits, counted in Redis so that they hold across processes."""

import asyncio
import logging
import math
import time
from asyncio import Future, Task
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import chain

from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.api.errors import TooManyRequestsError
from services.api.keys import Caller

WINDOW_S = 60

_AWAY_S = 2.0
# What Redis told a moment ago is taken for true where the limit is so far that others cannot have reached it since.
_TRUSTED_S = 0.25
_TOGETHER_S = 0.05
_CLOSE = 1000
_KEPT = 10_000
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
    asks Redis no oftener than Redis answers; far from the limit they are not held up for it. While Redis is away
    nothing is counted and nobody is refused.
    """

    def __init__(self, redis: Redis, *, per_key: int, per_address: int, clock: Callable[[], float] = time.time) -> None:
        """Take where counts are kept, and how many requests a minute a key and an address may make."""
        self._redis = redis
        self._per_key = per_key
        self._per_address = per_address
        self._clock = clock
        self._waiting: dict[str, list[Future[int | None]]] = {}
        self._owed: Counter[str] = Counter()
        self._told: dict[str, tuple[float, int]] = {}
        self._hurry = asyncio.Event()
        self._counter: Task[None] | None = None
        self._away_until = 0.0

    async def count(self, caller: Caller) -> Standing | None:
        """Count a request; raises TooManyRequestsError over the limit, gives None where nothing can be counted."""
        now = self._clock()
        if now < self._away_until:
            return None
        window = int(now // WINDOW_S)
        name = f"conflictlog:rate:{caller.counted_as}:{window}"
        limit = self._per_key if caller.key else self._per_address
        used = self._reckoned(name, limit, now) or await self._used(name)
        if used is None:
            return None
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

    def _reckoned(self, name: str, limit: int, now: float) -> int | None:
        """Count a request later, and give how many there are by now as far as is known; None near the limit."""
        told_at, told = self._told.get(name, (0.0, 0))
        used = told + self._owed[name] + 1
        if now - told_at > _TRUSTED_S or limit - used < max(_CLOSE, limit // 10):
            return None
        self._owed[name] += 1
        self._have_counted()
        return used

    def _used(self, name: str) -> "Future[int | None]":
        counted: Future[int | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, []).append(counted)
        self._hurry.set()
        self._have_counted()
        return counted

    def _have_counted(self) -> None:
        if self._counter is None:
            self._counter = asyncio.create_task(self._count())

    async def _count(self) -> None:
        try:
            while self._waiting or self._owed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._hurry.wait(), _TOGETHER_S)
                self._hurry.clear()
                waiting, self._waiting = self._waiting, {}
                owed, self._owed = self._owed, Counter()
                counts = owed + Counter({name: len(callers) for name, callers in waiting.items()})
                try:
                    after = await self._added(counts)
                except Exception as error:  # noqa: BLE001 -- whatever it is, nobody waits for ever
                    _fail(chain.from_iterable(waiting.values()), error)
                    continue
                self._keep(after or {})
                for name, callers in waiting.items():
                    # The first of those counted together used what was left before the others did.
                    for left, counted in enumerate(reversed(callers)):
                        if not counted.done():
                            counted.set_result(None if after is None else after[name] - left)
        finally:
            self._counter = None

    def _keep(self, after: Mapping[str, int]) -> None:
        now = self._clock()
        if len(self._told) > _KEPT:
            self._told.clear()
        self._told.update({name: (now, used) for name, used in after.items()})

    async def _added(self, counts: Mapping[str, int]) -> dict[str, int] | None:
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


def _fail(callers: Iterable["Future[int | None]"], error: Exception) -> None:
    for counted in callers:
        if not counted.done():
            counted.set_exception(error)

"""The Redis channels that processes wake each other through; what is missed on them costs freshness, nothing else."""

import asyncio
from asyncio import Event
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

APPENDED = "conflictlog:appended"
"""Told by the API after each batch it appended: the log's new head."""

FOLDED = "conflictlog:folded"
"""Told by a worker after each commit of a projection: the position reached."""

_AWAY_S = 0.5
_PATIENCE_S = 1.0


@asynccontextmanager
async def listening(redis: Redis, channel: str, hear: Callable[[int], None]) -> AsyncGenerator[None]:
    """Hear what is told on a channel for the length of the block."""
    done = Event()
    task = asyncio.create_task(listen(redis, channel, hear, lambda: not done.is_set()))
    try:
        yield
    finally:
        # Before Python 3.12 a cancellation can be lost while Redis is waited for.
        done.set()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def listen(redis: Redis, channel: str, hear: Callable[[int], None], wanted: Callable[[], bool]) -> None:
    """Hear every position that is told on a channel, for as long as Redis is there, and again once it is.

    It ends within a second or so when it is `wanted` no longer.
    """
    while wanted():
        try:
            async with redis.pubsub() as listening:  # pyright: ignore[reportUnknownMemberType]
                await listening.subscribe(channel)
                while wanted():
                    message = cast(
                        "Any", await listening.get_message(ignore_subscribe_messages=True, timeout=_PATIENCE_S)
                    )
                    if message:
                        hear(int(message["data"]))
        except RedisError:
            await asyncio.sleep(_AWAY_S)

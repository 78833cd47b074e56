"""Waiting for a condition, which tests do instead of sleeping."""

import asyncio
from collections.abc import Awaitable, Callable

_STEP_S = 0.005


async def until(condition: Callable[[], bool | Awaitable[bool]], within_s: float = 10.0) -> None:
    """Return once the condition holds; raise TimeoutError if it does not in time."""
    async with asyncio.timeout(within_s):
        while True:
            holds = condition()
            if holds if isinstance(holds, bool) else await holds:
                return
            await asyncio.sleep(_STEP_S)

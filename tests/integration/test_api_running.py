"""Names of requests under way that are left behind, by a process that died or while Redis was away."""

from collections.abc import AsyncGenerator

import pytest
from redis.asyncio import Redis

from services.api.errors import StillRunningError
from services.api.running import Running
from services.wiring import open_redis

pytestmark = pytest.mark.anyio

NAME = "conflictlog:running:a"


async def done() -> bool:
    return True


async def under_way() -> bool:
    return False


@pytest.fixture
async def redis(redis_url: str) -> AsyncGenerator[Redis]:
    async with open_redis(redis_url) as client:
        yield client


async def test_a_name_left_behind_holds_up_nobody_whose_request_is_recorded(redis: Redis) -> None:
    await redis.set(NAME, "a dead process", ex=60)
    running = Running(redis)

    async with running.alone("a", done):
        pass
    assert await redis.get(NAME) == b"a dead process"
    with pytest.raises(StillRunningError):
        async with running.alone("a", under_way):
            pass


async def test_a_name_is_left_behind_for_seconds_only_and_not_at_all_by_who_lives(redis: Redis) -> None:
    async with Running(redis).alone("a", under_way):
        assert 0 < await redis.pttl(NAME) <= 5000
    assert await redis.get(NAME) is None


async def test_in_one_process_the_first_is_waited_for_whatever_redis_says(redis: Redis) -> None:
    running = Running(redis)
    async with running.alone("a", done):
        await redis.delete(NAME)
        with pytest.raises(StillRunningError):
            async with running.alone("a", done):
                pass

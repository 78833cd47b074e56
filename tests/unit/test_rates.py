"""Counting requests: exactly near the limit, and far from it without holding anybody up."""

import asyncio
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.api.errors import TooManyRequestsError
from services.api.keys import Caller
from services.api.rates import Rates

pytestmark = pytest.mark.anyio

CALLER = Caller("key", frozenset(), "127.0.0.1")
NOW = 1_000_000.0


class Silent:
    """Stands for a Redis that does not answer."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = 0
        self.error = error or RedisError("nobody answers")

    def pipeline(self, *, transaction: bool) -> "Silent":
        assert not transaction
        return self

    def incrby(self, name: str, count: int) -> None:
        assert (bool(name), count > 0) == (True, True)

    def expire(self, name: str, seconds: int) -> None:
        assert (bool(name), seconds > 0) == (True, True)

    async def execute(self) -> list[int]:
        self.asked += 1
        raise self.error


class Counts:
    """Stands for Redis: what it counts, and how often it was asked."""

    def __init__(self) -> None:
        self.used: dict[str, int] = {}
        self.asked = 0
        self.answers = asyncio.Event()
        self.answers.set()

    def pipeline(self, *, transaction: bool) -> "Counts":
        assert not transaction
        self.replies: list[int] = []
        return self

    def incrby(self, name: str, count: int) -> None:
        self.used[name] = self.used.get(name, 0) + count
        self.replies.append(self.used[name])

    def expire(self, name: str, seconds: int) -> None:
        self.replies.append(bool(name) and seconds > 0)

    async def execute(self) -> list[int]:
        self.asked += 1
        replies = self.replies
        await self.answers.wait()
        return replies


def rates(counts: Counts, limit: int) -> Rates:
    return Rates(cast("Redis", cast("Any", counts)), per_key=limit, per_address=limit, clock=lambda: NOW)


async def test_far_from_the_limit_nobody_waits_for_redis_and_all_are_counted() -> None:
    counts = Counts()
    held = rates(counts, 100_000)
    await held.count(CALLER)
    counts.answers.clear()
    async with asyncio.timeout(1):
        standings = [await held.count(CALLER) for _ in range(500)]
    assert [one.remaining for one in standings if one is not None] == list(range(99_998, 99_498, -1))
    counts.answers.set()
    await held.close()
    assert sum(counts.used.values()) == 501
    assert counts.asked <= 3


async def test_near_the_limit_each_request_is_counted_before_it_is_taken() -> None:
    counts = Counts()
    held = rates(counts, 500)
    other = rates(counts, 500)
    for _ in range(250):
        await held.count(CALLER)
        await other.count(CALLER)
    with pytest.raises(TooManyRequestsError):
        await held.count(CALLER)
    assert sum(counts.used.values()) == 501


async def test_redis_that_does_not_answer_is_asked_once_and_then_left_alone() -> None:
    silent = Silent()
    held = Rates(cast("Redis", cast("Any", silent)), per_key=500, per_address=500, clock=lambda: NOW)
    assert [await held.count(CALLER) for _ in range(5)] == [None] * 5
    assert silent.asked == 1


async def test_an_error_that_nobody_foresaw_is_told_to_those_who_wait() -> None:
    broken = Silent(ZeroDivisionError("who would have thought"))
    held = Rates(cast("Redis", cast("Any", broken)), per_key=500, per_address=500, clock=lambda: NOW)
    async with asyncio.timeout(1):
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await held.count(CALLER)

"""The interface while more comes than can be written, and while Redis answers nothing."""

import asyncio
from functools import partial

import pytest

from events.group_commit import GroupLimits
from services.api import parts, rates
from services.wiring import open_log
from tests.api_client import client, settings_for
from tests.head_lock import head_held
from tests.proxy import Proxy
from tests.waiting import until

pytestmark = pytest.mark.anyio

PROBLEM = "/docs/problems#log-busy"


def party(name: str) -> dict[str, str]:
    return {"id": name, "name": name, "kind": "state_force"}


async def test_more_than_may_wait_is_503_with_a_time_to_come_back_and_fails_nobody(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "open_log", partial(open_log, limits=GroupLimits(waiting_requests=2)))
    async with client(settings_for(database_url, redis_url)) as api:
        async with head_held(database_url) as lock:
            first = asyncio.create_task(api.post("/v1/parties", party("first")))
            await lock.is_waited_for()
            rest = [asyncio.create_task(api.post("/v1/parties", party(f"more-{n}"))) for n in range(5)]
            await until(lambda: sum(task.done() for task in rest) == 3)
            refused = [task.result() for task in rest if task.done()]
        taken = [await task for task in (first, *rest) if not task.done() or task.result() not in refused]
        again = [await api.post("/v1/parties", party(f"more-{n}")) for n in range(5)]

    assert [(one.status_code, int(one.headers["retry-after"]) >= 1) for one in refused] == [(503, True)] * 3
    assert {one.json()["type"] for one in refused} == {PROBLEM}
    assert [one.status_code for one in taken] == [201] * 3
    assert [one.is_success for one in again] == [True] * 5


async def test_redis_that_answers_nothing_is_asked_once_and_then_left_alone(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "_AWAY_S", 600.0)
    async with Proxy.open(redis_url) as line, client(settings_for(database_url, line.url)) as api:
        assert "ratelimit" in (await api.get("/v1/vocabulary")).headers
        line.fall_silent()
        answers = [await api.post("/v1/parties", party(f"p{n}"), {"idempotency-key": f'"{n}"'}) for n in range(8)]
        ready = (await api.get("/health/ready")).json()
        line.speak()

    assert [answer.status_code for answer in answers] == [201] * 8
    assert ready["redis"] == {"status": "away"}
    assert sum(b"INCRBY" in said for said in line.unanswered) <= 1

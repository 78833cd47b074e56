"""Projections that other code folded: rebuilt by a worker that is asked until it is done, whatever Redis loses."""

import asyncio

import psycopg
import pytest
from rq.job import JobStatus

from services.queues import REBUILD, queue
from services.wiring import open_blocking_redis
from services.worker import resident
from tests.api_client import settings_for
from tests.projected import parts


async def _made_by_other_code(database_url: str) -> None:
    async with parts(database_url):
        pass
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE progress.checkpoint SET version = version - 1 WHERE projection = 'strikes'")


def test_a_rebuild_that_redis_lost_is_asked_for_again_and_one_that_waits_or_was_made_is_not(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident, "ROUND_S", 0.01)
    asyncio.run(_made_by_other_code(database_url))
    settings = settings_for(database_url, redis_url)
    with (
        open_blocking_redis(redis_url) as redis,
        resident.residence(settings) as one,
        resident.residence(settings) as other,
    ):
        waiting = queue(REBUILD, redis)

        def asked() -> int:
            for worker in (one, other):
                worker.follow()
            return len(waiting.jobs)

        assert [asked(), asked()] == [1, 1]
        waiting.empty()
        assert asked() == 1
        [job] = waiting.jobs
        waiting.remove(job)
        job.set_status(JobStatus.FINISHED)
        assert asked() == 0

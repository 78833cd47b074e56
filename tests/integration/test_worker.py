"""Worker processes: they fold what is appended, survive any death and the loss of Redis, and rebuild on request."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis import Redis

from events.registry_events import PartyAmended
from events.values import Name
from projections.catalogue import CATALOGUE
from projections.runner_postgres import PARKED, STEPS
from services.embedded.processes import ProcessId, alive, identify
from services.embedded.valkey import EmbeddedValkey
from services.queues import enqueue_rebuild
from services.rebuilds import LastRebuild, last
from services.wiring import open_blocking_redis
from services.worker.faults import VARIABLE
from services.worker.resident import ROUND_S
from tests.parking_cases import forget, parking, poison, where
from tests.projected import NOW, Parts, digests, parts, say, tell
from tests.proxy import Proxy
from tests.waiting import until

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]


@contextmanager
def worker(
    database_url: str, redis_url: str, role: str = "follow", fault: str = ""
) -> Generator[subprocess.Popen[str]]:
    """Run a worker process, and end it with the block."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CONFLICTLOG_ROLES": role,
        VARIABLE: fault,
    }
    command = [sys.executable, "-P", "-m", "services.cli", "worker"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=pipe, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        yield process
    finally:
        # With all that it started, should that have outlived it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the process to end; give its exit code and what it wrote."""
    written, _ = process.communicate(timeout=20)
    return process.returncode, written


async def at_head(held: Parts) -> None:
    async def there() -> bool:
        return {one.position for one in (await held.progress()).values()} == {await held.log.head()}

    await until(there, within_s=30)


async def equals_a_fresh_fold(held: Parts) -> None:
    for name, found in (await digests(held)).items():
        assert (await held.generations.rebuild(name, switch=False)).digest == found


async def test_a_worker_folds_what_is_appended_and_stops_when_told(database_url: str, redis_url: str) -> None:
    async with parts(database_url) as held:
        with worker(database_url, redis_url) as process:
            await tell(held, count=40)
            await at_head(held)
            await tell(held, seed=2, count=40)
            await at_head(held)
            process.send_signal(signal.SIGTERM)
            assert finished(process) == (0, "")


@pytest.mark.parametrize("step", STEPS)
async def test_a_worker_killed_at_any_step_leaves_nothing_half_done(
    database_url: str, redis_url: str, step: str
) -> None:
    async with parts(database_url) as held:
        await tell(held, count=120)
        with worker(database_url, redis_url, fault=step) as process:
            assert finished(process)[0] == -signal.SIGKILL
        with worker(database_url, redis_url):
            await at_head(held)
        await equals_a_fresh_fold(held)


async def test_a_worker_killed_while_it_parks_a_stream_parks_it_once_and_the_next_release_folds_it(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with parts(database_url) as held:
        await tell(held, count=120)
        position = await poison(held.log, "occurrence-o1")
        with worker(database_url, redis_url, fault=PARKED) as process:
            assert finished(process)[0] == -signal.SIGKILL
        assert await where(held) == set()
        with worker(database_url, redis_url):
            await at_head(held)
        assert await where(held) == {("occurrence-o1", one.name, position) for one in CATALOGUE.occurrences}
        await equals_a_fresh_fold(held)
        # A release that lacks a word which all others have: the next worker to start has it.
        with monkeypatch.context() as older:
            forget(older, "party.amended")
            await say(held, "party-israel", PartyAmended(names=(Name(name="Israël"),)))
            await held.runner().drain()
        assert {(stream, name) for stream, name, _ in await where(held) if name == "registry"} == {
            ("party-israel", "registry")
        }
        with worker(database_url, redis_url):
            await until(lambda: folded(held, "party-israel"), within_s=30)
        [*_, decision] = await parking(held).decisions()
        assert (decision.stream, decision.outcome, decision.decided_by) == ("party-israel", "folded", "worker")
        await equals_a_fresh_fold(held)


async def folded(held: Parts, stream: str) -> bool:
    return stream not in {parked for parked, _, _ in await where(held)}


async def test_a_worker_goes_on_without_redis_and_when_it_comes_back(database_url: str, tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    url = server.url
    try:
        async with parts(database_url) as held:
            with worker(database_url, url) as process:
                await tell(held, count=20)
                await at_head(held)
                server.stop()
                await tell(held, seed=2, count=20)
                await at_head(held)
                server.start()
                await tell(held, seed=3, count=20)
                await at_head(held)
                assert process.poll() is None
    finally:
        server.stop()


async def test_folding_goes_on_while_redis_answers_nothing(database_url: str, redis_url: str) -> None:
    async with parts(database_url) as held, Proxy.open(redis_url) as line:
        with worker(database_url, line.url) as process:
            await tell(held, count=20)
            await at_head(held)
            line.fall_silent()
            await tell(held, seed=2, count=20)
            await at_head(held)
            await until(lambda: bool(line.unanswered))
            await tell(held, seed=3, count=20)
            await at_head(held)
            line.speak()
            await tell(held, seed=4, count=20)
            await at_head(held)
            assert process.poll() is None


async def test_folding_goes_on_though_redis_falls_silent_between_two_jobs(database_url: str, redis_url: str) -> None:
    async with parts(database_url) as held, Proxy.open(redis_url) as line:
        with worker(database_url, line.url) as process:
            await tell(held, count=20)
            await at_head(held)
            # What takes the next job from its queue.
            line.fall_silent(b"LMOVE")
            await until(lambda: bool(line.unanswered))
            await tell(held, seed=2, count=20)
            await at_head(held)
            line.speak()
            await tell(held, seed=3, count=20)
            await at_head(held)
            assert process.poll() is None


async def test_emptying_redis_stops_nothing(database_url: str, redis_url: str) -> None:
    async with parts(database_url) as held:
        with worker(database_url, redis_url) as process, open_blocking_redis(redis_url) as redis:
            await at_head(held)
            # Again and again, so that it is lost too in the moment in which the next round is all that there is.
            emptying = asyncio.create_task(asyncio.to_thread(_emptied, redis, time.monotonic() + 2 * ROUND_S))
            for seed in count(1):
                await tell(held, seed=seed, count=10)
                await at_head(held)
                if emptying.done():
                    break
            await tell(held, seed=1000, count=10)
            await at_head(held)
            assert process.poll() is None


def _emptied(redis: Redis, until_: float) -> None:
    while time.monotonic() < until_:
        redis.flushall()  # pyright: ignore[reportUnknownMemberType]


async def test_a_rebuild_is_a_job_and_tells_nobody_of_anything(database_url: str, redis_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=60)
        await held.runner().drain()
        with worker(database_url, redis_url, role="rebuild"), open_blocking_redis(redis_url) as redis:
            heard: Any = redis.pubsub(ignore_subscribe_messages=True)  # pyright: ignore[reportUnknownMemberType]
            heard.psubscribe("conflictlog:*")
            job = enqueue_rebuild(redis, "strikes")
            await until(lambda: job.is_finished, within_s=30)
            assert [heard.get_message() for _ in range(3)] == [None] * 3
            assert '"generation":2' in msgspec.json.encode(job.return_value()).decode()
        assert (await held.progress())["strikes"].generation == 2
        await equals_a_fresh_fold(held)


@pytest.mark.parametrize("fault", ["filled", "compared"])
async def test_a_rebuild_whose_worker_was_killed_is_taken_up_by_the_next_and_told_of(
    database_url: str, redis_url: str, fault: str
) -> None:
    async with parts(database_url) as held:
        await tell(held, count=60)
        await held.runner().drain()

        async def told() -> LastRebuild:
            async with held.pool.connection() as connection:
                return await last(connection, "strikes")

        async def ended() -> bool:
            return (await told()).ended_at is not None

        assert (await told()).outcome is None
        with open_blocking_redis(redis_url) as redis, worker(database_url, redis_url, "rebuild", fault) as process:
            job = enqueue_rebuild(redis, "strikes")
            assert finished(process)[0] == -signal.SIGKILL
        assert ((await told()).outcome, (await told()).job) == ("under_way", job.id)
        with worker(database_url, redis_url, role="rebuild"):
            await until(ended, within_s=30)
        found = await told()
        assert (found.outcome, found.job, found.generation, found.position) == ("switched", job.id, 2, 60)
        assert [one.state for one in await held.generations.progress(NOW) if one.name == "strikes"] == [
            "former",
            "live",
        ]


async def test_a_rebuild_that_is_refused_is_told_of_with_the_rows_that_differ(
    database_url: str, redis_url: str
) -> None:
    async with parts(database_url) as held:
        await tell(held, count=60)
        await held.runner().drain()
        async with held.pool.connection() as connection:
            await connection.execute(b"UPDATE strikes_g1.strike SET weapon = 'naval'")
        with worker(database_url, redis_url, role="rebuild"), open_blocking_redis(redis_url) as redis:
            job = enqueue_rebuild(redis, "strikes")
            await until(lambda: job.is_failed, within_s=30)
        async with held.pool.connection() as connection:
            found = await last(connection, "strikes")
        assert (found.outcome, found.position) == ("differs", 60)
        assert found.first is not None
        assert any("live only" in row and "naval" in row for row in found.differing)


async def test_several_roles_are_several_processes_that_end_together(database_url: str, redis_url: str) -> None:
    async with parts(database_url) as held:
        with worker(database_url, redis_url, role="follow,rebuild") as process:
            await tell(held, count=20)
            await at_head(held)
            below = children_of(process.pid)
            assert len(below) >= 2
            process.kill()
            await until(lambda: not any(alive(one) for one in below))
        with worker(database_url, redis_url, role="follow,rebuild") as process:
            await tell(held, seed=2, count=20)
            await at_head(held)
            process.send_signal(signal.SIGTERM)
            assert finished(process) == (0, "")


def children_of(pid: int) -> list[ProcessId]:
    """Give the processes that a process has started."""
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [found for child in told.split() if (found := identify(int(child))) is not None]

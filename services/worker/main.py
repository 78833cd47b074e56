"""A worker process: RQ jobs, by role."""

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from types import FrameType

from msgspec import structs
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from services.embedded.launch import die_with_parent
from services.garbage import collected_seldom
from services.queues import REBUILD, enqueue_rebuild, queue
from services.rebuilds import cut_short
from services.settings import Role, Settings
from services.wiring import WORKER_ROLE, open_blocking_redis, open_pool, open_redis
from services.worker.clock import Clock
from services.worker.resident import Resident, residence

_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_WORKER_TTL_S = 60
_ANSWER_S = 1.0

_logger = logging.getLogger("conflictlog.worker")


class _Worker(SimpleWorker):
    """Works in this process, and does not sleep through the return of Redis."""

    max_connection_wait_time = 1.0


class _ResidentWorker(_Worker):
    """Never blocks on Redis, so an answer that does not come soon will not, and what follows the log cannot wait."""

    connection_timeout = _ANSWER_S  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]

    resident: Resident
    away = False

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Ask once: RQ's own asks a Redis that is away until it is back, and nothing would be folded meanwhile."""
        del max_idle_time
        try:
            self.heartbeat()
            found = Queue.dequeue_any(self.queues, timeout, self.connection, serializer=self.serializer)
            if found is not None:
                found[0].redis_server_version = self.get_redis_server_version()
        except RedisError as error:
            self.away = True
            raise StopRequested from error
        return found

    def register_death(self) -> None:
        """Take leave of a Redis that is there."""
        if not self.away:
            super().register_death()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End the round that runs, and with it the work: nothing here ever blocks for long."""
        del signum, frame
        self.resident.stopping = True
        self._stop_requested = True


def run(settings: Settings) -> None:
    """Work until told to stop by SIGTERM or SIGINT, each role in a process of its own if there are several."""
    os.environ.update(settings.environment())
    logging.basicConfig(level=settings.log_level.upper(), format=_LOG_FORMAT)
    if len(settings.roles) == 1:
        _work(settings, settings.roles[0])
    else:
        _share(settings)


def _share(settings: Settings) -> None:
    """Start a process for each role; when one ends, end them all: whoever runs this starts it again.

    Why a database cannot be used is raised here, once, before there is any of them.
    """
    asyncio.run(_cut_short(settings))
    spawning = multiprocessing.get_context("spawn")
    parent = os.getpid()
    workers = [
        spawning.Process(target=_work_below, args=(settings, role, parent), name=role) for role in settings.roles
    ]
    for worker in workers:
        worker.start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        wait([worker.sentinel for worker in workers])
        sys.exit("a worker process ended by itself")
    except KeyboardInterrupt:
        return
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()


def _work_below(settings: Settings, role: Role, parent: int) -> None:
    die_with_parent(parent, signal.SIGKILL)
    run(structs.replace(settings, roles=(role,)))


def _work(settings: Settings, role: Role) -> None:
    if role == "follow":
        _follow(settings)
    elif role == "clock":
        asyncio.run(_keep_time(settings))
    else:
        with open_blocking_redis(settings.redis_url) as redis:
            if role == REBUILD:
                _take_up(settings, redis)
            queues = [queue(role, redis)]
            worker = _Worker(queues, connection=redis, serializer=JSONSerializer, worker_ttl=_WORKER_TTL_S)
            worker.work(logging_level="WARNING")


async def _keep_time(settings: Settings) -> None:
    """Release what is due, until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_pool(settings.database_url, WORKER_ROLE, size=1) as pool, open_redis(settings.redis_url) as redis:
        await Clock(pool, redis).run(lambda: not stop.is_set())


def _take_up(settings: Settings, redis: Redis) -> None:
    """Have the rebuilds gone on with that a worker left when it died; one that another worker is at is refused."""
    for projection, job in asyncio.run(_cut_short(settings)):
        try:
            enqueue_rebuild(redis, projection, job)
        except RedisError as error:
            _logger.warning("Redis does not take the rebuild of %s, which was cut short: %s", projection, error)
        else:
            _logger.warning("the rebuild of %s was cut short and goes on", projection)


async def _cut_short(settings: Settings) -> Sequence[tuple[str, str]]:
    async with open_pool(settings.database_url, WORKER_ROLE, size=1) as pool:
        return await cut_short(pool)


def _follow(settings: Settings) -> None:
    """Follow the log through jobs of our own queue; whatever Redis loses or refuses is made good here."""
    with residence(settings) as resident, collected_seldom():
        while not resident.stopping:
            signal.signal(signal.SIGTERM, _stopping(resident))
            signal.signal(signal.SIGINT, _stopping(resident))
            _work_on(settings, resident)
            if not resident.stopping:
                resident.follow()


def _stopping(resident: Resident) -> Callable[[int, FrameType | None], None]:
    def stop(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        resident.stopping = True

    return stop


def _work_on(settings: Settings, resident: Resident) -> None:
    """Do the jobs of this process until there is none left, which is when Redis has lost the next."""
    if not resident.follow_again():
        return
    try:
        with open_blocking_redis(settings.redis_url, answer_s=_ANSWER_S) as redis:
            worker = _ResidentWorker([queue(resident.queue, redis)], connection=redis, serializer=JSONSerializer)
            worker.resident = resident
            worker.work(burst=True, logging_level="WARNING")
    except RedisError as error:
        _logger.warning("Redis does not answer: %s", error)

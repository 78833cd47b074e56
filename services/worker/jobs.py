"""The jobs that workers do. Their dotted names stand in Redis: a job that moves leaves its old name for a release."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from rq import get_current_job

from events.log import LogUnavailableError
from projections.rebuilt import Plan, Rebuilt, ReplayError
from services import rebuilds
from services.generations import open_generations
from services.settings import Settings, current
from services.wiring import WORKER_ROLE, open_pool
from services.worker.resident import here

_AWAY_S = 0.5

_logger = logging.getLogger("conflictlog.worker")


def follow() -> None:
    """Follow the log for a round, and enqueue the next; while Redis does not take it, go on following."""
    resident = here()
    resident.follow()
    while not resident.stopping and not resident.follow_again():
        resident.follow()


def rebuild(projection: str) -> dict[str, Any]:
    """Rebuild a projection beside the one that is read, and switch to it; gives what was built."""
    job = get_current_job()
    return msgspec.to_builtins(asyncio.run(_rebuilt(current(), projection, "" if job is None else job.id)))


async def _rebuilt(settings: Settings, projection: str, job: str) -> Rebuilt:
    """Rebuild, and write down what comes of it; while the database is away, wait, and then go on."""
    while True:
        try:
            async with open_pool(settings.database_url, WORKER_ROLE, size=1) as pool:
                await rebuilds.begin(pool, projection, job)
                try:
                    [found] = await replayed(settings, [projection])
                except ReplayError as refusal:
                    found = refusal
                await rebuilds.end(pool, projection, job, found)
        except (OperationalError, PoolTimeout, LogUnavailableError) as error:
            _logger.warning("the database does not answer: %s", error)
            await asyncio.sleep(_AWAY_S)
        else:
            if isinstance(found, ReplayError):
                raise found
            return found


async def replayed(settings: Settings, projections: Sequence[str]) -> Sequence[Rebuilt | ReplayError]:
    """Rebuild several projections in one pass over the log; raises RebuildUnderWayError."""
    async with open_generations(settings.database_url) as generations:
        return await generations.replay(projections, Plan())

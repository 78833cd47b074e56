"""The jobs that workers do. Their dotted names stand in Redis: a job that moves leaves its old name for a release."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from projections.catalogue import CATALOGUE
from projections.generation_postgres import Generations, Rebuilt
from services.settings import Settings, current
from services.wiring import WORKER_ROLE, open_log, open_pool
from services.worker.resident import here


def follow() -> None:
    """Follow the log for a round, and enqueue the next; while Redis does not take it, go on following."""
    resident = here()
    resident.follow()
    while not resident.stopping and not resident.follow_again():
        resident.follow()


def rebuild(projection: str) -> dict[str, Any]:
    """Rebuild a projection beside the one that is read, and switch to it; gives what was built."""
    return msgspec.to_builtins(asyncio.run(rebuilt(current(), projection)))


async def rebuilt(settings: Settings, projection: str, *, switch: bool = True, accept: bool = False) -> Rebuilt:
    """Rebuild a projection; the errors are those of projections.generation_postgres.Generations.rebuild."""
    [one] = await rebuilt_together(settings, [projection], switch=switch, accept=accept)
    return one


async def rebuilt_together(
    settings: Settings, projections: Sequence[str], *, switch: bool = True, accept: bool = False
) -> Sequence[Rebuilt]:
    """Rebuild several projections in one pass over the log; the errors are the same."""
    async with (
        open_pool(settings.database_url, WORKER_ROLE) as pool,
        open_pool(settings.database_url, WORKER_ROLE) as reads,
        open_log(settings.database_url, reads=reads) as log,
    ):
        return await Generations(pool, log, CATALOGUE).rebuild_all(projections, switch=switch, accept=accept)

"""A rebuild in a process of its own, to see its memory: `python -m tests.bench.rebuilding DATABASE_URL REDIS_URL`."""

import asyncio
import resource
import sys
import time

import msgspec
from msgspec import Struct

from projections.rebuilt import ReplayError
from services.garbage import collect_seldom
from services.settings import Settings
from services.worker.jobs import replayed

PROJECTIONS = ("control_map", "casualties", "strikes")


class Rebuilding(Struct, frozen=True):
    """How long the projections took together, and the greatest memory that the process had."""

    seconds: float
    peak_mb: float


async def rebuild(settings: Settings) -> None:
    """Rebuild the three projections in one pass, with indexes, digests, comparison and switch."""
    for one in await replayed(settings, PROJECTIONS):
        if isinstance(one, ReplayError):
            raise one


def main(database_url: str, redis_url: str) -> None:
    """Rebuild, and say how it went on standard output."""
    begun = time.perf_counter()
    # As a worker does.
    collect_seldom()
    asyncio.run(rebuild(Settings(database_url=database_url, redis_url=redis_url)))
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = Rebuilding(time.perf_counter() - begun, peak_kb / 1024)
    sys.stdout.buffer.write(msgspec.json.encode(done))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

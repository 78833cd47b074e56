"""The generations of the projections in a database, opened for whoever builds them: a worker's job or a command."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from projections.catalogue import CATALOGUE
from projections.generation_postgres import Generations
from services.wiring import WORKER_ROLE, open_log, open_pool
from services.worker.faults import fault


@asynccontextmanager
async def open_generations(url: str) -> AsyncGenerator[Generations]:
    """Open the database twice: were the log read through the builder's pool, the two could wait for each other.

    The login must be able to become conflictlog_worker. A comparison takes as long as it takes.
    """
    async with (
        open_pool(url, WORKER_ROLE, statement_s=0) as pool,
        open_pool(url, WORKER_ROLE, statement_s=0) as reads,
        open_log(url, reads=reads) as log,
    ):
        yield Generations(pool, log, CATALOGUE, reached=fault(os.environ))

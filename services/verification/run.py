"""A whole verification, from a database's address to what was found."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from events.checkpoint import Checkpoint
from projections.catalogue import CATALOGUE
from projections.generation_postgres import Generations
from services.verification.findings import Check, Verified, verified
from services.verification.log import LogReading
from services.verification.projections import check_projections
from services.verification.tables import check_tables
from services.wiring import WORKER_ROLE, open_log, open_pool


class Told(Protocol):
    """Is told what is being looked at, and how much of it was."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Take note."""
        ...


async def verify(url: str, signed: Sequence[Checkpoint], tell: Told, *, log_only: bool = False) -> Verified:
    """Verify the log and, unless told otherwise, the projections; what others append meanwhile is left for later.

    The login must be able to become conflictlog_worker.
    """
    async with (
        open_pool(url, WORKER_ROLE, statement_s=0) as pool,
        open_pool(url, WORKER_ROLE, statement_s=0) as reads,
        open_log(url, reads=reads) as log,
    ):
        reading = LogReading(signed)
        async with pool.connection() as connection:
            head = await reading.read(connection, partial(tell, "events"))
            found = [*reading.checks(head), *await check_tables(connection, head)]
        if log_only:
            found.append(Check("projections", "left_out", "the log alone was asked for"))
        elif reading.unfoldable is not None:
            found.append(Check("projections", "left_out", reading.unfoldable))
        else:
            found += await check_projections(Generations(pool, log, CATALOGUE), CATALOGUE, head, tell)
        return verified(found, head, reading.root)

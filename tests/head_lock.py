"""Holding the lock that every append needs, so that appends meet at it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from tests.waiting import until

_WAITING = "SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()"


class HeadLock:
    """The lock on the head, held by a connection of its own; what waits for it is seen by another."""

    def __init__(self, watching: AsyncConnection[TupleRow]) -> None:
        self._watching = watching

    async def is_waited_for(self, appends: int = 1) -> None:
        """Return once as many appends wait for the lock, each on a connection of its own."""

        async def all_wait() -> bool:
            cursor = await self._watching.execute(_WAITING)
            return cursor.rowcount >= appends

        await until(all_wait)


@asynccontextmanager
async def head_held(url: str) -> AsyncGenerator[HeadLock]:
    """Hold the lock for the block."""
    async with (
        await AsyncConnection.connect(url, autocommit=True) as holding,
        await AsyncConnection.connect(url, autocommit=True) as watching,
        holding.transaction(),
    ):
        await holding.execute("SELECT FROM head FOR UPDATE")
        yield HeadLock(watching)

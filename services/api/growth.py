"""How those who follow the log learn that it has grown: woken by Redis, without it by looking."""

import asyncio
from asyncio import Event, Semaphore, Task
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.rows import TupleRow
from psycopg_pool import PoolTimeout
from redis.asyncio import Redis

from events.log_postgres import Pool
from events.statements import statements
from services.api.errors import UnavailableError
from services.channels import APPENDED, listen

AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""What is raised while the database does not answer."""

FOLLOWERS_MAX = 1000
"""How many may follow in one process."""

LOOK_EVERY_S = 0.25

_READERS_AT_ONCE = 2
_SQL = statements(Path(__file__).with_name("log.sql"))


class Growth:
    """Watches the log's head for all followers in this process, for as long as there are any.

    `reading` is taken to read what is new: all followers are woken at once, and answers need connections too.
    """

    def __init__(self, pool: Pool, redis: Redis) -> None:
        """Take where the log is, and where it is told of."""
        self._pool = pool
        self._redis = redis
        self._head = 0
        self._grown = Event()
        self.followers = 0
        self._tasks: list[Task[None]] = []
        self.reading = Semaphore(_READERS_AT_ONCE)

    def refuse_crowd(self) -> None:
        """Raise UnavailableError where as many follow as can."""
        if self.followers >= FOLLOWERS_MAX:
            raise UnavailableError(f"{FOLLOWERS_MAX} follow the log through this process already.")

    @asynccontextmanager
    async def followed(self) -> AsyncGenerator[None]:
        """Watch for the length of the block."""
        self.followers += 1
        if self.followers == 1:
            self._tasks = [asyncio.create_task(self._look()), asyncio.create_task(self._listen())]
        try:
            yield
        finally:
            self.followers -= 1
            if self.followers == 0:
                for task in self._tasks:
                    task.cancel()

    async def beyond(self, position: int, within_s: float) -> bool:
        """Wait until the log is known to go beyond a position; False where it does not in time."""
        try:
            async with asyncio.timeout(within_s):
                while self._head <= position:
                    await self._grown.wait()
        except TimeoutError:
            return False
        return True

    async def head(self) -> int:
        """Ask for the last position."""
        async with self._pool.connection() as connection:
            return await self.head_by(connection)

    async def head_by(self, connection: AsyncConnection[TupleRow]) -> int:
        """Ask for the last position through a connection that is held already."""
        [(head, _)] = await (await connection.execute(_SQL["head"])).fetchall()
        self._reach(head)
        return head

    def _reach(self, head: int) -> None:
        if head > self._head:
            self._head = head
            grown, self._grown = self._grown, Event()
            grown.set()

    async def _look(self) -> None:
        # Before Python 3.12 a cancellation can be lost while a database or Redis is waited for.
        while self.followers:
            try:
                await self.head()
            except AWAY:
                # Whoever waits is woken when it is back.
                await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _listen(self) -> None:
        await listen(self._redis, APPENDED, self._reach, lambda: self.followers > 0)

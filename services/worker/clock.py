"""The clock: what has to happen at a moment that nobody comes by at. Embargoes end, and the feed is told."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from events.codec import READERS, encode
from events.occurrence_events import OccurrenceReleased
from events.registry_events import PlaceReleased
from events.statements import statements
from projections.runner_postgres import Pool
from services.channels import APPENDED
from services.ids import RandomIds
from services.wiring import RedisClient

TICK_S = 0.5
"""How often the clock looks: readers see what is released at that very moment, followers are told within this."""

REASON = "its embargo has ended"

_SQL = statements(Path(__file__).with_suffix(".sql"))
_READ = {"types": [kind for kind, _ in READERS], "versions": [version for _, version in READERS]}
_AWAY_S = 0.5

_logger = logging.getLogger("conflictlog.worker")


class Clock:
    """Releases what is due. Any number of clocks may run: what one has released, another finds released."""

    def __init__(self, pool: Pool, redis: RedisClient) -> None:
        """Keep the parts."""
        self._pool = pool
        self._redis = redis
        self._ids = RandomIds()

    async def run(self, go_on: Callable[[], bool]) -> None:
        """Look again and again; while the database is away nothing is released, and nothing is shown to anybody."""
        while go_on():
            try:
                await self.tick()
                await asyncio.sleep(TICK_S)
            except (OperationalError, PoolTimeout) as error:
                _logger.warning("the database does not answer: %s", error)
                await asyncio.sleep(_AWAY_S)

    async def tick(self, now: datetime | None = None) -> int:
        """Release everything whose embargo has ended, by the database's clock; gives how much that was.

        With `now` what is due by then is looked at, and no more released than the database finds due.
        """
        released: list[int] = []
        async with self._pool.connection() as connection:
            due = await (await connection.execute(_SQL["due"], {"now": now, **_READ})).fetchall()
            for stream, version in due:
                event = (PlaceReleased if stream.startswith("place-") else OccurrenceReleased)(
                    reason=REASON, by_clock=True
                )
                asked = {"stream": stream, "version": version, "id": self._ids.event_id(), "data": encode(event)}
                [(position,)] = await (await connection.execute(_SQL["release"], asked)).fetchall()
                released += [] if position is None else [position]
        if released:
            await self._tell(released[-1])
        return len(released)

    async def _tell(self, position: int) -> None:
        try:
            await self._redis.publish(APPENDED, position)  # pyright: ignore[reportUnknownMemberType]
        except RedisError:
            # Whoever waits to be told looks by themselves as well.
            return

"""Parked streams for operators: listed, tried again, left out, and what was decided about them and why."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from events.log import EventLog
from events.statements import statements
from projections.page import Step, Target
from projections.parked_postgres import text
from projections.replay_postgres import Replayed, replay
from projections.rows_postgres import Connection
from projections.runner_postgres import Pool
from projections.subjects import Catalogue

Outcome = Literal["folded", "still_parked", "skipped"]

_SQL = statements(Path(__file__).with_suffix(".sql"))


class ParkedStream(Struct, frozen=True):
    """A stream that a projection which is read does not fold: the event it stops at, and how many requests wait."""

    stream: str
    projection: str
    position: int
    reason: str
    waiting: int
    skipped: bool
    parked_at: datetime


class Decision(Struct, frozen=True):
    """What somebody decided about a parked stream, and what came of it."""

    decided_at: datetime
    act: Literal["retry", "skip"]
    stream: str
    projections: list[str]
    decided_by: str
    reason: str
    outcome: Outcome


class Decided(Struct, frozen=True):
    """Who decides, and why."""

    by: str
    reason: str


class NotParkedError(Exception):
    """The stream is not parked for any projection that this release folds."""

    def __init__(self, stream: str) -> None:
        """Keep the stream."""
        super().__init__(f"{stream} is not parked for any projection that this release folds")
        self.stream = stream


class Parking:
    """Acts on the parked streams of the generations that are read.

    To try a stream again is to fold its waiting requests in their order, at the positions at which they would have
    been folded: the tables are then as if it had never been parked. It is done under the lock of the checkpoint, so
    that runners may go on all the while.
    """

    def __init__(self, pool: Pool, log: EventLog, catalogue: Catalogue) -> None:
        """Keep the parts; the log must not read through a pool that this could empty."""
        self._pool = pool
        self._log = log
        self._catalogue = catalogue

    async def listed(self) -> Sequence[ParkedStream]:
        """Give what is parked or left out, by stream and projection."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["listed"])
            return [ParkedStream(*row) for row in await cursor.fetchall()]

    async def decisions(self) -> Sequence[Decision]:
        """Give what was decided, oldest first."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["decisions"])
            return [Decision(*row) for row in await cursor.fetchall()]

    async def retry(self, stream: str, decided: Decided) -> Outcome:
        """Fold a parked stream, whether it was left out or not, as far as it can be folded, and keep who wanted it.

        Raises NotParkedError.
        """
        async with self._pool.connection() as connection, connection.transaction():
            return await self._retry(connection, stream, decided)

    async def retry_all(self, decided: Decided) -> int:
        """Fold all parked streams that were not left out, as far as they can be; gives how many no longer wait.

        Only what came of it is kept: who starts a hundred times decides nothing a hundred times.
        """
        folded = 0
        for stream in dict.fromkeys(one.stream for one in await self.listed() if not one.skipped):
            async with self._pool.connection() as connection, connection.transaction():
                found = await self._fold(connection, stream)
                if found and not any(left.parked for _, left in found):
                    folded += 1
                    await _keep(connection, stream, [name for name, _ in found], decided, "folded")
        return folded

    async def skip(self, stream: str, decided: Decided) -> None:
        """Leave a parked stream out, without alarm, until it is tried again; raises NotParkedError."""
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(_SQL["skip"], {"stream": stream})
            names = [name for (name,) in await cursor.fetchall()]
            if not names:
                raise NotParkedError(stream)
            await _keep(connection, stream, names, decided, "skipped")

    async def _retry(self, connection: Connection, stream: str, decided: Decided) -> Outcome:
        found = await self._fold(connection, stream)
        if not found:
            raise NotParkedError(stream)
        outcome: Outcome = "still_parked" if any(left.parked for _, left in found) else "folded"
        await _keep(connection, stream, [name for name, _ in found], decided, outcome)
        return outcome

    async def _fold(self, connection: Connection, stream: str) -> list[tuple[str, Replayed]]:
        """Fold what waits of a stream in each projection that is read; gives what is left over there."""
        await connection.execute(_SQL["allow_time"])
        ours = {
            "stream": stream,
            "names": [projection.name for projection in self._catalogue.projections],
            "versions": [projection.version for projection in self._catalogue.projections],
        }
        found: list[tuple[str, Replayed]] = []
        for name, generation, position in await (await connection.execute(_SQL["lock"], ours)).fetchall():
            target = Target(self._catalogue.named(name), generation, position, position)
            here = {"projection": name, "generation": generation, "stream": stream}
            cursor = await connection.execute(_SQL["waiting"], here)
            steps = [Step(name, stream, first, last) for first, last in await cursor.fetchall()]
            if not steps:
                continue
            left = await replay(connection, self._log, self._catalogue, target, steps)
            for one in left.parked:
                now = {"position": one.position, "reason": text(one.reason), "first": left.waiting[0].first}
                await connection.execute(_SQL["still_parked"], here | now)
                await connection.execute(_SQL["fewer_wait"], here | now)
            if not left.parked:
                await connection.execute(_SQL["unpark"], here)
            if len(left.waiting) < len(steps):
                await connection.execute(_SQL["tell_readers"], here)
            found.append((name, left))
        return found


async def _keep(
    connection: Connection, stream: str, projections: Sequence[str], decided: Decided, outcome: Outcome
) -> None:
    decision = {
        "act": "skip" if outcome == "skipped" else "retry",
        "stream": stream,
        "projections": projections,
        "by": decided.by,
        "reason": decided.reason,
        "outcome": outcome,
    }
    await connection.execute(_SQL["decide"], decision)

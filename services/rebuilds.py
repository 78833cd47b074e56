"""What came of the rebuilds that workers were given: the last one of each projection."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, cast

from msgspec import Struct

from events.statements import statements
from projections.rebuilt import RebuildDiffersError, Rebuilt, ReplayError
from projections.runner_postgres import Connection, Pool

_SQL = statements(Path(__file__).with_suffix(".sql"))


class LastRebuild(Struct, frozen=True):
    """The last rebuild of a projection that a worker began, by its job; `outcome` is None where there was none.

    `position` is the one up to which it was folded or, where rows differ, the one compared at; then `first` is the
    first that differs, and `differing` lists some of the rows.
    """

    projection: str
    outcome: Literal["under_way", "switched", "differs", "failed"] | None = None
    job: str | None = None
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    generation: int | None = None
    position: int | None = None
    first: int | None = None
    differing: Sequence[str] = ()
    reason: str | None = None


async def begin(pool: Pool, projection: str, job: str) -> None:
    """Write down that a job has begun."""
    async with pool.connection() as connection:
        await connection.execute(_SQL["begin"], {"projection": projection, "job": job})


async def end(pool: Pool, projection: str, job: str, outcome: Rebuilt | ReplayError) -> None:
    """Write down what came of a job."""
    found: dict[str, object] = {"outcome": "failed", "generation": None, "position": None, "first": None}
    found |= {"differing": [], "reason": None if isinstance(outcome, Rebuilt) else str(outcome)}
    if isinstance(outcome, Rebuilt):
        found |= {"outcome": "switched", "generation": outcome.generation, "position": outcome.position}
    elif isinstance(outcome, RebuildDiffersError):
        differs = outcome.difference
        found |= {"outcome": "differs", "position": differs.position, "first": differs.first}
        found |= {"differing": list(differs.rows), "reason": "rows differ although the code has the same version"}
    async with pool.connection() as connection:
        await connection.execute(_SQL["end"], found | {"projection": projection, "job": job})


async def last(connection: Connection, projection: str) -> LastRebuild:
    """Give the last rebuild of a projection."""
    found = await (await connection.execute(_SQL["last"], {"projection": projection})).fetchall()
    return LastRebuild(*found[0]) if found else LastRebuild(projection)


async def cut_short(pool: Pool) -> Sequence[tuple[str, str]]:
    """Give the rebuilds that were begun and did not end: the projection and the job of each."""
    async with pool.connection() as connection:
        cursor = await connection.execute(_SQL["cut_short"])
        return cast("list[tuple[str, str]]", await cursor.fetchall())

"""The projections that are read, each compared with a fold of the log from its first event on."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from projections.generation_postgres import (
    Generations,
    Progress,
    RebuildDiffersError,
    RebuildStoppedError,
    RebuildUnderWayError,
)
from projections.subjects import Catalogue
from services.verification.findings import Check

Tell = Callable[[str, int, int], None]
"""Told of a projection's name and of how many events of how many were folded."""

_LOOK_EVERY_S = 0.2


async def check_projections(generations: Generations, catalogue: Catalogue, head: int, tell: Tell) -> list[Check]:
    """Fold each projection anew beside the one that is read, compare, and drop it again."""
    read = {one.name: one for one in await generations.progress(datetime.now(UTC)) if one.state in {"live", "stopped"}}
    found: list[Check] = []
    for projection in catalogue.projections:
        name = f"projection {projection.name}"
        live = read.get(projection.name)
        if live is None:
            found.append(Check(name, "left_out", "it was never folded"))
        elif live.version != projection.version:
            found.append(Check(name, "left_out", f"version {live.version} was folded, this is {projection.version}"))
        else:
            async with _told(generations, projection.name, head, tell):
                found.append(await _compared(generations, live, name))
    return found


async def _compared(generations: Generations, live: Progress, name: str) -> Check:
    try:
        rebuilt = await generations.rebuild(live.name, switch=False)
    except RebuildDiffersError as error:
        return Check(name, "failed", f"{len(error.rows)} rows or more differ: {error.rows[0]}", error.first)
    except RebuildStoppedError as error:
        return Check(name, "failed", str(error), live.position + 1 if live.state == "stopped" else error.position)
    except RebuildUnderWayError:
        return Check(name, "failed", "it is being built by another process: verify again once it is done")
    if live.state == "stopped":
        return Check(name, "failed", f"it stopped: {live.reason}", live.position + 1)
    for stream, position in rebuilt.freed:
        return Check(name, "failed", f"{stream} is parked but can be folded: have it tried again", position)
    fine = f"the fold of the events up to {live.position} gives the same rows"
    left = live.parked + live.skipped
    return Check(name, "ok", f"{fine}; neither folds {left} parked streams on" if left else fine)


@asynccontextmanager
async def _told(generations: Generations, name: str, head: int, tell: Tell) -> AsyncGenerator[None]:
    """Have it told, while the block runs, how far the new fold is."""

    async def watch() -> None:
        while True:
            for one in await generations.progress(datetime.now(UTC)):
                if one.name == name and one.state == "building":
                    tell(name, one.position, head)
            await asyncio.sleep(_LOOK_EVERY_S)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        tell(name, head, head)

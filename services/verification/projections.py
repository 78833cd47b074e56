"""The projections that are read, each compared with a fold of the log from its first event on."""

from collections.abc import Callable
from datetime import UTC, datetime

from projections.generation_postgres import Generations, Progress
from projections.rebuilt import (
    Plan,
    RebuildDiffersError,
    RebuildStoppedError,
    RebuildUnderWayError,
    Rebuilt,
    ReplayError,
)
from projections.subjects import Catalogue
from services.verification.findings import Check

Tell = Callable[[str, int, int], None]
"""Told of a projection's name and of how many events of how many were folded."""


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
            found.append(await _compared(generations, live, name, tell))
            tell(projection.name, head, head)
    return found


async def _compared(generations: Generations, live: Progress, name: str, tell: Tell) -> Check:
    def folded(what: str, done: int, total: int) -> None:
        if what == "folding":
            tell(live.name, done, total)

    try:
        [rebuilt] = await generations.replay([live.name], Plan(trial=True, fresh=True), folded)
    except RebuildUnderWayError:
        return Check(name, "failed", "it is being built by another process: verify again once it is done")
    match rebuilt:
        case RebuildDiffersError(difference=difference):
            detail = f"{len(difference.rows)} rows or more differ: {difference.rows[0]}"
            return Check(name, "failed", detail, difference.first)
        case ReplayError():
            at = rebuilt.position if isinstance(rebuilt, RebuildStoppedError) else None
            return Check(name, "failed", str(rebuilt), live.position + 1 if live.state == "stopped" else at)
        case Rebuilt(freed=freed):
            pass
    if live.state == "stopped":
        return Check(name, "failed", f"it stopped: {live.reason}", live.position + 1)
    for stream, position in freed:
        return Check(name, "failed", f"{stream} is parked but can be folded: have it tried again", position)
    fine = f"the fold of the events up to {live.position} gives the same rows"
    left = live.parked + live.skipped
    return Check(name, "ok", f"{fine}; neither folds {left} parked streams on" if left else fine)

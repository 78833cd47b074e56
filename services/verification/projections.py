"""The projections that are read, each compared with a fold of the log from its first event on."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from psycopg.errors import UndefinedColumn, UndefinedTable

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
    """Fold each projection anew beside the one that is read, compare, and drop it again; then look at the views."""
    progress = await generations.progress(datetime.now(UTC))
    read = {one.name: one for one in progress if one.state in {"live", "stopped"}}
    views = {one.name: await generations.altered_views(one.name) for one in catalogue.projections}
    found: list[Check] = []
    for projection in catalogue.projections:
        name = f"projection {projection.name}"
        live = read.pop(projection.name, None)
        if live is None:
            found.append(_unread(projection.name, views.pop(projection.name)))
        elif live.version != projection.version:
            found.append(_of_other_code(name, live.version, projection.version))
        else:
            found.append(await _compared(generations, live, name, tell))
            tell(projection.name, head, head)
    found += [Check(f"projection {name}", "left_out", "no answer of this release is read from it") for name in read]
    return [*found, _views([view for some in views.values() for view in some])]


def _unread(projection: str, views: Sequence[str]) -> Check:
    name = f"projection {projection}"
    if not views:
        return Check(name, "left_out", "not checked: it was never folded, and no answer is read from it")
    words = f"answers are read from {', '.join(views)}, and no checkpoint tells of which generation"
    return Check(name, "failed", f"{words}: {_begin_anew(projection)}")


def _begin_anew(projection: str) -> str:
    rows = f"delete the rows of {projection} in progress.checkpoint"
    return f"{rows}, drop its schemas {projection}_gN, and start a worker, which folds it anew"


def _of_other_code(name: str, version: int, ours: int) -> Check:
    words = f"version {version} of its code was folded, this release has {ours}"
    if version > ours:
        return Check(name, "failed", f"{words}: verify with that release, or start a worker of this one")
    return Check(name, "not_checked", f"{words}: a worker folds it anew when it starts; verify again after that")


def _views(names: Sequence[str]) -> Check:
    if names:
        words = f"not as this release makes them: {', '.join(names)}; `conflictlog replay` makes them anew"
        return Check("views", "failed", words)
    return Check("views", "ok", "answers read the tables that were checked, as they stand")


async def _compared(generations: Generations, live: Progress, name: str, tell: Tell) -> Check:
    def folded(what: str, done: int, total: int) -> None:
        if what == "folding":
            tell(live.name, done, total)

    try:
        [rebuilt] = await generations.replay([live.name], Plan(trial=True, fresh=True), folded)
    except RebuildUnderWayError:
        return Check(name, "not_checked", "it is being built by another process: verify again once it is done")
    except (UndefinedTable, UndefinedColumn) as error:
        words = f"generation {live.generation} is read, and is not there as it was made"
        return Check(name, "failed", f"{words} ({error.diag.message_primary}): {_begin_anew(live.name)}")
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

"""`conflictlog replay`: fold the log anew, compare, and read the new generation of a projection or the former one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import click
from msgspec import Struct

from events import times
from projections.catalogue import CATALOGUE
from projections.digest_postgres import Digest
from projections.generation_postgres import Generations
from projections.rebuilt import (
    NoFormerError,
    OtherCodeError,
    Plan,
    RebuildDiffersError,
    RebuildUnderWayError,
    Rebuilt,
    ReplayError,
    Tell,
)
from services.cli.bars import bars
from services.cli.failures import FAILED, INTERRUPTED, CannotAsAskedError
from services.cli.machines import say_json
from services.cli.options import as_json, some_instance
from services.cli.target import database
from services.embedded.postgres import WORKER
from services.garbage import collected_seldom
from services.generations import open_generations

_T = TypeVar("_T")

_NAMES = [projection.name for projection in CATALOGUE.projections]
_UTC = ZoneInfo("UTC")
# As long as the server may take to see that a builder that was killed is gone.
_PATIENCE_S = 5.0
_AGAIN_S = 0.2


class _Asked(Struct, frozen=True, kw_only=True):
    """What is to be done: `to` is a position or a time."""

    names: Sequence[str]
    to: int | datetime | None
    dry_run: bool
    back: bool
    accept: bool


class Outcome(Struct, frozen=True):
    """What came of one projection.

    `generation` is the one built or gone back to, `position` how far it is folded; `digest` is of its tables there.
    `compared_at` is null where nothing is read that the same code made. Where rows differ, `first_differing` is the
    first position that does, and `differing` lists some.
    """

    projection: str
    outcome: Literal["switched", "equal", "not_compared", "differs", "failed", "left_out"]
    generation: int | None = None
    position: int | None = None
    went_on_from: int | None = None
    compared_at: int | None = None
    first_differing: int | None = None
    differing: Sequence[str] = ()
    digest: Digest | None = None
    reason: str | None = None


class Replayed(Struct, frozen=True):
    """Whether all is switched or equal, and what came of each projection."""

    ok: bool
    projections: Sequence[Outcome]


class _Moment(click.ParamType[int | datetime]):
    """A position, or a time whose last position is meant."""

    name = "POSITION|TIME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | datetime:
        """Read it; a bare date is the end of that day in UTC."""
        text = str(value)
        if text.isascii() and text.isdigit():
            return int(text)
        try:
            return times.end_of(times.parse(text), _UTC)
        except ValueError as error:
            self.fail(f"{error}; nor is it a position", param, ctx)


@click.command("replay")
@click.option(
    "--projection", "names", multiple=True, type=click.Choice(_NAMES), help="Only this one; may be given several times."
)
@click.option("--to", type=_Moment(), help="With --dry-run: fold up to here, or to the last position by then.")
@click.option("--dry-run", is_flag=True, help="Fold and compare, tell what differs, and leave everything as it is.")
@click.option("--back", is_flag=True, help="Read the former generation again, brought up to where the present one is.")
@click.option("--accept-differences", "accept", is_flag=True, help="Switch even where rows differ, and list them.")
@some_instance
@as_json
def command(  # noqa: PLR0913 - its options
    names: tuple[str, ...],
    to: int | datetime | None,
    data: Path | None,
    *,
    dry_run: bool,
    back: bool,
    accept: bool,
    json_wanted: bool,
) -> None:
    """Fold the log anew beside what is read, compare the two, and switch to the new generation at once.

    Without --projection all of them, in one pass. Answers go on meanwhile, as does writing; the former generation is
    kept until the next switch, for --back. What Ctrl-C or a crash cuts short goes on where it stopped when it is run
    again; a dry run that is stopped by Ctrl-C leaves nothing.

    Nothing is switched, and the exit code is 1, where rows differ although the code has the same version, or where an
    event cannot be folded. It is 0 where all is switched or equal, and 2 where it cannot be done as asked.
    """
    asked = _Asked(names=names or _NAMES, to=to, dry_run=dry_run, back=back, accept=accept)
    _refuse_contradictions(asked)
    try:
        with collected_seldom(), database(data, WORKER) as url, bars() as tell:
            found = asyncio.run(_replayed(url, asked, tell))
    except KeyboardInterrupt as interrupt:
        went = "nothing is left of it" if dry_run else "run it again to go on where it stopped"
        click.echo(f"conflictlog: interrupted, nothing was switched half; {went}", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from interrupt
    _show(found, json_wanted=json_wanted)
    if not found.ok:
        raise click.exceptions.Exit(FAILED)


def _refuse_contradictions(asked: _Asked) -> None:
    if asked.back and (asked.dry_run or asked.accept or asked.to is not None):
        raise CannotAsAskedError("--back goes with none of --to, --dry-run and --accept-differences")
    if asked.dry_run and asked.accept:
        raise CannotAsAskedError("--dry-run switches nothing, so there is nothing to accept")
    if asked.to is not None and not asked.dry_run:
        raise CannotAsAskedError(
            "--to needs --dry-run: answers must not become older; a past state is read with at_position=N"
        )


async def _replayed(url: str, asked: _Asked, tell: Tell) -> Replayed:
    async with open_generations(url) as generations:
        names = list(dict.fromkeys(asked.names))
        if asked.back:
            found = await _gone_back(generations, names, tell)
        else:
            plan = Plan(trial=asked.dry_run, until=await _until(generations, asked.to), accept=asked.accept)
            try:
                replayed = await _patiently(lambda: generations.replay(names, plan, tell))
            except RebuildUnderWayError as error:
                raise CannotAsAskedError(f"{error}: wait for it, or stop it") from error
            found = [_outcome(name, one) for name, one in zip(names, replayed, strict=True)]
        return Replayed(all(one.outcome not in {"differs", "failed"} for one in found), found)


async def _patiently(act: Callable[[], Awaitable[_T]]) -> _T:
    """Wait a moment for another builder to end, or for the server to see that it has; raises RebuildUnderWayError."""
    clock = asyncio.get_running_loop().time
    end = clock() + _PATIENCE_S
    while True:
        try:
            return await act()
        except RebuildUnderWayError:
            if clock() > end:
                raise
            await asyncio.sleep(_AGAIN_S)


async def _until(generations: Generations, to: int | datetime | None) -> int | None:
    """Give the position meant; raises CannotAsAskedError where the log has none such yet."""
    if isinstance(to, datetime):
        return await generations.recorded_by(to)
    head = await generations.recorded_by(times.FOREVER)
    if to is not None and to > head:
        raise CannotAsAskedError(f"position {to} is beyond the head of the log, {head}")
    return to


async def _gone_back(generations: Generations, names: Sequence[str], tell: Tell) -> Sequence[Outcome]:
    """Go back with each projection that can; where none can, that is not as asked."""
    found: list[Outcome] = []
    for name in names:
        try:
            found.append(_outcome(name, await _patiently(lambda name=name: generations.back(name, tell))))
        except (NoFormerError, OtherCodeError) as error:
            found.append(Outcome(name, "left_out", reason=str(error)))
        except ReplayError as error:
            found.append(_outcome(name, error))
    if all(one.outcome == "left_out" for one in found):
        raise CannotAsAskedError("; ".join(str(one.reason) for one in found))
    return found


def _outcome(name: str, found: Rebuilt | ReplayError) -> Outcome:
    match found:
        case RebuildDiffersError(difference=differs):
            at, first, rows = differs.position, differs.first, differs.rows
            return Outcome(name, "differs", compared_at=at, first_differing=first, differing=rows)
        case ReplayError():
            return Outcome(name, "failed", reason=str(found))
        case Rebuilt():
            unswitched: Literal["equal", "not_compared"] = "not_compared" if found.compared_at is None else "equal"
            return Outcome(
                name,
                "switched" if found.switched else unswitched,
                # That of a dry run is gone.
                found.generation if found.switched else None,
                found.position,
                found.went_on_from,
                found.compared_at,
                found.differs.first if found.differs else None,
                found.differs.rows if found.differs else (),
                found.digest,
            )


def _show(found: Replayed, *, json_wanted: bool) -> None:
    if json_wanted:
        say_json(found)
        return
    for one in found.projections:
        click.echo(f"{one.projection}: {_words(one)}")
        for row in one.differing:
            click.echo(f"    {row}")


def _words(one: Outcome) -> str:
    match one.outcome:
        case "switched":
            went_on = f", gone on with from {one.went_on_from}" if one.went_on_from else ""
            differs = f"; rows differ, first at {one.first_differing}:" if one.differing else ""
            return f"generation {one.generation} is read, at position {one.position}{went_on}{differs}"
        case "equal":
            rows = sum(count for count, _ in (one.digest or {}).values())
            return f"equal at position {one.compared_at}, {rows} rows"
        case "not_compared":
            return f"folds up to position {one.position}; not compared, since what is read was made by other code"
        case "differs":
            return f"DIFFERS at position {one.compared_at}, first at {one.first_differing}; nothing was switched:"
        case "failed" | "left_out":
            return str(one.reason)

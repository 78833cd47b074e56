"""`conflictlog parked`: streams that could not be folded, listed, tried again, or left out."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypedDict, TypeVar, Unpack

import click
from msgspec import Struct

from projections.catalogue import CATALOGUE
from projections.parking_postgres import Decided, Decision, NotParkedError, Outcome, ParkedStream, Parking
from services.cli.failures import FAILED, CannotAsAskedError, CommandError
from services.cli.machines import say_json
from services.cli.options import as_json, some_instance
from services.cli.target import database
from services.embedded.postgres import WORKER
from services.wiring import WORKER_ROLE, open_log, open_pool

# As many bytes as the table keeps.
_MOST_BY = 1_000
_MOST_REASON = 10_000

T = TypeVar("T")
_Command = TypeVar("_Command", bound=Callable[..., object])


class Listed(Struct, frozen=True):
    """What is parked or left out, and all that was ever decided about it, oldest first."""

    parked: Sequence[ParkedStream]
    decisions: Sequence[Decision]


class Settled(Struct, frozen=True):
    """What came of a stream."""

    stream: str
    outcome: Outcome


class _Asked(TypedDict):
    """The options of what settles streams."""

    streams: tuple[str, ...]
    every: bool
    reason: str
    by: str


def _somebody() -> str:
    """Name whoever runs this; a user that the system has no name for by its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


@click.group("parked")
def command() -> None:
    """Show and settle streams that a projection could not fold.

    A stream with an event that this release cannot fold waits, and everything else goes on. Nothing of it is lost:
    once it can be folded, the answers are as if it had never waited.
    """


def _decided(command: _Command) -> _Command:
    """Add the streams, and who decides about them and why."""
    options = (
        click.argument("streams", nargs=-1),
        click.option("--all", "every", is_flag=True, help="All that are parked and not left out."),
        click.option("--reason", required=True, help="Why; it is kept for ever."),
        click.option("--by", default=_somebody, show_default="you", help="Who decides; it is kept for ever."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@command.command("list")
@some_instance
@as_json
def listed(data: Path | None, *, json_wanted: bool) -> None:
    """List what is parked, why, and what was decided."""

    async def read(parking: Parking) -> Listed:
        return Listed(await parking.listed(), await parking.decisions())

    found = _acted(data, read)
    if json_wanted:
        say_json(found)
    else:
        _show(found)


@command.command("retry")
@_decided
@some_instance
@as_json
def retry(data: Path | None, *, json_wanted: bool, **asked: Unpack[_Asked]) -> None:
    """Fold streams again, by name also those that were left out; the exit code is 1 if one stays parked."""

    async def act(parking: Parking, stream: str, decided: Decided) -> Outcome:
        return await parking.retry(stream, decided)

    _show_settled(_settled(data, asked, act), json_wanted=json_wanted)


@command.command("skip")
@_decided
@some_instance
@as_json
def skip(data: Path | None, *, json_wanted: bool, **asked: Unpack[_Asked]) -> None:
    """Leave streams out: they raise no alarm, and no answer has what they told last until they are tried again."""

    async def act(parking: Parking, stream: str, decided: Decided) -> Outcome:
        await parking.skip(stream, decided)
        return "skipped"

    _show_settled(_settled(data, asked, act), json_wanted=json_wanted)


def _settled(
    data: Path | None, asked: _Asked, act: Callable[[Parking, str, Decided], Awaitable[Outcome]]
) -> list[Settled]:
    """Do something about each stream that is named, each in a transaction of its own."""
    if asked["every"] == bool(asked["streams"]):
        raise CannotAsAskedError("name the streams, or give --all")
    decided = _who_and_why(asked)

    async def settle(parking: Parking) -> list[Settled]:
        listed = await parking.listed()
        streams = [one.stream for one in listed if not one.skipped] if asked["every"] else asked["streams"]
        unknown = sorted(set(streams) - {one.stream for one in listed})
        if unknown:
            raise CannotAsAskedError(f"not parked: {', '.join(unknown)}; see `conflictlog parked list`")
        return [Settled(one, await acted_on(parking, one)) for one in dict.fromkeys(streams)]

    async def acted_on(parking: Parking, stream: str) -> Outcome:
        try:
            return await act(parking, stream, decided)
        except NotParkedError:
            if not asked["every"]:
                raise
            # What other code folded waits for its rebuild, and a worker may have been quicker: the rest is not held up.
            return "still_parked" if stream in {one.stream for one in await parking.listed()} else "folded"

    try:
        return _acted(data, settle)
    except NotParkedError as error:
        raise CommandError(str(error)) from error


def _who_and_why(asked: _Asked) -> Decided:
    """Read who decides and why; raises CannotAsAskedError where that cannot be kept."""
    for name, said, most in (("--by", asked["by"], _MOST_BY), ("--reason", asked["reason"], _MOST_REASON)):
        if not said.strip():
            raise CannotAsAskedError("--reason and --by must say something")
        if len(said.strip().encode()) > most:
            raise CannotAsAskedError(f"{name} is longer than {most} bytes: say it in fewer words")
    return Decided(asked["by"].strip(), asked["reason"].strip())


def _acted(data: Path | None, act: Callable[[Parking], Awaitable[T]]) -> T:
    """Do something with the parked streams of the database that the command names."""

    async def acted(url: str) -> T:
        async with (
            open_pool(url, WORKER_ROLE, size=1) as pool,
            open_pool(url, WORKER_ROLE, size=1) as reads,
            open_log(url, reads=reads) as log,
        ):
            return await act(Parking(pool, log, CATALOGUE))

    with database(data, WORKER) as url:
        return asyncio.run(acted(url))


def _show(found: Listed) -> None:
    """Write what is parked, and what was decided."""
    if not found.parked:
        click.echo("nothing is parked")
    for one in found.parked:
        state = "left out" if one.skipped else "parked"
        click.echo(f"{one.stream}: {state} for {one.projection} since {_minute(one.parked_at)}, {one.waiting} waiting")
        click.echo(f"    {one.reason}")
    for one in found.decisions:
        what = f"{one.stream}: {one.act} by {one.decided_by}, {one.outcome.replace('_', ' ')}"
        click.echo(f"{_minute(one.decided_at)} {what}: {one.reason}")


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _show_settled(found: Sequence[Settled], *, json_wanted: bool) -> None:
    if json_wanted:
        say_json(found)
    else:
        click.echo("\n".join(f"{one.stream}: {one.outcome.replace('_', ' ')}" for one in found) or "nothing is parked")
    if any(one.outcome == "still_parked" for one in found):
        raise click.exceptions.Exit(FAILED)

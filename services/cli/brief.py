"""`conflictlog brief`: the situation of a period in words."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, cast, get_args

import click
import httpx
import msgspec
from msgspec import Struct

from events.times import parse
from projections.clocks import Clocks
from projections.snapshot_postgres import BeyondHeadError, Moment, NotYetThereError, Snapshots
from projections.veil import Reader
from services.briefs.answers import Brief, Language
from services.briefs.compose import compose
from services.briefs.findings import NEEDS, gather, in_full
from services.briefs.markdown import markdown
from services.briefs.period import at_end, period
from services.cli.failures import CannotAsAskedError, CommandError
from services.cli.options import some_instance
from services.cli.service import authorization, service_url
from services.cli.target import database
from services.embedded.postgres import API
from services.wiring import API_ROLE, open_log, open_pool

_ASK_S = 60.0


class Question(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """The brief asked for; the members are the parameters of the route."""

    from_: date | None
    to: date | None
    language: Language
    format: Literal["markdown", "json"]
    as_of: str | None
    known_at: str | None
    at_position: int | None


class _Day(click.ParamType[date]):
    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a date."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date such as 2020-11-25", param, ctx)


class _Time(click.ParamType[str]):
    name = "date or time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Look whether it is a date, or a time with its offset."""
        try:
            parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


@click.command("brief")
@some_instance
@click.option("--from", "first", type=_Day(), help="The first day; default seven days before the last.")
@click.option("--to", "last", type=_Day(), help="The last day; default that of --as-of, else today.")
@click.option(
    "--language", type=click.Choice(get_args(Language)), default="en", show_default=True, help="Write in this language."
)
@click.option("--as-of", type=_Time(), help="When it was so; default the end of the last day.")
@click.option("--known-at", type=_Time(), help="What was published by then; default everything.")
@click.option("--at-position", type=click.IntRange(min=0), help="Write from the first N events of the log.")
@click.option("--json", "json_wanted", is_flag=True, help="Write JSON, for machines, instead of Markdown.")
def command(  # noqa: PLR0913 - its options
    *,
    data: Path | None,
    first: date | None,
    last: date | None,
    language: Language,
    as_of: str | None,
    known_at: str | None,
    at_position: int | None,
    json_wanted: bool,
) -> None:
    """Write the situation of a period as a reader would, each sentence with its links.

    Reads the instance in --data, else the service at CONFLICTLOG_URL, else DATABASE_URL, else the instance in ./data.
    """
    question = Question(
        from_=first,
        to=last,
        language=language,
        format="json" if json_wanted else "markdown",
        as_of=as_of,
        known_at=known_at,
        at_position=at_position,
    )
    url = service_url() if data is None else ""
    click.echo(_asked(url, question) if url else _written(data, question), nl=False)


def _asked(url: str, question: Question) -> str:
    """Ask a service."""
    given = cast("dict[str, str | int | None]", msgspec.to_builtins(question))
    answer = httpx.get(
        f"{url}/v1/brief",
        params={name: value for name, value in given.items() if value is not None},
        headers=authorization(),
        timeout=_ASK_S,
        trust_env=False,
    )
    if answer.is_success:
        return answer.text if question.format == "markdown" else f"{answer.text}\n"
    try:
        detail: object = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = answer.reason_phrase
    raise CommandError(f"{url} answers {answer.status_code}: {detail}")


def _written(data: Path | None, question: Question) -> str:
    """Write it here, from a database; what is restricted stays out of it, for it is written to be passed on."""
    with database(data, API) as address:
        try:
            brief = asyncio.run(_composed(address, question))
        except (NotYetThereError, BeyondHeadError) as error:
            raise CommandError(str(error)) from error
        except ValueError as error:
            # Questions that have no answer are refused with a plain ValueError; its subclasses are faults of ours.
            if type(error) is not ValueError:
                raise
            raise CannotAsAskedError(str(error)) from error
    if question.format == "markdown":
        return markdown(brief)
    return f"{msgspec.json.format(msgspec.json.encode(brief), indent=2).decode()}\n"


async def _composed(address: str, question: Question) -> Brief:
    async with open_pool(address, API_ROLE, size=2) as pool, open_log(address, reads=pool) as log:
        moment, reader = Moment(at_position=question.at_position), Reader(now=datetime.now(UTC))
        async with Snapshots(pool).take(NEEDS, moment, reader) as snapshot:
            clocks = Clocks(
                position=snapshot.position,
                now=datetime.now(UTC),
                as_of=question.as_of,
                known_at=question.known_at,
            )
            days = period(question.from_, question.to, clocks)
            found = await gather(snapshot.connection, snapshot.registry, at_end(days, clocks), days)
        return compose(found, await in_full(log, found), question.language, clocks, parked=snapshot.parked)

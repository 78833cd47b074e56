"""`conflictlog tail`: the log as it grows."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import click
import httpx
import msgspec
from msgspec import Meta, Struct
from psycopg import OperationalError

from events.codec import TAGS
from events.log import LogUnavailableError
from projections.snapshot_postgres import Snapshots
from projections.veil import Reader
from services.api.withheld import as_seen
from services.cli.failures import CommandError
from services.cli.machines import answered
from services.cli.options import as_json, some_instance
from services.cli.service import authorization, service_url
from services.cli.target import database
from services.embedded.postgres import API
from services.wiring import API_ROLE, open_log, open_pool

_PAGE = 500
_LOOK_EVERY_S = 0.2
_AGAIN_S = 1.0
_CONNECT_S = 5.0
# A heartbeat comes every 15 seconds: where none does, the connection is dead.
_QUIET_S = 40.0
_DATA = b"data: "


class _Event(Struct, frozen=True):
    """What is shown of an event to people; `sequence` is its position."""

    sequence: Annotated[str, Meta(pattern=r"^[0-9]+$")]
    time: str
    type: str
    subject: str

    @property
    def position(self) -> int:
        return int(self.sequence)


class _Wanted(Struct, frozen=True):
    """Which events: after a position, or the last few; of these types and streams; until the log ends, or for ever."""

    after: int | None
    last: int
    types: tuple[str, ...]
    streams: tuple[str, ...]
    follow: bool
    restricted: bool

    def start(self, head: int) -> int:
        """Give the position to begin after."""
        return max(0, head - self.last) if self.after is None else self.after

    def has(self, event: _Event) -> bool:
        """Tell whether an event is wanted."""
        return (not self.types or event.type in self.types) and (not self.streams or event.subject in self.streams)


@click.command("tail")
@click.option("--after", type=click.IntRange(min=0), help="Begin after this position, and miss nothing.")
@click.option("-n", "--last", type=click.IntRange(min=0), default=10, show_default=True, help="Else so far back.")
@click.option("--type", "types", multiple=True, type=click.Choice(sorted(TAGS)), help="Only events of this type.")
@click.option("--stream", "streams", multiple=True, help="Only events of this stream, as occurrence-mine-madagiz.")
@click.option("--follow/--no-follow", default=True, show_default=True, help="Go on as the log grows, until Ctrl-C.")
@click.option("--restricted", is_flag=True, help="Show what is restricted as well (from a database).")
@some_instance
@as_json
def command(  # noqa: PLR0913 - its options
    *,
    after: int | None,
    last: int,
    types: tuple[str, ...],
    streams: tuple[str, ...],
    follow: bool,
    restricted: bool,
    data: Path | None,
    json_wanted: bool,
) -> None:
    """Show the events of the log in order, and go on as they are recorded.

    With --json each is one line, a CloudEvent. Who begins again with --after and the last position seen misses nothing
    and sees nothing twice. A service or database that is away for a while is waited for.

    Reads the instance in --data, else the service at CONFLICTLOG_URL, else DATABASE_URL, else the instance in ./data.
    """
    wanted = _Wanted(after, last, types, streams, follow, restricted)
    url = service_url() if data is None else ""
    if url:
        for line in _from_service(url, wanted):
            _show(line, json_wanted=json_wanted)
        return
    with database(data, API) as address:
        asyncio.run(_show_all(address, wanted, json_wanted=json_wanted))


def _show(line: bytes, *, json_wanted: bool) -> None:
    if json_wanted:
        answered()
        click.echo(line)
        return
    event = msgspec.json.decode(line, type=_Event)
    click.echo(f"{event.position:>8}  {event.time:.19}Z  {event.type:<24}  {event.subject}")


async def _show_all(address: str, wanted: _Wanted, *, json_wanted: bool) -> None:
    async for line in _from_database(address, wanted):
        _show(line, json_wanted=json_wanted)


async def _from_database(address: str, wanted: _Wanted) -> AsyncGenerator[bytes]:
    """Read the log itself."""
    async with open_pool(address, API_ROLE, size=2) as pool, open_log(address, reads=pool) as log:
        snapshots = Snapshots(pool)
        after = wanted.start(await log.head())
        while True:
            try:
                found = await log.read(after=after, limit=_PAGE)
                # After the page: what is restricted up to its end is known here.
                async with pool.connection() as connection:
                    veil = await snapshots.veil(connection, Reader(wanted.restricted, datetime.now(UTC)))
            except (LogUnavailableError, OperationalError):
                if not wanted.follow:
                    raise
                await asyncio.sleep(_AGAIN_S)
                continue
            for event in found:
                line = msgspec.json.encode(as_seen(event, veil, ""))
                if wanted.has(msgspec.json.decode(line, type=_Event)):
                    yield line
            if found:
                after = found[-1].position
            elif wanted.follow:
                await asyncio.sleep(_LOOK_EVERY_S)
            else:
                return


def _from_service(url: str, wanted: _Wanted) -> Iterator[bytes]:
    """Follow the stream of a service, and come back to it where it breaks off."""
    timeout = httpx.Timeout(_QUIET_S, connect=_CONNECT_S)
    with httpx.Client(base_url=url, headers=authorization(), timeout=timeout, trust_env=False) as http:
        answer = http.get("/v1/log", params={"limit": 1})
        _refuse_failure(url, answer)
        head = int(answer.json()["position"])
        after = wanted.start(head)
        while wanted.follow or after < head:
            try:
                for line in _stream(http, url, wanted, after, None if wanted.follow else head):
                    # What is released now stands earlier in the log.
                    after = max(after, msgspec.json.decode(line, type=_Event).position)
                    yield line
                if not wanted.follow:
                    return
            except httpx.TransportError:
                if not wanted.follow:
                    raise
            time.sleep(_AGAIN_S)


def _stream(http: httpx.Client, url: str, wanted: _Wanted, after: int, until: int | None) -> Iterator[bytes]:
    asked: dict[str, str | int] = {"after": after}
    if until is not None:
        asked["at_position"] = until
    asked |= {name: ",".join(values) for name, values in (("type", wanted.types), ("stream", wanted.streams)) if values}
    with http.stream("GET", "/v1/log/stream", params=asked) as answer:
        if answer.status_code in {429, 502, 503, 504} and wanted.follow:
            return
        if not answer.is_success:
            answer.read()
        _refuse_failure(url, answer)
        for line in lines_of(answer.iter_bytes()):
            if line.startswith(_DATA):
                yield line[len(_DATA) :]


def lines_of(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Split at line feeds alone: text in an event may hold what else passes for the end of a line."""
    begun = b""
    for part in parts:
        *ended, begun = (begun + part).split(b"\n")
        yield from ended


def _refuse_failure(url: str, answer: httpx.Response) -> None:
    if answer.is_success:
        return
    try:
        detail: object = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = answer.reason_phrase
    raise CommandError(f"{url} answers {answer.status_code}: {detail}")

"""`conflictlog import ndjson`: send requests from a file, one a line."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import click
import httpx
from rich.progress import TaskProgressColumn

from services.cli.bars import bar
from services.cli.failures import FAILED, CommandError
from services.cli.import_summary import show
from services.cli.options import as_json, some_instance
from services.cli.service import authorization, service_url
from services.cli.target import database
from services.embedded.postgres import API
from services.garbage import collected_seldom
from services.ids import RandomIds
from services.imports.ndjson import Door, DoorClosedError, HttpDoor, LogDoor, take_file
from services.imports.summary import Summary
from services.wiring import open_log

_ANSWERED_S = 120.0


@click.command("ndjson")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@some_instance
@as_json
def command(file: Path, data: Path | None, *, json_wanted: bool) -> None:
    """Import requests, one a line: {"path": "/v1/occurrences", "body": {…}, "key": "…"}, as `POST /v1/batch` does.

    Into the instance in --data, else through the service at CONFLICTLOG_URL, else into the database of DATABASE_URL
    or the instance in ./data. Run again, or after Ctrl-C, it appends nothing twice.
    """
    summary = Summary("ndjson")
    url = service_url() if data is None else ""
    try:
        with collected_seldom(), bar(f"importing {file.name}", TaskProgressColumn(), _size(file)) as tell:
            if url:
                asyncio.run(_sent(url, file, summary, tell))
            else:
                with database(data, API) as address:
                    asyncio.run(_recorded(address, file, summary, tell))
    except DoorClosedError as error:
        raise CommandError(f"{file}: {error}; run it again to go on") from error
    finally:
        if summary.rows:
            show(summary, json_wanted=json_wanted)
    if summary.refused:
        raise click.exceptions.Exit(FAILED)


def _size(file: Path) -> int:
    return max(1, file.stat().st_size)


async def _recorded(address: str, file: Path, summary: Summary, tell: Callable[[int], None]) -> None:
    async with open_log(address) as log:
        await _taken(LogDoor(log, RandomIds()), file, summary, tell)


async def _sent(url: str, file: Path, summary: Summary, tell: Callable[[int], None]) -> None:
    async with _client(url) as client:
        await _taken(HttpDoor(client), file, summary, tell)


async def _taken(door: Door, file: Path, summary: Summary, tell: Callable[[int], None]) -> None:
    with file.open("rb") as opened:
        await take_file(opened, door, summary, tell)


@asynccontextmanager
async def _client(url: str) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, headers=authorization(), timeout=_ANSWERED_S, trust_env=False) as client:
        yield client

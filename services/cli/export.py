"""`conflictlog export`: write the log to files, with all of its hashes."""

import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import MofNCompleteColumn

from projections.snapshot_postgres import Snapshots
from projections.veil import Reader
from services.cli.bars import Tell, bar
from services.cli.failures import CannotAsAskedError, CommandError
from services.cli.machines import answered, say_json
from services.cli.options import as_json, some_instance
from services.cli.target import database
from services.embedded.postgres import API
from services.exports.export import Format, Writer, Written, export, written_to
from services.exports.exported import DamagedExportError, ExportError
from services.exports.ndjson import NdjsonWriter
from services.wiring import API_ROLE, open_log, open_pool

_STDOUT = Path("-")


@click.command("export")
@click.argument("path", type=click.Path(path_type=Path, allow_dash=True), default="-")
@click.option(
    "--format",
    "form",
    type=click.Choice(("ndjson", "parquet")),
    default="ndjson",
    show_default=True,
    help="One file of lines, packed if PATH ends in .gz; or a directory of files by ranges of positions.",
)
@click.option("--after", type=click.IntRange(min=0), default=0, help="Leave out the events up to this position.")
@click.option("--to", "last", type=click.IntRange(min=0), help="Leave out the events after this position.")
@click.option("--restricted", is_flag=True, help="Write what is restricted as well: for a backup, not to be passed on.")
@some_instance
@as_json
def command(  # noqa: PLR0913 - its options
    path: Path, form: Format, after: int, last: int | None, data: Path | None, *, restricted: bool, json_wanted: bool
) -> None:
    """Export the log to PATH, or to standard output.

    `conflictlog import log PATH` fills an empty database with it: the same positions, bytes and tree. Of what is
    restricted only the hash is written, and no log can be made of that again: a backup is made with --restricted.
    """
    if path == _STDOUT and form == "parquet":
        raise CannotAsAskedError("Parquet needs a directory: name one that does not exist")
    try:
        with database(data, API) as url, _writer(path, form) as writer, bar("exporting", MofNCompleteColumn()) as tell:
            written = asyncio.run(_exported(url, writer, (after, last), tell, Reader(restricted, datetime.now(UTC))))
    except DamagedExportError as error:
        raise CommandError(f"the log is not what it was, `conflictlog verify` tells more: {error}") from error
    except ExportError as error:
        raise CannotAsAskedError(str(error)) from error
    # Where the export itself is standard output, what is said of it stands beside it.
    _say(written, json_wanted=json_wanted, beside=path == _STDOUT)


async def _exported(url: str, writer: Writer, span: tuple[int, int | None], tell: Tell, reader: Reader) -> Written:
    async with open_pool(url, API_ROLE, size=2) as pool, open_log(url, reads=pool) as log:
        # The end first: what is restricted up to there is known after it.
        last = await log.head() if span[1] is None else span[1]
        async with pool.connection() as connection:
            veil = await Snapshots(pool).veil(connection, reader)
        return await export(log, writer, span=(span[0], last), veil=veil, on_progress=tell)


@contextmanager
def _writer(path: Path, form: Format) -> Generator[Writer]:
    if path == _STDOUT:
        answered()
        yield NdjsonWriter(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with written_to(path, form) as writer:
        yield writer


def _say(written: Written, *, json_wanted: bool, beside: bool) -> None:
    if json_wanted:
        say_json(written, beside=beside)
        return
    tree = "" if written.root is None else f", tree {written.root}"
    click.echo(f"exported {written.events} events, up to position {written.last}{tree}", err=True)
    if written.withheld:
        click.echo(f"{written.withheld} are restricted and withheld: this is no backup, see --restricted", err=True)

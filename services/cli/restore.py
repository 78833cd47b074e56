"""`conflictlog import log`: fill an empty database with an exported log."""

import asyncio
from pathlib import Path

import click
from rich.progress import MofNCompleteColumn

from services.cli.bars import bar
from services.cli.failures import CannotAsAskedError, CommandError
from services.cli.machines import say_json
from services.cli.options import as_json, some_instance
from services.cli.target import database
from services.embedded.postgres import API
from services.exports.export import exported_in
from services.exports.exported import DamagedExportError, ExportError
from services.exports.restore import Restored, restore
from services.wiring import loading


@click.command("log")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@some_instance
@as_json
def command(path: Path, data: Path | None, *, json_wanted: bool) -> None:
    """Restore what `conflictlog export` wrote to PATH, into a database that holds no events.

    All of it is restored or nothing: the same ids, positions, times, bytes and hashes, each hash checked on the way.
    """
    try:
        with database(data, API) as url:
            restored = asyncio.run(_restored(url, path))
    except DamagedExportError as error:
        raise CommandError(f"{error}; nothing was restored") from error
    except ExportError as error:
        raise CannotAsAskedError(str(error)) from error
    if json_wanted:
        say_json(restored)
    else:
        click.echo(f"restored {restored.events} events, tree {restored.root}")


async def _restored(url: str, path: Path) -> Restored:
    export = exported_in(path)
    with bar("restoring", MofNCompleteColumn(), export.span.last) as tell:
        return await restore(loading(url), export, tell)

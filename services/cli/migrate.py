"""`conflictlog migrate`: bring a database to the shape that this version needs."""

import asyncio
from pathlib import Path

import click

from services.cli.machines import say_json
from services.cli.options import as_json, some_instance
from services.cli.target import database
from services.migrate import migrate


@click.command("migrate")
@some_instance
@as_json
def command(data: Path | None, *, json_wanted: bool) -> None:
    """Apply the migrations that a database lacks; run it once before a new version starts."""
    with database(data) as url:
        applied = asyncio.run(migrate(url))
    if json_wanted:
        say_json({"applied": applied})
    else:
        click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")

"""`conflictlog up`: everything embedded, data kept between runs."""

from pathlib import Path

import click

from services.cli.options import own_instance
from services.cli.running import Where, brought_up


@click.command("up")
@own_instance
def command(data: Path, host: str, port: int) -> None:
    """Run PostgreSQL, Valkey, the API and its workers, until Ctrl-C."""
    where = Where(data, host, port)
    with brought_up(where, lambda line: click.echo(line, err=True)) as up:
        up.serve(where.url)

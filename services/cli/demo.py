"""`conflictlog demo`: everything embedded, with what was reported of November 2020."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.cli.machines import answered
from services.cli.options import as_json, own_instance
from services.cli.running import Up, Where, at_head, brought_up
from services.demo.answers import answers
from services.demo.load import Loaded, NotTakenError, load
from services.embedded.errors import InstanceError

_CAUGHT_UP_S = 60.0


@click.command("demo")
@own_instance
@click.option("--once", is_flag=True, help="Stop after the answers have been shown.")
@as_json
def command(data: Path, host: str, port: int, *, once: bool, json_wanted: bool) -> None:
    """Run everything, load the November 2020 set, show the answers, and go on until Ctrl-C."""
    where = Where(data, host, port)
    with brought_up(where, lambda line: click.echo(line, err=True)) as up:
        loaded = _loaded(up)
        if json_wanted:
            answered()
        click.echo(answers(up.client, json_wanted=json_wanted, min_position=loaded.position))
        if once:
            # Where JSON is wanted, standard output is that document alone.
            click.echo(f"ready {where.url}", err=json_wanted)
        else:
            up.serve(where.url)


def _loaded(up: Up) -> Loaded:
    """Send the set, which appends nothing the second time, and wait until it is in every answer."""
    columns = (TextColumn("loading November 2020"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("load", total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        try:
            loaded = load(up.client, on_progress=tell)
        except NotTakenError as error:
            raise InstanceError(
                f"the set was not taken; where another one was loaded, choose a new --data: {error}"
            ) from error
    if not up.running.supervisor.watch(lambda: at_head(up.client), _CAUGHT_UP_S):
        raise InstanceError(f"the projections are not at the head after {_CAUGHT_UP_S:.0f} s: see `conflictlog status`")
    return loaded

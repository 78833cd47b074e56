"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., object])


def _data(*, default: Path | None) -> Callable[[_Command], _Command]:
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=default,
        show_default=default is not None,
        envvar="CONFLICTLOG_DATA",
        help="Directory of the embedded instance.",
    )


def own_instance(command: _Command) -> _Command:
    """Add --data, --host and --port, for commands that run an instance."""
    options = (
        _data(default=Path("data")),
        click.option("--host", default="127.0.0.1", show_default=True, envvar="CONFLICTLOG_HOST", help="Listen here."),
        click.option(
            "--port",
            type=click.IntRange(1, 65535),
            default=8080,
            show_default=True,
            envvar="CONFLICTLOG_PORT",
            help="Listen at this port.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def some_instance(command: _Command) -> _Command:
    """Add --data, for commands that act on an instance; left out, DATABASE_URL and ./data are tried."""
    return _data(default=None)(command)


def as_json(command: _Command) -> _Command:
    """Add --json."""
    return click.option("--json", "json_wanted", is_flag=True, help="Write JSON, for machines.")(command)

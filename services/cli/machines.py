"""What machines read of a command: with --json one JSON value on standard output, also where the command fails."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import takewhile

import click
import msgspec

from services.cli.failures import FAILED, INTERRUPTED

_WANTED = "conflictlog.json_wanted"
_ANSWERED = "conflictlog.answered"


def say_json(value: object, *, beside: bool = False) -> None:
    """Write what a command came to; `beside` is for one whose standard output is something else."""
    answered()
    click.echo(msgspec.json.encode(value).decode(), err=beside)


def answered() -> None:
    """Note that standard output is a command's own from here on: no failure is written to it."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[_ANSWERED] = True


def note_wanted(context: click.Context, arguments: Sequence[str]) -> None:
    """Note whether JSON is asked for, before anything can be wrong with what is asked."""
    context.meta[_WANTED] = "--json" in takewhile(lambda one: one != "--", arguments)


@contextmanager
def failures_told(context: click.Context) -> Generator[None]:
    """Write a failure as JSON where that was asked for and nothing was written yet, and let it go on its way."""
    try:
        yield
    except click.exceptions.Exit as ended:
        if ended.exit_code:
            _tell(context, "interrupted" if ended.exit_code == INTERRUPTED else "failed", ended.exit_code)
        raise
    except click.ClickException as error:
        _tell(context, error.format_message(), error.exit_code)
        raise
    except Exception as error:
        _tell(context, f"a defect of conflictlog, told on standard error: {type(error).__name__}", FAILED)
        raise


def _tell(context: click.Context, error: str, code: int) -> None:
    if context.meta.get(_WANTED) and not context.meta.get(_ANSWERED):
        # What was typed may be no UTF-8, and JSON is.
        text = error.encode(errors="backslashreplace").decode()
        click.echo(msgspec.json.encode({"ok": False, "error": text, "exit_code": code}).decode())

"""Progress bars, where somebody sees them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class Tell(Protocol):
    """Takes how much is done, and of how much where that is known only now."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Move the bar."""
        ...


@contextmanager
def bar(words: str, column: ProgressColumn, total: int | None = None) -> Generator[Tell]:
    """Show a bar on a terminal's standard error for as long as the block lasts; `column` says how far it is."""
    console = Console(stderr=True)
    columns = (TextColumn(words), BarColumn(), column, TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(words, total=total)

        def tell(done: int, total: int | None = None) -> None:
            progress.update(task, completed=done, total=total)

        yield tell


class TellOf(Protocol):
    """Takes what is being done, and how much of how much of it is."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Move the bar of that."""
        ...


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s", style="progress.data.speed")


@contextmanager
def bars() -> Generator[TellOf]:
    """Show a bar for each thing that is told of, with its rate and the time left, while the block lasts."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int, /) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield tell

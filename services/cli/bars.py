"""A progress bar, where somebody sees it."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn


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

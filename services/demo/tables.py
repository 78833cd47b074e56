"""The demo's answers as tables for a terminal."""

from collections.abc import Iterable, Sequence
from io import StringIO
from itertools import chain, groupby
from operator import itemgetter

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.demo.questions import Fact, Facts

Line = tuple[str, str, Sequence[Facts]]
"""The section that an answer stands in, its question, and its rows."""


def as_text(lines: Iterable[Line], width: int = 120) -> str:
    """Give one table for each section, a line for each row of each answer; `width` is in characters."""
    shown = StringIO()
    console = Console(file=shown, width=width, color_system=None)
    for section, answered in groupby(lines, itemgetter(0)):
        console.print(_table(section, list(answered)))
    return shown.getvalue()


def _table(section: str, answered: Sequence[Line]) -> Table:
    facts = [row for _, _, rows in answered for row in rows]
    table = Table(title=section, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("question", overflow="fold")
    # A column that is empty in every row says nothing.
    told = [name for name in dict.fromkeys(chain(*facts)) if any(row.get(name) not in (None, []) for row in facts)]
    for name in told:
        table.add_column(
            name.replace("_", " "), overflow="fold", no_wrap=not any(_is_long(row.get(name)) for row in facts)
        )
    for _, question, rows in answered:
        for row in rows or [{}]:
            table.add_row(question, *(_shown(row.get(name)) for name in told))
    return table


def _is_long(fact: Fact) -> bool:
    return isinstance(fact, list) and len(fact) > 1


def _shown(fact: Fact) -> str:
    match fact:
        case None | []:
            return "–"
        case bool():
            return "yes" if fact else "no"
        case list():
            return ", ".join(fact)
        case _:
            return str(fact)

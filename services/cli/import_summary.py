"""What an import came to, for people and for machines."""

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from services.cli.machines import say_json
from services.imports.summary import Refusal, Summary

_SHOWN = 20


def show(summary: Summary, *, json_wanted: bool) -> None:
    """Write a summary: counts first, then the rows that somebody may want to look at."""
    if json_wanted:
        say_json(summary)
        return
    counts = {
        "rows": summary.rows,
        "recorded": summary.recorded,
        "changed by this release": summary.changed,
        "retracted by this release": summary.retracted,
        "repeated": summary.repeated,
        "superseded by a newer release": summary.superseded,
        "nothing to record": summary.silent,
        "quarantined": len(summary.quarantined),
        "refused": len(summary.refused),
        "unresolved places": len(summary.unresolved),
        "places registered": summary.places,
        "parties registered": summary.parties,
        "last position": summary.position,
    }
    table = Table(summary.dataset if summary.release is None else f"{summary.dataset} {summary.release}", "rows")
    for words, number in counts.items():
        table.add_row(words, str(number))
    for flag, rows in sorted(summary.flagged.items()):
        table.add_row(f"flagged: {flag}", str(len(rows)))
    Console().print(table)
    for flag, rows in sorted(summary.flagged.items()):
        click.echo(f"{flag}: rows {_listed([str(row) for row in rows])}")
    for words, refusals in (("quarantined", summary.quarantined), ("refused", summary.refused)):
        _reasons(words, refusals)
    if summary.unresolved:
        names = [f"{name} ({rows} rows)" for name, rows in sorted(summary.unresolved.items())]
        click.echo(f"unresolved: {_listed(names)}")
    for note in summary.notes:
        click.echo(note)


def _reasons(words: str, refusals: Sequence[Refusal]) -> None:
    for refusal in refusals[:_SHOWN]:
        click.echo(f"{words}: row {refusal.row}: {refusal.reason}")
    if len(refusals) > _SHOWN:
        click.echo(f"{words}: {len(refusals) - _SHOWN} more; --json lists all")


def _listed(items: Sequence[str]) -> str:
    shown = ", ".join(items[:_SHOWN])
    return shown if len(items) <= _SHOWN else f"{shown} and {len(items) - _SHOWN} more; --json lists all"

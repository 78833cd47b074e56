"""Filing the publications that rows rest on: only those that a row tells something new by."""

from collections.abc import Sequence
from typing import Protocol

from events.command import Command
from services.imports.bodies import command
from services.imports.entry import Entry
from services.imports.registrar import Registry
from services.imports.sink import Outcome, Refused, Sink


class Door(Sink, Registry, Protocol):
    """The way into a log: what is known there, and what takes commands."""


async def send(chunk: Sequence[Entry], sent: Sequence[Sequence[Command]], door: Door) -> Sequence[Outcome]:
    """Send the commands of each entry, the reports of new and changed ones before them; give what became of them all.

    What is repeated, superseded or in conflict is so whether its report is there or not: that it lacks its report is
    found out by sending it without, which appends nothing.
    """
    reports = {entry.report.id or "": entry.report for entry in chunk if entry.report is not None}
    missing = reports.keys() - (await door.taken("report", sorted(reports)) if reports else ())
    needed: dict[str, None] = {}
    if missing:
        rests_on = [
            (entry.report.id or "", one)
            for entry, commands in zip(chunk, sent, strict=True)
            if entry.report is not None and entry.report.id in missing
            for one in commands
        ]
        outcomes = await door.send([one for _, one in rests_on])
        for (report, _), outcome in zip(rests_on, outcomes, strict=True):
            if isinstance(outcome, Refused) and outcome.faulty:
                needed[report] = None
    filed = [command(reports[report]) for report in needed]
    outcomes = await door.send([*filed, *(one for commands in sent for one in commands)])
    return outcomes[len(filed) :]

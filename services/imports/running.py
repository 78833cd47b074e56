"""Running an import: rows in, commands out, a chunk at a time, so that any file fits in the same memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from events.command import Command
from services.imports import filing
from services.imports.bodies import command
from services.imports.entry import Entry, Importing
from services.imports.filing import Door
from services.imports.registrar import Registrar
from services.imports.sink import Refused
from services.imports.summary import Summary
from services.imports.wanted import Names

CHUNK = 1000
"""How many rows are looked up, decided and sent together."""

OUTLINES_MOST = 4_000_000
"""With how many bytes of outlines no more rows are, since an outline that is read takes many times its text."""


class NotTakenError(Exception):
    """A source or report of the import was refused, so that nothing else can be recorded."""


async def run(
    importing: Importing,
    door: Door,
    registrar: Registrar,
    summary: Summary,
    on_progress: Callable[[], None] | None = None,
) -> Summary:
    """Import a file; run again, or after an interruption, it goes over what was taken and appends nothing twice.

    `on_progress` is told after each chunk. Raises FormatError or NotTakenError; what was recorded before stays.
    """
    await _open(importing, door)
    for chunk in _chunks(importing.entries()):
        await _take(chunk, registrar, door, summary)
        summary.places, summary.parties = len(registrar.names.fresh), registrar.registered_parties
        summary.position = max(summary.position, registrar.position)
        if on_progress is not None:
            on_progress()
    return summary


async def _open(importing: Importing, door: Door) -> None:
    """Register the sources and file the reports that are not there yet."""
    for category, bodies in (("source", importing.sources), ("report", importing.reports)):
        taken = await door.taken(category, [body.id or "" for body in bodies])
        outcomes = await door.send([command(body) for body in bodies if body.id not in taken])
        for outcome in outcomes:
            if isinstance(outcome, Refused):
                raise NotTakenError(f"the {category} cannot be registered: {outcome.reason}")


async def _take(chunk: Sequence[Entry], registrar: Registrar, door: Door, summary: Summary) -> None:
    await registrar.settle(
        (place for entry in chunk for place in entry.places), (party for entry in chunk for party in entry.parties)
    )
    sent = [_commands(entry, registrar.names) for entry in chunk]
    outcomes = iter(await filing.send(chunk, sent, door))
    for entry, commands in zip(chunk, sent, strict=True):
        unplaced = [place for place in entry.places if place in registrar.names.unplaced]
        for place in unplaced:
            summary.unresolved[place.name] = summary.unresolved.get(place.name, 0) + 1
        taken = list(islice(outcomes, len(commands)))
        if not taken:
            # A row that has nothing to say without them: it must not pass for one that said it before.
            taken = [Refused(reason) for reason in _lacking(entry, registrar.names)]
        fresh = any(place in registrar.names.fresh for place in entry.places)
        summary.count(entry, taken, fresh=fresh)


def _commands(entry: Entry, names: Names) -> Sequence[Command]:
    """Give what a row comes to; nothing where a place or party in it cannot be registered."""
    if entry.commands is None or any(one in names.unregistered for one in (*entry.places, *entry.parties)):
        return ()
    return entry.commands(names)


def _lacking(entry: Entry, names: Names) -> Iterator[str]:
    """Give why the row's places and parties that have no id have none."""
    yield from (names.unplaced[place] for place in entry.places if place in names.unplaced)
    yield from (names.unregistered[party] for party in entry.parties if party in names.unregistered)


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    chunk: list[Entry] = []
    outlines = 0
    for entry in entries:
        chunk.append(entry)
        outlines += sum(len(place.outline or b"") for place in entry.places)
        if len(chunk) == CHUNK or outlines >= OUTLINES_MOST:
            yield chunk
            chunk, outlines = [], 0
    if chunk:
        yield chunk

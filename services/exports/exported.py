"""What an export is, whatever its format: the events from one position to another, and the root of their tree."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct, structs

from events.log import EventLog, NewEvent, RecordedEvent, leaf_hash
from events.merkle import Frontier

FORMAT = "conflictlog-log"
FORMAT_VERSION = 1
WITHHELD = "withheld"
"""The type that stands for that of an event which the export may not tell of."""

PAGE = 2000
"""How many events are held at once."""


class ExportError(Exception):
    """An export cannot be written or read as it was asked; the message is one line."""


class DamagedExportError(ExportError):
    """An export does not hold what was written to it."""


class WithheldError(ExportError):
    """An export was made without what is restricted, so that no whole log can be made of it."""

    def __init__(self, position: int) -> None:
        """Keep the first position of which nothing is there."""
        super().__init__(
            f"the event at position {position} is withheld, because it was restricted: only what `conflictlog export "
            "--restricted` wrote can be restored"
        )
        self.position = position


class Span(Struct, frozen=True, tag_field="conflictlog", tag="log"):
    """Which events an export holds: those after a position, up to and with another."""

    after: int
    last: int
    format_version: int = FORMAT_VERSION


class Sealed(Struct, frozen=True, tag_field="conflictlog", tag="end"):
    """How an export ends: how many events it holds, and the root of the tree over all that a whole log consists of.

    `root` is in hexadecimal, as the tree has it (RFC 6962); null where the export does not begin with the first event.
    """

    events: int
    root: str | None


class Exported(Protocol):
    """An export that can be read."""

    @property
    def span(self) -> Span:
        """Which events it holds."""
        ...

    def pages(self) -> Iterator[Sequence[RecordedEvent]]:
        """Give its events in order, each as it was written; raises DamagedExportError."""
        ...

    def sealed(self) -> Sealed:
        """Say how it ends, once all pages were read; raises DamagedExportError where the end is missing."""
        ...


class Seal:
    """Goes over the events of an export as they are written or read, and tells how it must end.

    Each must be what its hash says, stand behind the one before it, and be recorded no earlier.
    """

    def __init__(self, span: Span) -> None:
        """Begin before the first event."""
        self._span = span
        self._position = span.after
        self._last: RecordedEvent | None = None
        self._tree = Frontier()

    def check(self, event: RecordedEvent) -> None:
        """Take the next event; raises DamagedExportError."""
        self._position += 1
        if event.position != self._position:
            raise DamagedExportError(f"position {self._position} is missing: {event.position} stands in its place")
        if event.type == WITHHELD:
            raise WithheldError(event.position)
        new = NewEvent(event.event_id, event.type, event.schema_version, event.data)
        if leaf_hash(event.stream, event.version, event.recorded_at, new) != event.leaf_hash:
            raise DamagedExportError(f"the event at position {event.position} is not the one that was hashed")
        if self._last is not None and event.recorded_at < self._last.recorded_at:
            raise DamagedExportError(f"the event at position {event.position} is recorded before the one before it")
        self._last = event
        self._tree.append(event.leaf_hash)

    @property
    def last(self) -> RecordedEvent | None:
        """The last event taken."""
        return self._last

    @property
    def sealed(self) -> Sealed:
        """How an export of all that was taken ends."""
        return Sealed(self._tree.size, self._tree.root.hex() if self._span.after == 0 else None)

    def close(self, found: Sealed) -> None:
        """Compare how the export ends; raises DamagedExportError."""
        if self._position != self._span.last or found != self.sealed:
            raise DamagedExportError(
                f"the export ends at position {self._position} with another tree than the one that it names"
            )


def withheld(event: RecordedEvent) -> RecordedEvent:
    """Give what an export may hold of an event that is restricted: where it stands, when, and its leaf."""
    return structs.replace(
        event,
        stream=event.stream.partition("-")[0],
        version=0,
        event_id=UUID(int=0),
        type=WITHHELD,
        schema_version=0,
        data=b"null",
    )


async def pages_of(log: EventLog, span: Span) -> AsyncIterator[Sequence[RecordedEvent]]:
    """Give the events of a span, as the log has them."""
    after = span.after
    while after < span.last:
        page = await log.read(after=after, limit=min(PAGE, span.last - after))
        yield page
        after = page[-1].position

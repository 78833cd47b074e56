"""The stored names of the events, written by hand, and their bytes."""

from collections.abc import Callable
from uuid import UUID

import msgspec
from msgspec import structs

from events import occurrence_events as o
from events import registry_events as r
from events.details import Displacement, in_full
from events.log import NewEvent, RecordedEvent

Event = o.OccurrenceEvent | r.RegistryEvent

TAGS: dict[str, type[Event]] = {
    "party.registered": r.PartyRegistered,
    "party.amended": r.PartyAmended,
    "place.registered": r.PlaceRegistered,
    "place.amended": r.PlaceAmended,
    "place.restricted": r.PlaceRestricted,
    "place.released": r.PlaceReleased,
    "source.registered": r.SourceRegistered,
    "source.amended": r.SourceAmended,
    "report.filed": r.ReportFiled,
    "report.amended": r.ReportAmended,
    "report.withdrawn": r.ReportWithdrawn,
    "occurrence.reported": o.OccurrenceReported,
    "occurrence.cited": o.OccurrenceCited,
    "occurrence.amended": o.OccurrenceAmended,
    "occurrence.retracted": o.OccurrenceRetracted,
    "occurrence.reinstated": o.OccurrenceReinstated,
    "occurrence.restricted": o.OccurrenceRestricted,
    "occurrence.released": o.OccurrenceReleased,
    "occurrence.merged": o.OccurrenceMerged,
    "occurrence.unmerged": o.OccurrenceUnmerged,
    "occurrence.assessed": o.OccurrenceAssessed,
    "claim.made": o.ClaimMade,
    "claim.cited": o.ClaimCited,
    "claim.superseded": o.ClaimSuperseded,
    "claim.withdrawn": o.ClaimWithdrawn,
    "transfer.rescheduled": o.TransferRescheduled,
    "transfer.effected": o.TransferEffected,
    "transfer.cancelled": o.TransferCancelled,
}
"""What each event is called in the log. A renamed class keeps its tag; a tag is never given twice."""

VERSIONS = dict.fromkeys(TAGS, 1) | {"occurrence.reported": 2, "occurrence.amended": 2}
"""The version of the shape in which each event is written.

2 of `occurrence.reported` and `occurrence.amended`: a displacement says of which kind the `movement` was. Version 1 had
`returning`, which told those who came back from all others: who fled, was brought to safety or was expelled was one.
"""


def _reported_1(data: bytes) -> Event:
    event = _DECODERS["occurrence.reported"].decode(data)
    return _with_movement(event) if b'"returning"' in data else event


def _amended_1(data: bytes) -> Event:
    event = _DECODERS["occurrence.amended"].decode(data)
    return _with_movement(event) if b'"returning"' in data else event


def _with_movement(event: Event) -> Event:
    match event:
        case o.OccurrenceReported(details=Displacement() as details):
            return structs.replace(event, details=in_full(details))
        case o.OccurrenceAmended(changes=o.Changes(details=Displacement() as details) as changes):
            return structs.replace(event, changes=structs.replace(changes, details=in_full(details)))
        case _:
            return event


class _Begun(msgspec.Struct):
    """What is read of a request where the event that begins it cannot be; every release keeps these members."""

    events: int = 1


class _Beginning(msgspec.Struct):
    request: _Begun | None = None


_BEGINNINGS = msgspec.json.Decoder(_Beginning)
_TAG_OF = {kind: tag for tag, kind in TAGS.items()}
_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[Event]] = {tag: msgspec.json.Decoder(kind) for tag, kind in TAGS.items()}

READERS: dict[tuple[str, int], Callable[[bytes], Event]] = {
    **{(tag, version): _DECODERS[tag].decode for tag, version in VERSIONS.items()},
    ("occurrence.reported", 1): _reported_1,
    ("occurrence.amended", 1): _amended_1,
}
"""How the bytes of each shape that was ever written are read, as the newest one; the bytes stay as they are."""


NOT_READ = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading bytes ends in that are no JSON, or not of the shape asked for."""


class UnreadableEventError(Exception):
    """The log holds an event whose bytes are not of the shape that it names; it was not written by this service."""

    def __init__(self, event: RecordedEvent, why: str) -> None:
        """Keep where the event stands, what it is called, and why it cannot be read."""
        super().__init__(f"position {event.position}: {event.type} version {event.schema_version} {why}")
        self.event = event


class UnknownEventError(UnreadableEventError):
    """The log holds an event of a type or version that this release does not know; upgrade to read it."""

    def __init__(self, event: RecordedEvent) -> None:
        """Keep where the event stands and what it is called."""
        super().__init__(event, "is unknown here")


class MisplacedEventError(UnreadableEventError):
    """The log holds an event on a stream where no such event belongs; it was not written by this service."""

    def __init__(self, event: RecordedEvent) -> None:
        """Keep where the event stands and what it is called."""
        super().__init__(event, f"does not belong there on {event.stream}")


def tag_of(event: Event) -> str:
    """Give the stored name of an event."""
    return _TAG_OF[type(event)]


def encode(event: Event) -> bytes:
    """Give the exact bytes under which an event is kept."""
    return _ENCODER.encode(event)


def decode(recorded: RecordedEvent) -> Event:
    """Read an event from its bytes; raises UnreadableEventError, which is an UnknownEventError for a newer shape."""
    reader = READERS.get((recorded.type, recorded.schema_version))
    if reader is None:
        raise UnknownEventError(recorded)
    try:
        return reader(recorded.data)
    except NOT_READ as error:
        raise UnreadableEventError(recorded, f"cannot be read: {error}") from error


def size_of_request(recorded: RecordedEvent) -> int | None:
    """Give how many events the request has that an event begins, whatever else it says; None where it begins none."""
    try:
        begun = _BEGINNINGS.decode(recorded.data).request
    except NOT_READ:
        return None
    return None if begun is None else begun.events


def new_event(event: Event, event_id: UUID) -> NewEvent:
    """Make an event ready for the log."""
    tag = tag_of(event)
    return NewEvent(event_id, tag, VERSIONS[tag], encode(event))

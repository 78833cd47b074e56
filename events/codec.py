"""The stored names of the events, written by hand, and their bytes."""

from uuid import UUID

import msgspec

from events import occurrence_events as o
from events import registry_events as r
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

SCHEMA_VERSION = 1

_TAG_OF = {kind: tag for tag, kind in TAGS.items()}
_ENCODER = msgspec.json.Encoder()
_DECODERS = {tag: msgspec.json.Decoder(kind) for tag, kind in TAGS.items()}


class UnknownEventError(Exception):
    """The log holds an event of a type or version that this release does not know; upgrade to read it."""

    def __init__(self, event: RecordedEvent) -> None:
        """Keep where the event stands and what it is called."""
        super().__init__(f"position {event.position}: {event.type} version {event.schema_version} is unknown here")
        self.event = event


class MisplacedEventError(Exception):
    """The log holds an event on a stream where no such event belongs; it was not written by this service."""

    def __init__(self, event: RecordedEvent) -> None:
        """Keep where the event stands and what it is called."""
        super().__init__(f"position {event.position}: {event.type} does not belong there on {event.stream}")
        self.event = event


def tag_of(event: Event) -> str:
    """Give the stored name of an event."""
    return _TAG_OF[type(event)]


def encode(event: Event) -> bytes:
    """Give the exact bytes under which an event is kept."""
    return _ENCODER.encode(event)


def decode(recorded: RecordedEvent) -> Event:
    """Read an event from its bytes; raises UnknownEventError where this release has no shape for it."""
    decoder = _DECODERS.get(recorded.type)
    if decoder is None or recorded.schema_version != SCHEMA_VERSION:
        raise UnknownEventError(recorded)
    return decoder.decode(recorded.data)


def new_event(event: Event, event_id: UUID) -> NewEvent:
    """Make an event ready for the log."""
    return NewEvent(event_id, tag_of(event), SCHEMA_VERSION, encode(event))

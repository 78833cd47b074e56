"""Events of the log as CloudEvents 1.0, in their JSON format."""

from datetime import datetime

from msgspec import Raw, Struct

from events.log import RecordedEvent

_DIGITS = 20


class CloudEvent(Struct, frozen=True, kw_only=True):
    """One event: `data` is its exact JSON; `sequence` is its position, padded so that text sorts as numbers do."""

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    sequence: str
    streamversion: int
    schemaversion: int
    data: Raw


def cloud_event(event: RecordedEvent, public_url: str = "") -> CloudEvent:
    """Give an event of the log; `source` is the log's address as the public knows it."""
    return CloudEvent(
        id=str(event.event_id),
        source=f"{public_url.rstrip('/')}/v1/log",
        type=event.type,
        subject=event.stream,
        time=event.recorded_at,
        sequence=f"{event.position:0{_DIGITS}}",
        streamversion=event.version,
        schemaversion=event.schema_version,
        data=Raw(event.data),
    )

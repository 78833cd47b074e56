"""Events of the log as CloudEvents 1.0, in their JSON format."""

from base64 import b64encode
from datetime import datetime

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, structs

from events.codec import NOT_READ
from events.log import RecordedEvent

_DIGITS = 20
_RAW = msgspec.json.Decoder(Raw)


class CloudEvent(Struct, frozen=True, kw_only=True):
    """One event: `data` is its exact JSON; `sequence` is its position, padded so that text sorts as numbers do.

    Bytes that are no JSON on one line, which this service does not write, stand in `data_base64` instead.

    `withheld`: it is restricted, and not for the reader. Then `data` is null, `id` is not the event's own, and of what
    is kept from the reader as a whole `type` is `withheld` and `subject` no more than what it is about. `leafhash` is
    its leaf in the log's Merkle tree, in base64: a follower's copy of the tree has no gap. `released`: it was withheld
    before.
    """

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str
    sequence: str
    streamversion: int
    schemaversion: int
    data: Raw | UnsetType = UNSET
    data_base64: str | UnsetType = UNSET
    withheld: bool | UnsetType = UNSET
    leafhash: str | UnsetType = UNSET
    released: bool | UnsetType = UNSET


def cloud_event(event: RecordedEvent, public_url: str = "") -> CloudEvent:
    """Give an event of the log; `source` is the log's address as the public knows it."""
    data = json_on_one_line(event.data)
    return CloudEvent(
        id=str(event.event_id),
        source=f"{public_url.rstrip('/')}/v1/log",
        type=event.type,
        subject=event.stream,
        time=event.recorded_at,
        datacontenttype="application/octet-stream" if data is None else "application/json",
        sequence=f"{event.position:0{_DIGITS}}",
        streamversion=event.version,
        schemaversion=event.schema_version,
        data=UNSET if data is None else data,
        data_base64=b64encode(event.data).decode() if data is None else UNSET,
    )


def withheld_event(event: RecordedEvent, public_url: str = "", *, subject_known: bool) -> CloudEvent:
    """Give an event without what the reader may not see; where its subject is known, without its content alone.

    Its own id is left out: whoever knew that could try out what the leaf is the hash of.
    """
    kept = structs.replace(
        cloud_event(structs.replace(event, data=b"null"), public_url),
        id=f"withheld-{event.position}",
        withheld=True,
        leafhash=b64encode(event.leaf_hash).decode(),
    )
    if subject_known:
        return kept
    category = event.stream.partition("-")[0]
    return structs.replace(kept, type="withheld", subject=category, streamversion=0, schemaversion=0)


def json_on_one_line(data: bytes) -> Raw | None:
    """Give bytes that can stand in a line of JSON as they are, None for others."""
    if b"\n" in data or b"\r" in data:
        return None
    try:
        data.decode()
        raw = _RAW.decode(data)
    except NOT_READ:
        return None
    # Spaces around it would not be read back.
    return raw if bytes(raw) == data else None

"""The port of the log: what is appended, what is read, and the promises both keep."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol, runtime_checkable
from uuid import UUID

from msgspec import Struct

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EIGHT = b"\x00\x00\x00\x08"

NAME_BYTES_MAX = 1000
"""The longest stream, type, key or place name that the log takes, in bytes of UTF-8."""


class NewEvent(Struct, frozen=True):
    """An event that is not in the log yet; `data` is its exact JSON, kept byte for byte."""

    event_id: UUID
    type: str
    schema_version: int
    data: bytes


class RecordedEvent(Struct, frozen=True):
    """An event as the log holds it."""

    position: int
    stream: str
    version: int
    event_id: UUID
    type: str
    schema_version: int
    data: bytes
    recorded_at: datetime
    leaf_hash: bytes


class StreamWrite(Struct, frozen=True):
    """Events for one stream, which must stand at version `expected` (0: it must not exist)."""

    stream: str
    expected: int
    events: tuple[NewEvent, ...]


class RequestKey(Struct, frozen=True):
    """A name under which a request is known again: an idempotency key or an external id."""

    key: str
    request_sha256: bytes


class PlaceName(Struct, frozen=True):
    """A folded name by which a place is found from the moment its event is committed."""

    folded: str
    place: str


class Append(Struct, frozen=True, kw_only=True):
    """One request's writes: all of them are appended, or none.

    `expects` lists streams that were read but are not written, with the version they must still have.

    Raises ValueError for what no log could keep: no events, a stream, event id or key named twice, a negative
    version, or a name that is empty, too long, or holds U+0000 or half a surrogate pair.
    """

    writes: tuple[StreamWrite, ...]
    expects: Mapping[str, int] = {}
    keys: tuple[RequestKey, ...] = ()
    names: tuple[PlaceName, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no log could keep, so that one such request cannot fail others in its batch."""
        streams = [*(write.stream for write in self.writes), *self.expects]
        events = [event for write in self.writes for event in write.events]
        keys = [key.key for key in self.keys]
        if not self.writes or not all(write.events for write in self.writes):
            raise ValueError("an append holds at least one event for each stream that it writes")
        for things in (streams, [event.event_id for event in events], keys):
            if len(set(things)) < len(things):
                raise ValueError("an append names a stream, an event id or a key once")
        if min([*(write.expected for write in self.writes), *self.expects.values()]) < 0:
            raise ValueError("the version of a stream is not negative")
        for text in {*streams, *(event.type for event in events), *keys}:
            _refuse_unkeepable(text)
        for name in self.names:
            _refuse_unkeepable(name.folded)
            _refuse_unkeepable(name.place)


class Appended(Struct, frozen=True):
    """Where a request's events stand. `repeated`: they stood there before this call."""

    first_position: int
    last_position: int
    versions: Mapping[str, int]
    repeated: bool = False


class KnownRequest(Struct, frozen=True):
    """What is kept of a request that was made under a key."""

    request_sha256: bytes
    first_position: int
    last_position: int


class LogError(Exception):
    """The log could not do what was asked; nothing was appended."""


class StaleStreamError(LogError):
    """A stream is not at the version that the decision was made on."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        """Keep the stream, the version it was expected at, and the one it has."""
        super().__init__(f"stream {stream} is at version {actual}, not {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class KeyTakenError(LogError):
    """A request key is known already, with another request."""

    def __init__(self, key: str, first_position: int) -> None:
        """Keep the key and where the request that holds it begins."""
        super().__init__(f"key {key} belongs to another request, at position {first_position}")
        self.key = key
        self.first_position = first_position


class EventIdTakenError(LogError):
    """An event id is in the log already, with other bytes or in another stream."""

    def __init__(self, event_id: UUID) -> None:
        """Keep the event id."""
        super().__init__(f"event id {event_id} is in the log with other content")
        self.event_id = event_id


class LogBusyError(LogError):
    """More appends wait than the log takes; try again after `retry_after_s`."""

    def __init__(self, retry_after_s: int) -> None:
        """Keep how long to wait, in seconds."""
        super().__init__(f"too many appends are waiting; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class LogUnavailableError(LogError):
    """The log's storage does not answer, and whether the append took place may be unknown.

    Trying again with the same event ids is safe: it answers with the first positions.
    """


@runtime_checkable
class EventLog(Protocol):
    """An append-only log of events with gapless positions from 1, in commit order.

    Promises, each tested by the contract suite that every implementation inherits:

    - Positions are gapless and become visible in order: who has read up to N has seen all of 1..N.
    - A request's events stand at adjacent positions, or none of them is in the log.
    - `recorded_at` never decreases with position; the log sets it, in whole microseconds.
    - The bytes read are the bytes appended.
    - The same event ids with the same bytes are answered with their first positions (`repeated`);
      so is the same request key with the same request hash.
    - Nothing is ever changed or removed.
    """

    async def append(self, request: Append) -> Appended:
        """Append one request's events.

        Raises StaleStreamError, KeyTakenError, EventIdTakenError, LogBusyError or LogUnavailableError.
        """
        ...

    async def append_all(self, requests: Sequence[Append]) -> Sequence[Appended]:
        """Append the events of many requests at adjacent positions, in their order: all of them, or none.

        A request may stand on what one before it writes. Raises what `append` raises, as soon as one request cannot be
        appended; KeyTakenError for any key that is taken, whatever its request; ValueError where two of the requests
        name the same key or event id. The same events all over again are answered with their first positions.
        """
        ...

    async def head(self) -> int:
        """Give the last position, 0 for an empty log."""
        ...

    async def read(self, *, after: int = 0, limit: int = 1000) -> Sequence[RecordedEvent]:
        """Give up to `limit` events with positions above `after`, in order."""
        ...

    async def read_streams(
        self, streams: Sequence[str], *, up_to: int | None = None
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        """Give the events of each stream in version order, up to a position; absent streams give an empty one."""
        ...

    async def existing(self, streams: Sequence[str]) -> frozenset[str]:
        """Give those of the streams that have a first event."""
        ...

    async def known_requests(self, keys: Sequence[str]) -> Mapping[str, KnownRequest]:
        """Give what is kept under each key that is taken."""
        ...

    async def places_named(self, folded: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Give, for each folded name, the ids of all places that were ever given it."""
        ...

    async def nearest(self, stream: str, limit: int = 3) -> Sequence[str]:
        """Give the streams of the same category whose names are most like this one, nearest first.

        Compared is what stands behind the category; a place is also compared by every name that it was ever given.
        """
        ...


def refuse_clashes(requests: Sequence[Append]) -> None:
    """Raise ValueError where two requests that are to be appended together name the same key or event id."""
    keys = [key.key for request in requests for key in request.keys]
    ids = [event.event_id for request in requests for write in request.writes for event in write.events]
    if len(set(keys)) < len(keys) or len(set(ids)) < len(ids):
        raise ValueError("requests that are appended together name a key or an event id once")


@runtime_checkable
class ListedLog(EventLog, Protocol):
    """A log whose request keys can be listed, so that all that a dataset told of is found again."""

    async def keys_from(self, prefix: str, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Give up to `limit` taken keys that start with a prefix and come after one, in order of code points."""
        ...


def _refuse_unkeepable(text: str) -> None:
    size = len(text.encode())
    if not 0 < size <= NAME_BYTES_MAX or "\0" in text:
        raise ValueError(f"a name is 1 to {NAME_BYTES_MAX} bytes of UTF-8 without U+0000: {text[:80]!r}")


def leaf_hash(stream: str, version: int, recorded_at: datetime, event: NewEvent) -> bytes:
    """Hash one event as an RFC 6962 leaf: SHA-256 over 0x00 and its length-prefixed columns.

    The columns are event_id, stream, version, type, schema_version, recorded_at (µs since 1970) and data;
    each is preceded by its length in four bytes, big-endian, and each number is eight bytes, big-endian.
    """
    micros = (recorded_at - _EPOCH) // _MICROSECOND
    name, kind = stream.encode(), event.type.encode()
    hashed = (
        b"\x00\x00\x00\x00\x10",
        event.event_id.bytes,
        len(name).to_bytes(4, "big"),
        name,
        _EIGHT,
        version.to_bytes(8, "big"),
        len(kind).to_bytes(4, "big"),
        kind,
        _EIGHT,
        event.schema_version.to_bytes(8, "big"),
        _EIGHT,
        micros.to_bytes(8, "big", signed=True),
        len(event.data).to_bytes(4, "big"),
        event.data,
    )
    return sha256(b"".join(hashed)).digest()

"""Events for tests of the log, which reads none of them."""

from uuid import UUID, uuid4

from events.log import Append, NewEvent, PlaceName, RequestKey, StreamWrite


def new_event(
    data: bytes = b'{"said":1}', *, event_id: UUID | None = None, kind: str = "occurrence.reported"
) -> NewEvent:
    return NewEvent(event_id or uuid4(), kind, 1, data)


def write(stream: str, expected: int = 0, *events: NewEvent) -> StreamWrite:
    return StreamWrite(stream, expected, events or (new_event(),))


def append(stream: str, expected: int = 0, *events: NewEvent) -> Append:
    return Append(writes=(write(stream, expected, *events),))


def keyed(stream: str, key: str, request: bytes = b"request") -> Append:
    return Append(writes=(write(stream),), keys=(RequestKey(key, request.ljust(32)),))


def named(stream: str, *folded: str) -> Append:
    return Append(writes=(write(stream),), names=tuple(PlaceName(name, stream) for name in folded))

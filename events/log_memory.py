"""The log in memory, for tests and trials; the promises are those of events.log.EventLog."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from events.log import (
    Append,
    Appended,
    EventIdTakenError,
    KeyTakenError,
    KnownRequest,
    NewEvent,
    RecordedEvent,
    StaleStreamError,
    leaf_hash,
    refuse_clashes,
)
from events.names import fold

_ALIKE = 0.3
"""What PostgreSQL calls similar."""

_WORD = re.compile(r"\w+")


class MemoryLog:
    """The log in memory; it lasts as long as the object. Nothing in it waits, so each append is one step."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Keep the clock that events are recorded by; it may go back, `recorded_at` does not."""
        self._clock = clock
        self._events: list[RecordedEvent] = []
        self._streams: defaultdict[str, list[RecordedEvent]] = defaultdict(list)
        self._ids: dict[UUID, RecordedEvent] = {}
        self._keys: dict[str, KnownRequest] = {}
        self._places: defaultdict[str, set[str]] = defaultdict(set)

    async def append(self, request: Append) -> Appended:
        """Append one request's events."""
        first = self._same_events(request) or self._same_request(request)
        if first is not None:
            return first
        for stream, expected in (
            *((write.stream, write.expected) for write in request.writes),
            *request.expects.items(),
        ):
            actual = self._version(stream)
            if actual != expected:
                raise StaleStreamError(stream, expected, actual)
        return self._record(request)

    async def append_all(self, requests: Sequence[Append]) -> Sequence[Appended]:
        """Append the events of many requests at adjacent positions, in their order: all of them, or none."""
        refuse_clashes(requests)
        before = [self._same_events(request) for request in requests]
        if all(before):
            return [done for done in before if done is not None]
        versions: dict[str, int] = {}
        for request, done in zip(requests, before, strict=True):
            if done is not None:
                raise EventIdTakenError(request.writes[0].events[0].event_id)
            for key in request.keys:
                if key.key in self._keys:
                    raise KeyTakenError(key.key, self._keys[key.key].first_position)
            for stream, expected in request.expects.items():
                self._refuse_stale(stream, expected, versions)
            for write in request.writes:
                self._refuse_stale(write.stream, write.expected, versions)
                versions[write.stream] = write.expected + len(write.events)
        return [self._record(request) for request in requests]

    async def head(self) -> int:
        """Give the last position, 0 for an empty log."""
        return len(self._events)

    async def read(self, *, after: int = 0, limit: int = 1000) -> Sequence[RecordedEvent]:
        """Give up to `limit` events with positions above `after`, in order."""
        return self._events[after : after + limit]

    async def read_streams(
        self,
        streams: Sequence[str],
        *,
        up_to: int | None = None,
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        """Give the events of each stream in version order, up to a position; absent streams give an empty one."""
        last = len(self._events) if up_to is None else up_to
        return {
            stream: [event for event in self._streams.get(stream, ()) if event.position <= last] for stream in streams
        }

    async def existing(self, streams: Sequence[str]) -> frozenset[str]:
        """Give those of the streams that have a first event."""
        return frozenset(stream for stream in streams if stream in self._streams)

    async def known_requests(self, keys: Sequence[str]) -> Mapping[str, KnownRequest]:
        """Give what is kept under each key that is taken."""
        return {key: self._keys[key] for key in keys if key in self._keys}

    async def keys_from(self, prefix: str, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Give up to `limit` taken keys that start with a prefix and come after one, in order of code points."""
        return sorted(key for key in self._keys if key.startswith(prefix) and key > after)[:limit]

    async def places_named(self, folded: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Give, for each folded name, the ids of all places that were ever given it."""
        return {name: frozenset(self._places.get(name, ())) for name in folded}

    async def nearest(self, stream: str, limit: int = 3) -> Sequence[str]:
        """Give the streams of the same category whose names are most like this one, nearest first."""
        category, _, name = stream.partition("-")
        likeness = {
            other: _likeness(name, other.partition("-")[2])
            for other in self._streams
            if other.partition("-")[0] == category
        }
        for folded, places in self._places.items() if category == "place" else ():
            if (alike := _likeness(fold(name), folded)) >= _ALIKE:
                likeness |= {f"place-{one}": max(alike, likeness.get(f"place-{one}", 0)) for one in places}
        like = sorted((other for other in likeness if likeness[other] > 0), key=lambda other: (-likeness[other], other))
        return like[:limit]

    def _version(self, stream: str) -> int:
        return len(self._streams.get(stream, ()))

    def _refuse_stale(self, stream: str, expected: int, versions: Mapping[str, int]) -> None:
        actual = versions.get(stream, self._version(stream))
        if actual != expected:
            raise StaleStreamError(stream, expected, actual)

    def _same_events(self, request: Append) -> Appended | None:
        """Find the events where they stand already, None if none of them does."""
        sent = [(write.stream, event) for write in request.writes for event in write.events]
        found = [self._ids.get(event.event_id) for _, event in sent]
        known = [event for event in found if event is not None]
        if not known:
            return None
        first = known[0].position
        for nth, (event, (stream, new)) in enumerate(zip(found, sent, strict=True)):
            if event is None or event.position != first + nth or not _same(event, stream, new):
                raise EventIdTakenError((event or known[0]).event_id)
        return self._repeated(first, first + len(sent) - 1)

    def _same_request(self, request: Append) -> Appended | None:
        """Find an earlier request with the same key, None if no key is known."""
        known = [(key, self._keys[key.key]) for key in request.keys if key.key in self._keys]
        for key, kept in known:
            if kept.request_sha256 != key.request_sha256:
                raise KeyTakenError(key.key, kept.first_position)
        return self._repeated(known[0][1].first_position, known[0][1].last_position) if known else None

    def _repeated(self, first: int, last: int) -> Appended:
        versions = {event.stream: event.version for event in self._events[first - 1 : last]}
        return Appended(first, last, versions, repeated=True)

    def _record(self, request: Append) -> Appended:
        first = len(self._events) + 1
        moment = self._clock().astimezone(UTC)
        if self._events:
            moment = max(moment, self._events[-1].recorded_at)
        for write in request.writes:
            for version, event in enumerate(write.events, write.expected + 1):
                self._keep(write.stream, version, moment, event)
        last = len(self._events)
        for key in request.keys:
            self._keys[key.key] = KnownRequest(key.request_sha256, first, last)
        for name in request.names:
            self._places[name.folded].add(name.place)
        return Appended(first, last, {write.stream: self._version(write.stream) for write in request.writes})

    def _keep(self, stream: str, version: int, moment: datetime, event: NewEvent) -> None:
        recorded = RecordedEvent(
            position=len(self._events) + 1,
            stream=stream,
            version=version,
            event_id=event.event_id,
            type=event.type,
            schema_version=event.schema_version,
            data=event.data,
            recorded_at=moment,
            leaf_hash=leaf_hash(stream, version, moment, event),
        )
        self._events.append(recorded)
        self._streams[stream].append(recorded)
        self._ids[event.event_id] = recorded


def _same(event: RecordedEvent, stream: str, new: NewEvent) -> bool:
    return (event.stream, event.type, event.schema_version, event.data) == (
        stream,
        new.type,
        new.schema_version,
        new.data,
    )


def _likeness(one: str, other: str) -> float:
    """Compare as pg_trgm does: the share of three-letter sequences in common."""
    ours, theirs = _trigrams(one), _trigrams(other)
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def _trigrams(text: str) -> set[str]:
    padded = [f"  {word} " for word in _WORD.findall(text.lower().replace("_", " "))]
    return {word[start : start + 3] for word in padded for start in range(len(word) - 2)}

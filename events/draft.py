"""A draft: the log as it will stand once the requests decided so far are appended."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from events.log import (
    Append,
    Appended,
    EventLog,
    KeyTakenError,
    KnownRequest,
    RecordedEvent,
    StaleStreamError,
    StreamWrite,
)
from events.times import FOREVER

BEYOND = 1 << 62
"""The position that those of a draft come after: beyond any that a log has."""

_GAP = 100
"""Requests that stand no further apart are read together."""


class Draft:
    """Reads from a log what is asked for once, and puts behind it what is appended here and is in no log yet.

    It has the methods of events.log.EventLog. What is appended stands at positions of the draft's own, counted from
    BEYOND, and is recorded at the end of time. The ids of its events must be fresh.
    """

    def __init__(self, log: EventLog) -> None:
        """Begin without anything; nothing is read yet."""
        self._log = log
        self._head = BEYOND
        self._streams: dict[str, list[RecordedEvent]] = {}
        self._at: dict[int, RecordedEvent] = {}
        self._keys: dict[str, KnownRequest | None] = {}
        self._places: dict[str, frozenset[str]] = {}
        self._added: defaultdict[str, set[str]] = defaultdict(set)
        self._nearest: dict[tuple[str, int], Sequence[str]] = {}
        self.requests: list[Append] = []

    async def foresee(self, streams: Iterable[str], keys: Sequence[Sequence[str]], names: Sequence[str]) -> None:
        """Read at once what many decisions will ask for; `keys` are those of each request, under which it is known."""
        known = await self.known_requests([key for of_one in keys for key in of_one])
        await self._read_requests(list(known.values()))
        # What is known under some of its keys may have to be changed, so its stream is looked at.
        in_part = {
            self._at[known[key].first_position].stream
            for of_one in keys
            if not all(key in known for key in of_one)
            for key in of_one
            if key in known
        }
        named = await self.places_named(names)
        places = (f"place-{place}" for found in named.values() for place in found)
        await self.read_streams([*{*streams, *in_part, *places}])

    async def append(self, request: Append) -> Appended:
        """Put a request's events behind what is there; raises StaleStreamError or KeyTakenError."""
        for key, taken in (await self.known_requests([key.key for key in request.keys])).items():
            raise KeyTakenError(key, taken.first_position)
        stands = {**{write.stream: write.expected for write in request.writes}, **request.expects}
        found = await self.read_streams(list(stands))
        for stream, expected in stands.items():
            if len(found[stream]) != expected:
                raise StaleStreamError(stream, expected, len(found[stream]))
        first = self._head + 1
        for write in request.writes:
            self._add(write)
        for key in request.keys:
            self._keys[key.key] = KnownRequest(key.request_sha256, first, self._head)
        for name in request.names:
            self._added[name.folded].add(name.place)
        self.requests.append(request)
        return Appended(first, self._head, {write.stream: len(self._streams[write.stream]) for write in request.writes})

    async def append_all(self, requests: Sequence[Append]) -> Sequence[Appended]:
        """Put the events of many requests behind what is there, up to the first that cannot be."""
        return [await self.append(request) for request in requests]

    async def head(self) -> int:
        """Give the last position."""
        return self._head

    async def read(self, *, after: int = 0, limit: int = 1000) -> Sequence[RecordedEvent]:
        """Give up to `limit` events with positions above `after`, in order."""
        wanted = range(after + 1, min(after + limit, self._head) + 1)
        here = [self._at[position] for position in wanted if position in self._at]
        if len(here) == len(wanted):
            return here
        found = await self._log.read(after=after, limit=limit)
        self._at.update((event.position, event) for event in found)
        return found

    async def read_streams(
        self, streams: Sequence[str], *, up_to: int | None = None
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        """Give the events of each stream in version order, up to a position; absent streams give an empty one."""
        unread = [stream for stream in dict.fromkeys(streams) if stream not in self._streams]
        if unread:
            for stream, events in (await self._log.read_streams(unread)).items():
                self._streams[stream] = list(events)
                self._at.update((event.position, event) for event in events)
        if up_to is None:
            return {stream: self._streams[stream] for stream in streams}
        return {stream: [event for event in self._streams[stream] if event.position <= up_to] for stream in streams}

    async def existing(self, streams: Sequence[str]) -> frozenset[str]:
        """Give those of the streams that have a first event."""
        return frozenset(stream for stream, events in (await self.read_streams(streams)).items() if events)

    async def known_requests(self, keys: Sequence[str]) -> Mapping[str, KnownRequest]:
        """Give what is kept under each key that is taken."""
        unread = [key for key in dict.fromkeys(keys) if key not in self._keys]
        if unread:
            found = await self._log.known_requests(unread)
            self._keys.update((key, found.get(key)) for key in unread)
        return {key: known for key in keys if (known := self._keys[key]) is not None}

    async def places_named(self, folded: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Give, for each folded name, the ids of all places that were ever given it."""
        unread = [name for name in dict.fromkeys(folded) if name not in self._places]
        if unread:
            self._places.update(await self._log.places_named(unread))
        return {name: self._places[name] | self._added.get(name, frozenset[str]()) for name in folded}

    async def nearest(self, stream: str, limit: int = 3) -> Sequence[str]:
        """Give the streams of the log itself whose names are most like this one, nearest first."""
        if (stream, limit) not in self._nearest:
            self._nearest[stream, limit] = await self._log.nearest(stream, limit)
        return self._nearest[stream, limit]

    def _add(self, write: StreamWrite) -> None:
        stream = self._streams[write.stream]
        for event in write.events:
            self._head += 1
            recorded = RecordedEvent(
                position=self._head,
                stream=write.stream,
                version=len(stream) + 1,
                event_id=event.event_id,
                type=event.type,
                schema_version=event.schema_version,
                data=event.data,
                recorded_at=FOREVER,
                leaf_hash=b"",
            )
            stream.append(recorded)
            self._at[self._head] = recorded

    async def _read_requests(self, known: Sequence[KnownRequest]) -> None:
        """Read the events of requests that were made before, neighbours together."""
        spans: list[tuple[int, int]] = []
        for first, last in sorted({(one.first_position, one.last_position) for one in known}):
            if spans and first - spans[-1][1] <= _GAP:
                spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
            else:
                spans.append((first, last))
        for first, last in spans:
            await self.read(after=first - 1, limit=last - first + 1)

"""Reading whole streams from PostgreSQL: many callers in one query, and what was read before not again."""

import asyncio
from asyncio import Future, Task
from collections import OrderedDict, defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct
from psycopg.rows import TupleRow

from events.log import LogUnavailableError, RecordedEvent

Rows: TypeAlias = Callable[[str, Mapping[str, Any]], Awaitable[list[TupleRow]]]
"""Runs a named statement; raises LogUnavailableError."""

Events: TypeAlias = tuple[RecordedEvent, ...]

_CALLERS_AT_ONCE = 256
_KEPT_BYTES = 16 * 1024 * 1024
# What an event takes beside its data.
_EVENT_BYTES = 500


class _Waiting(Struct):
    """What one caller wants to read."""

    streams: tuple[str, ...]
    answer: "Future[Mapping[str, Events]]"


class StreamReads:
    """Reads streams for any number of callers: those who wait while one query is under way share the next.

    A stream only grows, so what is kept of it is its beginning. Each read asks what came after, and whether the last
    event that is kept still stands: after a failover to a server that had not got it yet, it does not.
    """

    def __init__(self, rows: Rows, *, kept_bytes: int = _KEPT_BYTES) -> None:
        """Take what runs statements, and how much to keep of what was read."""
        self._rows = rows
        self._waiting: deque[_Waiting] = deque()
        self._reader: Task[None] | None = None
        self._kept: OrderedDict[str, Events] = OrderedDict()
        self._kept_bytes = 0
        self._kept_bytes_max = kept_bytes

    async def read(self, streams: Sequence[str]) -> Mapping[str, Events]:
        """Give the events that each stream has now, in version order; absent streams give none."""
        if not streams:
            return {}
        waiting = _Waiting(tuple(dict.fromkeys(streams)), asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._reader is None:
            self._reader = asyncio.create_task(self._drain())
        return await waiting.answer

    async def close(self) -> None:
        """Wait for the reads that were begun."""
        if self._reader is not None:
            await asyncio.wait([self._reader])

    async def _drain(self) -> None:
        batch: list[_Waiting] = []
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _CALLERS_AT_ONCE))]
                await self._answer(batch)
        finally:
            # Only a reader that is torn down with its loop leaves anybody waiting here.
            _fail((*batch, *self._waiting), "the log's reader was stopped")
            self._waiting.clear()
            self._reader = None

    async def _answer(self, batch: Sequence[_Waiting]) -> None:
        wanted = [waiting for waiting in batch if not waiting.answer.done()]
        try:
            found = await self._read({stream for waiting in wanted for stream in waiting.streams})
        except LogUnavailableError as error:
            _fail(wanted, str(error))
            return
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is told to who asked
            for waiting in wanted:
                if not waiting.answer.done():
                    waiting.answer.set_exception(error)
            return
        for waiting in wanted:
            if not waiting.answer.done():
                waiting.answer.set_result({stream: found[stream] for stream in waiting.streams})

    async def _read(self, streams: Iterable[str]) -> dict[str, Events]:
        """Read what is not kept, and forget first what is kept and does not stand any more."""
        known = {stream: self._kept.get(stream, ()) for stream in sorted(streams)}
        if not known:
            return {}
        asked = {"streams": list(known), "versions": [len(events) for events in known.values()]}
        rows: defaultdict[str, list[TupleRow]] = defaultdict(list)
        for row in await self._rows("read_further", asked):
            rows[row[1]].append(row)
        found: dict[str, Events] = {}
        for stream, events in known.items():
            last, further = rows[stream][: len(events[-1:])], rows[stream][len(events[-1:]) :]
            if [row[8] for row in last] == [event.leaf_hash for event in events[-1:]]:
                found[stream] = (*events, *(RecordedEvent(*row) for row in further)) if further else events
            self._keep(stream, found.get(stream, ()))
        if gone := known.keys() - found.keys():
            found |= await self._read(gone)
        return found

    def _keep(self, stream: str, events: Events) -> None:
        self._kept_bytes -= _size(self._kept.pop(stream, ()))
        if events:
            self._kept[stream] = events
            self._kept_bytes += _size(events)
        while self._kept_bytes > self._kept_bytes_max:
            self._kept_bytes -= _size(self._kept.popitem(last=False)[1])


def _fail(waiting: Iterable[_Waiting], reason: str) -> None:
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(LogUnavailableError(reason))


def _size(events: Events) -> int:
    return sum(len(event.data) + _EVENT_BYTES for event in events)

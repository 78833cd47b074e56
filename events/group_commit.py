"""Group commit: the requests that wait while one batch commits are the next batch."""

import asyncio
import logging
from asyncio import Future, Task
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from inspect import isawaitable
from typing import TypeAlias

from msgspec import Struct

from events.log import Append, Appended, LogBusyError, LogError, LogUnavailableError

Outcome: TypeAlias = Appended | LogError
"""What became of one request of a batch."""

WriteBatch: TypeAlias = Callable[[Sequence[Append]], Awaitable[Sequence[Outcome]]]
"""Appends a batch in one transaction and gives one outcome for each request, in their order.

It raises LogUnavailableError when the storage does not answer, and anything else when one of the requests cannot be
written at all; then nothing was appended.
"""

Announce: TypeAlias = Callable[[int], Awaitable[None] | None]
"""Takes the new head after a batch is committed."""

_RETRY_AFTER_S = 1

_logger = logging.getLogger(__name__)


class GroupLimits(Struct, frozen=True, kw_only=True):
    """How much may wait, and at how many events or bytes a batch is full; one request is never split."""

    waiting_requests: int = 1024
    waiting_bytes: int = 64 * 1024 * 1024
    batch_events: int = 1024
    batch_bytes: int = 4 * 1024 * 1024


class _Waiting:
    """One request, who waits for it, and what no other request of its batch may touch."""

    def __init__(self, request: Append) -> None:
        self.request = request
        self.answer: Future[Appended] = asyncio.get_running_loop().create_future()
        events = [event for write in request.writes for event in write.events]
        self.events = len(events)
        self.bytes = sum(len(event.data) for event in events)
        self.touches: frozenset[Hashable] = frozenset(
            [
                *(write.stream for write in request.writes),
                *request.expects,
                *(("key", key.key) for key in request.keys),
                *(event.event_id for event in events),
            ],
        )

    def settle(self, outcome: Appended | Exception) -> None:
        """Answer the caller, unless it went away."""
        if self.answer.done():
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class GroupCommit:
    """The one writer of a process: it takes requests from any number of callers and commits them in batches.

    At most one batch is under way; no timer gathers a batch, the commit before it does. Two requests that touch the
    same stream, key or event id are never in one batch and keep their order. A caller that goes away fails nobody:
    its request is dropped if it still waits, and committed if it is under way.
    """

    def __init__(self, write: WriteBatch, *, limits: GroupLimits, announce: Announce | None = None) -> None:
        """Keep how a batch is written and who is told of the new head."""
        self._write = write
        self._limits = limits
        self._announce = announce
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._writer: Task[None] | None = None
        self._announcer: Task[None] | None = None
        self._head = 0
        self._announced = 0
        self._closed = False

    async def submit(self, request: Append) -> Appended:
        """Wait until the request is committed, and give where it stands.

        Raises LogBusyError at once when too much waits, else what became of the request.
        """
        if self._closed:
            raise LogUnavailableError("the log is closed")
        waiting = _Waiting(request)
        full = len(self._waiting) >= self._limits.waiting_requests
        if full or (self._waiting and self._waiting_bytes + waiting.bytes > self._limits.waiting_bytes):
            raise LogBusyError(_RETRY_AFTER_S)
        self._waiting.append(waiting)
        self._waiting_bytes += waiting.bytes
        if self._writer is None:
            self._writer = asyncio.create_task(self._drain())
        return await waiting.answer

    async def close(self) -> None:
        """Take no more requests, and wait for those that were taken."""
        self._closed = True
        for task in (self._writer, self._announcer):
            if task is not None:
                await asyncio.wait([task])

    async def _drain(self) -> None:
        batch: Sequence[_Waiting] = ()
        try:
            while batch := self._next_batch():
                held_back = len(self._waiting)
                await self._commit(batch)
                if held_back and held_back == len(self._waiting):
                    # They go with what the callers just answered ask for next: alone they would cost as much.
                    await asyncio.sleep(0)
        finally:
            # Only a writer that is torn down with its loop leaves anybody waiting here.
            for waiting in (*batch, *self._waiting):
                waiting.settle(LogUnavailableError("the log's writer was stopped"))
            self._waiting.clear()
            self._waiting_bytes = 0
            self._writer = None

    def _next_batch(self) -> Sequence[_Waiting]:
        """Take what may go together, oldest first; a request never overtakes another that touches the same."""
        batch: list[_Waiting] = []
        left: list[_Waiting] = []
        touched: set[Hashable] = set()
        events = size = 0
        while self._waiting and events < self._limits.batch_events and size < self._limits.batch_bytes:
            waiting = self._waiting.popleft()
            if waiting.answer.done():
                self._waiting_bytes -= waiting.bytes
            elif touched.isdisjoint(waiting.touches):
                batch.append(waiting)
                events += waiting.events
                size += waiting.bytes
            else:
                left.append(waiting)
            touched |= waiting.touches
        self._waiting.extendleft(reversed(left))
        self._waiting_bytes -= size
        return batch

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        """Write one batch and answer its callers."""
        try:
            outcomes = await self._write([waiting.request for waiting in batch])
        except LogUnavailableError as error:
            # Whoever waits has waited as long as the storage was away: bounded for them too.
            for waiting in (*batch, *self._waiting):
                waiting.settle(LogUnavailableError(str(error)))
            return
        except Exception as error:  # noqa: BLE001 -- whatever it is belongs to one request, found by writing each alone
            if len(batch) == 1:
                batch[0].settle(error)
                return
            for waiting in batch:
                await self._commit([waiting])
            return
        # The projections begin while the answers are still being written.
        self.advance(max((done.last_position for done in outcomes if isinstance(done, Appended)), default=0))
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.settle(outcome)

    def advance(self, head: int) -> None:
        """Have a new head announced, beside the next batch."""
        self._head = max(self._head, head)
        if self._announce is not None and self._announcer is None and self._head > self._announced:
            self._announcer = asyncio.create_task(self._announce_heads(self._announce))

    async def _announce_heads(self, announce: Announce) -> None:
        """Announce until the newest head was; a slow listener is told only of the newest."""
        try:
            while self._announced < self._head:
                self._announced = head = self._head
                try:
                    told = announce(head)
                    if isawaitable(told):
                        await told
                except Exception:  # whatever the listener does, the events are committed
                    _logger.warning("position %d could not be announced", head, exc_info=True)
        finally:
            self._announcer = None

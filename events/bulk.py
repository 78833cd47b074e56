"""Recording many requests at once: each is decided in its turn, and their events are appended together."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import accumulate
from typing import TypeAlias
from uuid import UUID

from msgspec import structs

from events.addressing import candidates, category_of, keys_of
from events.codec import UnreadableEventError
from events.command import Command
from events.draft import BEYOND, Draft
from events.facts import Folded, place_refs
from events.log import EventLog, KeyTakenError, LogError, StaleStreamError
from events.names import fold
from events.recorder import Ids, Placed, Receipt, Recorder
from events.refusals import LeftOutError, RefusalError

Taken: TypeAlias = Receipt | RefusalError | UnreadableEventError | LogError
"""What became of one request of many."""

GiveWay: TypeAlias = Callable[[], Awaitable[object]]

EVENTS_AT_ONCE = 4000
"""How many events are appended together; all other appends wait meanwhile."""

_ATTEMPTS = 3
_DECIDED_AT_A_TIME = 8


class BulkRecorder:
    """Takes many requests into a log, with a few look-ups for all of them. Safe to call from many tasks at once.

    `give_way` is awaited now and then between decisions, so that others on the same event loop have their turn.
    """

    def __init__(
        self, log: EventLog, ids: Ids, *, events_at_once: int = EVENTS_AT_ONCE, give_way: GiveWay | None = None
    ) -> None:
        """Record into this log, with fresh ids from there."""
        self._log = log
        self._ids = ids
        self._events_at_once = events_at_once
        self._give_way = give_way

    async def record(self, commands: Sequence[Command]) -> Sequence[Taken]:
        """Record requests in their order, and say of each what it came to: the same as if it were sent alone.

        Only the names that a refusal hints at are those that were known before. One that is refused, or is about what
        cannot be read, holds up none of the others. Where the log does not answer, those that are left get its error;
        what was recorded before stays.
        """
        done: list[Taken] = []
        while len(done) < len(commands):
            try:
                done += await self._record_some(commands[len(done) :])
            except LogError as error:
                done += [error] * (len(commands) - len(done))
        return done

    async def record_together(self, commands: Sequence[Command]) -> Sequence[Taken]:
        """Record all requests, or none of them if one is not taken: the good ones are then answered with LeftOutError.

        Raises the LogError that the append ended in.
        """
        attempt = 1
        while True:
            draft, outcomes = await self._decided(commands)
            if any(isinstance(outcome, Exception) for outcome in outcomes):
                return [outcome if isinstance(outcome, Exception) else LeftOutError() for outcome in outcomes]
            try:
                return await self._appended(draft, outcomes)
            except (StaleStreamError, KeyTakenError):
                if attempt == _ATTEMPTS:
                    raise
                attempt += 1

    async def _record_some(self, commands: Sequence[Command]) -> Sequence[Taken]:
        """Record as many requests as are appended together; where others are faster again and again, one by one."""
        some = _first(commands, self._events_at_once)
        for _ in range(_ATTEMPTS):
            draft, outcomes = await self._decided(some)
            with suppress(StaleStreamError, KeyTakenError):
                return await self._appended(draft, outcomes)
        recorder = Recorder(self._log, self._ids)
        return [await _taken(recorder, command) for command in some]

    async def _decided(self, commands: Sequence[Command]) -> tuple[Draft, Sequence[Taken]]:
        """Decide requests, each on what those before it wrote."""
        draft = Draft(self._log)
        ids = _ForeseenIds(self._ids)
        recorder = Recorder(draft, ids, Folded())
        suffixes = [self._ids.suffix() for _ in commands]
        await _foresee(draft, commands, suffixes)
        outcomes: list[Taken] = []
        for number, (command, suffix) in enumerate(zip(commands, suffixes, strict=True), 1):
            if self._give_way is not None and number % _DECIDED_AT_A_TIME == 0:
                await self._give_way()
            ids.coming = suffix
            outcomes.append(await _taken(recorder, command))
        return draft, outcomes

    async def _appended(self, draft: Draft, outcomes: Sequence[Taken]) -> Sequence[Taken]:
        """Append what was drafted, and say where it stands."""
        if not draft.requests:
            return outcomes
        done = await self._log.append_all(draft.requests)
        shift = BEYOND + 1 - done[0].first_position
        return [_moved(outcome, shift) if isinstance(outcome, Receipt) else outcome for outcome in outcomes]


class _ForeseenIds:
    """Ids of which the next suffix was drawn before, so that what it leads to could be looked up."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.coming: str | None = None

    def event_id(self) -> UUID:
        return self._ids.event_id()

    def suffix(self) -> str:
        coming, self.coming = self.coming, None
        return self._ids.suffix() if coming is None else coming


def _first(commands: Sequence[Command], events: int) -> Sequence[Command]:
    """Give as many of the first requests as will come to so many events, at least one."""
    sums = accumulate(1 + len(getattr(command.body, "claims", ())) for command in commands)
    return commands[: 1 + sum(1 for so_far in sums if so_far < events)]


async def _taken(recorder: Recorder, command: Command) -> Taken:
    try:
        return await recorder.record(command)
    except (RefusalError, UnreadableEventError, StaleStreamError, KeyTakenError) as refusal:
        return refusal


async def _foresee(draft: Draft, commands: Sequence[Command], suffixes: Sequence[str]) -> None:
    """Read at once what all requests refer to, write, and may be known by."""
    streams: set[str] = set()
    names: set[str] = set()
    for command, suffix in zip(commands, suffixes, strict=True):
        category = category_of(command.body)
        streams.update(ref.stream for ref in command.references)
        streams.update(f"{category}-{name}" for name in candidates(command.body, suffix))
        if command.subject is not None:
            streams.add(f"{category}-{command.subject.partition('.')[0]}")
        names.update(fold(ref.name) for ref in place_refs(command.body) if ref.name is not None)
    keys = [[key.key for key in keys_of(command)] for command in commands]
    await draft.foresee(sorted(streams), keys, sorted(names))


def _moved(receipt: Receipt, shift: int) -> Receipt:
    """Give a receipt with the positions at which a draft's events came to stand; older ones stay."""
    if receipt.position <= BEYOND:
        return receipt
    events = tuple(Placed(event.position - shift, event.type) for event in receipt.events)
    return structs.replace(receipt, position=receipt.position - shift, events=events)

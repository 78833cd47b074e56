"""The log looked at event by event: gapless, each leaf hashed anew, and the tree over them the one that was signed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.checkpoint import Checkpoint
from events.log import RecordedEvent
from events.merkle import STEP, Frontier, Subtree
from events.statements import statements
from services.proofs.documents import leaf_of
from services.verification.findings import Check, Faults
from services.verification.lookups import lookup_checks, open_lookups

_SQL = statements(Path(__file__).with_suffix(".sql"))
_LEVELS = list(range(STEP, 63, STEP))
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

_POSITIONS = "positions"
_LEAVES = "leaf hashes"
_TIMES = "times"
_TREE = "tree"
_SIGNED = "signed checkpoint"
_HEAD = "head"

Connection = AsyncConnection[TupleRow]
Tell = Callable[[int, int], None]
"""Told of how many events of how many were looked at."""


class LogReading:
    """The log as far as it was read, and what is wrong with it."""

    def __init__(self, signed: Sequence[Checkpoint]) -> None:
        """Begin before the first event; `signed` are checkpoints that the log must still agree with."""
        self.faults = Faults()
        self._signed: dict[int, set[bytes]] = {}
        for one in signed:
            self._signed.setdefault(one.size, set()).add(one.root)
        self._tree = Frontier()
        self._position = 0
        self._recorded_at = _BEGINNING
        self._gap = False
        self._headless = False

    @property
    def unfoldable(self) -> str | None:
        """Why nothing can be folded from this log, None where it can."""
        if self.faults.has(_POSITIONS):
            return "a log with a gap cannot be folded"
        return "a log without a head cannot be folded" if self._headless else None

    @property
    def root(self) -> bytes | None:
        """The root of the tree, None where a gap leaves the log without one."""
        return None if self._gap else self._tree.root

    async def read(self, connection: Connection, tell: Tell) -> int:
        """Read the whole log as it is now, and give its head."""
        [(position, recorded_at, last), *more] = await rows(connection, "bounds")
        head = int(last if position is None else position)
        if position is None or more:
            self.faults.add(_HEAD, None, "the table head does not hold its one row, by which all goes on")
            self._headless = True
        self._compare_signed()
        async with open_lookups(connection, head, self.faults) as lookups:
            while self._position < head:
                page = [RecordedEvent(*row) for row in await rows(connection, "page", after=self._position, until=head)]
                if not page:
                    break
                await lookups.compare(page, page[-1].position, await self._take(connection, page))
                tell(self._position, head)
            await lookups.compare((), head)
        if self._position < head:
            self.faults.add(_POSITIONS, self._position + 1, f"the events up to the head, {head}, are missing")
        if last > head:
            self.faults.add(_HEAD, head + 1, f"events stand beyond the head, up to {last}")
        if position is not None and last == self._position == head and recorded_at != self._recorded_at:
            self.faults.add(_HEAD, head, f"the head is of {recorded_at}, the last event of {self._recorded_at}")
        await self._look_beyond(connection, head)
        return head

    def checks(self, head: int) -> list[Check]:
        """Give the outcome."""
        sizes = ", ".join(map(str, sorted(self._signed)))
        signed = self.faults.check(_SIGNED, f"the log begins with the {sizes} events that were signed")
        if not self._signed:
            signed = Check(_SIGNED, "left_out", "no checkpoint was kept")
        return [
            self.faults.check(_POSITIONS, f"1 to {head} without a gap"),
            self.faults.check(_LEAVES, f"{head} events are as they were hashed"),
            self.faults.check(_TIMES, "no event was recorded before the one that it follows"),
            self.faults.check(_TREE, "what is kept of the Merkle tree is what the leaves come to"),
            signed,
            self.faults.check(_HEAD, f"the head is the last event, {head}"),
            *lookup_checks(self.faults),
        ]

    async def _take(self, connection: Connection, events: Sequence[RecordedEvent]) -> set[int]:
        """Give the positions of the events that are not as they were hashed."""
        before = self._position
        completed: dict[Subtree, bytes] = {}
        changed: set[int] = set()
        for event in events:
            if not self._look_at(event):
                changed.add(event.position)
            if not self._gap:
                completed.update(self._tree.append(event.leaf_hash))
                self._compare_signed()
        if self._gap:
            return changed
        asked = {"after": before, "until": self._position, "levels": _LEVELS}
        for level, nth, kept in await rows(connection, "subtrees", **asked):
            if completed[Subtree(level, nth)] != kept:
                position = (nth << level) + 1
                self.faults.add(_TREE, position, f"the root over the {1 << level} events from {position} on differs")
        return changed

    def _look_at(self, event: RecordedEvent) -> bool:
        """Tell whether an event is as it was hashed."""
        if event.position != self._position + 1 and not self._gap:
            self._gap = True
            self.faults.add(_POSITIONS, self._position + 1, f"{event.position} follows on {self._position}")
            self.faults.add(_TREE, self._position + 1, "a log with a gap has no tree beyond it")
        sound = leaf_of(event) == event.leaf_hash
        if not sound:
            self.faults.add(_LEAVES, event.position, f"{event.stream} version {event.version} is not as it was hashed")
        if event.recorded_at < self._recorded_at:
            self.faults.add(_TIMES, event.position, "recorded before the event that it follows")
        self._position, self._recorded_at = event.position, max(event.recorded_at, self._recorded_at)
        return sound

    def _compare_signed(self) -> None:
        """Compare with what was signed when the log had this size."""
        roots = self._signed.get(self._tree.size, set())
        if roots and roots != {self._tree.root}:
            self.faults.add(_SIGNED, None, f"one of the {self._tree.size} events that were signed was changed since")

    async def _look_beyond(self, connection: Connection, head: int) -> None:
        largest = max(self._signed, default=0)
        if largest > head:
            self.faults.add(_SIGNED, head + 1, f"{largest} events were signed and the log has {head}")
        elif self._gap and largest > 0:
            self.faults.add(_SIGNED, None, "a log with a gap is none that was signed")
        for level, nth in await rows(connection, "subtree_beyond", until=head):
            self.faults.add(_TREE, head + 1, f"the kept subtree {nth} of level {level} is over events beyond the head")


async def rows(connection: Connection, name: str, **asked: Any) -> list[TupleRow]:  # noqa: ANN401 - any parameter
    """Run one of the statements."""
    cursor = await connection.execute(_SQL[name], asked, binary=True)
    return await cursor.fetchall()

"""The runner: folds pages of the log into the tables of the projections, rows and checkpoints in one transaction."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias, TypeVar

from msgspec import Struct, structs
from psycopg_pool import AsyncConnectionPool

from events.log import EventLog
from events.statements import statements
from projections.diff import Batch
from projections.page import PageFold, PoisonError, Target
from projections.rows_postgres import Connection, write
from projections.sent import Sent, sent_together
from projections.subjects import Catalogue, Subject

T = TypeVar("T")
Pool: TypeAlias = AsyncConnectionPool[Connection]

STEPS = ("locked", "folded", "written", "moved", "committed")
"""The moments of one step that `reached` is told of, in order; a crash at any of them loses and doubles nothing."""

_SQL = statements(Path(__file__).with_suffix(".sql"))
_REQUESTS_AT_ONCE = 200
# Bounds the folded streams that are kept between pages.
_KEPT_EVENTS = 20_000


class Moved(Struct, frozen=True):
    """What one step did: each projection's new position, and why those stopped that did."""

    positions: Mapping[str, int]
    stopped: Mapping[str, str]


class Runner:
    """Drives the live generations of all projections in a catalogue.

    Any number of runners may share a database: each takes the checkpoints that no other holds. What they fold is
    pure, so whoever does it, in whatever pages, the tables are the same. A projection that an event cannot be folded
    into stops before it, one whose tables refuse the rows stops before that page; the reason stands in its
    checkpoint, and the others go on.

    `page` is how many events are folded at once; `reached` is told of each of STEPS.
    """

    def __init__(
        self,
        pool: Pool,
        log: EventLog,
        catalogue: Catalogue,
        *,
        page: int = 1000,
        reached: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Keep the parts; the log must not read through a pool that the runner could empty."""
        self._pool = pool
        self._log = log
        self._catalogue = catalogue
        self._page = page
        self._subjects = _Kept(_KEPT_EVENTS)
        self._reached = reached
        self._ours = {
            "names": [projection.name for projection in catalogue.projections],
            "versions": [projection.version for projection in catalogue.projections],
        }

    async def behind(self) -> bool:
        """Tell whether something in the log is not folded yet."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["behind"], self._ours)
            return bool((await cursor.fetchall())[0][0])

    async def step(self) -> Moved | None:
        """Fold one page into what nobody else is folding; None when there is nothing to do."""
        async with self._pool.connection() as connection:
            async with connection.transaction():
                cursor = await connection.execute(_SQL["lock_live"], self._ours)
                targets = [
                    Target(self._catalogue.named(name), generation, position, position)
                    for name, generation, position in await cursor.fetchall()
                ]
                self._reached("locked")
                moved = await self.advance(connection, targets) if targets else None
            self._reached("committed")
            return moved

    async def drain(self) -> None:
        """Fold until nothing is left that nobody else is folding."""
        while await self.step() is not None:
            pass

    async def advance(self, connection: Connection, targets: Sequence[Target], until: int | None = None) -> Moved:
        """Fold the page that follows the target furthest behind, up to a position, and move the checkpoints.

        The caller holds their checkpoint rows locked in the connection's transaction.
        """
        try:
            after = min(target.position for target in targets)
            page, recorded_at = await self._read(after, until)
            last = page[-1].last if page else after
            aims = [structs.replace(target, until=max(target.position, last)) for target in targets]
            batches, done, stopped = await self._fold(aims, page)
            self._reached("folded")
            refused = await write(connection, done, batches)
            done = [_unmoved(target) if target.projection.name in refused else target for target in done]
            stopped |= refused
            self._reached("written")
            await self._move(connection, done, stopped, recorded_at)
            self._reached("moved")
        except BaseException:
            # What was folded may be undone with the transaction, or come from a log that a failover took back.
            self._subjects.clear()
            raise
        return Moved({target.projection.name: target.until for target in done}, stopped)

    async def _read(self, after: int, until: int | None) -> tuple[Sequence[Sent], Mapping[int, datetime]]:
        """Give a page of whole requests, and when each position was recorded."""
        limit = self._page
        while True:
            events = await self._log.read(after=after, limit=limit)
            page = sent_together(events, goes_on=len(events) == limit)
            if page or not events:
                break
            limit *= 2
        kept = [sent for sent in page if until is None or sent.last <= until]
        return kept, {event.position: event.recorded_at for event in events}

    async def _fold(
        self, targets: Sequence[Target], page: Sequence[Sent]
    ) -> tuple[Mapping[str, Batch], Sequence[Target], dict[str, str]]:
        """Fold all that can be; a projection that meets an event it cannot fold is given what stands before."""
        stopped: dict[str, str] = {}
        while True:
            try:
                return await self._fold_page(targets, page), targets, stopped
            except PoisonError as poison:
                before = [_stopped(target, poison) for target in targets]
                if before == targets:
                    raise
                targets = before
                stopped |= dict.fromkeys(poison.projections, str(poison))

    async def _fold_page(self, targets: Sequence[Target], page: Sequence[Sent]) -> Mapping[str, Batch]:
        fold = PageFold(self._catalogue, targets)
        concerned = [(sent, fold.concerned(sent)) for sent in page]
        for some in _chunks([(sent, streams) for sent, streams in concerned if streams], _REQUESTS_AT_ONCE):
            subjects = await self._load(fold, some)
            for sent, _ in some:
                fold.take(subjects, sent)
            for subject in subjects.values():
                self._subjects.keep(subject)
        return fold.batches

    async def _load(self, fold: PageFold, page: Sequence[tuple[Sent, Sequence[str]]]) -> Mapping[str, Subject]:
        """Give each stream as it stood just before its first event of these requests."""
        found: dict[str, Subject] = {}
        missing: dict[str, Sent] = {}
        for sent, streams in page:
            for stream in streams:
                if stream not in found and stream not in missing:
                    kept = self._subjects.take(stream)
                    version = sent.streams[stream][0].recorded.version - 1
                    if version == 0:
                        found[stream] = Subject(stream)
                    elif kept is not None and kept.version == version:
                        found[stream] = kept
                    else:
                        missing[stream] = sent
        if missing:
            before = min(sent.first for sent in missing.values()) - 1
            for stream, told in (await self._log.read_streams(list(missing), up_to=before)).items():
                found[stream] = fold.recall(stream, missing[stream], told)
        return found

    async def _move(
        self,
        connection: Connection,
        targets: Sequence[Target],
        stopped: Mapping[str, str],
        recorded_at: Mapping[int, datetime],
    ) -> None:
        names = [target.projection.name for target in targets]
        moves = {
            "names": names,
            "generations": [target.generation for target in targets],
            "positions": [target.until for target in targets],
            "recorded_at": [recorded_at.get(target.until) for target in targets],
            "states": ["stopped" if name in stopped else None for name in names],
            "reasons": [stopped.get(name) for name in names],
        }
        await connection.execute(_SQL["move"], moves)


def _stopped(target: Target, poison: PoisonError) -> Target:
    if target.projection.name not in poison.projections:
        return target
    return structs.replace(target, until=max(target.position, min(target.until, poison.before)))


def _unmoved(target: Target) -> Target:
    return structs.replace(target, until=target.position)


def _chunks(page: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (page[start : start + size] for start in range(0, len(page), size))


class _Kept:
    """Folded streams, those used last, bounded by the number of events that they were folded from."""

    def __init__(self, events_max: int) -> None:
        self._events_max = events_max
        self._events = 0
        self._subjects: OrderedDict[str, Subject] = OrderedDict()

    def take(self, stream: str) -> Subject | None:
        """Give a subject away: whoever folds it further brings it back, or it is forgotten."""
        subject = self._subjects.pop(stream, None)
        if subject is not None:
            self._events -= subject.version
        return subject

    def keep(self, subject: Subject) -> None:
        self.take(subject.stream)
        self._subjects[subject.stream] = subject
        self._events += subject.version
        while self._events > self._events_max:
            self.take(next(iter(self._subjects)))

    def clear(self) -> None:
        self._subjects.clear()
        self._events = 0

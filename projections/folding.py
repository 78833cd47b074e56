"""Reading the log page after page, and folding each page for the projections that are driven."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, structs

from events.log import EventLog, RecordedEvent
from projections.diff import Batch
from projections.page import PageFold, Parked, Step, Target
from projections.sent import Sent, sent_together
from projections.subjects import Catalogue, Subject

TRIES = 3
"""How often a page in which something cannot be folded is folded before streams are parked.

A fold is pure: what fails again on streams that are read anew fails for ever, and the third try is for a fault that
passes, of the memory or of the database that a stream is read from.
"""

_AGAIN_AFTER_S = 0.05
_REQUESTS_AT_ONCE = 200
_REQUESTS_WITHOUT_PAUSE = 20
# Bounds the folded streams that are kept between pages.
_KEPT_EVENTS = 5_000


class Folded(Struct, frozen=True):
    """A page: what it changes for each target up to its `until`, and what is parked and waits.

    The targets know of what the page parked. `numbers` tells the streams of the numbers in rows, `recorded_at` when
    each position of the page was; `goes_on` tells that the page was full.
    """

    targets: Sequence[Target]
    batches: Mapping[str, Batch]
    parked: Sequence[Parked]
    waiting: Sequence[Step]
    numbers: Mapping[int, str]
    page: Sequence[Sent]
    recorded_at: Mapping[int, datetime]
    goes_on: bool


class Folder:
    """Folds pages of the log, one after the other; the streams used last are kept from page to page.

    `page` is about how many events are folded at once. `pause` is awaited every few milliseconds of folding, so that
    whatever else the process does goes on, and for some seconds before a fold is tried again.
    """

    def __init__(
        self, log: EventLog, catalogue: Catalogue, *, page: int, pause: Callable[[float], Awaitable[object]]
    ) -> None:
        """Keep the parts."""
        self._log = log
        self._catalogue = catalogue
        self._page = page
        self._pause = pause
        self._subjects = _Kept(_KEPT_EVENTS)

    def forget(self) -> None:
        """Forget the streams: what was folded may be undone, or come from a log that a failover took back."""
        self._subjects.clear()

    async def fold(
        self, targets: Sequence[Target], until: int | None, events: Sequence[RecordedEvent] | None = None
    ) -> Folded:
        """Fold the page that follows the target furthest behind, up to a position; see TRIES.

        `events` are all that follow, where they are there already.
        """
        after = min(target.position for target in targets)
        page, recorded_at, goes_on = await self._read(after, until, events)
        last = page[-1].last if page else after
        targets = [structs.replace(target, until=max(target.position, last)) for target in targets]
        fold = await self._fold(targets, page)
        for _ in range(TRIES - 1):
            if all(one.certain for one in fold.parked):
                break
            self.forget()
            await self._pause(_AGAIN_AFTER_S)
            fold = await self._fold(targets, page)
        targets = [_parking(target, fold.parked) for target in targets]
        return Folded(targets, fold.batches, fold.parked, fold.waiting, fold.numbers, page, recorded_at, goes_on)

    async def _read(
        self, after: int, until: int | None, given: Sequence[RecordedEvent] | None
    ) -> tuple[Sequence[Sent], Mapping[int, datetime], bool]:
        """Give a page of whole requests, when each position was recorded, and whether there may be more."""
        limit = self._page
        while True:
            events = given or await self._log.read(after=after, limit=limit)
            page = sent_together(events, goes_on=len(events) == limit)
            if page or not events:
                break
            limit *= 2
        kept = [sent for sent in page if until is None or sent.last <= until]
        goes_on = len(events) == limit and len(kept) == len(page)
        return kept, {event.position: event.recorded_at for event in events}, goes_on

    async def _fold(self, targets: Sequence[Target], page: Sequence[Sent]) -> PageFold:
        fold = PageFold(self._catalogue, targets)
        concerned = [(sent, fold.concerned(sent)) for sent in page]
        for start in range(0, len(concerned), _REQUESTS_AT_ONCE):
            some = concerned[start : start + _REQUESTS_AT_ONCE]
            subjects = await self._load(fold, some)
            for nth, (sent, _) in enumerate(some, 1):
                fold.take(subjects, sent)
                if nth % _REQUESTS_WITHOUT_PAUSE == 0:
                    await self._pause(0)
            for subject in subjects.values():
                self._subjects.keep(subject)
        return fold

    async def _load(self, fold: PageFold, page: Sequence[tuple[Sent, Sequence[str]]]) -> dict[str, Subject]:
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
                subject = fold.recall(stream, told)
                if subject is not None:
                    found[stream] = subject
        return found


def _parking(target: Target, parked: Sequence[Parked]) -> Target:
    more = [one.stream for one in parked if one.projection == target.projection.name]
    return structs.replace(target, parked=target.parked.union(more)) if more else target


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

"""A page of the log folded into what it changes in the tables, pure: the same events give the same changes."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from events.codec import UnreadableEventError
from events.log import RecordedEvent
from projections.diff import Batch, Standing
from projections.sent import Sent, Told
from projections.subjects import Catalogue, Projection, Subject, UnknownStreamError, category_of

_NO_ROWS: Standing = {}
# What this release cannot read it will not be able to at the next try either.
_CERTAIN = (UnreadableEventError, UnknownStreamError)


class Target(Struct, frozen=True):
    """A generation of a projection, the last position folded into it, and the last one to fold now.

    `parked` are the streams that it does not fold.
    """

    projection: Projection
    generation: int
    position: int
    until: int
    parked: frozenset[str] = frozenset()

    @property
    def schema(self) -> str:
        """The schema that holds this generation's tables."""
        return f"{self.projection.name.replace('-', '_')}_g{self.generation}"

    def takes(self, position: int) -> bool:
        """Tell whether an event at that position is to be folded now."""
        return self.position < position <= self.until


class Parked(Struct, frozen=True):
    """A stream that a projection cannot fold on: its first position, the event that it stops at, and why.

    `certain` tells that trying again is of no use to this release.
    """

    projection: str
    stream: str
    number: int
    position: int
    reason: str
    certain: bool = False


class Step(Struct, frozen=True):
    """What one request told of a parked stream, which waits: the first and the last position of the request."""

    projection: str
    stream: str
    first: int
    last: int


class PageFold:
    """Takes requests one by one, each stream's in its order, and gathers what they change for each target.

    What was sent together is one step: its rows begin and end to hold at its last position. Nobody ever saw the log
    end inside a request, so at a position there the tables answer as before it.

    A stream with an event that a projection cannot fold is `parked` for it from that step on; its steps are `waiting`,
    and everything else goes on. `numbers` tells the streams of the numbers that stand in rows.
    """

    def __init__(self, catalogue: Catalogue, targets: Sequence[Target]) -> None:
        """Begin with no change."""
        self._catalogue = catalogue
        self._targets = {target.projection.name: target for target in targets}
        self._by_category: dict[str, Sequence[Target]] = {}
        self._last = max((target.until for target in targets), default=0)
        self._out: dict[str, set[str]] = {}
        for target in targets:
            for stream in target.parked:
                self._out.setdefault(stream, set()).add(target.projection.name)
        self._dead: dict[str, tuple[int, Exception]] = {}
        self.batches = {name: Batch(target.projection.tables) for name, target in self._targets.items()}
        self.numbers: dict[int, str] = {}
        self.parked: list[Parked] = []
        self.waiting: list[Step] = []

    def concerned(self, sent: Sent) -> Sequence[str]:
        """Give the streams of a request that a target will fold now or may fold later events of."""
        if sent.last > self._last:
            return ()
        return [stream for stream in sent.streams if self._ahead(stream, sent) and stream not in self._dead]

    def recall(self, stream: str, told: Sequence[RecordedEvent]) -> Subject | None:
        """Give a stream's subject after all that its stream told; None where that cannot be folded any more."""
        subject = Subject(stream)
        try:
            subject.take([Told(one, None) for one in told])
        except Exception as error:  # noqa: BLE001 -- whatever it is, this stream alone must wait for it
            self._dead[stream] = (told[0].position, error)
            return None
        return subject

    def take(self, subjects: dict[str, Subject], sent: Sent) -> None:
        """Fold what was sent together, given the subjects of the concerned streams as they stand just before it.

        A subject that cannot be used again is taken out of the subjects.
        """
        for stream, step in sent.streams.items():
            out = self._out.get(stream)
            if out:
                self._wait([target for name in out if (target := self._targets[name]).takes(sent.last)], stream, sent)
            ahead = self._ahead(stream, sent)
            if not ahead:
                continue
            folding = [target for target in ahead if target.takes(sent.last)]
            if stream in self._dead:
                number, error = self._dead[stream]
                self._park(folding, number, step[0].recorded, sent, error)
            elif not self._step(subjects[stream], folding, sent, step):
                del subjects[stream]

    def _step(self, subject: Subject, folding: Sequence[Target], sent: Sent, step: Sequence[Told]) -> bool:
        """Fold a step of a stream; tells whether its subject can be used again."""
        last = step[-1].recorded
        before = [self._rows(subject, target, sent, last) if subject.version else _NO_ROWS for target in folding]
        version = subject.version
        try:
            subject.take(step)
        except Exception as error:  # noqa: BLE001 -- whatever it is, this stream alone must wait for it
            self._dead[subject.stream] = (subject.number, error)
            left = [target for target, rows in zip(folding, before, strict=True) if rows is not None]
            self._park(left, subject.number, step[subject.version - version].recorded, sent, error)
            return False
        self.numbers[subject.number] = subject.stream
        for target, rows in zip(folding, before, strict=True):
            after = None if rows is None else self._rows(subject, target, sent, last)
            if rows is not None and after is not None and (rows or after):
                self.batches[target.projection.name].change(subject.number, rows, after, sent.last)
        return True

    def _rows(self, subject: Subject, target: Target, sent: Sent, last: RecordedEvent) -> Standing | None:
        """Give the subject's rows, None where they cannot be derived and the stream is parked for the target."""
        try:
            return subject.standing(target.projection)
        except Exception as error:  # noqa: BLE001 -- whatever it is, this stream alone must wait for it
            self._park([target], subject.number, last, sent, error)
            return None

    def _park(self, targets: Sequence[Target], number: int, event: RecordedEvent, sent: Sent, error: Exception) -> None:
        reason = f"position {event.position} ({event.type} on {event.stream}): {type(error).__name__}: {error}"
        for target in targets:
            name = target.projection.name
            self._out.setdefault(event.stream, set()).add(name)
            found = Parked(
                name, event.stream, number or event.position, event.position, reason, isinstance(error, _CERTAIN)
            )
            self.parked.append(found)
        self._wait(targets, event.stream, sent)

    def _wait(self, targets: Sequence[Target], stream: str, sent: Sent) -> None:
        self.waiting += [Step(target.projection.name, stream, sent.first, sent.last) for target in targets]

    def _ahead(self, stream: str, sent: Sent) -> list[Target]:
        out: Collection[str] = self._out.get(stream, ())
        return [
            target
            for target in self._folding(stream)
            if sent.last <= target.until and target.projection.name not in out
        ]

    def _folding(self, stream: str) -> Sequence[Target]:
        """Give the targets whose projection folds streams like this one; all, where nobody knows whether they do."""
        category = category_of(stream)
        found = self._by_category.get(category)
        if found is None:
            try:
                concerned = self._catalogue.concerned(stream)
            except UnknownStreamError as error:
                self._dead[stream] = (0, error)
                return list(self._targets.values())
            found = [self._targets[one.name] for one in concerned if one.name in self._targets]
            self._by_category[category] = found
        return found

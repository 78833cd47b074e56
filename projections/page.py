"""A page of the log folded into what it changes in the tables, pure: the same events give the same changes."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from events.log import RecordedEvent
from projections.diff import Batch, Standing
from projections.sent import Sent, Told
from projections.subjects import Catalogue, Projection, Subject, category_of

_NO_ROWS: Standing = {}


class Target(Struct, frozen=True):
    """A generation of a projection, the last position folded into it, and the last one to fold now."""

    projection: Projection
    generation: int
    position: int
    until: int

    @property
    def schema(self) -> str:
        """The schema that holds this generation's tables."""
        return f"{self.projection.name.replace('-', '_')}_g{self.generation}"

    def takes(self, position: int) -> bool:
        """Tell whether an event at that position is to be folded now."""
        return self.position < position <= self.until


class PoisonError(Exception):
    """An event cannot be folded; the projections that it concerns must stop before it and all sent with it.

    `before` is the last position that they can be given.
    """

    def __init__(self, event: RecordedEvent, sent: Sent, projections: Iterable[str], reason: str) -> None:
        """Keep the event, the names of the projections and what went wrong."""
        super().__init__(f"position {event.position} ({event.type} on {event.stream}): {reason}")
        self.event = event
        self.before = sent.first - 1
        self.projections = frozenset(projections)


class PageFold:
    """Takes requests one by one, each stream's in its order, and gathers what they change for each target.

    What was sent together is one step: its rows begin and end to hold at its last position. Nobody ever saw the log
    end inside a request, so at a position there the tables answer as before it.
    """

    def __init__(self, catalogue: Catalogue, targets: Sequence[Target]) -> None:
        """Begin with no change."""
        self._catalogue = catalogue
        self._targets = {target.projection.name: target for target in targets}
        self._by_category: dict[str, Sequence[Target]] = {}
        self._last = max((target.until for target in targets), default=0)
        self.batches = {name: Batch(target.projection.tables) for name, target in self._targets.items()}

    def concerned(self, sent: Sent) -> Sequence[str]:
        """Give the streams of a request that a target will fold now or may fold later events of."""
        if sent.last > self._last:
            return ()
        return [stream for stream in sent.streams if self._ahead(stream, sent)]

    def recall(self, stream: str, sent: Sent, told: Sequence[RecordedEvent]) -> Subject:
        """Give a stream's subject as it stood before a request, from all that its stream told by then.

        Raises PoisonError where that cannot be folded any more.
        """
        subject = Subject(stream)
        try:
            subject.take([Told(one, None) for one in told])
        except Exception as error:
            event = sent.streams[stream][0].recorded
            raise PoisonError(event, sent, _names(self._folding(stream, sent)), _reason(error)) from error
        return subject

    def take(self, subjects: Mapping[str, Subject], sent: Sent) -> None:
        """Fold what was sent together, given the subjects of the concerned streams as they stand just before it.

        Raises PoisonError; the subjects must not be used again after it.
        """
        for stream, step in sent.streams.items():
            ahead = self._ahead(stream, sent)
            if ahead:
                self._step(subjects[stream], ahead, sent, step)

    def _step(self, subject: Subject, ahead: Sequence[Target], sent: Sent, step: Sequence[Told]) -> None:
        folding = [target for target in ahead if target.takes(sent.last)]
        before = [_rows(subject, target, sent) if subject.version else _NO_ROWS for target in folding]
        version = subject.version
        try:
            subject.take(step)
        except Exception as error:
            event = step[subject.version - version].recorded
            raise PoisonError(event, sent, _names(ahead), _reason(error)) from error
        for target, rows in zip(folding, before, strict=True):
            after = _rows(subject, target, sent)
            if rows or after:
                self.batches[target.projection.name].change(subject.number, rows, after, sent.last)

    def _ahead(self, stream: str, sent: Sent) -> list[Target]:
        return [target for target in self._folding(stream, sent) if sent.last <= target.until]

    def _folding(self, stream: str, sent: Sent) -> Sequence[Target]:
        """Give the targets whose projection folds streams like this one."""
        category = category_of(stream)
        found = self._by_category.get(category)
        if found is None:
            try:
                concerned = self._catalogue.concerned(stream)
            except Exception as error:
                raise PoisonError(sent.streams[stream][0].recorded, sent, self._targets, _reason(error)) from error
            found = [self._targets[one.name] for one in concerned if one.name in self._targets]
            self._by_category[category] = found
        return found


def _rows(subject: Subject, target: Target, sent: Sent) -> Standing:
    try:
        return subject.standing(target.projection)
    except Exception as error:
        event = sent.streams[subject.stream][-1].recorded
        raise PoisonError(event, sent, [target.projection.name], _reason(error)) from error


def _names(targets: Iterable[Target]) -> list[str]:
    return [target.projection.name for target in targets]


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"

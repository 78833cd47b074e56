"""A page of the log folded into what it changes in the tables, pure: the same events give the same changes."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from events.log import RecordedEvent
from projections.diff import Batch, Standing
from projections.subjects import Catalogue, Projection, Subject


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
    """An event cannot be folded; the projections that it concerns must stop before it."""

    def __init__(self, event: RecordedEvent, projections: Iterable[str], reason: str) -> None:
        """Keep the event, the names of the projections and what went wrong."""
        super().__init__(f"position {event.position} ({event.type} on {event.stream}): {reason}")
        self.event = event
        self.projections = frozenset(projections)


class PageFold:
    """Takes events one by one, each stream's in its order, and gathers what they change for each target."""

    def __init__(self, catalogue: Catalogue, targets: Sequence[Target]) -> None:
        """Begin with no change."""
        self._catalogue = catalogue
        self._targets = {target.projection.name: target for target in targets}
        self.batches = {name: Batch(target.projection.tables) for name, target in self._targets.items()}

    def concerned(self, event: RecordedEvent) -> bool:
        """Tell whether a target will fold this event or may fold a later one of its stream."""
        return any(event.position <= target.until for target in self._folding(event))

    def recall(self, event: RecordedEvent, told: Sequence[RecordedEvent]) -> Subject:
        """Give an event's subject as it stood before the page, from all that its stream told by then.

        Raises PoisonError where that cannot be folded any more.
        """
        subject = Subject(event.stream)
        try:
            for one in told:
                subject.take(one)
        except Exception as error:
            raise PoisonError(event, _names(self._folding(event)), _reason(error)) from error
        return subject

    def take(self, subject: Subject, event: RecordedEvent) -> None:
        """Fold one event of a subject that stands just before it; raises PoisonError.

        The subject must not be used again after an error.
        """
        folding = [target for target in self._folding(event) if target.takes(event.position)]
        before = {target.projection.name: _rows(subject, target, event) for target in folding}
        try:
            subject.take(event)
        except Exception as error:
            ahead = [target for target in self._folding(event) if event.position <= target.until]
            raise PoisonError(event, _names(ahead), _reason(error)) from error
        self._change(subject, folding, before, event)

    def _change(
        self, subject: Subject, folding: Sequence[Target], before: Mapping[str, Standing], event: RecordedEvent
    ) -> None:
        for target in folding:
            name = target.projection.name
            after = _rows(subject, target, event)
            self.batches[name].change(subject.number, before[name], after, event.position)

    def _folding(self, event: RecordedEvent) -> list[Target]:
        """Give the targets whose projection folds streams like this event's."""
        try:
            concerned = self._catalogue.concerned(event.stream)
        except Exception as error:
            raise PoisonError(event, self._targets, _reason(error)) from error
        return [self._targets[one.name] for one in concerned if one.name in self._targets]


def _rows(subject: Subject, target: Target, event: RecordedEvent) -> Standing:
    try:
        return subject.standing(target.projection)
    except Exception as error:
        raise PoisonError(event, [target.projection.name], _reason(error)) from error


def _names(targets: Iterable[Target]) -> list[str]:
    return [target.projection.name for target in targets]


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"

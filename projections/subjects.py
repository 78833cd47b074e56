"""What a stream tells of, folded event by event, and the rows that it has in each projection."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, cast

from msgspec import Struct

from events import occurrence, registry
from events.codec import Event, decode
from events.known import Segment, segments
from events.log import RecordedEvent
from events.occurrence import At, Occurrence
from events.occurrence_events import OccurrenceEvent, OccurrenceReported
from events.publication import published_at
from events.registry import Registered
from events.registry_events import RegistryEvent
from events.times import FOREVER
from projections.diff import EVER, Standing, always, over_time
from projections.sent import Told
from projections.table import OccurrenceProjection, RegistryProjection, Row, Table

OCCURRENCES = "occurrence"
REGISTRIES = frozenset({"party", "place", "source", "report"})

Projection: TypeAlias = OccurrenceProjection | RegistryProjection


class Catalogue(Struct, frozen=True):
    """The projections that there are; their names and the names of their tables are unique."""

    registries: tuple[RegistryProjection, ...]
    occurrences: tuple[OccurrenceProjection, ...]

    @property
    def projections(self) -> tuple[Projection, ...]:
        """All of them, the registries first."""
        return (*self.registries, *self.occurrences)

    def named(self, name: str) -> Projection:
        """Give the projection of that name; raises KeyError."""
        return {projection.name: projection for projection in self.projections}[name]

    def tables(self, names: Sequence[str]) -> tuple[Table, ...]:
        """Give the tables of the projections named; raises KeyError."""
        return tuple(table for name in names for table in self.named(name).tables)

    def concerned(self, stream: str) -> tuple[Projection, ...]:
        """Give the projections that fold a stream; raises UnknownStreamError where nobody knows its category."""
        category = category_of(stream)
        if category == OCCURRENCES:
            return self.occurrences
        if category in REGISTRIES:
            return self.registries
        raise UnknownStreamError(stream)


def category_of(stream: str) -> str:
    """Give what a stream's name begins with: occurrence, party, place, source or report."""
    return stream.partition("-")[0]


class UnknownStreamError(Exception):
    """The log holds a stream of a category that this release does not know; upgrade to read it."""

    def __init__(self, stream: str) -> None:
        """Keep the stream."""
        super().__init__(f"stream {stream} is of a category that is unknown here")
        self.stream = stream


class OutOfOrderError(Exception):
    """An event does not follow the one that its stream was folded up to."""

    def __init__(self, event: RecordedEvent, version: int) -> None:
        """Keep the event, and the version that the stream was folded up to."""
        super().__init__(f"position {event.position}: {event.stream} version {event.version} after version {version}")
        self.event = event
        self.version = version


class _Derived(Struct, frozen=True):
    """The rows of a subject in one projection at one of its versions: span after span, and merged."""

    version: int
    spans: Sequence[tuple[datetime, datetime, Sequence[Row]]]
    standing: Standing


class Subject:
    """One stream's state after the steps taken so far; its rows are kept for as long as it is unchanged."""

    def __init__(self, stream: str) -> None:
        """Begin before the stream's first event."""
        self.stream = stream
        self.id = stream.partition("-")[2]
        self.version = 0
        self._state: Occurrence | Registered | None = None
        self._before = 0
        self._since = EVER
        self._segments: tuple[int, datetime, Sequence[Segment]] = (0, EVER, ())
        self._derived: dict[str, _Derived] = {}

    @property
    def number(self) -> int:
        """The first position of the stream, by which tables know the subject."""
        return 0 if self._state is None else self._state.number

    def take(self, step: Sequence[Told]) -> None:
        """Fold the stream's next events in one step; after any error the subject must not be used again.

        Raises OutOfOrderError, UnreadableEventError, and ValueError or KeyError for a history that no decision could
        have written.
        """
        self._before = self.version
        self._since = FOREVER
        for one in step:
            self._take(one.recorded, decode(one.recorded) if one.said is None else one.said)

    def _take(self, event: RecordedEvent, said: Event) -> None:
        if event.version != self.version + 1:
            raise OutOfOrderError(event, self.version)
        at = At(event.position, event.recorded_at)
        state = self._state
        if isinstance(state, Occurrence):
            self._state = occurrence.evolve(state, cast("OccurrenceEvent", said), at)
            self._since = min(self._since, published_at(cast("OccurrenceEvent", said), event.recorded_at) or EVER)
        elif state is not None:
            self._state = registry.evolve(state, cast("RegistryEvent", said), at)
        elif isinstance(said, OccurrenceReported):
            self._state = occurrence.begin(self.id, said, at)
        else:
            self._state = registry.begin(self.id, cast("RegistryEvent", said), at)
        self.version = event.version

    def standing(self, projection: Projection) -> Standing:
        """Give the rows that the subject has in a projection, over all of published time.

        Raises whatever the projection's `rows` raises, and DoubleRowError.
        """
        derived = self._derived.get(projection.name)
        if derived is None or derived.version != self.version:
            derived = self._derive(projection, derived)
            self._derived[projection.name] = derived
        return derived.standing

    def _derive(self, projection: Projection, former: _Derived | None) -> _Derived:
        match self._state:
            case None:
                return _Derived(0, (), {})
            case Occurrence() as state:
                return self._derive_spans(cast("OccurrenceProjection", projection), state, former)
            case state:
                return _Derived(self.version, (), always(cast("RegistryProjection", projection).rows(state)))

    def _derive_spans(self, projection: OccurrenceProjection, state: Occurrence, former: _Derived | None) -> _Derived:
        """Derive anew only what the last step bears on: nothing before any of it was made known."""
        since, kept = EVER, list[tuple[datetime, datetime, Sequence[Row]]]()
        if former is not None and former.version and former.version == self._before:
            since = self._since
            kept = [(start, min(end, since), rows) for start, end, rows in former.spans if start < since]
        for one in self._known(state, since):
            rows = tuple(projection.rows(one.view))
            if kept and kept[-1][1] == one.known_from and kept[-1][2] == rows:
                kept[-1] = (kept[-1][0], one.known_to, rows)
            else:
                kept.append((one.known_from, one.known_to, rows))
        return _Derived(self.version, kept, over_time(kept))

    def _known(self, state: Occurrence, since: datetime) -> Sequence[Segment]:
        """Cut the occurrence into spans once for all projections."""
        version, start, known = self._segments
        if (version, start) != (self.version, since):
            known = segments(state, since)
            self._segments = (self.version, since, known)
        return known

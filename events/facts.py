"""Reading from the log what a decision needs."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from events import registry_requests as registry
from events import requests as asked
from events.codec import MisplacedEventError, decode
from events.command import Command
from events.decision import Facts
from events.details import ControlChange
from events.log import EventLog, RecordedEvent
from events.names import fold
from events.occurrence import At, Occurrence
from events.occurrence import begin as begin_occurrence
from events.occurrence import evolve as evolve_occurrence
from events.occurrence_events import OccurrenceEvent, OccurrenceReported
from events.references import Reference
from events.registry import Party, Place, Registered, Report, Source
from events.registry import begin as begin_registered
from events.registry import evolve as evolve_registered
from events.registry_events import RegistryEvent

Stream = Sequence[RecordedEvent]


def fold_occurrence(events: Stream) -> Occurrence:
    """Fold an occurrence from its whole stream, or from the part of it up to a position.

    Raises UnreadableEventError, also where an event belongs to a history that no decision could have written.
    """
    name = events[0].stream.removeprefix("occurrence-")
    first = decode(events[0])
    if not isinstance(first, OccurrenceReported):
        raise MisplacedEventError(events[0])
    state = begin_occurrence(name, first, At(events[0].position, events[0].recorded_at))
    for event in events[1:]:
        state = _occurrence_after(state, event)
    return state


def fold_registered(events: Stream) -> Registered:
    """Fold a party, place, source or report from its stream; raises UnreadableEventError as fold_occurrence does."""
    state: Registered | None = None
    for event in events:
        state = _registered_after(state, event)
    if state is None:
        raise ValueError("a stream without events")
    return state


class Folded:
    """Folds streams, and goes on from where it left off when they are longer the next time.

    What it gives is good until the same stream is folded again.
    """

    def __init__(self) -> None:
        """Begin with nothing folded."""
        self._states: dict[str, Occurrence | Registered] = {}

    def fold(self, stream: str, events: Stream) -> Occurrence | Registered:
        """Give what a stream tells of; its events are those of the last time, and perhaps more.

        Raises UnreadableEventError, again each time: a state that an event was half taken into is not kept.
        """
        state = self._states.pop(stream, None)
        if state is None or state.version > len(events):
            state = fold_occurrence(events) if stream.startswith("occurrence-") else fold_registered(events)
        for event in events[state.version :]:
            if isinstance(state, Occurrence):
                state = _occurrence_after(state, event)
            else:
                state = _registered_after(state, event)
        self._states[stream] = state
        return state


def _occurrence_after(state: Occurrence, event: RecordedEvent) -> Occurrence:
    said = decode(event)
    if not isinstance(said, OccurrenceEvent):
        raise MisplacedEventError(event)
    try:
        return evolve_occurrence(state, said, At(event.position, event.recorded_at))
    except (KeyError, ValueError) as error:
        raise MisplacedEventError(event) from error


def _registered_after(state: Registered | None, event: RecordedEvent) -> Registered:
    said = decode(event)
    if not isinstance(said, RegistryEvent):
        raise MisplacedEventError(event)
    at = At(event.position, event.recorded_at)
    try:
        if state is None:
            return begin_registered(event.stream.partition("-")[2], said, at)
        return evolve_registered(state, said, at)
    except (KeyError, ValueError) as error:
        raise MisplacedEventError(event) from error


class Read(Struct):
    """The streams read so far for one decision."""

    folded: Folded
    streams: dict[str, Stream]
    occurrences: dict[str, Occurrence]
    places: dict[str, Place]
    reports: dict[str, Report]
    sources: dict[str, Source]
    parties: dict[str, Party]

    def take(self, streams: Mapping[str, Stream]) -> None:
        """Fold further streams."""
        self.streams.update(streams)
        for stream, events in streams.items():
            if not events:
                continue
            name = stream.partition("-")[2]
            match self.folded.fold(stream, events):
                case Occurrence() as occurrence:
                    self.occurrences[name] = occurrence
                case Place() as place:
                    self.places[name] = place
                case Report() as report:
                    self.reports[name] = report
                case Source() as source:
                    self.sources[name] = source
                case Party() as party:
                    self.parties[name] = party


class FactReader:
    """Reads the facts of a decision: in one batched look-up, and further ones only where something leads on."""

    def __init__(self, log: EventLog, folded: Folded | None = None) -> None:
        """Read from this log; `folded` is what is remembered from one decision to the next, nothing if left out."""
        self._log = log
        self._folded = folded

    async def read(
        self, command: Command, subject_stream: str | None, new_streams: Sequence[str], suffix: str
    ) -> Facts:
        """Read what a command refers to, its subject, and the streams that it may begin."""
        found = command.references
        read = Read(self._folded or Folded(), {}, {}, {}, {}, {}, {})
        wanted = {ref.stream for ref in found} | set(new_streams) | ({subject_stream} if subject_stream else set[str]())
        await self._fetch(read, wanted)
        named = await self._named(read, command.body, command.hidden)
        await self._follow(read, command.body)
        hidden = frozenset(_hidden(command, read))
        missing = [ref for ref in found if not read.streams.get(ref.stream) or ref.stream in hidden]
        return Facts(
            versions={stream: len(events) for stream, events in read.streams.items()},
            occurrences=read.occurrences,
            places=read.places,
            reports=read.reports,
            sources=read.sources,
            parties={name: party.said.member_of for name, party in read.parties.items()},
            named=named,
            nearest={ref: await self._nearest(ref) for ref in missing},
            suffix=suffix,
            hidden=hidden,
        )

    async def _fetch(self, read: Read, streams: Iterable[str]) -> None:
        wanted = sorted(set(streams) - read.streams.keys())
        if wanted:
            read.take(await self._log.read_streams(wanted))

    async def _named(self, read: Read, body: object, hidden: Collection[str]) -> dict[str, list[Place]]:
        """Find the places that the request gives by name, with what they lie in where that tells them apart."""
        refs = place_refs(body)
        folded = sorted({fold(ref.name) for ref in refs if ref.name is not None})
        if not folded:
            return {}
        ids = await self._log.places_named(folded)
        await self._fetch(read, (f"place-{place}" for places in ids.values() for place in places))
        if any(ref.parent is not None for ref in refs):
            await self._fetch_all(read, lambda: (up for place in read.places.values() for up in _place_parents(place)))
        return {
            name: [read.places[place] for place in sorted(places) if f"place-{place}" not in hidden]
            for name, places in ids.items()
        }

    async def _follow(self, read: Read, body: object) -> None:
        """Follow chains to their end where a decision must see that they do not close into a circle."""
        match body:
            case registry.AmendPlace():
                await self._fetch_all(read, lambda: (up for one in read.places.values() for up in _place_parents(one)))
            case registry.AmendParty():
                await self._fetch_all(
                    read, lambda: (f"party-{up}" for one in read.parties.values() for up in one.said.member_of)
                )
            case registry.AmendReport():
                await self._fetch_all(read, lambda: (up for one in read.reports.values() for up in _originals(one)))
            case asked.UnmergeOccurrence():
                merged = [one.merged_into for one in read.occurrences.values()]
                await self._fetch(read, (f"occurrence-{into}" for into in merged if into is not None))
            case asked.AmendOccurrence():
                # The time is read in the zone of the place, which the request need not name.
                places = [at.place or at.parent for one in read.occurrences.values() for at in one.places]
                changes = (one.details for one in read.occurrences.values())
                places += [place for one in changes if isinstance(one, ControlChange) for place in one.named]
                await self._fetch(read, (f"place-{place}" for place in places if place is not None))
            case _:
                return

    async def _fetch_all(self, read: Read, further: Callable[[], Iterable[str]]) -> None:
        while wanted := set(further()) - read.streams.keys():
            await self._fetch(read, wanted)

    async def _nearest(self, ref: Reference) -> tuple[str, ...]:
        category = ref.stream.partition("-")[0]
        near = await self._log.nearest(ref.stream)
        return tuple(stream.removeprefix(f"{category}-") for stream in near)


def _hidden(command: Command, read: Read) -> Iterable[str]:
    """Give the occurrences and reports that are hidden from who sends a request; what they told themselves is not."""
    told = {f"occurrence-{name}": one.reported.request for name, one in read.occurrences.items()}
    told |= {f"report-{name}": one.said.request for name, one in read.reports.items()}
    for stream in told.keys() & command.hidden:
        request = told[stream]
        if request is None or request.by != command.by:
            yield stream


def _place_parents(place: Place) -> list[str]:
    return [f"place-{up}" for up in (*place.said.within, place.said.parent) if up]


def _originals(report: Report) -> list[str]:
    return [f"report-{report.said.translation_of}"] if report.said.translation_of else []


def place_refs(body: object) -> tuple[asked.PlaceRef, ...]:
    """Give the places that a request names in a role."""
    match body:
        case asked.OccurrenceBody():
            return body.places
        case asked.AmendOccurrence():
            return body.changes.places or ()
        case _:
            return ()

"""Commands taken straight into a log, many at a time, and what is known there."""

from collections.abc import AsyncIterator, Mapping, Sequence

from msgspec.structs import replace

from events.bulk import BulkRecorder
from events.bulk import Taken as Recorded
from events.codec import UnreadableEventError
from events.command import Command
from events.facts import fold_occurrence, fold_registered
from events.log import ListedLog, LogError, RecordedEvent
from events.occurrence import Occurrence
from events.recorder import Ids, Receipt
from events.refusals import AlreadyRetractedError, ExternalIdTakenError, FaultyError, UnknownError
from events.registry import Party, Place
from events.registry_requests import AmendPlace
from services.imports.bodies import BY
from services.imports.limits import broken_limit
from services.imports.sink import Outcome, Refused, Taken
from services.imports.wanted import KnownParty, KnownPlace

_PAGE = 1000


class LogSink:
    """Implements Sink and Registry over a log. Places, without their outlines, and parties are read once and kept."""

    def __init__(self, log: ListedLog, ids: Ids) -> None:
        """Record into this log, with fresh ids from there."""
        self._log = log
        self._recorder = BulkRecorder(log, ids)
        self._places: dict[str, Place] = {}
        self._outlined: set[str] = set()
        self._parties: dict[str, Party] = {}

    async def send(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        """Take commands in their order; raises the LogError where the log does not answer.

        What would break a limit is not recorded: it could not be read again.
        """
        broken = [broken_limit(one) for one in commands]
        sound = [one for one, limit in zip(commands, broken, strict=True) if limit is None]
        taken = iter(await self._recorder.record(sound))
        outcomes = [_outcome(next(taken)) if limit is None else Refused(limit) for limit in broken]
        for one in commands:
            if isinstance(one.body, AmendPlace):
                self._places.pop(one.subject or "", None)
        return outcomes

    async def places_named(self, names: Sequence[str]) -> Mapping[str, Sequence[KnownPlace]]:
        """Give the places that bear each folded name."""
        found = await self._log.places_named(names)
        await self._fetch_places({place for places in found.values() for place in places})
        return {name: [self._known(place) for place in sorted(places)] for name, places in found.items()}

    async def parties(self, ids: Sequence[str]) -> Mapping[str, KnownParty]:
        """Give those of the parties that are there."""
        wanted = [f"party-{one}" for one in ids if one not in self._parties]
        for events in (await self._log.read_streams(wanted)).values() if wanted else ():
            if events and isinstance(party := fold_registered(events), Party):
                self._parties[party.id] = party
        there = (self._parties[one] for one in ids if one in self._parties)
        return {one.id: KnownParty(one.id, one.said.name, one.said.external_ids) for one in there}

    async def parties_keyed(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Give the ids of the parties that imports registered under these keys."""
        found: dict[str, str] = {}
        if keys:
            for key, one in (await self._log.known_requests([f"key:{BY}:{key}" for key in keys])).items():
                [registered] = await self._log.read(after=one.first_position - 1, limit=1)
                found[key.removeprefix(f"key:{BY}:")] = registered.stream.removeprefix("party-")
        return found

    async def taken(self, category: str, ids: Sequence[str]) -> frozenset[str]:
        """Give those of the ids that are in use in a category."""
        found = await self._log.existing([f"{category}-{one}" for one in ids])
        return frozenset(stream.removeprefix(f"{category}-") for stream in found)

    async def occurrences_of(self, dataset: str) -> AsyncIterator[tuple[str, Occurrence | None]]:
        """Give each occurrence that a dataset told of, with its id there; None for one that cannot be read."""
        prefix = f"external:{dataset}:"
        last = ""
        while keys := await self._log.keys_from(prefix, after=last, limit=_PAGE):
            last = keys[-1]
            known = await self._log.known_requests(keys)
            begun = {key: await self._log.read(after=one.first_position - 1, limit=1) for key, one in known.items()}
            streams = await self._log.read_streams([events[0].stream for events in begun.values()])
            for key in keys:
                yield key.removeprefix(prefix), _folded(streams[begun[key][0].stream])

    async def country_of(self, place: str) -> str | None:
        """Give the country that a place is or lies in, by id."""
        await self._fetch_places({place})
        line = (place, *self._above(place))
        return next((one for one in line if one in self._places and self._places[one].said.kind == "country"), None)

    async def _fetch_places(self, places: set[str]) -> None:
        """Read places and all that they lie in, once."""
        wanted = places - self._places.keys()
        while wanted:
            streams = await self._log.read_streams([f"place-{one}" for one in sorted(wanted)])
            read = [fold_registered(events) for events in streams.values() if events]
            found = [place for place in read if isinstance(place, Place)]
            self._outlined.update(place.id for place in found if place.said.geometry is not None)
            self._places.update((one.id, replace(one, said=replace(one.said, geometry=None))) for one in found)
            wanted = {up for place in found for up in _around(place)} - self._places.keys() - wanted

    def _above(self, place: str) -> list[str]:
        above: dict[str, None] = {}
        edge = [place]
        while edge:
            edge = [up for one in edge if one in self._places for up in _around(self._places[one]) if up not in above]
            above.update(dict.fromkeys(edge))
        return list(above)

    def _known(self, place: str) -> KnownPlace:
        said = self._places[place].said
        return KnownPlace(
            id=place,
            kind=said.kind,
            point=said.point,
            parent=said.parent,
            above=frozenset(self._above(place)),
            codes=said.external_ids,
            names=self._places[place].names,
            outlined=place in self._outlined,
        )


def _outcome(taken: Recorded) -> Outcome:
    match taken:
        case Receipt(repeated=True, position=position):
            return Taken("repeated", position)
        case Receipt(events=events, position=position):
            return Taken("changed" if events[0].type == "occurrence.amended" else "recorded", position)
        case ExternalIdTakenError(superseded=True):
            return Taken("superseded", 0)
        case AlreadyRetractedError():
            return Taken("repeated", 0)
        case LogError():
            raise taken
        case _:
            return Refused(str(taken), missing=isinstance(taken, UnknownError), faulty=isinstance(taken, FaultyError))


def _folded(events: Sequence[RecordedEvent]) -> Occurrence | None:
    try:
        return fold_occurrence(events)
    except UnreadableEventError:
        return None


def _around(place: Place) -> tuple[str, ...]:
    return (*place.said.within, *((place.said.parent,) if place.said.parent else ()))

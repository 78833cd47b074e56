"""Finding the places and parties that a dataset names among those that are known, and registering the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from events.names import fold
from events.registry_requests import RegisterParty, RegisterPlace
from events.values import Name
from services.imports.bodies import command
from services.imports.countries import code_of_country, zone_of_country
from services.imports.nearness import SAME_PLACE_KM, distance_km, likeliest
from services.imports.new_ids import free_ids, ids_for
from services.imports.sink import Refused, Sink
from services.imports.wanted import KnownParty, KnownPlace, Names, WantedParty, WantedPlace

_SETTLEMENTS = frozenset({"city", "town", "village", "neighbourhood", "other"})
_Value = TypeVar("_Value")


class Registry(Protocol):
    """What is known of places and parties."""

    async def places_named(self, names: Sequence[str]) -> Mapping[str, Sequence[KnownPlace]]:
        """Give the places that bear each folded name."""
        ...

    async def parties(self, ids: Sequence[str]) -> Mapping[str, KnownParty]:
        """Give those of the parties that are there."""
        ...

    async def taken(self, category: str, ids: Sequence[str]) -> frozenset[str]:
        """Give those of the ids that are in use in a category."""
        ...


class Registrar:
    """Keeps the ids of what was named so far; asks for, and registers, what is new."""

    def __init__(self, registry: Registry, sink: Sink) -> None:
        """Look up there, register through the sink."""
        self._registry = registry
        self._sink = sink
        self._places: dict[WantedPlace, str | None] = {}
        self._parties: dict[WantedParty, str] = {}
        self._given: dict[str, WantedPlace] = {}
        self._known: dict[WantedPlace, KnownPlace] = {}
        self._fresh: set[WantedPlace] = set()
        self._unplaced: dict[WantedPlace, str] = {}
        self._unregistered: dict[WantedPlace | WantedParty, str] = {}
        self.registered_parties = 0
        self.position = 0
        """The last log position that anything registered came to."""
        self.names = Names(self._places, self._parties, self._known, self._fresh, self._unplaced, self._unregistered)

    async def settle(self, places: Iterable[WantedPlace], parties: Iterable[WantedParty]) -> None:
        """See to it that everything named has its id; of two that would bear the same one, whoever is named first."""
        new = dict.fromkeys(around for place in places if place not in self._places for around in _line(place))
        by_depth: dict[int, list[WantedPlace]] = {}
        for place in new:
            if place not in self._places:
                by_depth.setdefault(place.depth, []).append(place)
        for depth in sorted(by_depth):
            await self._settle_places(by_depth[depth])
        unknown = [
            party for party in dict.fromkeys(parties) if party not in self._parties and party not in self._unregistered
        ]
        if unknown:
            await self._settle_parties(unknown)

    async def _settle_places(self, wanted: Sequence[WantedPlace]) -> None:
        names = {fold(name) for place in wanted for name in (place.name, *place.aliases) if "\0" not in name} - {""}
        known = await self._registry.places_named(sorted(names))
        missing: dict[WantedPlace, list[WantedPlace]] = {}
        called: dict[str, list[WantedPlace]] = {}
        for place in wanted:
            found = self._among(place, known)
            if place.parent in self._unregistered:
                self._refuse(place, self._unregistered[place.parent])
            elif len(found) == 1:
                self._give(place, found[0].id)
                self._known[place] = found[0]
            elif found:
                self._leave(place, f"{place.name} may be any of {', '.join(sorted(one.id for one in found))}")
            elif (same := self._same(place, called)) is not None:
                missing[same].append(place)
            else:
                missing[place] = []
                for name in (place.name, *place.aliases):
                    called.setdefault(fold(name), []).append(place)
        await self._register_places(missing)

    def _among(self, place: WantedPlace, known: Mapping[str, Sequence[KnownPlace]]) -> Sequence[KnownPlace]:
        """Give the known places that it can be: the one of its code, else those of its own name, else of an alias."""
        named = [one for name in (place.name, *place.aliases) for one in known.get(fold(name), ())]
        if coded := [one for one in named if _coded(place, one)]:
            return coded[:1]
        parent = None if place.parent is None else self._places.get(place.parent)
        for name in (place.name, *place.aliases):
            fits = [one for one in known.get(fold(name), ()) if self._fits(place, one, parent)]
            if fits:
                return likeliest(place, fits, parent)
        return []

    def _same(self, place: WantedPlace, called: Mapping[str, Sequence[WantedPlace]]) -> WantedPlace | None:
        """Give the one of some unknown places that a place is, written in another way: as if that were known by now.

        What has an outline of its own is a place of its own, lest the outline be lost.
        """
        for name in (place.name, *place.aliases):
            for other in called.get(fold(name), ()):
                parent = self._parent_of(other)
                known = KnownPlace("", other.kind, other.point, parent, frozenset(), dict(other.codes))
                is_numbered_apart = other.number != place.number and fold(other.name) == fold(place.name)
                is_outlined_apart = None not in (place.geometry, other.geometry) and place.geometry != other.geometry
                if (
                    self._parent_of(place) == parent
                    and not (is_numbered_apart or is_outlined_apart)
                    and self._fits(place, known, None)
                ):
                    return other
        return None

    def _fits(self, place: WantedPlace, known: KnownPlace, parent: str | None) -> bool:
        if any(known.codes.get(register, code) != code for register, code in place.codes):
            return False
        given = self._given.get(known.id)
        if given is not None and given.number != place.number and fold(given.name) == fold(place.name):
            return False
        if place.exactly and known.kind != place.kind:
            return False
        if not place.exactly and known.kind not in _SETTLEMENTS:
            return False
        if parent is not None and parent not in known.above:
            return False
        return known.point is None or place.point is None or distance_km(known.point, place.point) <= SAME_PLACE_KM

    def _give(self, place: WantedPlace, found: str) -> None:
        self._places[place] = found
        self._given[found] = place

    def _leave(self, place: WantedPlace, reason: str) -> None:
        self._places[place] = None
        self._unplaced[place] = reason

    def _refuse(self, place: WantedPlace, reason: str) -> None:
        self._leave(place, reason)
        self._unregistered[place] = reason

    async def _register_places(self, missing: Mapping[WantedPlace, Sequence[WantedPlace]]) -> None:
        """Register places, each with all the others that it is written as."""
        if not missing:
            return
        parents = {place: self._parent_of(place) for place in missing}
        choices = {place: ids_for("place", place.name, parents[place]) for place in missing}
        ids = await free_ids(self._registry, "place", choices)
        bodies = [
            RegisterPlace(
                id=ids[place],
                name=place.name,
                kind=place.kind,
                parent=parents[place],
                names=_further_names(place, others),
                point=_first(one.point for one in (place, *others)),
                geometry=_first(one.geometry for one in (place, *others)),
                time_zone=_first(one.time_zone for one in (place, *others)) or _zone(place),
                external_ids={code: own for one in (*others, place) for code, own in _codes(one).items()},
            )
            for place, others in missing.items()
        ]
        outcomes = await self._sink.send([command(body) for body in bodies])
        for (place, others), outcome in zip(missing.items(), outcomes, strict=True):
            for one in (place, *others):
                if isinstance(outcome, Refused):
                    self._refuse(one, f"{one.name} cannot be registered: {outcome.reason}")
                else:
                    self._give(one, ids[place])
                    self.position = max(self.position, outcome.position)
            if not isinstance(outcome, Refused):
                self._fresh.add(place)

    def _parent_of(self, place: WantedPlace) -> str | None:
        """Give the nearest of what it lies in that has an id."""
        around = place.parent
        while around is not None and self._places.get(around) is None:
            around = around.parent
        return None if around is None else self._places[around]

    async def _settle_parties(self, wanted: Sequence[WantedParty]) -> None:
        choices = {party: ids_for("party", party.name, party.code) for party in wanted}
        known = await self._registry.parties(sorted({one for ids in choices.values() for one in ids}))
        missing: dict[WantedParty, Sequence[str]] = {}
        for party in wanted:
            found = next((known[one].id for one in choices[party] if one in known and _is(known[one], party)), None)
            if found is not None:
                self._parties[party] = found
            else:
                missing[party] = choices[party]
        ids = await free_ids(self._registry, "party", missing)
        bodies = [
            RegisterParty(
                id=ids[party],
                name=party.name,
                kind=party.kind,
                acled_inter=party.acled_inter,
                external_ids={} if party.code is None else {party.register: party.code},
            )
            for party in missing
        ]
        outcomes = await self._sink.send([command(body) for body in bodies])
        for party, outcome in zip(missing, outcomes, strict=True):
            if isinstance(outcome, Refused):
                self._unregistered[party] = f"the party {party.name!r} cannot be registered: {outcome.reason}"
                continue
            self._parties[party] = ids[party]
            self.registered_parties += 1
            self.position = max(self.position, outcome.position)


def _further_names(place: WantedPlace, others: Iterable[WantedPlace]) -> tuple[Name, ...]:
    """Give what a place is called beside its name, and what the others that it is written as are called."""
    names = [*(Name(name=alias) for alias in place.aliases), *place.names]
    for other in others:
        names += [*(Name(name=one) for one in (other.name, *other.aliases)), *other.names]
    return tuple({name.name: name for name in names if name.name != place.name}.values())


def _first(values: Iterable[_Value | None]) -> _Value | None:
    return next((value for value in values if value is not None), None)


def _zone(place: WantedPlace) -> str | None:
    return zone_of_country(place.name) if place.kind == "country" else None


def _codes(place: WantedPlace) -> dict[str, str]:
    """Give the ids that others give a place; a country is known by ISO's too, so that it can be asked for by that."""
    code = code_of_country(place.name) if place.kind == "country" else None
    return dict(place.codes) if code is None else {"iso_3166_1": code, **dict(place.codes)}


def _coded(place: WantedPlace, known: KnownPlace) -> bool:
    return any(known.codes.get(register) == code for register, code in place.codes)


def _line(place: WantedPlace) -> Iterator[WantedPlace]:
    around: WantedPlace | None = place
    while around is not None:
        yield around
        around = around.parent


def _is(known: KnownParty, wanted: WantedParty) -> bool:
    """Tell whether a party is the one wanted: by its code where it has one of that register, else by its name."""
    code = known.codes.get(wanted.register)
    if code is not None and wanted.code is not None:
        return code == wanted.code
    return fold(known.name) == fold(wanted.name)

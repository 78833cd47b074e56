"""Finding the places and parties that a dataset names among those that are known, and registering the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from events.names import fold
from events.registry_requests import AmendPlace, RegisterParty, RegisterPlace
from services.imports.bodies import command
from services.imports.countries import zone_of_country
from services.imports.matching import (
    called,
    coded,
    coded_apart,
    codes_of,
    country_of,
    fits,
    further_names,
    is_on_the_spot,
    numbered_apart,
)
from services.imports.nearness import likeliest
from services.imports.new_ids import free_ids, ids_for
from services.imports.sink import Refused, Sink
from services.imports.wanted import KnownParty, KnownPlace, Names, WantedParty, WantedPlace

_Value = TypeVar("_Value")


class Registry(Protocol):
    """What is known of places and parties."""

    async def places_named(self, names: Sequence[str]) -> Mapping[str, Sequence[KnownPlace]]:
        """Give the places that bear each folded name."""
        ...

    async def parties(self, ids: Sequence[str]) -> Mapping[str, KnownParty]:
        """Give those of the parties that are there."""
        ...

    async def parties_keyed(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Give the ids of the parties that imports registered under these keys."""
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
        known = await self._registry.places_named(sorted({name for place in wanted for name in called(place)}))
        missing: dict[WantedPlace, list[WantedPlace]] = {}
        unknown: dict[str, list[WantedPlace]] = {}
        moved: dict[str, str] = {}
        for place in wanted:
            found = self._among(place, known)
            if place.parent in self._unregistered:
                self._refuse(place, self._unregistered[place.parent])
            elif not fold(place.name):
                self._pass_over(place)
            elif len(found) == 1:
                self._give(place, found[0].id)
                self._known[place] = found[0]
                if (finer := self._finer(place, found[0])) is not None:
                    moved.setdefault(found[0].id, finer)
            elif found:
                self._leave(place, f"{place.name} may be any of {', '.join(sorted(one.id for one in found))}")
            elif (same := self._same(place, unknown)) is not None:
                missing[same].append(place)
            else:
                missing[place] = []
                for name in called(place):
                    unknown.setdefault(name, []).append(place)
        await self._move(moved)
        await self._register_places(missing)

    def _among(self, place: WantedPlace, known: Mapping[str, Sequence[KnownPlace]]) -> Sequence[KnownPlace]:
        """Give the known places that it can be: the one of its code, else those of its own name, else of an alias."""
        same = [one for name in called(place) for one in known.get(name, ()) if coded(place, one)]
        if same:
            return same[:1]
        parent = None if place.parent is None else self._places.get(place.parent)
        for name in called(place):
            fitting = [one for one in known.get(name, ()) if self._fits(place, one, parent)]
            if fitting:
                return likeliest(place, fitting, parent)
        return []

    def _same(self, place: WantedPlace, unknown: Mapping[str, Sequence[WantedPlace]]) -> WantedPlace | None:
        """Give the one of some unknown places that a place is, written in another way: as if that were known by now.

        What has an outline of its own is a place of its own, lest the outline be lost.
        """
        for name in called(place):
            for other in unknown.get(name, ()):
                parent = self._parent_of(other)
                known = KnownPlace("", other.kind, other.point, parent, self._around(other), codes_of(other))
                is_outlined_apart = None not in (place.outline, other.outline) and place.outline != other.outline
                if numbered_apart(place, other) or is_outlined_apart or self._are_provinces_apart(place, other):
                    continue
                is_here = self._parent_of(place) == parent and fits(place, known, None)
                if coded(place, known) or is_here or is_on_the_spot(place, known, self._around(place)):
                    return other
        return None

    def _fits(self, place: WantedPlace, known: KnownPlace, parent: str | None) -> bool:
        given = self._given.get(known.id)
        if given is not None and (
            numbered_apart(place, given)
            or coded_apart(place, codes_of(given))
            or self._are_provinces_apart(place, given)
        ):
            return False
        return fits(place, known, parent) or is_on_the_spot(place, known, self._around(place))

    def _are_provinces_apart(self, *places: WantedPlace) -> bool:
        """Tell whether one dataset puts places into different provinces: what happened counts in each as it says."""
        above = (up for place in places for up in _line(place) if up is not place and up.kind == "province")
        return len({found for up in above if (found := self._places.get(up)) is not None}) > 1

    def _around(self, place: WantedPlace) -> frozenset[str]:
        """Give all that a place lies in, by id."""
        above = [up for up in _line(place) if up != place]
        found = {one for up in above if (one := self._places.get(up)) is not None}
        return frozenset(found.union(*(self._known[up].above for up in above if up in self._known)))

    def _finer(self, place: WantedPlace, known: KnownPlace) -> str | None:
        """Give the area that a place lies in where it was known by a wider one alone, so that it counts in both."""
        around, parent = self._around(place), self._parent_of(place)
        is_wider = known.parent in around - {parent} and is_on_the_spot(place, known, around)
        return parent if is_wider else None

    async def _move(self, parents: Mapping[str, str]) -> None:
        """Put known places into the finer areas that they were found in."""
        moves = [command(AmendPlace(parent=parent), subject=place) for place, parent in parents.items()]
        for outcome in await self._sink.send(moves):
            if not isinstance(outcome, Refused):
                self.position = max(self.position, outcome.position)

    def _pass_over(self, place: WantedPlace) -> None:
        """Take a name that says nothing, such as a hyphen, for none: what bears it is what it lies in."""
        self._places[place] = self._parent_of(place)
        if self._places[place] is None:
            self._leave(place, f"{place.name!r} names no place")

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
                names=further_names(place, others),
                point=_first(one.point for one in (place, *others)),
                geometry=_first(one.geometry for one in (place, *others)),
                time_zone=_first(one.time_zone for one in (place, *others)) or zone_of_country(country_of(place) or ""),
                external_ids={code: own for one in (*others, place) for code, own in codes_of(one).items()},
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
        # Under a name that is new it may still be the party of its code, known by that or named just before.
        coded = dict(await self._registry.parties_keyed(sorted({key for one in missing if (key := _key(one))})))
        first = {_key(party) or party: party for party in reversed(missing)}
        new = {one: ids for one, ids in missing.items() if _key(one) not in coded and first[_key(one) or one] == one}
        await self._register_parties(await free_ids(self._registry, "party", new))
        for party in missing.keys() - new.keys():
            same = first[_key(party) or party]
            if (found := coded.get(_key(party) or "") or self._parties.get(same)) is not None:
                self._parties[party] = found
            else:
                self._unregistered[party] = self._unregistered[same]

    async def _register_parties(self, ids: Mapping[WantedParty, str]) -> None:
        bodies = [
            RegisterParty(
                id=own,
                name=party.name,
                kind=party.kind,
                acled_inter=party.acled_inter,
                external_ids={} if party.code is None else {party.register: party.code},
            )
            for party, own in ids.items()
        ]
        outcomes = await self._sink.send([command(body, key=_key(one)) for one, body in zip(ids, bodies, strict=True)])
        for (party, own), outcome in zip(ids.items(), outcomes, strict=True):
            if isinstance(outcome, Refused):
                self._unregistered[party] = f"the party {party.name!r} cannot be registered: {outcome.reason}"
                continue
            self._parties[party] = own
            self.registered_parties += 1
            self.position = max(self.position, outcome.position)


def _first(values: Iterable[_Value | None]) -> _Value | None:
    return next((value for value in values if value is not None), None)


def _line(place: WantedPlace) -> Iterator[WantedPlace]:
    around: WantedPlace | None = place
    while around is not None:
        yield around
        around = around.parent


def _key(party: WantedParty) -> str | None:
    """Give the key under which a party is known again by its code, None where it has none that can be looked up."""
    return None if party.code is None or "\0" in party.code else f"party:{party.register}:{party.code}"


def _is(known: KnownParty, wanted: WantedParty) -> bool:
    """Tell whether a party is the one wanted: by its code where it has one of that register, else by its name."""
    code = known.codes.get(wanted.register)
    if code is not None and wanted.code is not None:
        return code == wanted.code
    return fold(known.name) == fold(wanted.name)

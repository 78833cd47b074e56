"""Places and parties as they stood at a position: what lies in what, and who belongs to whom."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Literal

from msgspec import structs

from events.names import fold
from events.registry import Party, Place, Source
from events.values import PlaceAt
from events.words import PlacePrecision
from projections.naming import Naming, is_word, naming_of, word_of

Level = Literal["country", "province", "district", "place"]

LEVEL_KINDS: Mapping[str, frozenset[str]] = {
    "country": frozenset({"country"}),
    "province": frozenset({"province", "region"}),
    "district": frozenset({"district"}),
}
"""The kinds of place that stand for an administrative level."""

LEVEL_OF_PRECISION: Mapping[PlacePrecision, Level] = {
    "district": "district",
    "province": "province",
    "country": "country",
}
"""The level at which a place is really known, by its precision: the place that is told stands for the area."""


class RegistryView:
    """Everything registered, as at one position. Unknown ids have no ancestors and no zone but UTC."""

    def __init__(
        self,
        position: int,
        places: Mapping[str, Place],
        parties: Mapping[str, Party],
        sources: Mapping[str, Source],
    ) -> None:
        """Take the registries by id; `position` is the last one at which any of them changed.

        `covered` are places that the reader sees coarsely.
        """
        self.position = position
        self.places = places
        self.parties = parties
        self.sources = sources
        self.covered: Collection[str] = ()
        self._place_ancestors: dict[str, tuple[str, ...]] = {}
        self._party_ancestors: dict[str, tuple[str, ...]] = {}
        self._named: dict[str, tuple[str, ...]] | None = None
        self._meant: dict[str, str | None] = {}

    def place_ancestors(self, place: str) -> tuple[str, ...]:
        """Give what a place lies in, nearest first, without itself; what it is `within` comes before its parent."""
        known = self._place_ancestors.get(place)
        if known is None:
            known = self._place_ancestors[place] = _closure(place, self._place_parents)
        return known

    def party_ancestors(self, party: str) -> tuple[str, ...]:
        """Give the parties that a party is a member of, nearest first, without itself."""
        known = self._party_ancestors.get(party)
        if known is None:
            known = self._party_ancestors[party] = _closure(party, self._party_parents)
        return known

    def place_in(self, place: str, area: str) -> bool:
        """Tell whether a place is an area or lies in it."""
        return place == area or area in self.place_ancestors(place)

    def party_in(self, party: str, group: str) -> bool:
        """Tell whether a party is another or a member of it."""
        return party == group or group in self.party_ancestors(party)

    def place_at(self, place: str, level: Level) -> str | None:
        """Give the place of a level that a place is or lies in; None when it is known only coarser."""
        if level == "place":
            return place
        kinds = LEVEL_KINDS[level]
        for candidate in (place, *self.place_ancestors(place)):
            entry = self.places.get(candidate)
            if entry is not None and entry.said.kind in kinds:
                return candidate
        return None

    def common_place(self, places: Iterable[str]) -> str | None:
        """Give the lowest place that all of these are or lie in; None when there is none."""
        lines = [(place, *self.place_ancestors(place)) for place in places]
        if not lines:
            return None
        return next((place for place in lines[0] if all(place in line for line in lines[1:])), None)

    def party_at_top(self, party: str) -> str:
        """Give the outermost party that a party is a member of, itself if there is none."""
        ancestors = self.party_ancestors(party)
        return ancestors[-1] if ancestors else party

    def bearing(self, naming: Naming) -> tuple[str, ...]:
        """Give the places that bear a name, of the kind and in the place that were given with it, by id."""
        return tuple(
            place
            for place in self._by_name().get(naming.folded, ())
            if (naming.kind is None or self.places[place].said.kind == naming.kind)
            and (naming.parent is None or naming.parent in self.place_ancestors(place))
        )

    def meant(self, place: str) -> str | None:
        """Give the place that an id or a word stands for: the only one that bears the name, "never guessed"."""
        if not is_word(place):
            return place
        if place not in self._meant:
            bearing = self.bearing(naming_of(place))
            self._meant[place] = bearing[0] if len(bearing) == 1 else None
        return self._meant[place]

    def around(self, place: str) -> str | None:
        """Give the same, or what a place that is not known by its name was told to lie in."""
        return self.meant(place) or naming_of(place).parent

    def known_as(self, place: str, precision: PlacePrecision) -> str | None:
        """Give the place that is really known, by its precision, of one that an id or a word stands for.

        A name that no known place bears is known as finely as the parent that was given with it.
        """
        found, level = self.around(place), LEVEL_OF_PRECISION.get(precision)
        return found if found is None or level is None else self.place_at(found, level) or found

    def where(self, at: PlaceAt) -> str | None:
        """Give the place where something was, as finely as it is known."""
        word = word_of(at)
        return None if word is None else self.around(word)

    def located(self, places: tuple[PlaceAt, ...]) -> tuple[PlaceAt, ...]:
        """Give places with the ids of those whose names are known by now; each keeps the name it was given by."""
        if all(at.place is not None for at in places):
            return places
        return tuple(self._located(at) for at in places)

    def _located(self, at: PlaceAt) -> PlaceAt:
        word = word_of(at)
        found = None if word is None or at.place is not None else self.meant(word)
        return at if found is None else structs.replace(at, place=found)

    def add_names(self, before: "RegistryView", changed: Iterable[str]) -> None:
        """Take over the names that an earlier view has gathered, if it has, and add those of changed places."""
        if before._named is not None:  # noqa: SLF001  its own class
            self._named = dict(before._named)  # noqa: SLF001  its own class
            self._gather(self._named, changed)

    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        """Gather the names once, and only where a place was given by a name that nothing bore."""
        if self._named is None:
            self._named = {}
            self._gather(self._named, self.places)
        return self._named

    def _gather(self, named: dict[str, tuple[str, ...]], places: Iterable[str]) -> None:
        for place in places:
            for folded in {fold(name.name) for name in self.places[place].names} - {""}:
                bearing = named.get(folded, ())
                if place not in bearing:
                    named[folded] = tuple(sorted((*bearing, place)))

    def zone_of(self, place: str | None) -> str:
        """Give the name of a place's time zone, UTC for a place that is not known."""
        entry = self.places.get(place) if place else None
        return entry.said.time_zone if entry else "UTC"

    @cached_property
    def children(self) -> Mapping[str, Sequence[str]]:
        """The places that name each place as their parent or as what they are within."""
        found: dict[str, list[str]] = {}
        for place in self.places:
            for parent in self._place_parents(place):
                found.setdefault(parent, []).append(place)
        return found

    def _place_parents(self, place: str) -> tuple[str, ...]:
        entry = self.places.get(place)
        if entry is None:
            return ()
        return (*entry.said.within, *((entry.said.parent,) if entry.said.parent else ()))

    def _party_parents(self, party: str) -> tuple[str, ...]:
        entry = self.parties.get(party)
        return entry.said.member_of if entry else ()


def _closure(start: str, parents_of: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """Walk outwards, breadth first, so that nearer comes before farther; a circle ends where it closes."""
    found: dict[str, None] = {}
    edge = [start]
    while edge:
        edge = [parent for member in edge for parent in parents_of(member) if parent != start and parent not in found]
        found.update(dict.fromkeys(edge))
    return tuple(found)

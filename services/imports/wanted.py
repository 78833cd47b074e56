"""What a dataset names, before it is known by id: places, parties, and the ids found for them."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import msgspec
from msgspec import Struct

from events.geometry import Geometry
from events.requests import PlaceRef
from events.values import Name, Position
from events.words import PartyKind, PlaceKind, PlacePrecision


class WantedPlace(Struct, frozen=True, kw_only=True):
    """A place as a dataset names it: found among those that are known, else registered.

    It is known by its name, its aliases or its dataset's code for it (`codes`), inside its parent; `names` are further
    ones that it bears. Where `exactly` is
    False any settlement of the name will do. `number` tells places apart that the dataset calls by one name. `outline`
    is its geometry as JSON text, which takes a fifth of the memory.
    """

    name: str
    kind: PlaceKind
    aliases: tuple[str, ...] = ()
    names: tuple[Name, ...] = ()
    parent: "WantedPlace | None" = None
    point: Position | None = None
    outline: bytes | None = None
    time_zone: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    exactly: bool = True
    number: int = 1

    @property
    def geometry(self) -> Geometry | None:
        """Its outline, read anew each time."""
        return None if self.outline is None else msgspec.json.decode(self.outline, type=Geometry)

    @property
    def depth(self) -> int:
        """How many places it lies in."""
        return 0 if self.parent is None else 1 + self.parent.depth


class WantedParty(Struct, frozen=True, kw_only=True):
    """A party as a dataset names it; `code` is what its `register` calls it, if it has names of its own."""

    name: str
    kind: PartyKind
    register: str
    code: str | None = None
    acled_inter: int | None = None


class KnownPlace(Struct, frozen=True):
    """A place that is known: what it is, where, its parent and all that it lies in, and what it is called."""

    id: str
    kind: str
    point: Position | None
    parent: str | None
    above: frozenset[str]
    codes: Mapping[str, str] = {}
    names: tuple[Name, ...] = ()
    outlined: bool = False


class KnownParty(Struct, frozen=True):
    """A party that is known, and what others call it."""

    id: str
    name: str
    codes: Mapping[str, str]


class Names(Struct, frozen=True):
    """The ids that were found or made; a place that fits several known ones has none.

    `known` are the places found as they were, `fresh` those that were registered for this import; `unplaced` says of
    each place without an id why it has none, `unregistered` of those that cannot be registered why.
    """

    places: Mapping[WantedPlace, str | None]
    parties: Mapping[WantedParty, str]
    known: Mapping[WantedPlace, KnownPlace]
    fresh: AbstractSet[WantedPlace]
    unplaced: Mapping[WantedPlace, str]
    unregistered: Mapping[WantedPlace | WantedParty, str]

    def ref(self, wanted: WantedPlace, precision: PlacePrecision) -> PlaceRef:
        """Give a place by id; where its name fits several, as it is written, inside the finest that is known."""
        found = self.places[wanted]
        if found is not None:
            return PlaceRef(place=found, precision=precision)
        around = wanted.parent
        while around is not None and self.places.get(around) is None:
            around = around.parent
        parent = None if around is None else self.places[around]
        return PlaceRef(name=wanted.name, kind=wanted.kind, parent=parent, precision=precision)

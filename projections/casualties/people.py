"""Which people a figure is about, and how the people of two figures stand to each other."""

from msgspec import Struct

from projections.casualties.voices import Occasion, Voice
from projections.registry_view import RegistryView


class Key(Struct, frozen=True):
    """Whom a figure is about, in one occurrence and effect: "a figure's key is (occurrence, affected, status, effect)".

    No party in `affected` is any side, `unspecified` any status, no place anywhere in the occurrence.
    A `total` is coarser than a part of the same members.
    """

    affected: tuple[str, ...] = ()
    status: str = "unspecified"
    place: str | None = None
    total: bool = False


class Kinship:
    """Tells which people are among which others, by the registry's parties and places."""

    def __init__(self, registry: RegistryView) -> None:
        """Take the registry as it stood."""
        self.registry = registry

    def key(self, voice: Voice, occasion: Occasion) -> Key:
        """Give the key of a voice; a place that holds all of the occurrence says nothing more than none."""
        place = voice.place
        if place is not None and occasion.targets and self.all_in(occasion, place):
            place = None
        return Key(tuple(sorted(set(voice.affected))), voice.status, place, voice.telling == "total")

    def all_in(self, occasion: Occasion, area: str) -> bool:
        """Tell whether all places of an occurrence are known to lie in an area."""
        places = [None if target.place is None else self.registry.around(target.place) for target in occasion.targets]
        return bool(places) and all(place is not None and self.registry.place_in(place, area) for place in places)

    def within(self, inner: Key, outer: Key) -> bool:
        """Tell whether one key is inside another or equal to it.

        Coarser are an "ancestor party, `unspecified` status, joint parties, `total`", no party, and the area
        around a place.
        """
        if not (
            self.parties_within(inner.affected, outer.affected)
            and outer.status in ("unspecified", inner.status)
            and self._place_within(inner.place, outer.place)
        ):
            return False
        return outer.total or not inner.total or not _alike(inner, outer)

    def disjoint(self, one: Key, other: Key) -> bool:
        """Tell whether nobody can be among both: "only disjoint keys add"."""
        if "unspecified" not in (one.status, other.status) and one.status != other.status:
            return True
        if one.place is not None and other.place is not None:
            apart = not self._place_within(one.place, other.place) and not self._place_within(other.place, one.place)
            if apart:
                return True
        return bool(one.affected and other.affected) and not any(
            self.registry.party_in(a, b) or self.registry.party_in(b, a) for a in one.affected for b in other.affected
        )

    def parties_within(self, inner: tuple[str, ...], outer: tuple[str, ...]) -> bool:
        """Tell whether each party is one of others or a member of one; no party is any side."""
        if not outer or inner == outer:
            return True
        if not inner:
            return False
        return all(any(self.registry.party_in(member, group) for group in outer) for member in inner)

    def _place_within(self, inner: str | None, outer: str | None) -> bool:
        if outer is None or inner == outer:
            return True
        return inner is not None and self.registry.place_in(inner, outer)


def _alike(one: Key, other: Key) -> bool:
    return (one.affected, one.status, one.place) == (other.affected, other.status, other.place)

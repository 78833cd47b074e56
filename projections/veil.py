"""What a reader may not see: the one rule that every answer, the feed and the exports go by."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from msgspec import Struct, structs

from events.occurrence import Restriction
from events.registry import Place
from projections.registry_view import RegistryView

WITHHELD = "(withheld)"
"""What stands where a reader would be told of something that is kept from them; nothing can be registered so."""

# Where an event of, or an answer about, one occurrence names another one, or a part of one.
_ONE = r"(\"(?:occurrence|merged_into|into|absorbed|transfer|claim)\":\")(?:{ids})(?:\.[a-z0-9_-]+)?(?=\")"
_LINK = r"(/v1/(?:occurrences|claims|transfers)/)(?:{ids})(?:\.[a-z0-9_-]+)?(?![a-z0-9_.-])"
_SEVERAL = re.compile(rb'"(?:effected_by|fulfils)":\[[^\]]*\]')
_NAMED = re.compile(rb'"(?:occurrence|into|absorbed|transfer|claim)":"([a-z0-9][a-z0-9_-]*)')
_PART = re.compile(rb'"([a-z0-9][a-z0-9_-]*)')


class Reader(Struct, frozen=True):
    """Who reads: one who may see what is `restricted`, or one from whom it is kept until its embargo has ended.

    Embargoes have ended by `now`; without it none has. `counts`: what is read is added up and nothing else is told of
    it, and what is restricted may be among it.
    """

    restricted: bool = False
    now: datetime | None = None
    counts: bool = False


STRANGER = Reader()
"""Who may see nothing of what is restricted."""


class Kept(Struct, frozen=True):
    """A stream that is restricted: its first position, and until when."""

    stream: str
    number: int
    until: datetime | None

    def from_(self, reader: Reader) -> bool:
        """Tell whether it is kept from a reader."""
        ended = self.until is not None and reader.now is not None and self.until <= reader.now
        return not reader.restricted and not ended


class Veil(Struct, frozen=True, dict=True):
    """What is kept from one reader, by id, each with its first position.

    Of occurrences and reports nothing is to be seen; places are seen where their parents are.
    """

    occurrences: Mapping[str, int] = {}
    reports: Mapping[str, int] = {}
    places: Mapping[str, int] = {}
    known_places: Mapping[str, Place] = {}

    def __bool__(self) -> bool:
        """Tell whether anything is kept from the reader."""
        return bool(self.occurrences or self.places)

    @property
    def numbers(self) -> Sequence[int]:
        """The first positions of all of it."""
        return sorted({*self.occurrences.values(), *self.reports.values(), *self.places.values()})

    @property
    def streams(self) -> Sequence[str]:
        """The streams of all of it."""
        named = (("occurrence", self.occurrences), ("report", self.reports), ("place", self.places))
        return sorted(f"{category}-{name}" for category, names in named for name in names)

    def hides(self, stream: str) -> bool:
        """Tell whether the events of a stream are kept from the reader.

        Where places are, so are those that are not known yet: they may lie in one of them.
        """
        category, _, name = stream.partition("-")
        match category:
            case "occurrence":
                return name in self.occurrences
            case "report":
                return name in self.reports
            case "place":
                return name in self.places or (bool(self.places) and name not in self.known_places)
            case _:
                return False

    def hides_subject(self, category: str, name: str) -> bool:
        """Tell whether there is to be nothing under an id: it is a hidden occurrence's, or of a part of one."""
        if category in {"occurrence", "claim", "transfer"}:
            return name.partition(".")[0] in self.occurrences
        return category == "report" and name in self.reports

    def mentions(self, data: bytes) -> bool:
        """Tell whether an event of another stream names an occurrence that is kept from the reader."""
        if not self.occurrences:
            return False
        listed = [name for several in _SEVERAL.findall(data) for name in _PART.findall(several)]
        return any(name.decode() in self.occurrences for name in (*_NAMED.findall(data), *listed))

    def cover(self, answer: bytes) -> bytes:
        """Take out of an answer what of it leads to a hidden occurrence: a link, a merger, a transfer's effect."""
        named = [name for name in self._ids if name in answer]
        if not named:
            return answer
        ids = b"|".join(named).decode()
        cover = rf"\g<1>{WITHHELD}".encode()
        answer = re.sub(_ONE.format(ids=ids).encode(), cover, answer)
        answer = re.sub(_LINK.format(ids=ids).encode(), cover, answer)
        one, withheld = re.compile(rf'"(?:{ids})(?:\.[a-z0-9_-]+)?"'.encode()), f'"{WITHHELD}"'.encode()
        return _SEVERAL.sub(lambda found: one.sub(withheld, found[0]), answer)

    @cached_property
    def _ids(self) -> Sequence[bytes]:
        # The longer first: one id may begin like another.
        return sorted((name.encode() for name in self.occurrences), key=len, reverse=True)


OPEN = Veil()
"""For readers who may see everything."""


def covered_places(restricted: Iterable[str], registry: RegistryView) -> Mapping[str, int]:
    """Give the places restricted, and all whose parents they are: where those lie would tell where they are."""
    found: dict[str, int] = {}
    edge = [place for place in restricted if place in registry.places]
    while edge:
        found |= {place: registry.places[place].number for place in edge}
        edge = [
            inner
            for place in edge
            for inner in registry.children.get(place, ())
            if inner not in found and registry.places[inner].said.parent == place
        ]
    return found


def coarse(registry: RegistryView, covered: Mapping[str, int]) -> RegistryView:
    """Give the registries as a reader sees them from whom these places are kept."""
    if not covered:
        return registry
    places = {**registry.places, **{name: _coarse(registry.places[name], registry, covered) for name in covered}}
    seen = RegistryView(registry.position, places, registry.parties, registry.sources)
    seen.covered = covered
    return seen


def _coarse(place: Place, registry: RegistryView, covered: Mapping[str, int]) -> Place:
    """Give a place as no more than something inside its nearest parent that may be seen."""
    above, seen = place.said.parent, {place.id}
    while above is not None and above in covered and above not in seen:
        seen.add(above)
        above = registry.places[above].said.parent
    outer = registry.places.get(above or "")
    return structs.replace(
        place,
        said=structs.replace(
            place.said,
            request=None,
            name=WITHHELD,
            names=(),
            within=(),
            point=outer.said.point if outer else None,
            geometry=None,
            external_ids={},
        ),
        restriction=Restriction(until=place.restriction.until if place.restriction else None),
    )

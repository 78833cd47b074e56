"""Where people are counted by the places of what happened, and whether that is known as finely as asked."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from projections.casualties.question import CasualtyQuery
from projections.casualties.voices import Target, targets_of
from projections.registry_view import Level, RegistryView

Location = Literal["inside", "coarser", "outside"]

Spot = tuple[str | None, Location]
"""The place that people are counted at, if that is grouped by or elsewhere, and how it fits what is asked."""

_NOWHERE: Spot = (None, "inside")
_LEARNED_MAX = 20_000


class Places:
    """Locates people by the places of what happened, as finely as is asked.

    What a text of the column `targets` stands for is learned once and kept, so that the database can add up by spots
    instead of by texts, of which there are many more. What is learned is only added to: a number keeps its meaning.
    """

    def __init__(self, registry: RegistryView, level: Level, areas: tuple[str, ...], *, grouped: bool) -> None:
        """Take the registry as it stood; people are asked for in some areas, and with `grouped` by place."""
        self._registry = registry
        self._level: Level = level
        self._areas = areas
        self._grouped = grouped
        self._spots: list[Spot] = []
        self._numbers: dict[Spot, int] = {}
        self._learned: dict[str, int] = {}
        self._written: tuple[str, str] = ("", "")

    @property
    def asked(self) -> bool:
        """Tell whether it matters where."""
        return self._grouped or bool(self._areas)

    def located(self, named: str | None, targets: str) -> Spot:
        """Locate people: by the place that a figure names, else by the occurrence's, as its column holds them.

        "A figure may name its place; else an occurrence with several target places counts at their lowest common
        ancestor. What is known only coarser than asked is `not_located`."
        """
        if not self.asked:
            return _NOWHERE
        if named is not None:
            return self._locate([named])
        number = self._learned.get(targets)
        if number is not None:
            return self._spots[number]
        spot = self._locate([self._known(one) for one in targets_of(targets)])
        if len(self._learned) < _LEARNED_MAX:
            self._learn(targets, spot)
        return spot

    def spot(self, number: int | None, targets: str | None) -> Spot:
        """Give what is meant by a number of `learned`, or by the text that has none."""
        return self.located(None, targets or "") if number is None else self._spots[number]

    def learned(self) -> tuple[str, str]:
        """Give the texts that are known, one a line, and the number of each one's spot, with blanks between."""
        if self._written[1].count(" ") + 1 != len(self._learned):
            self._written = ("\n".join(self._learned), " ".join(map(str, self._learned.values())))
        return self._written

    def _known(self, target: Target) -> str | None:
        return None if target.place is None else self._registry.known_as(target.place, target.precision)

    def _learn(self, targets: str, spot: Spot) -> None:
        if spot not in self._numbers:
            self._numbers[spot] = len(self._spots)
            self._spots.append(spot)
        self._learned[targets] = self._numbers[spot]

    def _locate(self, places: Sequence[str | None]) -> Spot:
        areas, registry = self._areas, self._registry
        known = [place for place in places if place is not None]
        if areas and not _all_in(places, areas, registry):
            possible = any(
                registry.place_in(place, area) or registry.place_in(area, place) for place in known for area in areas
            )
            # Those elsewhere are kept apart as if they were grouped by place, so that the others come to the same.
            return (None, "coarser") if possible else (self._place(known, places), "outside")
        if not self._grouped:
            return _NOWHERE
        place = self._place(known, places)
        return place, "coarser" if place is None else "inside"

    def _place(self, known: Sequence[str], places: Sequence[str | None]) -> str | None:
        return _at_level(known, self._level, self._registry) if known and len(known) == len(places) else None


def places_asked(query: CasualtyQuery, registry: RegistryView) -> Places:
    """Give what locates people for a question, with what was learned in earlier answers from the same registry."""
    return _places(registry, query.level, query.place, "place" in query.group_by)


@lru_cache(maxsize=16)
def _places(registry: RegistryView, level: Level, areas: tuple[str, ...], grouped: bool) -> Places:  # noqa: FBT001
    return Places(registry, level, areas, grouped=grouped)


def _all_in(places: Sequence[str | None], areas: Sequence[str], registry: RegistryView) -> bool:
    return bool(places) and all(
        place is not None and any(registry.place_in(place, area) for area in areas) for place in places
    )


def _at_level(places: Sequence[str], level: Level, registry: RegistryView) -> str | None:
    if level == "place":
        return places[0] if len(set(places)) == 1 else registry.common_place(places)
    found = {registry.place_at(place, level) for place in places}
    return found.pop() if len(found) == 1 else None

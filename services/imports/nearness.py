"""How near places are to each other, and which of several of one name is meant."""

import math
from collections.abc import Sequence

from events.values import Position
from services.imports.wanted import KnownPlace, WantedPlace

SAME_PLACE_KM = 25.0
"""Two settlements of one name are the same where they are no farther apart."""

SAME_SPOT_KM = 2.0
"""So near each other, two settlements of one name are one, whatever they are said to be and to lie in."""

_KM_PER_DEGREE = 111.2


def distance_km(one: Position, other: Position) -> float:
    """Give how far two points are apart, near enough for telling places from each other."""
    east = (one[0] - other[0] + 180) % 360 - 180
    return _KM_PER_DEGREE * math.hypot(east * math.cos(math.radians(one[1])), one[1] - other[1])


def likeliest(place: WantedPlace, fits: Sequence[KnownPlace], parent: str | None) -> Sequence[KnownPlace]:
    """Give the one meant of the places that a place can be; several where none is likelier than the others."""
    distances = {one.id: apart_km(place.point, one.point) for one in fits}
    here = [one for one in fits if distances[one.id] <= SAME_SPOT_KM]
    if here:
        return [min(here, key=lambda one: (one.parent != parent, -len(one.above), one.id))]
    near = [one for one in fits if distances[one.id] <= SAME_PLACE_KM]
    within = [one for one in fits if one.parent == parent]
    return next((few for few in (near, within) if len(few) == 1), fits)


def apart_km(one: Position | None, other: Position | None) -> float:
    """Give how far two points are apart, infinity where one is missing."""
    return math.inf if one is None or other is None else distance_km(one, other)

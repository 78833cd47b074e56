"""Envelopes of places, for asking what lies in a box."""

from collections.abc import Iterator
from typing import Annotated, cast

from msgspec import Meta

from events.geometry import Geometry
from events.registry import Place
from events.values import Position

Box = Annotated[
    tuple[float, float, float, float],
    Meta(description="West, south, east and north; a box whose west is greater than its east crosses 180°."),
]


def touches(place: Place, box: Box) -> bool:
    """Tell whether the envelope of a place and a box have a point in common; a place without geometry has none."""
    found = bounds_of(place.said.geometry)
    if found is None:
        if place.said.point is None:
            return False
        east, north = place.said.point
        found = (east, north, east, north)
    west, south, east, north = box
    if found[3] < south or north < found[1]:
        return False
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return any(found[0] <= end and start <= found[2] for start, end in spans)


def bounds_of(geometry: Geometry | None) -> Box | None:
    """Give the envelope of a geometry, west, south, east and north; None where there is nothing."""
    positions = list(_positions(geometry.coordinates)) if geometry is not None else []
    if not positions:
        return None
    easts, norths = zip(*positions, strict=True)
    return min(easts), min(norths), max(easts), max(norths)


def _positions(coordinates: object) -> Iterator[Position]:
    """Give every position of nested coordinates."""
    match coordinates:
        case (float() | int() as east, float() | int() as north):
            yield east, north
        case tuple():
            for member in cast("tuple[object, ...]", coordinates):
                yield from _positions(member)
        case _:
            return

"""GeoJSON geometry (RFC 7946): WGS 84, longitude first, right-hand rule."""

from itertools import pairwise
from typing import Annotated

from msgspec import Meta, Struct

from events.values import Position

Line = Annotated[tuple[Position, ...], Meta(min_length=2)]
Ring = Annotated[tuple[Position, ...], Meta(min_length=4)]


class Shape(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """One geometry."""


class Point(Shape, frozen=True, tag="Point"):
    """One position."""

    coordinates: Position


class MultiPoint(Shape, frozen=True, tag="MultiPoint"):
    """Several positions."""

    coordinates: tuple[Position, ...]


class LineString(Shape, frozen=True, tag="LineString"):
    """A line."""

    coordinates: Line


class MultiLineString(Shape, frozen=True, tag="MultiLineString"):
    """Several lines."""

    coordinates: tuple[Line, ...]


class Polygon(Shape, frozen=True, tag="Polygon"):
    """An area: an outer ring, then its holes; each ring ends where it starts (RFC 7946, 3.1.6)."""

    coordinates: tuple[Ring, ...]

    def __post_init__(self) -> None:
        """Refuse a ring that is not closed."""
        refuse_open_rings(self.coordinates)


class MultiPolygon(Shape, frozen=True, tag="MultiPolygon"):
    """Several areas."""

    coordinates: tuple[tuple[Ring, ...], ...]

    def __post_init__(self) -> None:
        """Refuse a ring that is not closed."""
        for polygon in self.coordinates:
            refuse_open_rings(polygon)


Geometry = Point | MultiPoint | LineString | MultiLineString | Polygon | MultiPolygon


def refuse_open_rings(rings: tuple[tuple[Position, ...], ...]) -> None:
    """Raise ValueError for a ring whose last position is not its first."""
    for ring in rings:
        if ring[0] != ring[-1]:
            raise ValueError(f"the ring that starts at {list(ring[0])} does not end there")


def right_handed(geometry: Geometry) -> Geometry:
    """Wind outer rings counter-clockwise and holes clockwise (RFC 7946, 3.1.6)."""
    match geometry:
        case Polygon(coordinates=rings):
            return Polygon(_wound(rings))
        case MultiPolygon(coordinates=polygons):
            return MultiPolygon(tuple(_wound(rings) for rings in polygons))
        case _:
            return geometry


def _wound(rings: tuple[tuple[Position, ...], ...]) -> tuple[tuple[Position, ...], ...]:
    return tuple(
        ring if (_area_doubled(ring) >= 0) == (number == 0) else ring[::-1] for number, ring in enumerate(rings)
    )


def _area_doubled(ring: tuple[Position, ...]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))

"""Occurrences as GeoJSON (RFC 7946): each where its first known place of action is."""

from msgspec import Struct

from events.geometry import Geometry, Point
from projections.clocks import Answered
from projections.occurrences.answers import OccurrenceList
from projections.occurrences.told import Told
from projections.registry_view import RegistryView

_PLACE_OF_ACTION = ("target", "location")


class OccurrenceFeature(Struct, kw_only=True, tag_field="type", tag="Feature"):
    """An occurrence as a feature; the geometry is null where none of its places is known to have one."""

    id: str
    geometry: Geometry | None
    properties: Told


class OccurrenceFeatures(Answered, kw_only=True, tag_field="type", tag="FeatureCollection"):
    """A page of occurrences as a FeatureCollection."""

    features: list[OccurrenceFeature]
    next_cursor: str | None
    total: int


def features_of(found: OccurrenceList, registry: RegistryView) -> OccurrenceFeatures:
    """Give a page of occurrences as features."""
    return OccurrenceFeatures(
        as_of=found.as_of,
        known_at=found.known_at,
        position=found.position,
        projected=found.projected,
        features=[
            OccurrenceFeature(id=told.id, geometry=_geometry(told, registry), properties=told) for told in found.items
        ],
        next_cursor=found.next_cursor,
        total=found.total,
    )


def _geometry(told: Told, registry: RegistryView) -> Geometry | None:
    """Give where it happened: of the places that are known, a target or location first, a point before an outline."""
    for place in sorted(told.places, key=lambda one: one.role not in _PLACE_OF_ACTION):
        entry = registry.places.get(place.place or "")
        if entry is not None and entry.said.point is not None:
            return Point(entry.said.point)
        if entry is not None and entry.said.geometry is not None:
            return entry.said.geometry
    return None

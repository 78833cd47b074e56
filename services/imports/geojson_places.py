"""GeoJSON of places: Natural Earth, geoBoundaries and OCHA COD, whose property names are mapped to ours."""

import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from typing import Any, cast

import msgspec
from msgspec import Struct

from events.geometry import Geometry, Point
from events.names import fold
from events.words import PlaceKind
from services.imports.countries import country_named
from services.imports.entry import FormatError, RowError
from services.imports.gazetteer import Gazetteer, Numbered
from services.imports.geojson_properties import SETTLEMENT, Properties
from services.imports.wanted import WantedPlace

_OUTLINE_LETTERS = 16
_BRACKETED = re.compile(r"(\S[^()]*?)\s*\(([^()]*\S)\)")


class _Named(Struct):
    properties: dict[str, Any] | None = None

    @property
    def said(self) -> Mapping[str, str]:
        """What its properties say, by keys in small letters."""
        held = (self.properties or {}).items()
        return {name.lower(): str(value).strip() for name, value in held if value is not None}


class _Feature(_Named):
    # A union with Raw would read no object at all.
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class _Record(Struct, frozen=True):
    """A feature as it stands; `is_namesake` where others of the file bear its name in the same area."""

    feature: msgspec.Raw
    is_namesake: bool


class _Collection(Struct):
    features: list[msgspec.Raw]


def geojson_places(lines: Callable[[], Iterable[str]], *, kind: PlaceKind | None, parent: str | None) -> Gazetteer:
    """Read a file of features; `kind` and `parent` are for what the features do not say of themselves."""
    return Gazetteer(partial(_features, lines), partial(_read, kind=kind, parent=parent))


def _features(lines: Callable[[], Iterable[str]]) -> Iterator[Numbered]:
    try:
        # What is decoded from bytes stays where it is: raw features are views of them.
        held = msgspec.json.decode(b"".join(line.encode() for line in lines()).removeprefix(BOM_UTF8), type=_Collection)
    except msgspec.MsgspecError as error:
        raise FormatError(f"the file is no GeoJSON FeatureCollection: {error}") from error
    keys = [_key(feature) for feature in held.features]
    times = Counter(keys)
    for number, (feature, key) in enumerate(zip(held.features, keys, strict=True), 1):
        yield number, _Record(feature, is_namesake=times[key] > 1)


def _key(feature: msgspec.Raw) -> object:
    """Give what is the same for features that only their outlines tell apart."""
    try:
        said = msgspec.json.decode(feature, type=_Named).said
    except msgspec.MsgspecError:
        return None
    properties = Properties(said, may_be_country=False, is_outlined=False)
    return fold(properties.name or ""), properties.level, properties.parent(None)


def _read(record: object, *, kind: PlaceKind | None, parent: str | None) -> WantedPlace:
    """Read a feature as a place; raises RowError."""
    held = cast("_Record", record)
    try:
        feature = msgspec.json.decode(held.feature, type=_Feature)
    except msgspec.MsgspecError as error:
        raise RowError(f"no GeoJSON feature: {error}") from error
    geometry = _geometry(feature.geometry)
    outline = None if geometry is None or isinstance(geometry, Point) else msgspec.json.encode(geometry)
    properties = Properties(feature.said, may_be_country=kind in {None, "country"}, is_outlined=outline is not None)
    name = properties.name
    if name is None:
        raise RowError("no property names it")
    codes = properties.codes
    if held.is_namesake and outline is not None and not codes:
        # Nothing else tells them apart when the file is taken again.
        codes["outline"] = sha256(outline).hexdigest()[:_OUTLINE_LETTERS]
    country = (country_named(properties.country or "") if properties.level == 0 else None) or name
    return WantedPlace(
        name=name,
        kind=kind or properties.kind,
        aliases=(*_both(name), *({country} - {name})),
        names=properties.names,
        parent=properties.parent(parent),
        point=geometry.coordinates if isinstance(geometry, Point) else None,
        outline=outline,
        codes=tuple(codes.items()),
        exactly=properties.level != SETTLEMENT,
    )


def _both(name: str) -> tuple[str, ...]:
    """Give the two names of one that is written with another in brackets: Homs (Hims)."""
    found = _BRACKETED.fullmatch(name)
    return () if found is None else (found[1], found[2])


def _geometry(raw: msgspec.Raw) -> Geometry | None:
    if bytes(raw) == b"null":
        return None
    held: object = msgspec.json.decode(raw)
    try:
        found = cast("Geometry", msgspec.convert(_flat(held), Geometry))
    except msgspec.ValidationError as error:
        raise RowError(f"geometry: {error}") from error
    # Without a position it is as none at all (RFC 7946, 3.1).
    return None if _is_empty(found.coordinates) else found


def _is_empty(coordinates: object) -> bool:
    return isinstance(coordinates, tuple) and all(map(_is_empty, cast("tuple[object, ...]", coordinates)))


def _flat(held: object) -> object:
    """Leave out heights: the third member of a position."""
    if isinstance(held, dict):
        members = cast("dict[str, object]", held)
        return {"type": members.get("type"), "coordinates": _flat(members.get("coordinates"))}
    if isinstance(held, list):
        items = cast("list[object]", held)
        if items and all(isinstance(item, int | float) for item in items):
            return items[:2]
        return [_flat(item) for item in items]
    return held

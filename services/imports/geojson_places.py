"""GeoJSON of places: Natural Earth, geoBoundaries and OCHA COD, whose property names are mapped to ours."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, cast

import msgspec
from msgspec import Struct

from events.geometry import Geometry, Point
from events.values import Name
from events.words import PlaceKind
from services.imports.countries import country_named
from services.imports.entry import FormatError, RowError
from services.imports.gazetteer import Gazetteer, Numbered
from services.imports.wanted import WantedPlace

_NAMES = (
    "shapename", "adm4_en", "adm3_en", "adm2_en", "adm1_en", "adm0_en", "adm3_name", "adm2_name", "adm1_name",
    "adm0_name", "name_3", "name_2", "name_1", "name_0", "name_en", "name",
)  # fmt: skip
_CODES = {
    "iso_3166_2": ("iso_3166_2", "shapeiso", "iso"),
    "p_code": ("adm4_pcode", "adm3_pcode", "adm2_pcode", "adm1_pcode", "adm0_pcode"),
    "geoboundaries": ("shapeid",),
    "wikidata": ("wikidataid", "wikidata"),
    "geonames": ("gn_id", "geonameid"),
}
_KINDS: Mapping[int, PlaceKind] = {0: "country", 1: "province", 2: "district"}
_LEVEL = re.compile(r"(?:adm|name_|admin-)(\d)")
_LANGUAGE = re.compile(r"(?:adm\d|name)_([a-z]{2})")
_ALTERNATIVES = ("name_alt", "varname_1", "varname_2", "namealt")
_BRACKETED = re.compile(r"(\S[^()]*?)\s*\(([^()]*\S)\)")
_ISO_2 = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}\Z")


class _Feature(Struct):
    properties: dict[str, Any] | None = None
    # A union with Raw would read no object at all.
    geometry: msgspec.Raw = msgspec.Raw(b"null")


class _Collection(Struct):
    features: list[msgspec.Raw]


def geojson_places(lines: Callable[[], Iterable[str]], *, kind: PlaceKind | None, parent: str | None) -> Gazetteer:
    """Read a file of features; `kind` and `parent` are for what the features do not say of themselves."""
    return Gazetteer(partial(_features, lines), partial(_read, kind=kind, parent=parent))


def _features(lines: Callable[[], Iterable[str]]) -> Iterator[Numbered]:
    try:
        held = msgspec.json.decode("".join(lines()).lstrip("\ufeff"), type=_Collection)
    except msgspec.MsgspecError as error:
        raise FormatError(f"the file is no GeoJSON FeatureCollection: {error}") from error
    yield from enumerate(held.features, 1)


def _read(record: object, *, kind: PlaceKind | None, parent: str | None) -> WantedPlace:
    """Read a feature as a place; raises RowError."""
    try:
        feature = msgspec.json.decode(cast("msgspec.Raw", record), type=_Feature)
    except msgspec.MsgspecError as error:
        raise RowError(f"no GeoJSON feature: {error}") from error
    said = {name.lower(): str(value).strip() for name, value in (feature.properties or {}).items() if value is not None}
    name = next((said[key] for key in _NAMES if said.get(key)), None)
    if name is None:
        raise RowError("no property names it")
    codes = _codes(said)
    geometry = _geometry(feature.geometry)
    point = geometry.coordinates if isinstance(geometry, Point) else None
    return WantedPlace(
        name=name,
        kind=kind or _KINDS.get(_level(said), "other"),
        aliases=_both(name),
        names=_names(said, name),
        parent=_parent(said, codes, name, parent),
        point=point,
        geometry=None if isinstance(geometry, Point) else geometry,
        codes=tuple(codes.items()),
    )


def _codes(said: Mapping[str, str]) -> dict[str, str]:
    found = {register: next((said[key] for key in keys if said.get(key)), "") for register, keys in _CODES.items()}
    # A tilde marks codes that Natural Earth made up where ISO has none.
    return {register: code for register, code in found.items() if code and "~" not in code and code != "-99"}


def _level(said: Mapping[str, str]) -> int:
    """Give the administrative level: as the feature says, else the deepest that its properties are named for."""
    for key in ("shapetype", "featurecla"):
        if found := _LEVEL.search(said.get(key, "").lower()):
            return int(found[1])
    named = [int(found[1]) for key in said if said[key] and (found := _LEVEL.match(key))]
    return max(named) if named else (1 if "iso_3166_2" in said else -1)


def _names(said: Mapping[str, str], name: str) -> tuple[Name, ...]:
    found: dict[str, Name] = {}
    level = _level(said)
    for key, text in said.items():
        language = _LANGUAGE.fullmatch(key)
        if language and text and key.startswith((f"adm{level}", "name")):
            found.setdefault(text, Name(name=text, language=language[1]))
    for key in _ALTERNATIVES:
        for text in re.split(r"[|;,]", said.get(key, "")):
            if text.strip():
                found.setdefault(text.strip(), Name(name=text.strip()))
    found.pop(name, None)
    return tuple(found.values())


def _both(name: str) -> tuple[str, ...]:
    """Give the two names of one that is written with another in brackets: Homs (Hims)."""
    found = _BRACKETED.fullmatch(name)
    return () if found is None else (found[1], found[2])


def _parent(said: Mapping[str, str], codes: Mapping[str, str], name: str, parent: str | None) -> WantedPlace | None:
    """Give what it lies in: as the feature says, level by level, else the country of its code, else the one given."""
    level = _level(said)
    around: WantedPlace | None = None
    for above, keys in (
        (0, ("adm0_en", "adm0_name", "name_0", "admin", "country")),
        (1, ("adm1_en", "adm1_name", "name_1")),
    ):
        text = next((said[key] for key in keys if said.get(key)), None)
        if text is not None and above < level and text != name:
            around = WantedPlace(name=text, kind=_KINDS[above], parent=around)
    if around is not None:
        return around
    if parent is not None:
        return WantedPlace(name=parent, kind="country")
    code = _ISO_2.match(codes.get("iso_3166_2", ""))
    country = None if code is None else country_named(code[1])
    return None if country is None else WantedPlace(name=country, kind="country")


def _geometry(raw: msgspec.Raw) -> Geometry | None:
    if bytes(raw) == b"null":
        return None
    held: object = msgspec.json.decode(raw)
    try:
        return cast("Geometry", msgspec.convert(_flat(held), Geometry))
    except msgspec.ValidationError as error:
        raise RowError(f"geometry: {error}") from error


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

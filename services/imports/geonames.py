"""GeoNames: its table of 19 columns without heads, or the same rows as JSON lines (CC BY 4.0, geonames.org)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import cast

import msgspec

from events.times import zone_named
from events.values import Name
from events.words import PlaceKind
from services.imports.countries import country_named
from services.imports.entry import RowError
from services.imports.gazetteer import Gazetteer, Numbered
from services.imports.reading import code_in, point_of
from services.imports.wanted import WantedPlace

_COLUMNS = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude", "featureclass", "featurecode",
    "countrycode", "cc2", "admin1code", "admin2code", "admin3code", "admin4code", "population", "elevation", "dem",
    "timezone", "modificationdate",
)  # fmt: skip
_CODES: Mapping[str, PlaceKind] = {
    "PPLC": "city", "PPLA": "city", "PPLX": "neighbourhood", "ADM1": "province", "ADM2": "district", "PCLI": "country",
    "AIRP": "airport", "AIRB": "base", "MILB": "base", "INSM": "base", "ISL": "other", "RGN": "region",
}  # fmt: skip
_CLASSES: Mapping[str, PlaceKind] = {
    "P": "town",
    "A": "region",
    "H": "water",
    "T": "mountain",
    "R": "road",
    "S": "facility",
}
_NAMES_MOST = 200
_NAME_MOST = 500


def geonames(lines: Callable[[], Iterable[str]]) -> Gazetteer:
    """Read a file of GeoNames."""
    return Gazetteer(partial(_records, lines), _read)


def _records(lines: Callable[[], Iterable[str]]) -> Iterator[Numbered]:
    for number, line in enumerate(lines(), 1):
        if line.strip():
            yield number, line.rstrip("\r\n")


def _read(record: object) -> WantedPlace:
    """Read a line as a place; raises RowError."""
    line = cast("str", record)
    row, names = _of_json(line) if line.lstrip().startswith("{") else _of_table(line)
    point = point_of(row, "latitude", "longitude")
    own = code_in(row, "geonameid")
    if not row.get("name") or not own or point is None:
        raise RowError("geonameid, name or coordinates are missing")
    country = country_named(row.get("countrycode", ""))
    kind = _CODES.get(row.get("featurecode", "")) or _CLASSES.get(row.get("featureclass", "P"), "other")
    return WantedPlace(
        name=row["name"][:_NAME_MOST],
        kind=kind,
        names=tuple(Name(name=name) for name in dict.fromkeys(names) if name != row["name"])[:_NAMES_MOST],
        parent=None if country is None or kind == "country" else WantedPlace(name=country, kind="country"),
        point=point,
        time_zone=_zone(row.get("timezone", "").strip()),
        codes=(("geonames", own),),
    )


@cache
def _zone(name: str) -> str | None:
    """Give a time zone that is known here: GeoNames may know a newer one than the time zones that are installed."""
    try:
        return zone_named(name).key
    except ValueError:
        return None


def _of_json(line: str) -> tuple[dict[str, str], list[str]]:
    try:
        held = msgspec.json.decode(line, type=dict[str, object])
    except msgspec.MsgspecError as error:
        raise RowError(f"no JSON object: {error}") from error
    names = held.pop("alternatenames", "")
    found: Sequence[object] = cast("list[object]", names) if isinstance(names, list) else str(names or "").split(",")
    row = {name.lower(): "" if value is None else str(value) for name, value in held.items()}
    return row, [str(name)[:_NAME_MOST] for name in found if name is not None and str(name).strip()]


def _of_table(line: str) -> tuple[dict[str, str], list[str]]:
    cells = line.split("\t")
    if len(cells) != len(_COLUMNS):
        raise RowError(f"{len(cells)} columns instead of {len(_COLUMNS)}")
    row: dict[str, str] = dict(zip(_COLUMNS, cells, strict=True))
    return row, [name[:_NAME_MOST] for name in row["alternatenames"].split(",") if name.strip()]

"""Reading tables: CSV with the heads and oddities that publishers give them."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import cast

import msgspec

from services.imports.entry import FormatError, Row, RowError

_TAGS_ROW = 2

csv.field_size_limit(sys.maxsize)


def table(lines: Iterable[str], needed: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Give the rows of a CSV table by column name, each with its line number as a spreadsheet counts: heads are 1.

    A second row of HXL tags, as HDX adds it, is passed over. Raises FormatError where a needed column is missing.
    """
    reader = csv.reader(lines)
    heads = [head.strip().lstrip("\ufeff") for first in islice(reader, 1) for head in first]
    missing = [column for column in needed if column not in heads]
    if missing:
        raise FormatError(f"the file has no column {', '.join(missing)}")
    for number, cells in enumerate(reader, 2):
        if number == _TAGS_ROW and any(cell.startswith("#") for cell in cells):
            continue
        if cells:
            # Cells that are missing at the end of a row are read as empty, further ones belong to no column.
            yield number, dict(zip(heads, [*cells, *[""] * (len(heads) - len(cells))], strict=False))


def whole_number(row: Row, column: str) -> int:
    """Read a number of people or a code; raises RowError."""
    text = row.get(column, "").strip()
    if not text.isdecimal():
        raise RowError(f"{column} is no whole number: {text!r}")
    return int(text)


def point_of(row: Row, latitude: str, longitude: str) -> tuple[float, float] | None:
    """Read coordinates, longitude first; None where one is missing or none that is on earth."""
    try:
        north, east = float(row.get(latitude, "")), float(row.get(longitude, ""))
    except ValueError:
        return None
    return (east, north) if -90 <= north <= 90 and -180 <= east <= 180 else None  # noqa: PLR2004 - of a sphere


def rows_of(lines: Iterable[str], needed: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Give the rows of a CSV table, or of the JSON that an API answers with: a list, or an object with `data`."""
    left = iter(lines)
    first = next(left, "")
    if first.lstrip("\ufeff \n")[:1] not in {"{", "["}:
        yield from table(chain([first], left), needed)
        return
    try:
        held: object = msgspec.json.decode("".join([first.lstrip("\ufeff"), *left]))
    except msgspec.DecodeError as error:
        raise FormatError(f"the file is no JSON: {error}") from error
    rows = cast("dict[str, object]", held).get("data") if isinstance(held, dict) else held
    if not isinstance(rows, list):
        raise FormatError("the JSON holds no list of rows, nor an object with one as `data`")
    for number, row in enumerate(cast("list[object]", rows), 1):
        if not isinstance(row, dict):
            raise FormatError(f"row {number} is no object")
        members = cast("dict[str, object]", row)
        cells = {name: "" if value is None else str(value) for name, value in members.items()}
        missing = [column for column in needed if column not in cells]
        if missing:
            raise FormatError(f"row {number} has no member {', '.join(missing)}")
        yield number, cells

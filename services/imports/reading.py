"""Reading tables: CSV with the heads and oddities that publishers give them."""

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import cast

import msgspec

from services.imports.entry import FormatError, Row, RowError

_TAGS_ROW = 2
# hxlstandard.org, HXL 1.1: a hashtag, then attributes with a plus sign.
_TAG = re.compile(r"\s*#[a-z][a-z0-9_]*(?:\s*\+\s*[a-z][a-z0-9_]*)*\s*", re.IGNORECASE)
# Excel for the Macintosh ended lines with a carriage return alone.
_ENDED = re.compile(r"[^\r]*\r\n?|[^\r]+\Z")
_SEPARATOR = re.compile(r"\ufeff?\"?sep=.\"?\s*", re.IGNORECASE)
_NOTHING = frozenset({"NA", "NULL", "NaN", "nan"})
"""What R, databases and dataframes write into an empty cell."""

_DELIMITERS = (",", ";", "\t")
# People come in wholes, so that a comma before three digits parts thousands in every language.
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([, \u00a0\u202f'\u2019])\d{3})(?:\1\d{3})*(?:\.0*)?")
_UNPARTED = str.maketrans("", "", ", \u00a0\u202f'\u2019")

csv.field_size_limit(sys.maxsize)


def table(lines: Iterable[str], needed: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Give the rows of a CSV table by column name, each with its line number as a spreadsheet counts: heads are 1.

    Heads are read in small letters: databases write them in capitals. Cells are parted by commas, semicolons or tabs,
    whichever the heads are parted by; a line before them that tells spreadsheets which, as sep=; does, is no row. A
    second row of HXL tags, as HDX adds it, and rows in which nothing stands are passed over. Raises FormatError where a
    needed column is missing, and where a quotation mark or a line's end leaves no telling where a row ends.
    """
    left = iter(lines)
    first = next(left, "")
    if "\r" in first.rstrip("\r\n"):
        left = (part for line in chain([first], left) for part in _ENDED.findall(line))
        first = next(left)
    if _SEPARATOR.fullmatch(first):
        first = next(left, "")
    delimiter = max(_DELIMITERS, key=lambda sign: len(set(needed) & set(_heads(first, sign))))
    heads = _heads(first, delimiter)
    missing = [column for column in needed if column not in heads]
    if missing:
        raise FormatError(f"the file has no column {', '.join(missing)}")
    for number, row in _numbered(left, delimiter):
        cells = ["" if cell in _NOTHING else cell for cell in row]
        is_tags = number == _TAGS_ROW and all(_TAG.fullmatch(cell) for cell in cells if cell.strip())
        if any(cells) and not is_tags:
            # Cells that are missing at the end of a row are read as empty, further ones belong to no column.
            yield number, dict(zip(heads, [*cells, *[""] * (len(heads) - len(cells))], strict=False))


def _heads(line: str, delimiter: str) -> list[str]:
    try:
        [cells] = csv.reader([line.lstrip("\ufeff")], delimiter=delimiter)
    except (csv.Error, ValueError):
        return []
    return [cell.strip().lower() for cell in cells]


def _numbered(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    number, over = 1, False

    def watched() -> Iterator[str]:
        nonlocal over
        yield from lines
        over = True

    try:
        for number, cells in enumerate(csv.reader(watched(), delimiter=delimiter), 2):
            # A row is whole with its last line; one that takes the end of the file for its own was never closed.
            if over:
                raise FormatError(f"row {number}: a quotation mark is opened and never closed")
            yield number, cells
    except csv.Error as error:
        raise FormatError(f"after row {number}: {error}") from error


def whole_number(row: Row, column: str) -> int:
    """Read a number of people or a code; raises RowError."""
    found = number_or_none(row, column)
    if found is None:
        raise RowError(f"{column} is no whole number: ''")
    return found


def number_or_none(row: Row, column: str) -> int | None:
    """Read a number of people, None where the cell is empty: not stated; raises RowError.

    Spreadsheets and dataframes write whole numbers with a decimal nought, and part thousands; three noughts behind a
    point may be either.
    """
    text = row.get(column, "").strip()
    if not text:
        return None
    whole, _, noughts = (text.translate(_UNPARTED) if _THOUSANDS.fullmatch(text) else text).partition(".")
    if not whole.isdecimal() or noughts.strip("0") or len(noughts) == len("000"):
        raise RowError(f"{column} is no whole number: {text!r}")
    return int(whole)


def code_in(row: Row, column: str) -> str:
    """Read a code or an id, without the decimal noughts that spreadsheets and dataframes add to numbers."""
    text = row.get(column, "").strip()
    whole, point, noughts = text.partition(".")
    return whole if point and whole.isdecimal() and not noughts.strip("0") else text


def point_of(row: Row, latitude: str, longitude: str) -> tuple[float, float] | None:
    """Read coordinates, longitude first; None where one is missing or none that is on earth.

    Spreadsheets of many languages write a comma before decimals.
    """
    try:
        north, east = (float(row.get(column, "").replace(",", ".")) for column in (latitude, longitude))
    except ValueError:
        return None
    return (east, north) if -90 <= north <= 90 and -180 <= east <= 180 else None  # noqa: PLR2004 - of a sphere


def rows_of(lines: Iterable[str], needed: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Give the rows of a CSV table, or of the JSON that an API answers with: a list, or an object with `data`."""
    left = iter(lines)
    before: list[str] = []
    while not (first := next(left, "")).strip("\ufeff \t\r\n") and first:
        before.append(first)
    if first.lstrip("\ufeff \t")[:1] not in {"{", "["}:
        yield from table(chain(before, [first], left), needed)
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

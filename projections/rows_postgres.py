"""Writing what a page of events changes into the tables of the projections."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import LiteralString, TypeAlias, cast

from psycopg import AsyncConnection, DataError, IntegrityError, ProgrammingError, sql
from psycopg.rows import TupleRow

from events.statements import statements
from projections.diff import Batch, Closed, Record
from projections.page import Target
from projections.table import Table

Connection: TypeAlias = AsyncConnection[TupleRow]

COMMON_COLUMNS = ("number", "key", "known_from", "known_to", "from_position", "to_position")

_SQL = statements(Path(__file__).with_suffix(".sql"))


class RowsDifferError(Exception):
    """A table does not hold the rows that the log says were written; rebuild the projection."""

    def __init__(self, table: str, expected: int, found: int) -> None:
        """Keep the table, and how many rows were to be closed and how many were."""
        super().__init__(f"{found} of {expected} rows to be closed stand in table {table}; rebuild its projection")
        self.table = table


_REFUSALS = (DataError, IntegrityError, ProgrammingError, RowsDifferError, UnicodeEncodeError)


async def write(connection: Connection, targets: Sequence[Target], batches: Mapping[str, Batch]) -> Mapping[str, str]:
    """Write what a page changed, each projection's rows all or none; gives why those were refused that were."""
    changed = [target for target in targets if not batches[target.projection.name].empty]
    # One savepoint for all, as long as nothing is refused.
    if not changed or await _written(connection, changed, batches) is None:
        return {}
    refused: dict[str, str] = {}
    for target in changed:
        reason = await _written(connection, [target], batches)
        if reason is not None:
            refused[target.projection.name] = reason
    return refused


async def _written(connection: Connection, targets: Sequence[Target], batches: Mapping[str, Batch]) -> str | None:
    """Write the rows of some projections, all or none; gives why they were refused if they were."""
    texts = _Texts()
    try:
        async with connection.transaction():
            for target in targets:
                batch = batches[target.projection.name]
                for table in target.projection.tables:
                    await _close(connection, target.schema, table, batch.closed(table.name))
                    await _open(connection, _into(target.schema, table), batch.opened(table.name), texts)
    except _REFUSALS as error:
        return f"{type(error).__name__}: {error}"
    return None


async def _open(connection: Connection, into: bytes, records: Sequence[Record], texts: "_Texts") -> None:
    if not records:
        return
    lines = map(texts.line, records)
    block = "\n".join([*lines, ""]).encode()
    async with connection.cursor() as cursor, cursor.copy(into) as copy:
        await copy.write(block)


async def _close(connection: Connection, schema: str, table: Table, closed: Sequence[Closed]) -> None:
    if not closed:
        return
    rows = {
        "numbers": [row.number for row in closed],
        "keys": [row.key for row in closed],
        "known_from": [row.known_from for row in closed],
        "to_positions": [row.to_position for row in closed],
    }
    cursor = await connection.execute(_filled("close_rows", schema, table.name), rows)
    if cursor.rowcount != len(closed):
        raise RowsDifferError(table.name, len(closed), cursor.rowcount)


def _into(schema: str, table: Table) -> bytes:
    return _filled("open_rows", schema, table.name, (*COMMON_COLUMNS, *table.columns))


@lru_cache(maxsize=256)
def _filled(name: str, schema: str, table: str, columns: tuple[str, ...] = ()) -> bytes:
    query = sql.SQL(cast("LiteralString", _SQL[name].decode())).format(
        table=sql.Identifier(schema, table), columns=sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    return query.as_bytes(None)


class _Texts(dict[object, str]):
    """Values as COPY's text format has them, each written once: most stand in many rows of a page.

    Values that are equal have one text: True is 1, which PostgreSQL reads as either.
    """

    def line(self, record: Record) -> str:
        """Give a row."""
        try:
            return "\t".join(map(self.__getitem__, record))
        except TypeError:
            # Lists cannot be looked up.
            return "\t".join(self[_unchanging(value)] for value in record)

    def __missing__(self, value: object) -> str:
        text = self[value] = "\\N" if value is None else _escaped(_plain(value))
        return text


def _unchanging(value: object) -> object:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


def _plain(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return "1" if value else "0"
        case int() | date():
            return str(value)
        case tuple():
            members = cast("tuple[object, ...]", value)
            return "{" + ",".join("NULL" if one is None else _quoted(_plain(one)) for one in members) + "}"
        case _:
            raise TypeError(f"no column holds a {type(value).__name__}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text

"""Writing what a page of events changes into the tables of the projections."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import LiteralString, TypeAlias, cast

from msgspec import Struct
from psycopg import AsyncConnection, DataError, IntegrityError, ProgrammingError, sql
from psycopg.rows import TupleRow

from events.statements import statements
from projections.diff import Batch, Closed, Record
from projections.page import Target
from projections.row_texts import Literals, Texts
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

# COPY takes two thirds of an INSERT's time for a row, and two messages to and fro more for a table.
_COPIED_FROM = 200


async def write(
    connection: Connection, targets: Sequence[Target], batches: Mapping[str, Batch], also: bytes = b""
) -> Mapping[str, Exception]:
    """Write what a page changed, each projection's rows all or none; gives why those were refused that were.

    `also` is a statement that goes with them, and is done where no rows are refused.
    """
    changed = [target for target in targets if not batches[target.projection.name].empty]
    # All in one go, as long as nothing is refused.
    if not (changed or also) or await _written(connection, changed, batches, also) is None:
        return {}
    refused: dict[str, Exception] = {}
    for target in changed:
        reason = await _written(connection, [target], batches)
        if reason is not None:
            refused[target.projection.name] = reason
    if also and not refused:
        await connection.execute(also, prepare=False)
    return refused


async def _written(
    connection: Connection, targets: Sequence[Target], batches: Mapping[str, Batch], also: bytes = b""
) -> Exception | None:
    """Write the rows of some projections, all or none; gives why they were refused if they were."""
    changes = [
        _Change(target.schema, table, batch.closed(table.name), batch.opened(table.name))
        for target in targets
        for batch in (batches[target.projection.name],)
        for table in target.projection.tables
    ]
    copied = [change for change in changes if len(change.opened) >= _COPIED_FROM]
    try:
        await _send(connection, changes, also)
        texts = Texts()
        for change in copied:
            block = "".join([texts.row(record) for record in change.opened]).encode()
            async with connection.cursor() as cursor, cursor.copy(change.statement("copy_rows")) as copy:
                await copy.write(block)
    except _REFUSALS as error:
        await connection.execute(_SQL["back_to_mark"])
        return error
    return None


async def _send(connection: Connection, changes: Sequence["_Change"], also: bytes) -> None:
    """Close rows and insert few, all in one message: each further one costs more time than the rows that it brings."""
    literals = Literals()
    closing = [change for change in changes if change.closed]
    message = [_SQL["mark"], *(change.statement("close_rows", _rows(literals, change.closing())) for change in closing)]
    inserting = [change for change in changes if 0 < len(change.opened) < _COPIED_FROM]
    message += [change.statement("insert_rows", _rows(literals, change.opened)) for change in inserting]
    if also:
        message.append(also)
    text = b";".join(message)
    if b"\0" in text:
        raise DataError("no column holds U+0000")
    # Not prepared: it is never sent again.
    cursor = await connection.execute(text, prepare=False)
    for change in closing:
        cursor.nextset()
        if cursor.rowcount != len(change.closed):
            raise RowsDifferError(change.table.name, len(change.closed), cursor.rowcount)


def _rows(literals: Literals, records: Iterable[Record]) -> str:
    return ",".join([literals.row(record) for record in records])


class _Change(Struct, frozen=True):
    """What a page changes in one table."""

    schema: str
    table: Table
    closed: Sequence[Closed]
    opened: Sequence[Record]

    def closing(self) -> Iterable[Record]:
        """Give the rows to close by their keys, with the position that they hold to."""
        return [(row.number, row.key, row.known_from, row.to_position) for row in self.closed]

    def statement(self, name: str, rows: str = "") -> bytes:
        """Give a statement about the table, with these rows in it."""
        before, after = _around(name, self.schema, self.table.name, (*COMMON_COLUMNS, *self.table.columns))
        return before + rows.encode() + after


@lru_cache(maxsize=1024)
def _around(name: str, schema: str, table: str, columns: tuple[str, ...]) -> tuple[bytes, bytes]:
    """Give what stands before and after the rows of a statement."""
    parts = sql.SQL(cast("LiteralString", _SQL[name].decode())).format(
        table=sql.Identifier(schema, table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        rows=sql.SQL("\0"),
    )
    before, _, after = parts.as_bytes(None).partition(b"\0")
    return before, after

"""Digests of a generation's tables, equal exactly where the rows are, and what differs where they are not."""

from collections.abc import Sequence
from pathlib import Path
from typing import LiteralString, TypeAlias, cast

from psycopg import sql

from events.statements import statements
from projections.page import Target
from projections.rows_postgres import Connection
from projections.table import Table

Digest: TypeAlias = dict[str, tuple[int, str]]
"""For each table how many rows it has, and the sum of their hashes."""

_SQL = statements(Path(__file__).with_suffix(".sql"))


async def digest(
    connection: Connection, target: Target, position: int, after: int = 0, without: Sequence[int] = ()
) -> Digest:
    """Give the digest of a generation as it stood at a position, of rows that began or ended after another one.

    `without` are the numbers of those whose rows are left out.
    """
    found: Digest = {}
    for table in target.projection.tables:
        query = _filled("digest", rows=_rows(target, table, position, after, without))
        [(count, total)] = await (await connection.execute(query)).fetchall()
        found[table.name] = (count, total)
    return found


async def differing(
    connection: Connection, live: Target, rebuilt: Target, position: int, without: Sequence[int] = ()
) -> Sequence[str]:
    """Give some of the rows that only one of two generations has at a position, each with its table and side."""
    found: list[str] = []
    for table in live.projection.tables:
        one, other = (_rows(target, table, position, 0, without) for target in (live, rebuilt))
        query = _filled("differing", live=one, rebuilt=other)
        cursor = await connection.execute(query)
        found += [f"{table.name}: {side} only: {row}" for side, row in await cursor.fetchall()]
    return found


async def first_differing(
    connection: Connection, live: Target, rebuilt: Target, position: int, without: Sequence[int] = ()
) -> int:
    """Give the first position at which two generations differ, whose digests differ at a later one."""
    found: list[int] = []
    for table in live.projection.tables:
        one, other = (_rows(target, table, position, 0, without) for target in (live, rebuilt))
        query = _filled("first_differing", live=one, rebuilt=other, columns=_columns(table))
        found += [first for (first,) in await (await connection.execute(query)).fetchall() if first is not None]
    return min(found, default=position)


def _rows(target: Target, table: Table, position: int, after: int, without: Sequence[int]) -> sql.Composed:
    return _filled(
        "rows_at",
        table=sql.Identifier(target.schema, table.name),
        columns=_columns(table),
        position=sql.Literal(position),
        after=sql.Literal(after),
        without=sql.Literal(list(without)),
    )


def _columns(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))


def _filled(name: str, **parts: sql.Composable) -> sql.Composed:
    return sql.SQL(cast("LiteralString", _SQL[name].decode())).format(**parts)

"""Generations of a projection and their tables: made, indexed, shown to readers, and dropped."""

from collections.abc import Sequence
from pathlib import Path
from typing import LiteralString, cast

from msgspec import Struct
from psycopg import sql
from psycopg.errors import UndefinedColumn

from events.statements import statements
from projections.page import Target
from projections.rows_postgres import Connection
from projections.subjects import Projection

_SQL = statements(Path(__file__).with_suffix(".sql"))


_ANEW = "read_anew"

READ = frozenset({"live", "stopped"})
"""The states of a generation that readers see."""


class Mark(Struct, frozen=True):
    """A generation: its number, code version, position and state, and whether a build of it can be gone on with."""

    generation: int
    version: int
    position: int
    state: str
    resumable: bool


async def marks(connection: Connection, name: str) -> list[Mark]:
    """Give a projection's generations in their order."""
    cursor = await connection.execute(_SQL["marks"], {"name": name})
    return [Mark(*row) for row in await cursor.fetchall()]


async def add(connection: Connection, projection: Projection, state: str) -> Target:
    """Make the next generation, its tables with all their indexes in a schema of its own."""
    number = 1 + max((mark.generation for mark in await marks(connection, projection.name)), default=0)
    target = Target(projection, number, 0, 0)
    mark = {"name": projection.name, "generation": number, "version": projection.version, "state": state}
    await connection.execute(_SQL["add_mark"], mark)
    schema = sql.Identifier(target.schema)
    await connection.execute(_filled("create_schema", schema=schema))
    await connection.execute(_filled("search_here", schema=schema))
    await connection.execute(projection.schema.read_bytes())
    for table in projection.tables:
        await connection.execute(_filled("one_row_is_open", table=sql.Identifier(target.schema, table.name)))
    return target


async def put_off_indexes(connection: Connection, target: Target) -> None:
    """Drop the indexes that only readers need, and write down what makes them again."""
    cursor = await connection.execute(_SQL["indexes_of"], {"schema": target.schema})
    found = await cursor.fetchall()
    for name, _ in found:
        await connection.execute(_filled("drop_index", index=sql.Identifier(target.schema, name)))
    await _put_off(connection, target, [definition for _, definition in found])


async def make_indexes(connection: Connection, target: Target) -> None:
    """Make the indexes that were put off, and tell the planner what the tables hold; done again, it makes none."""
    cursor = await connection.execute(_SQL["indexes_put_off"], _name(target))
    for (definition,) in await cursor.fetchall():
        await connection.execute(str(definition).encode())
    await _put_off(connection, target, [])
    for table in target.projection.tables:
        await connection.execute(_filled("analyze", table=sql.Identifier(target.schema, table.name)))


async def _put_off(connection: Connection, target: Target, definitions: Sequence[str]) -> None:
    await connection.execute(_SQL["put_off"], _name(target) | {"definitions": list(definitions)})


async def hold_readers(connection: Connection) -> None:
    """Let no answer begin before this transaction ends, and wait for those that did."""
    await connection.execute(_SQL["hold_readers"])


async def show(connection: Connection, target: Target, schemas: Sequence[str]) -> None:
    """Let the readers' views show this generation; views of tables that only another of the schemas has go."""
    cursor = await connection.execute(_SQL["tables_of"], {"schemas": schemas})
    tables = await cursor.fetchall()
    for table in {table for _, table in tables}:
        await connection.execute(_filled("drop_view", view=sql.Identifier("read", table)))
    for table in [table for schema, table in tables if schema == target.schema]:
        await _make_view(connection, target, table, "read")
        await connection.execute(_filled("grant_view", view=sql.Identifier("read", table)))


async def altered(connection: Connection, projection: Projection) -> Sequence[str]:
    """Give the readers' views that are not as `show` makes them of what is read; where nothing is, all that there are.

    They are made again elsewhere to be compared with, and nothing is left of that.
    """
    names = [table.name for table in projection.tables]
    try:
        async with connection.transaction(force_rollback=True):
            await connection.execute(_SQL["hold_views"])
            await connection.execute(_filled("create_schema", schema=sql.Identifier(_ANEW)))
            for mark in [mark for mark in await marks(connection, projection.name) if mark.state in READ]:
                target = Target(projection, mark.generation, 0, 0)
                cursor = await connection.execute(_SQL["tables_of"], {"schemas": [target.schema]})
                for _, table in await cursor.fetchall():
                    await _make_view(connection, target, table, _ANEW)
            cursor = await connection.execute(_SQL["altered"], {"anew": _ANEW, "tables": names})
            return [name for (name,) in await cursor.fetchall()]
    except UndefinedColumn:
        return names


async def _make_view(connection: Connection, target: Target, table: str, schema: str) -> None:
    open_to_all = table in {one.name for one in target.projection.tables if one.open_to_all}
    made = "create_open_view" if open_to_all else "create_view"
    view = sql.Identifier(schema, table)
    await connection.execute(_filled(made, view=view, table=sql.Identifier(target.schema, table)))


async def are_veiled(connection: Connection, tables: Sequence[str]) -> bool:
    """Tell whether the readers' views of these tables keep from them what is restricted."""
    return not await (await connection.execute(_SQL["unveiled"], {"tables": tables})).fetchall()


async def drop(connection: Connection, target: Target) -> None:
    """Forget a generation and its tables."""
    async with connection.transaction():
        await connection.execute(_SQL["forget"], _name(target))
        await connection.execute(_filled("drop_schema", schema=sql.Identifier(target.schema)))


def _name(target: Target) -> dict[str, object]:
    return {"name": target.projection.name, "generation": target.generation}


def _filled(name: str, **names: sql.Composable) -> sql.Composed:
    return sql.SQL(cast("LiteralString", _SQL[name].decode())).format(**names)

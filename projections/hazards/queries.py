"""Answers about hazards, read on a connection that is inside a transaction with one snapshot."""

from pathlib import Path

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.statements import statements
from projections.clocks import Clocks
from projections.hazards.answers import HazardList, HazardQuery, HazardRow, areas_of, hazards_of
from projections.hazards.told import Told
from projections.lasting import Lasting
from projections.paging import Slice
from projections.registry_view import RegistryView

Connection = AsyncConnection[TupleRow]

_SQL = statements(Path(__file__).with_suffix(".sql"))
_TOLD = msgspec.json.Decoder(Told)
# Nowhere does a day end later.
_LAST_ZONE = "Etc/GMT+12"


async def hazards(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: HazardQuery, page: Slice
) -> HazardList:
    """Give the hazards asked for, one page of them, and all of them by area; raises CursorError."""
    asked = {"known": clocks.known, "position": clocks.position, "until": clocks.as_of_in(_LAST_ZONE)}
    cursor = await connection.execute(_SQL["hazards"], asked)
    rows = [
        HazardRow(occurrence, Lasting(start_at, end_at, zone), _TOLD.decode(told))
        async for occurrence, start_at, end_at, zone, told in cursor
    ]
    found = hazards_of(rows, query, registry, clocks)
    items, next_cursor = page.of(found)
    return HazardList(
        level=query.level,
        areas=areas_of(found, registry),
        items=items,
        next_cursor=next_cursor,
        total=len(found),
        **clocks.echoed,
    )

"""Answers about displacement, read on a connection that is inside a transaction with one snapshot."""

from pathlib import Path

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.statements import statements
from projections.clocks import Clocks
from projections.displacement.answers import DisplacementQuery, Movement, MovementRow, movements_of
from projections.displacement.told import Told
from projections.lasting import Lasting
from projections.registry_view import RegistryView

Connection = AsyncConnection[TupleRow]

_SQL = statements(Path(__file__).with_suffix(".sql"))
_TOLD = msgspec.json.Decoder(Told)
# Nowhere does a day end later.
_LAST_ZONE = "Etc/GMT+12"


async def movements(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: DisplacementQuery
) -> list[Movement]:
    """Give all movements asked for, oldest first."""
    asked = {"known": clocks.known, "position": clocks.position, "until": clocks.as_of_in(_LAST_ZONE)}
    cursor = await connection.execute(_SQL["movements"], asked)
    rows = [
        MovementRow(occurrence, Lasting(start_at, end_at, zone), _TOLD.decode(told))
        async for occurrence, start_at, end_at, zone, told in cursor
    ]
    return movements_of(rows, query, registry, clocks)

"""The places that are nearly called as names are that nothing bears."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.statements import statements

_SQL = statements(Path(__file__).with_suffix(".sql"))
_SHOWN = 5
_LEAST_LIKENESS = "0.2"
"""Madagiz is like Magadiz by 0.23."""


class NearName(Struct, frozen=True):
    """A place that bears a name like the one asked for; `likeness` is from 0 to 1."""

    place: str
    name: str
    likeness: float


async def nearest_names(
    connection: AsyncConnection[TupleRow], position: int, folded: Sequence[str]
) -> Mapping[str, list[NearName]]:
    """Give for each of some folded names the places that bear a name like it, the most like first."""
    found: dict[str, list[NearName]] = {name: [] for name in folded}
    if found:
        await connection.execute(_SQL["least_likeness"], {"likeness": _LEAST_LIKENESS})
        asked = {"folded": list(found), "position": position, "limit": _SHOWN}
        cursor = await connection.execute(_SQL["nearest_names"], asked)
        async for name, place, bears, likeness in cursor:
            found[name].append(NearName(place, bears, round(float(likeness), 3)))
    return found

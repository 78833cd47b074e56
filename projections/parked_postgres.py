"""What is kept of parked streams, in the transactions that move the checkpoints."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, structs
from psycopg.rows import TupleRow

from events.statements import statements
from projections.page import Parked, Step, Target
from projections.rows_postgres import Connection

_SQL = statements(Path(__file__).with_suffix(".sql"))

ALL_PARKED = _SQL["parked"]
"""Asks for all that is parked, in a statement of its own: one that also took the locks would see what was before."""


async def with_parked(connection: Connection, targets: Sequence[Target]) -> list[Target]:
    """Give the targets, each with the streams that are parked for it; their checkpoint rows are locked."""
    return apart(targets, await (await connection.execute(ALL_PARKED)).fetchall())


def apart(targets: Sequence[Target], rows: Iterable[TupleRow]) -> list[Target]:
    """Give the targets, each with the streams that are parked for it, as ALL_PARKED gave them."""
    found: dict[tuple[str, int], set[str]] = {}
    for projection, generation, stream in rows:
        found.setdefault((projection, generation), set()).add(stream)
    return [
        structs.replace(one, parked=frozenset(found.get((one.projection.name, one.generation), ()))) for one in targets
    ]


class Unlike(Struct, frozen=True):
    """How the parked streams of a generation differ from those of the one that is read, as far as both have come.

    `numbers` are the first positions of those that stand elsewhere; `freed` are the streams folded further than in the
    one that is read, each with the position there; `lost` are those folded less far: the position, and why.
    """

    numbers: Sequence[int]
    freed: Sequence[tuple[str, int]]
    lost: Sequence[tuple[int, str]]


async def unlike(connection: Connection, target: Target) -> Unlike:
    """Compare the parked streams of a generation with those of the one that is read."""
    here = {"projection": target.projection.name, "generation": target.generation}
    cursor = await connection.execute(_SQL["unlike"], here)
    numbers: list[int] = []
    freed: list[tuple[str, int]] = []
    lost: list[tuple[int, str]] = []
    for stream, number, read, mine, reason in await cursor.fetchall():
        numbers.append(number)
        if mine is None or (read is not None and read < mine):
            freed.append((stream, read))
        else:
            lost.append((mine, reason))
    return Unlike(numbers, freed, lost)


async def park(
    connection: Connection, generations: Mapping[str, int], parked: Sequence[Parked], waiting: Sequence[Step]
) -> None:
    """Keep which streams are parked from here on, and what waits of them and of those that were parked before."""
    rows = {
        "projections": [one.projection for one in parked],
        "generations": [generations[one.projection] for one in parked],
        "streams": [one.stream for one in parked],
        "numbers": [one.number for one in parked],
        "positions": [one.position for one in parked],
        "reasons": [text(one.reason) for one in parked],
    }
    steps = {
        "projections": [one.projection for one in waiting],
        "generations": [generations[one.projection] for one in waiting],
        "streams": [one.stream for one in waiting],
        "firsts": [one.first for one in waiting],
        "lasts": [one.last for one in waiting],
    }
    if parked:
        await connection.execute(_SQL["park"], rows)
    await connection.execute(_SQL["wait"], steps)


def text(reason: str) -> str:
    """Write a reason so that it can be kept, whatever it quotes."""
    return reason.encode(errors="backslashreplace").decode().replace("\0", "\\0")

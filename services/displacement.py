"""Displacement as it is answered: each movement, and how many moved, by the rules of the casualty tally."""

from msgspec import Struct

from projections.casualties.answers import CasualtyRow
from projections.casualties.queries import casualties
from projections.casualties.question import CasualtyQuery
from projections.clocks import Answered, Clocks
from projections.displacement.answers import DisplacementQuery, Movement
from projections.displacement.queries import Connection, movements
from projections.paging import Slice
from projections.registry_view import Level, RegistryView

NEEDS = ("displacement", "casualties")
"""The projections that must stand at one position for this answer."""


class Moved(Struct, kw_only=True):
    """A movement and the range of how many people moved; null where nobody says."""

    movement: Movement
    people: CasualtyRow | None


class DisplacementAnswer(Answered, kw_only=True):
    """Movements, oldest first, and how many people left and came back over all pages, apart from each other.

    Ranges compare what the claimants say and add nothing twice; null where nobody says how many.
    """

    level: Level
    displaced: CasualtyRow | None
    returned: CasualtyRow | None
    items: list[Moved]
    next_cursor: str | None
    total: int


async def displacement(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: DisplacementQuery, page: Slice
) -> DisplacementAnswer:
    """Give the movements asked for, one page of them; raises CursorError."""
    found = await movements(connection, registry, clocks, query)
    away = [one.occurrence for one in found if not one.returning]
    back = [one.occurrence for one in found if one.returning]
    shown, next_cursor = page.of(found)
    people: dict[object, CasualtyRow] = {}
    totals: list[CasualtyRow | None] = []
    for occurrences, returning in ((away, False), (back, True)):
        total: CasualtyRow | None = None
        if occurrences:
            question = CasualtyQuery(
                effect=("displaced",), occurrence=tuple(occurrences), group_by=("occurrence",), came_back=returning
            )
            tally = await casualties(connection, registry, clocks, question)
            people |= {row.occurrence: row for row in tally.rows}
            # A total over nothing that was claimed would say that nobody moved.
            total = next(iter(tally.totals), None) if tally.rows else None
        totals.append(total)
    return DisplacementAnswer(
        level=query.level,
        displaced=totals[0],
        returned=totals[1],
        items=[Moved(movement=one, people=people.get(one.occurrence)) for one in shown],
        next_cursor=next_cursor,
        total=len(found),
        **clocks.echoed,
    )

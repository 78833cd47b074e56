"""Names of places that stand as they were written: nothing bears them, or several places do."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.statements import statements
from projections.clocks import Clocks
from projections.naming import Naming, naming_of
from projections.nearest_postgres import NearName, nearest_names
from projections.occurrences.answers import UnresolvedPlace, UnresolvedPlaces
from projections.paging import Slice
from projections.registry_view import RegistryView

_SQL = statements(Path(__file__).with_name("queries.sql"))
_OCCURRENCES_SHOWN = 100


class _Written(Struct, frozen=True):
    """The columns of the statement `unresolved`."""

    word: str
    names: Sequence[str]
    occurrences: Sequence[str]
    first: datetime
    last: datetime

    @property
    def naming(self) -> Naming:
        return naming_of(self.word)


async def unresolved_places(
    connection: AsyncConnection[TupleRow], registry: RegistryView, clocks: Clocks, page: Slice
) -> UnresolvedPlaces:
    """Give a page of the names that are not resolved, each once however it was spelt; raises CursorError."""
    moment = {"known": clocks.known, "position": clocks.position}
    rows = await (await connection.execute(_SQL["unresolved"], moment)).fetchall()
    grouped: dict[str, list[_Written]] = {}
    for row in rows:
        written = _Written(*row)
        if registry.meant(written.word) is None:
            grouped.setdefault(written.naming.folded, []).append(written)
    shown, next_cursor = page.of(sorted(grouped))
    nearest = await nearest_names(connection, clocks.position, shown)
    return UnresolvedPlaces(
        items=[_item(grouped[folded], nearest[folded], registry) for folded in shown],
        next_cursor=next_cursor,
        total=len(grouped),
        **clocks.echoed,
    )


def _item(written: Sequence[_Written], nearest: list[NearName], registry: RegistryView) -> UnresolvedPlace:
    occurrences = _each(occurrence for one in written for occurrence in one.occurrences)
    return UnresolvedPlace(
        names=_each(name for one in written for name in one.names),
        kinds=_each(one.naming.kind for one in written),
        parents=_each(one.naming.parent for one in written),
        count=len(occurrences),
        occurrences=occurrences[:_OCCURRENCES_SHOWN],
        first_published_at=min(one.first for one in written),
        last_published_at=max(one.last for one in written),
        borne_by=list(registry.bearing(Naming(written[0].naming.folded))),
        nearest=nearest,
    )


def _each(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value is not None})

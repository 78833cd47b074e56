"""What the tests of control logs share: rows of a table about Kherson, and who held a place by what was imported."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from events.known import as_known
from projections.clocks import Clocks
from projections.control_map.control import Control
from projections.control_map.facts import ControlFact
from projections.control_map.resolve import resolve
from projections.control_map.rows import facts_of
from services.imports.control_log import ControlLog
from tests.import_cases import Imported, as_csv

KYIV = "Europe/Kyiv"
ROW: Mapping[str, str] = {
    "recorded_at": "2022-03-01T12:00:00+02:00", "commit": "c1", "place": "Kherson", "change": "ADDED",
    "held_by_before": "", "held_by_after": "Ukraine", "as_of_claimed": "24 February 2022", "more_information": "",
    "lat": "46.6333", "lon": "32.6",
}  # fmt: skip


def at(day: int, hour: int = 12) -> dict[str, str]:
    """Give a revision of March 2022."""
    return {"recorded_at": f"2022-03-{day:02}T{hour:02}:00:00+02:00", "commit": f"c{day}-{hour}"}


def said(**changes: str) -> dict[str, str]:
    return {**ROW, "change": "CONTROL_CHANGED", **changes}


async def imported(rows: Sequence[Mapping[str, str]]) -> Imported:
    log = Imported()
    await log.take(ControlLog(as_csv(rows), "table", time_zone=KYIV))
    return log


async def control(log: Imported, place: str, known_at: str, as_of: str | None = None) -> Control:
    """Give who held a place; facts are those of the place's own occurrences."""
    clocks = Clocks(position=1000, now=datetime(2026, 1, 1, tzinfo=UTC), as_of=as_of, known_at=known_at)
    view = await log.registry()
    facts: list[ControlFact] = []
    for occurrence in (await log.occurrences()).values():
        known = as_known(occurrence, clocks.known)
        facts += [] if known is None else facts_of(known)
    return resolve(view.places[place], facts, view, clocks)

"""What the tests of imports share: a log in memory that files are imported into, and what is then known."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.facts import fold_occurrence, fold_registered
from events.log import RecordedEvent
from events.log_memory import MemoryLog
from events.occurrence import Occurrence
from events.registry import Party, Place, Source
from projections.registry_view import RegistryView
from services.imports.absent import Absence, retract_absent
from services.imports.entry import Importing, Release
from services.imports.log_sink import LogSink
from services.imports.registrar import Registrar
from services.imports.running import run
from services.imports.summary import Summary
from services.imports.ucdp_ged import UcdpGed
from tests.reporter import CountedIds, ticking

DATA = Path("../shared/data")
Lines = Callable[[], Iterator[str]]


def needs(name: str) -> pytest.MarkDecorator:
    """Skip a test where a file of the shared data is absent."""
    path = DATA / name
    return pytest.mark.skipif(not path.exists(), reason=f"{path} is not here")


def lines_of(path: Path) -> Lines:
    def lines() -> Iterator[str]:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from file

    return lines


def rows_in(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(lines_of(path)()))


def as_csv(rows: Sequence[Mapping[str, str]]) -> Lines:
    """Give the lines of a table whose heads are those of the first row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return lambda: iter(text.getvalue().splitlines(keepends=True))


class Imported:
    """A log in memory, filled by imports alone."""

    def __init__(self) -> None:
        clock = ticking(datetime(2026, 1, 1, tzinfo=UTC))
        self.log = MemoryLog(lambda: next(clock))
        self.door = LogSink(self.log, CountedIds())

    async def take(self, importing: Importing) -> Summary:
        return await run(importing, self.door, Registrar(self.door, self.door), Summary("test"))

    async def take_ged(
        self, lines: Lines, release: str | None = None, published: str = "2019-06-01", *, complete: bool | None = None
    ) -> Summary:
        """Import UCDP GED as the command does: what a newer release lacks is retracted."""
        named = Release(dataset="ucdp-ged", name=release, published_at=published)
        importing = UcdpGed(lines(), named)
        registrar = Registrar(self.door, self.door)
        summary = await run(importing, self.door, registrar, Summary("ucdp-ged", release))
        await retract_absent(Absence(named, importing.covered, complete), registrar, self.door, summary)
        return summary

    async def streams(self) -> dict[str, list[RecordedEvent]]:
        found: dict[str, list[RecordedEvent]] = {}
        for event in await self.log.read(limit=2**40):
            found.setdefault(event.stream, []).append(event)
        return found

    async def occurrences(self) -> dict[str, Occurrence]:
        streams = await self.streams()
        folded = [fold_occurrence(events) for stream, events in streams.items() if stream.startswith("occurrence-")]
        return {one.id: one for one in folded}

    async def occurrence(self, name: str) -> Occurrence:
        return (await self.occurrences())[name]

    async def registry(self) -> RegistryView:
        streams = await self.streams()
        folded = [fold_registered(events) for stream, events in streams.items() if not stream.startswith("occurrence-")]
        return RegistryView(
            1,
            {one.id: one for one in folded if isinstance(one, Place)},
            {one.id: one for one in folded if isinstance(one, Party)},
            {one.id: one for one in folded if isinstance(one, Source)},
        )


GED_ROW: Mapping[str, str] = {
    "id": "214797", "year": "2016", "type_of_violence": "1", "conflict_name": "Syria: Government",
    "side_a_new_id": "118", "side_a": "Government of Syria", "side_b_new_id": "4456", "side_b": "Syrian insurgents",
    "source_article": "SOHR,2016-01-01,Shelling of the town", "source_original": "SOHR", "where_prec": "1",
    "where_coordinates": "Teir Maaleh village", "adm_1": "Homs Governorate", "adm_2": "Ar Rastan district",
    "latitude": "34.802462", "longitude": "36.707602", "country": "Syria", "country_id": "652", "date_prec": "1",
    "date_start": "2016-01-01", "date_end": "2016-01-01", "deaths_a": "2", "deaths_b": "1", "deaths_civilians": "3",
    "deaths_unknown": "0", "low": "5", "best": "6", "high": "8",
}  # fmt: skip


def ged(*changed: Mapping[str, str]) -> Lines:
    """Give a file of UCDP GED with a row for each change of a common one."""
    return as_csv([{**GED_ROW, **changes} for changes in changed])

"""UCDP's 14,522 events in Syria: imported into a real log, and counted as plain sums over the file's columns."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from projections.casualties.answers import CasualtyRow, CasualtyTally
from projections.casualties.queries import casualties
from projections.casualties.question import CasualtyQuery, Grouping
from projections.clocks import Clocks
from projections.snapshot_postgres import Snapshot, Snapshots
from services.ids import RandomIds
from services.imports.entry import Release
from services.imports.log_sink import LogSink
from services.imports.registrar import Registrar
from services.imports.running import run
from services.imports.summary import Summary
from services.imports.ucdp_ged import INCONSISTENT, STRADDLES, UcdpGed
from services.wiring import API_ROLE, open_pool
from tests.import_cases import DATA, lines_of, needs, rows_in
from tests.projected import Parts, parts

SYRIA = "ucdp_ged_syria_2016-2018.csv"
Row = Mapping[str, str]

pytestmark = [pytest.mark.anyio, pytest.mark.long, needs(SYRIA)]


async def imported(held: Parts) -> Summary:
    """Import the file as a release without a name, as its own says none."""
    door = LogSink(held.log, RandomIds())
    release = Release(dataset="ucdp-ged", name=None, published_at="2019-06-01")
    importing = UcdpGed(lines_of(DATA / SYRIA)(), release)
    return await run(importing, door, Registrar(door, door), Summary("ucdp-ged"))


async def tallied(snapshot: Snapshot, *grouped: Grouping, year: str | None = None) -> CasualtyTally:
    clocks = Clocks(position=snapshot.position, now=datetime(2026, 1, 1, tzinfo=UTC))
    query = CasualtyQuery(effect=("killed",), group_by=grouped, year=() if year is None else (year,))
    return await casualties(snapshot.connection, snapshot.registry, clocks, query)


def added(rows: list[dict[str, str]], group: Callable[[Row], object], *columns: str) -> dict[object, tuple[int, ...]]:
    """Add the columns of a file up, by a group of its rows: the independent count."""
    sums: dict[object, list[int]] = {}
    for row in rows:
        sums.setdefault(group(row), [0] * len(columns))
        for number, column in enumerate(columns):
            sums[group(row)][number] += int(row[column])
    return {key: tuple(found) for key, found in sums.items()}


def bounds(row: CasualtyRow) -> tuple[int | None, int | None, int | None]:
    return row.low, row.best, row.high


async def test_the_file_counts_as_its_columns_add_up_however_it_is_grouped(database_url: str) -> None:
    rows = rows_in(DATA / SYRIA)
    async with parts(database_url) as held, open_pool(database_url, API_ROLE) as pool:
        summary = await imported(held)
        await held.runner().drain()
        async with Snapshots(pool).take(["casualties"]) as snapshot:
            _check_summary(summary, rows)
            await _check_totals(snapshot, rows)
            await _check_places(snapshot, rows)
            await _check_people(snapshot, rows)
            await _check_months(snapshot, rows)
        head = await held.log.head()
        again = await imported(held)
        assert (await held.log.head(), again.recorded, again.repeated) == (head, 0, 14_522)


def _check_summary(summary: Summary, rows: list[dict[str, str]]) -> None:
    broken = [n for n, row in enumerate(rows, 2) if not int(row["low"]) <= int(row["best"]) <= int(row["high"])]
    straddling = [n for n, row in enumerate(rows, 2) if row["date_start"][:7] != row["date_end"][:7]]
    assert (summary.rows, summary.recorded, summary.refused, summary.quarantined) == (14_522, 14_522, [], [])
    assert summary.flagged == {INCONSISTENT: broken, STRADDLES: straddling}
    assert (len(broken), len(straddling)) == (69, 127)


async def _check_totals(snapshot: Snapshot, rows: list[dict[str, str]]) -> None:
    [whole] = (await tallied(snapshot)).totals
    assert (bounds(whole), whole.occurrences) == (added(rows, lambda _: 0, "low", "best", "high")[0], 14_522)
    [of_2016] = (await tallied(snapshot, year="2016")).totals
    assert (bounds(of_2016), of_2016.occurrences) == ((43_538, 48_710, 49_642), 6170)
    assert of_2016.bounds_inconsistent


async def _check_places(snapshot: Snapshot, rows: list[dict[str, str]]) -> None:
    answer = await tallied(snapshot, "place")
    names = {row.place: snapshot.registry.places[str(row.place)].said.name for row in answer.rows}
    expected = added(rows, lambda row: row["adm_1"], "low", "best", "high")
    [coarser] = answer.not_located
    assert bounds(coarser) == expected.pop("")
    assert coarser.occurrences == sum(1 for row in rows if not row["adm_1"]) == 290
    assert {names[row.place]: bounds(row) for row in answer.rows} == expected


async def _check_people(snapshot: Snapshot, rows: list[dict[str, str]]) -> None:
    answer = await tallied(snapshot, "affected_party", "status")
    parties = snapshot.registry.parties
    by_side: Counter[str] = Counter()
    for side in ("a", "b"):
        for name, (deaths,) in added(rows, lambda row, side=side: row[f"side_{side}"], f"deaths_{side}").items():
            by_side[str(name)] += deaths
    found = {(row.affected_party, row.status): row.best for row in answer.rows}
    assert {
        parties[str(party)].said.name: best for (party, status), best in found.items() if status == "combatant"
    } == by_side
    [(civilians, unknown)] = added(rows, lambda _: 0, "deaths_civilians", "deaths_unknown").values()
    assert (found[None, "civilian"], found[None, "unspecified"]) == (civilians, unknown)


async def _check_months(snapshot: Snapshot, rows: list[dict[str, str]]) -> None:
    answer = await tallied(snapshot, "month")
    expected = added(rows, lambda row: row["date_start"][:7], "low", "best", "high")
    assert {row.month: bounds(row) for row in answer.rows} == expected
    assert sum(row.spanning for row in answer.rows) == 127

"""Control logs: who held what, as a table said at each of its revisions, and when that was known."""

import csv
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from events.facts import fold_occurrence
from events.known import as_known
from events.names import fold
from events.registry_requests import RegisterPlace
from projections.clocks import Clocks
from projections.control_map.resolve import resolve
from projections.control_map.rows import facts_of
from services.imports.bodies import command
from services.imports.control_log import ENDED, UNDATED, ControlLog
from tests.control_log_cases import KYIV, ROW, at, control, imported, said
from tests.import_cases import DATA, Imported, as_csv, ged, lines_of, needs

pytestmark = pytest.mark.anyio

TABLE = "city_control_changelog_2022.csv"


async def test_a_holder_starts_at_the_table_s_own_date_where_that_is_new() -> None:
    log = await imported([ROW, said(**at(5), held_by_after="Russia", as_of_claimed="2 March 2022")])

    before = await control(log, "kherson", "2022-03-05T09:00:00Z", as_of="2022-03-03")
    after = await control(log, "kherson", "2022-03-05T11:00:00Z", as_of="2022-03-03")
    assert (before.controllers, before.since) == (("ukraine",), "2022-02-24")
    assert (after.controllers, after.since, after.since_precision) == (("russia",), "2022-03-02", "day")


@pytest.mark.parametrize(
    ("dated", "why"),
    [
        ("24 February 2022", "told before"),
        ("1 February 2022", "before the previous start"),
        ("9 March 2022", "in the future"),
        ("", "not told"),
        ("https://example.org/news", "no date"),
    ],
)
async def test_else_a_holder_starts_when_the_table_said_so(dated: str, why: str) -> None:
    log = await imported([ROW, said(**at(5), held_by_after="Russia", as_of_claimed=dated)])

    held = await control(log, "kherson", "2022-03-06")
    assert (held.since, held.since_precision) == ("2022-03-05T12:00:00+02:00", "exact"), why


async def test_a_row_that_is_only_re_dated_confirms_and_moves_no_start() -> None:
    log = await imported([ROW, said(**at(9), change="AS_OF_CHANGED", as_of_claimed="8 March 2022")])

    held = await control(log, "kherson", "2022-03-10T12:00:00Z")
    assert (held.controllers, held.since, held.days_since_confirmed) == (("ukraine",), "2022-02-24", 1)
    assert len(held.basis.reports) == 2


async def test_a_row_that_is_removed_ends_confirmation_and_one_put_back_confirms_again() -> None:
    removed = said(**at(5), change="REMOVED", held_by_after="", as_of_claimed="")
    log = await imported([ROW, removed, {**ROW, **at(12), "as_of_claimed": ""}])

    gone = await control(log, "kherson", "2022-03-11T12:00:00Z")
    back = await control(log, "kherson", "2022-03-13T12:00:00Z")
    assert (gone.controllers, gone.days_since_confirmed) == (("ukraine",), 10)
    assert (back.controllers, back.since, back.days_since_confirmed) == (("ukraine",), "2022-02-24", 1)


async def test_contested_and_uncontrolled_places_have_no_holder() -> None:
    log = await imported(
        [
            ROW,
            said(**at(5), held_by_after="Contested", as_of_claimed=""),
            said(**at(7), held_by_after="Uncontrolled", as_of_claimed=""),
        ]
    )

    contested, vacated = [await control(log, "kherson", day) for day in ("2022-03-06", "2022-03-08")]
    assert (contested.status, contested.controllers) == ("contested", ())
    assert (vacated.status, vacated.controllers) == ("vacated", ())


async def test_several_changes_in_a_day_are_told_apart() -> None:
    log = await imported(
        [
            said(**at(5, 8), held_by_after="Ukraine", as_of_claimed=""),
            said(**at(5, 10), held_by_after="Russia", as_of_claimed="5 March 2022"),
            said(**at(5, 12), held_by_after="Ukraine", as_of_claimed="5 March 2022"),
        ]
    )

    found = [(await control(log, "kherson", f"2022-03-05T{hour:02}:30:00+02:00")).controllers for hour in (8, 10, 12)]
    assert found == [("ukraine",), ("russia",), ("ukraine",)]


async def test_one_name_in_two_spellings_is_one_place_and_two_far_apart_are_two() -> None:
    nbsp = said(**at(3), place="Kherson\u00a0", change="ADDED", held_by_after="Russia", as_of_claimed="")
    away = said(**at(4), change="ADDED", lat="50.64", lon="31.04", as_of_claimed="")
    log = await imported([ROW, said(**at(3), change="REMOVED"), nbsp, away])

    assert (await control(log, "kherson", "2022-03-10")).controllers == ("russia",)
    assert (await control(log, "kherson-2", "2022-03-10")).controllers == ("ukraine",)


async def test_what_a_table_says_of_several_places_is_no_story() -> None:
    of_one, of_two = "Gouvernement syrien", "Opposition syrienne"
    rows = [
        ROW,
        said(place="Homs", held_by_after=of_two),
        said(**at(2), place="Homs", held_by_after=of_one),
        said(**at(3), place="Homs", held_by_after=of_one),
        said(**at(4), place="Idlib", held_by_after=of_two),
    ]
    log = Imported()

    summary = await log.take(ControlLog(as_csv([{**row, "lat": ""} for row in rows]), "table"))

    assert [one.row for one in summary.quarantined] == [4, 5]
    assert (await control(log, "homs", "2022-03-10")).controllers == ("opposition-syrienne",)


async def test_ids_made_of_a_long_title_and_a_long_name_are_cut_and_found_again() -> None:
    log = Imported()
    rows = [
        {**ROW, "place": "n" * 70, "commit": "c" * 70},
        said(**at(5), place="n" * 70),
        said(**at(6), place="n" * 70),
    ]
    table = ControlLog(as_csv(rows), "t" * 70, time_zone=KYIV)

    summary = await log.take(table)
    head = await log.log.head()
    again = await log.take(table)

    assert (summary.recorded, summary.refused) == (3, [])
    assert (again.repeated, await log.log.head()) == (3, head)
    assert max(len(name) for name in await log.occurrences()) == 120


async def test_noise_is_quarantined_and_leaves_what_stood() -> None:
    log = Imported()
    rows = [
        ROW,
        said(**at(3), held_by_after="30 May 2022"),
        said(**at(4), place="======="),
        {**ROW, "recorded_at": "?"},
    ]

    summary = await log.take(ControlLog(as_csv(rows), "table", time_zone=KYIV))

    assert [one.row for one in summary.quarantined] == [3, 4, 5]
    assert (await control(log, "kherson", "2022-03-05")).controllers == ("ukraine",)


KHERSON: Mapping[str, str] = {
    "country": "Ukraine", "country_id": "369", "adm_1": "Kherson oblast", "where_coordinates": "Kherson city",
    "latitude": "46.6333", "longitude": "32.6",
}  # fmt: skip


async def test_a_town_that_was_registered_twice_on_one_spot_is_the_one_inside_the_finest_area() -> None:
    log = Imported()
    await log.take_ged(ged({**KHERSON, "adm_2": "Kherson raion"}))
    again = RegisterPlace(id="again", name="Kherson", kind="city", parent="kherson-oblast", point=(32.6, 46.6333))
    await log.door.send([command(again)])

    summary = await log.take(ControlLog(as_csv([ROW]), "table", time_zone=KYIV))

    assert (summary.recorded, summary.unresolved) == (1, {})
    assert (await control(log, "kherson-city", "2022-03-05")).controllers == ("ukraine",)


async def test_rows_about_a_place_that_may_be_either_of_two_are_refused_with_the_reason() -> None:
    log = Imported()
    further = {"adm_2": "Other raion", "latitude": "46.7333"}
    await log.take_ged(ged({**KHERSON, "id": "1", "latitude": "46.5333"}, {**KHERSON, "id": "2", **further}))

    summary = await log.take(ControlLog(as_csv([ROW, said(**at(5))]), "table", time_zone=KYIV))

    assert (summary.recorded, summary.repeated) == (0, 0)
    assert [(one.row, one.reason) for one in summary.refused] == [
        (row, "Kherson may be any of kherson-city, kherson-city-other-raion") for row in (2, 3)
    ]


def scanned(rows: Sequence[Mapping[str, str]], place: str, moment: datetime) -> tuple[str, tuple[str, ...]]:
    """Say what the last row of a place by then says, noise left out: the plain reading of the file."""
    holders = {
        "ukraine": ("held", ("ukraine",)),
        "russia": ("held", ("russia",)),
        "dpr": ("held", ("dpr",)),
        "donetsk pr": ("held", ("donetsk-pr",)),
        "luhansk pr": ("held", ("luhansk-pr",)),
        "contested": ("contested", ()),
    }
    last: tuple[str, tuple[str, ...]] = ("unknown", ())
    for row in rows:
        if row["place"] == place and datetime.fromisoformat(row["recorded_at"]) <= moment:
            last = holders.get(row["held_by_after"].strip().lower(), last)
    return last


@needs(TABLE)
async def test_the_real_table_says_who_held_a_place_at_any_moment_as_a_plain_scan_does() -> None:
    rows = list(csv.DictReader(lines_of(DATA / TABLE)()))
    names = [row["place"] for row in rows]
    # Names that are spelt in one way and belong to one place alone can be scanned for.
    spelt = Counter(fold(name) for name in set(names))
    plain = sorted({name for name in names if spelt[fold(name)] == 1 and name.isalpha()})
    log = Imported()
    summary = await log.take(ControlLog(lines_of(DATA / TABLE), "table", time_zone=KYIV))
    view = await log.registry()
    streams = {name: events for name, events in (await log.streams()).items() if name.startswith("occurrence-table-")}
    draw = random.Random(2022)
    start, end = (datetime.fromisoformat(rows[one]["recorded_at"]).timestamp() for one in (0, -1))
    cities = [
        name
        for name in plain
        if f"occurrence-table-{name.lower()}" in streams and f"occurrence-table-{name.lower()}-2" not in streams
    ]
    pairs = [(draw.choice(("Mariupol", "Kherson")), draw.uniform(start - 9e4, end + 9e4)) for _ in range(200)]
    pairs += [(draw.choice(cities), draw.uniform(start, end)) for _ in range(200)]

    for name, stamp in pairs:
        moment = datetime.fromtimestamp(stamp, UTC)
        clocks = Clocks(position=1, now=moment, known_at=moment.isoformat())
        events = streams.get(f"occurrence-table-{name.lower()}")
        known = as_known(fold_occurrence(events), clocks.known) if events else None
        facts = [] if known is None else list(facts_of(known))
        found = resolve(view.places[name.lower()], facts, view, clocks)
        assert (found.status, found.controllers) == scanned(rows, name, moment), (name, moment)
    assert (summary.rows, summary.refused, summary.unresolved) == (9680, [], {})
    assert len(summary.quarantined) == 85
    assert (len(summary.flagged[ENDED]), len(summary.flagged[UNDATED])) == (379, 114)
    head = await log.log.head()
    again = await log.take(ControlLog(lines_of(DATA / TABLE), "table", time_zone=KYIV))
    assert (await log.log.head(), again.recorded) == (head, 0)

"""Control logs whose rows stand in any order, and several rows about a place in one revision."""

import random
from collections.abc import Mapping, Sequence

import pytest

from services.imports.control_log import ENDED, ControlLog
from tests.control_log_cases import KYIV, ROW, at, control, imported, said
from tests.import_cases import Imported, as_csv

pytestmark = pytest.mark.anyio


def in_some_order(rows: Sequence[Mapping[str, str]], order: int) -> list[Mapping[str, str]]:
    """Give rows newest first, else shuffled."""
    return list(rows)[::-1] if order == 0 else random.Random(order).sample(rows, len(rows))


@pytest.mark.parametrize("order", range(5))
async def test_the_order_of_the_rows_in_the_file_changes_no_answer(order: int) -> None:
    rows = [
        said(**at(1), held_by_after="HTS", as_of_claimed=""),
        said(**at(3), held_by_after="SAA", as_of_claimed="2 March 2022"),
        said(**at(5), held_by_after="HTS", as_of_claimed=""),
        said(**at(7), change="AS_OF_CHANGED", held_by_after="HTS", as_of_claimed="6 March 2022"),
        said(**at(8), place="Homs", lat="34.7", lon="36.7", held_by_after="?"),
        said(**at(9), change="REMOVED", held_by_after=""),
    ]

    log = Imported()
    turned = in_some_order(rows, order)
    summary = await log.take(ControlLog(as_csv(turned), "table", time_zone=KYIV))

    [noise] = summary.quarantined
    assert (turned[noise.row - 2]["held_by_after"], len(summary.flagged[ENDED])) == ("?", 1)
    held = [await control(log, "kherson", "2022-04-01", as_of=f"2022-03-0{day}") for day in (1, 2, 4, 6)]
    assert [(one.controllers, one.since) for one in held] == [
        (("hts",), "2022-03-01T12:00:00+02:00"),
        (("saa",), "2022-03-02"),
        (("saa",), "2022-03-02"),
        (("hts",), "2022-03-05T12:00:00+02:00"),
    ]


@pytest.mark.parametrize("dated", ["", "4 March 2022"])
@pytest.mark.parametrize("holders", [("SAA", "HTS"), ("SAA", "HTS", "Contested", "SDF"), ("SAA", "HTS", "SAA", "SDF")])
async def test_of_several_rows_about_a_place_in_one_revision_the_last_counts(
    dated: str, holders: Sequence[str]
) -> None:
    rows = [ROW, *(said(**at(5), held_by_after=holder, as_of_claimed=dated) for holder in holders)]
    log = Imported()

    summary = await log.take(ControlLog(as_csv(rows), "table"))
    head = await log.log.head()
    again = await log.take(ControlLog(as_csv(rows), "table"))

    held = await control(log, "kherson", "2022-03-06")
    assert (held.status, held.controllers) == ("held", (holders[-1].lower(),))
    assert (summary.recorded, summary.refused, again.refused, await log.log.head()) == (len(rows), [], [], head)


async def test_changes_of_one_day_that_the_table_dates_apart_all_stand() -> None:
    day = {"recorded_at": "2022-03-05", "commit": ""}
    log = await imported(
        [
            {**ROW, **day},
            said(**day, held_by_after="Russia", as_of_claimed="2 March 2022"),
            said(**day, held_by_after="Ukraine", as_of_claimed="4 March 2022"),
        ]
    )

    held = [await control(log, "kherson", "2022-03-06", as_of=f"2022-03-0{day}") for day in (1, 3, 5)]
    assert [one.controllers for one in held] == [("ukraine",), ("russia",), ("ukraine",)]


async def test_rows_of_two_revisions_of_one_moment_are_read_revision_by_revision() -> None:
    here, there = {**at(5), "commit": "a"}, {**at(5), "commit": "b"}
    nowhere = {"lat": "", "lon": ""}
    rows = [
        {**ROW, **nowhere},
        said(**here, **nowhere, place="KHERSON", change="ADDED", held_by_after="Russia", as_of_claimed=""),
        said(**there, **nowhere, place="Homs"),
        said(**here, **nowhere, change="REMOVED", held_by_after=""),
    ]

    log = await imported(rows)

    # Added and removed in one revision it is spelt anew, although a row of another one stands between.
    assert {one for one in (await log.registry()).places if one != "homs"} == {"kherson"}


async def test_a_log_that_stands_in_another_order_or_has_grown_at_its_head_says_what_it_said_before() -> None:
    log = Imported()
    rows = [said(**at(day), held_by_after=holder) for day, holder in ((1, "HTS"), (3, "SAA"), (4, "SAA"))]
    await log.take(ControlLog(as_csv(rows), "table", time_zone=KYIV))
    newer = said(**at(6), held_by_after="HTS", as_of_claimed="")

    again = await log.take(ControlLog(as_csv([newer, *rows[::-1]]), "table", time_zone=KYIV))

    assert (again.recorded, again.repeated, again.refused) == (1, 3, [])


@pytest.mark.parametrize(
    "moment",
    ["2022-03-01 12:00:00 +0200", "2022-03-01 12:00:00+02", "2022-03-01 12:00:00.000+02:00", "2022-03-01T12:00+0200"],
)
async def test_a_revision_s_moment_may_be_written_as_git_and_databases_do(moment: str) -> None:
    log = Imported()

    summary = await log.take(ControlLog(as_csv([{**ROW, "recorded_at": moment, "as_of_claimed": ""}]), "table"))

    assert (summary.recorded, summary.quarantined, summary.refused) == (1, [], [])
    held = [await control(log, "kherson", moment) for moment in ("2022-03-01T09:59:59Z", "2022-03-01T10:00:00Z")]
    assert [one.status for one in held] == ["unknown", "held"]


@pytest.mark.parametrize("moment", ["2022-03-01 12:00", "2022-03-01T12:00:00", "2022-03-01 12:00:00.000"])
async def test_a_revision_s_moment_without_an_offset_is_of_the_zone_that_was_told(moment: str) -> None:
    log = Imported()
    lines = as_csv([{**ROW, "recorded_at": moment, "as_of_claimed": ""}])

    untold = await log.take(ControlLog(lines, "table"))
    await log.take(ControlLog(lines, "table", time_zone=KYIV))

    [reason] = [one.reason for one in untold.quarantined]
    held = [await control(log, "kherson", moment) for moment in ("2022-03-01T09:59:59Z", "2022-03-01T10:00:00Z")]
    assert ("offset" in reason, [one.status for one in held]) == (True, ["unknown", "held"])


@pytest.mark.parametrize("noted", ["Kherson[12]", "Kherson [disambiguation needed]", "Kherson*", "Kherson\u2020[a]"])
@pytest.mark.parametrize("point", [{}, {"lat": "", "lon": ""}])
async def test_a_footnote_behind_a_name_makes_no_other_place(noted: str, point: Mapping[str, str]) -> None:
    rows = [
        {**ROW, **point},
        said(**at(5), **point, place=noted, change="ADDED", held_by_after="Russia", as_of_claimed=""),
        said(**at(5), **point, change="REMOVED", held_by_after=""),
    ]

    log = await imported(rows)

    assert list((await log.registry()).places) == ["kherson"]
    assert (await control(log, "kherson", "2022-03-06")).controllers == ("russia",)


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"lat": "46.637"}, ["kherson"]),
        ({"lat": "46.637", "held_by_after": "Russia"}, ["cherson", "kherson"]),
        ({"lat": "46.65"}, ["cherson", "kherson"]),
        ({"lat": "", "lon": ""}, ["cherson", "kherson"]),
        (at(6), ["cherson", "kherson"]),
    ],
)
async def test_a_place_that_a_revision_spells_anew_on_its_spot_under_its_holder_is_the_same(
    changes: Mapping[str, str], places: Sequence[str]
) -> None:
    rows = [
        ROW,
        {**said(**at(5), place="Cherson", change="ADDED"), **changes},
        said(**at(5), change="REMOVED", held_by_before="Ukraine", held_by_after="", lat="", lon=""),
        said(**at(7), place="Cherson", held_by_after="Russia", as_of_claimed="") | {"lat": changes.get("lat", "46.64")},
    ]

    log = await imported(rows)
    head = await log.log.head()
    again = await log.take(ControlLog(as_csv(rows), "table", time_zone=KYIV))

    view = await log.registry()
    assert (sorted(view.places), again.refused, await log.log.head()) == (places, [], head)
    assert (await control(log, places[0], "2022-03-08")).controllers == ("russia",)
    assert await log.log.places_named(["cherson"]) == {"cherson": {places[0]}}

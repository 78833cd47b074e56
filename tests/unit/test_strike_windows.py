from datetime import date

import pytest

from projections.strikes.matching import StrikeQuery, StrikeRow, asked_for, tz_of
from projections.strikes.trail import in_window, steps
from projections.strikes.windows import Window, window
from tests.strike_cases import clocks, november, rows_of, strike, syria, told_of

LAST = date(2020, 11, 25)
ISRAEL_ON_SYRIA = StrikeQuery(attacker=("israel",), place=("syria",))


def _rows(query: StrikeQuery, as_of: str = "2020-11-25") -> list[StrikeRow]:
    return asked_for(rows_of(november()), query, syria(), clocks(as_of))


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("P7D", date(2020, 11, 18)),
        ("P0D", LAST),
        ("P2W", date(2020, 11, 11)),
        ("P1M", date(2020, 10, 25)),
        ("P12M", date(2019, 11, 25)),
        ("P1Y", date(2019, 11, 25)),
        ("P1Y1M1W1D", date(2019, 10, 17)),
    ],
)
def test_a_window_is_closed_at_both_ends(asked: str, first: date) -> None:
    assert window(asked, LAST) == Window(asked, first, LAST)


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (date(2021, 3, 31), date(2021, 2, 28)),
        (date(2020, 3, 31), date(2020, 2, 29)),
        (date(2021, 1, 15), date(2020, 12, 15)),
    ],
)
def test_a_month_is_a_month_of_the_calendar(last: date, first: date) -> None:
    assert window("P1M", last).first == first


def test_a_year_before_the_29th_of_february_is_the_28th() -> None:
    assert window("P1Y", date(2020, 2, 29)).first == date(2019, 2, 28)


@pytest.mark.parametrize(
    "asked",
    ["", "P", "7D", "PT24H", "P1DT1H", "P-7D", "P7", "p7d", "P1.5D", "P7D\n", "P1D1W", "P٧D", "P" + "9" * 40 + "D"],
)
def test_a_duration_that_is_not_in_whole_days_is_refused(asked: str) -> None:
    with pytest.raises(ValueError, match="whole days, weeks, months or years"):
        window(asked, LAST)


@pytest.mark.parametrize("asked", ["P2021Y", "P24241M", "P999999D", "P999999999D", "P9999999999D"])
def test_a_window_that_begins_before_the_calendar_is_refused(asked: str) -> None:
    with pytest.raises(ValueError, match="before the year 1"):
        window(asked, LAST)


def test_israeli_strikes_on_syria_in_seven_days_are_those_of_the_18th_and_the_25th() -> None:
    found = steps(_rows(ISRAEL_ON_SYRIA), window("P7D", LAST), "Asia/Damascus")

    assert [(step.ordinal, step.strike.day_in("Asia/Damascus").day) for step in found] == [(1, 18), (2, 25)]


def test_the_second_strike_shares_the_areas_of_the_first() -> None:
    first, second = (
        in_window(step, told_of(november()), ISRAEL_ON_SYRIA, syria())
        for step in steps(_rows(ISRAEL_ON_SYRIA), window("P7D", LAST), "Asia/Damascus")
    )

    assert first.areas == second.areas == ("quneitra", "rif-dimashq")
    assert (first.previous, first.days_since_previous, first.areas_shared_with_previous) == (None, None, ())
    assert (second.previous, second.days_since_previous) == ("strike-18", 7)
    assert second.areas_shared_with_previous == ("quneitra", "rif-dimashq")
    assert (first.responsibility, second.responsibility) == ("acknowledged", "attributed")


def test_with_suspected_ones_there_are_three() -> None:
    query = StrikeQuery(
        attacker=("israel",), place=("syria",), responsibility=("acknowledged", "attributed", "suspected")
    )
    found = [
        in_window(step, told_of(november()), query, syria())
        for step in steps(_rows(query), window("P7D", LAST), tz_of(query, syria()))
    ]

    assert [(strike.date.day, strike.days_since_previous) for strike in found] == [(18, None), (21, 3), (25, 4)]
    assert [strike.areas_shared_with_previous for strike in found] == [(), (), ()]


def test_the_previous_strike_may_lie_outside_the_window() -> None:
    (step,) = steps(_rows(ISRAEL_ON_SYRIA), window("P3D", LAST), "Asia/Damascus")

    assert step.ordinal == 1
    assert in_window(step, told_of(november()), ISRAEL_ON_SYRIA, syria()).days_since_previous == 7


def test_two_strikes_on_one_day_are_no_days_apart() -> None:
    strikes = [strike("b", "2020-11-18", "syria"), strike("a", "2020-11-18T23:00:00+02:00", "quneitra", first=2)]
    rows = asked_for(rows_of(strikes), ISRAEL_ON_SYRIA, syria(), clocks())

    found = [
        in_window(step, told_of(strikes), ISRAEL_ON_SYRIA, syria())
        for step in steps(rows, window("P7D", LAST), "Asia/Damascus")
    ]

    assert [(one.occurrence, one.days_since_previous) for one in found] == [("b", None), ("a", 0)]


def test_an_area_known_only_coarser_is_shared_as_what_contains_the_other() -> None:
    strikes = [strike("a", "2020-11-18", "syria"), strike("b", "2020-11-20", "rwihinah", first=2)]
    rows = asked_for(rows_of(strikes), ISRAEL_ON_SYRIA, syria(), clocks())

    second = in_window(steps(rows, window("P7D", LAST), "Asia/Damascus")[1], told_of(strikes), ISRAEL_ON_SYRIA, syria())

    assert second.areas == ("quneitra",)
    assert second.areas_shared_with_previous == ("syria",)

"""How much was told on which day: spans, series with their zeros, and silence."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.coverage.answers import (
    CoveragePeriod,
    CoverageQuery,
    Period,
    Span,
    Told,
    longest_silence,
    refuse_too_much,
    series,
    span_of,
)

LAST = date(2020, 11, 25)
DAYS = st.dates(date(2020, 1, 1), date(2021, 12, 31))


def _day(day: int) -> date:
    return date(2020, 11, day)


@pytest.mark.parametrize(
    ("query", "last", "expected"),
    [
        (CoverageQuery(), LAST, Span(date(2020, 10, 27), LAST)),
        (CoverageQuery(from_="2020-11-20"), LAST, Span(_day(20), LAST)),
        (CoverageQuery(from_="2020-11-20", to="2020-11-22"), LAST, Span(_day(20), _day(22))),
        (CoverageQuery(from_="2020-11-20", to="2020-12-22"), LAST, Span(_day(20), LAST)),
        (CoverageQuery(from_="2020-11-26"), LAST, None),
        (CoverageQuery(), None, None),
        (CoverageQuery(to="0001-01-03"), LAST, Span(date.min, date(1, 1, 3))),
    ],
)
def test_the_days_covered_end_where_there_is_nothing_more_to_tell(
    query: CoverageQuery, last: date | None, expected: Span | None
) -> None:
    assert span_of(query, last) == expected


@pytest.mark.parametrize(("first", "last"), [("2020-11-26", "2020-11-25"), ("2020-11-25T00:00:00Z", None)])
def test_a_span_of_no_days_and_one_that_is_not_in_days_are_refused(first: str, last: str | None) -> None:
    with pytest.raises(ValueError, match="from"):
        CoverageQuery(from_=first, to=last)


def test_a_day_on_which_nothing_was_told_stands_as_a_zero() -> None:
    told = {"2020-11-20": Told(reports=2, claims=5), "2020-11-22": Told(reports=1)}

    assert series(told, Span(_day(20), _day(22)), "day") == [
        CoveragePeriod(period="2020-11-20", reports=2, claims=5),
        CoveragePeriod(period="2020-11-21"),
        CoveragePeriod(period="2020-11-22", reports=1),
    ]


def test_weeks_and_months_are_named_once_each() -> None:
    span = Span(date(2020, 12, 30), date(2021, 1, 4))

    assert [one.period for one in series({}, span, "week")] == ["2020-W53", "2021-W01"]
    assert [one.period for one in series({}, span, "month")] == ["2020-12", "2021-01"]
    assert series({}, None, "day") == []


def test_the_longest_silence_is_counted_inside_the_span() -> None:
    span = Span(_day(18), _day(25))

    assert longest_silence({_day(18), _day(22), _day(23)}, span) == 3
    assert longest_silence(set(), span) == 8
    assert longest_silence({_day(1)}, None) == 0


def test_an_answer_of_too_many_cells_is_refused_with_what_would_help() -> None:
    refuse_too_much(CoverageQuery(), Span(_day(1), _day(25)), 4000)
    with pytest.raises(ValueError, match="narrow `from` and `to`"):
        refuse_too_much(CoverageQuery(), Span(date(1990, 1, 1), LAST), 9)


def test_weeks_and_months_are_cells_of_their_own_whatever_days_they_have() -> None:
    decades = Span(date(1990, 1, 1), LAST)

    refuse_too_much(CoverageQuery(period="week"), decades, 60)
    refuse_too_much(CoverageQuery(period="month"), decades, 260)
    with pytest.raises(ValueError, match="371 months of 270 sources"):
        refuse_too_much(CoverageQuery(period="month"), decades, 270)


@pytest.mark.parametrize(("period", "count"), [("day", 3652059), ("week", 521723), ("month", 119988)])
def test_all_days_there_are_can_be_told_in_periods(period: Period, count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} {period}s of 1 source"):
        refuse_too_much(CoverageQuery(period=period), Span(date.min, date.max), 1)
    last = [one.period for one in series({}, Span(date(9999, 12, 26), date.max), period)][-1]
    assert last == {"day": "9999-12-31", "week": "9999-W52", "month": "9999-12"}[period]


@given(st.sets(DAYS, max_size=40), DAYS, st.integers(0, 200))
def test_silence_and_reports_share_out_the_days(heard: set[date], first: date, length: int) -> None:
    span = Span(first, first + timedelta(days=length))
    inside = {day for day in heard if first <= day <= span.last}

    longest = longest_silence(heard, span)
    assert longest <= (length + 1) - len(inside)
    assert (longest == 0) is (len(inside) == (length + 1))
    assert longest * (len(inside) + 1) >= (length + 1) - len(inside)

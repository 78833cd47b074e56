"""From when a statement counts, and between which moments its start lies."""

from datetime import datetime

import pytest

from events.times import EVER
from events.values import Occurred, interval
from events.words import TimePrecision
from projections.control_map.starts import Start, start_of_change, start_of_claim
from tests.cases import moment
from tests.control_cases import BAKU

PUBLISHED = moment("2020-12-31")


def time(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "precision", "at", "low", "high"),
    [
        ("2020-11-20T10:00:00Z", "exact", "2020-11-20T10:00:00Z", "2020-11-20T10:00:00Z", "2020-11-20T10:00:00Z"),
        ("9999-12-31T23:00:00Z", "exact", "9999-12-31T23:00:00Z", "9999-12-31T23:00:00Z", "9999-12-31T23:00:00Z"),
        ("2020-11-20T10:00:00Z", "day", "2020-11-20T10:00:00Z", "2020-11-19T20:00:00Z", "2020-11-20T19:59:59.999999Z"),
        ("2020-11-20", "day", "2020-11-19T20:00:00Z", "2020-11-19T20:00:00Z", "2020-11-20T19:59:59.999999Z"),
        ("2020-11-20", "exact", "2020-11-19T20:00:00Z", "2020-11-19T20:00:00Z", "2020-11-20T19:59:59.999999Z"),
        ("2020-11-20", "week", "2020-11-19T20:00:00Z", "2020-11-19T20:00:00Z", "2020-11-26T19:59:59.999999Z"),
        ("2020-11-20", "month", "2020-11-19T20:00:00Z", "2020-11-19T20:00:00Z", "2020-11-30T19:59:59.999999Z"),
        ("2020-11-20", "longer", "2020-11-19T20:00:00Z", "2020-11-19T20:00:00Z", "2020-12-31T19:59:59.999999Z"),
    ],
)
def test_a_start_lies_in_the_period_that_its_precision_means_in_the_place_s_zone(
    start: str, precision: TimePrecision, at: str, low: str, high: str
) -> None:
    occurred = interval(Occurred(start=start, precision=precision), BAKU)

    assert start_of_change(occurred, PUBLISHED) == Start(time(at), time(low), time(high))


def test_the_end_of_a_change_is_a_duration_at_a_day_and_an_uncertainty_beyond() -> None:
    day = interval(Occurred(start="2020-11-20", end="2020-11-25"), BAKU)
    week = interval(Occurred(start="2020-11-20", end="2020-12-24", precision="week"), BAKU)

    assert start_of_change(day, PUBLISHED).high == time("2020-11-20T19:59:59.999999Z")
    assert start_of_change(week, PUBLISHED).high == time("2020-12-24T19:59:59.999999Z")


def test_the_end_of_a_claim_is_what_it_speaks_of() -> None:
    span = interval(Occurred(start="2020-11-01", end="2020-12-24", precision="month"), BAKU)

    assert start_of_claim(span, PUBLISHED).high == time("2020-11-30T19:59:59.999999Z")


def test_an_unknown_start_counts_from_the_first_moment_that_is_surely_spoken_of() -> None:
    through = interval(Occurred(end="2020-11-20"), BAKU)
    early = moment("2020-11-15")
    end = time("2020-11-20T19:59:59.999999Z")

    assert start_of_claim(None, PUBLISHED) == Start(PUBLISHED, EVER, PUBLISHED)
    assert start_of_claim(through, PUBLISHED) == Start(end, EVER, end)
    assert start_of_claim(through, early) == Start(early, EVER, early)
    assert start_of_change(through, PUBLISHED) == Start(end, EVER, end)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "UTC"])
@pytest.mark.parametrize("precision", ["exact", "day", "week", "month", "longer"])
@pytest.mark.parametrize("said", ["0001-01-01", "0001-01-01T00:00:00Z", "9999-12-28", "9999-12-31T23:59:59Z"])
def test_at_the_ends_of_the_calendar_a_time_is_as_near_as_there_is(
    said: str, precision: TimePrecision, zone: str
) -> None:
    read = interval(Occurred(start=said, precision=precision), zone)

    assert read.start_at is not None
    assert read.end_at is not None
    assert read.start_at <= read.end_at
    assert start_of_claim(read, PUBLISHED).low <= start_of_claim(read, PUBLISHED).high

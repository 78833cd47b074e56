"""When something was: local days, spans that it shares, and what a question may not ask."""

from datetime import UTC, date, datetime

import pytest

from events.details import Contamination
from events.values import Interval, Occurred, interval
from projections.clocks import Clocks
from projections.lasting import Between, Lasting, lasting
from tests import cases

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BAKU = "Asia/Baku"


def _told(occurred: Interval) -> Lasting:
    report = cases.reported(Contamination(), occurred, cases.cited("tass", "2020-11-24"))
    return lasting(cases.known(cases.folded("mines", [report])))


def test_days_are_those_of_the_place() -> None:
    told = _told(cases.when("2020-11-23", zone=BAKU))

    assert (told.first_day, told.last_day) == (date(2020, 11, 23), date(2020, 11, 23))
    assert told.start_at == datetime(2020, 11, 22, 20, tzinfo=UTC)


def test_where_only_the_end_is_known_it_stands_for_the_start_too() -> None:
    told = _told(interval(Occurred(end="2020-11-25", precision="month"), BAKU))

    assert (told.first_day, told.last_day) == (date(2020, 11, 25), date(2020, 11, 25))


def test_where_neither_end_is_known_it_was_when_it_became_known() -> None:
    assert _told(Interval()).start_at == cases.moment("2020-11-24")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2020-11-10", "2020-11-12", True),
        ("2020-11-12", None, True),
        ("2020-11-13", None, False),
        (None, "2020-11-09", False),
        (None, "2020-11-10", True),
        ("2020-11-12T19:59:59Z", None, True),
        ("2020-11-12T20:00:00Z", None, False),
        ("0001-01-01", "9999-12-31", True),
    ],
)
def test_a_span_is_shared_in_whole_local_days_or_to_the_moment(
    first: str | None, last: str | None, *, expected: bool
) -> None:
    assert _told(cases.when("2020-11-10", "2020-11-12", BAKU)).overlaps(first, last) is expected


def test_what_begins_after_as_of_has_not_begun() -> None:
    told = _told(cases.when("2020-11-23", zone=BAKU))

    assert told.begun(Clocks(position=1, now=NOW, as_of="2020-11-23"))
    assert not told.begun(Clocks(position=1, now=NOW, as_of="2020-11-22"))
    assert not told.begun(Clocks(position=1, now=datetime(2020, 11, 22, tzinfo=UTC)))


@pytest.mark.parametrize(("first", "last"), [("2020-11-26", "2020-11-25"), ("2020-02-30", None), (None, "soon")])
def test_a_span_that_is_none_is_refused(first: str | None, last: str | None) -> None:
    with pytest.raises(ValueError, match=r"2020|soon"):
        Between(from_=first, to=last)

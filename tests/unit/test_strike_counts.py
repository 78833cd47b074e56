from collections.abc import Callable

import msgspec
import pytest

from events.occurrence import Occurrence
from projections.strikes.answers import CountRow
from projections.strikes.counts import Days, Grouping, counted, days_covered
from projections.strikes.matching import StrikeQuery, asked_for
from tests.strike_cases import clocks, november, rows_of, strike, syria

SUSPECTED_TOO = StrikeQuery(place=("syria",), responsibility=("acknowledged", "attributed", "suspected"))


def _counted(
    grouping: Grouping,
    query: StrikeQuery = SUSPECTED_TOO,
    occurrences: list[Occurrence] | None = None,
    as_of: str = "2020-11-25",
) -> list[CountRow]:
    strikes = asked_for(rows_of(occurrences or november()), query, syria(), clocks(as_of))
    return counted(strikes, grouping, query, syria(), days_covered(strikes, query, syria(), clocks(as_of)))


def test_without_groups_there_is_one_row() -> None:
    (row,) = _counted(Grouping())

    assert msgspec.to_builtins(row) == {
        "count": 3,
        "spanning": 0,
        "occurrences": ["strike-18", "strike-21", "strike-25"],
    }


def test_a_strike_on_two_areas_stands_in_both_rows() -> None:
    rows = _counted(Grouping(group_by=("place",)))

    assert {row.place: row.occurrences for row in rows} == {
        "deir-ez-zor": ["strike-21"],
        "quneitra": ["strike-18", "strike-25"],
        "rif-dimashq": ["strike-18", "strike-25"],
    }


def test_only_the_areas_that_are_asked_for_have_rows() -> None:
    rows = _counted(Grouping(group_by=("place",)), StrikeQuery(place=("quneitra",)))

    assert [(row.place, row.count) for row in rows] == [("quneitra", 2)]


def test_a_series_has_a_zero_for_every_day_without_a_strike() -> None:
    rows = _counted(Grouping(group_by=("day",)), as_of="2020-11-26")

    assert [(row.day, row.count) for row in rows] == [
        ("2020-11-18", 1),
        ("2020-11-19", 0),
        ("2020-11-20", 0),
        ("2020-11-21", 1),
        ("2020-11-22", 0),
        ("2020-11-23", 0),
        ("2020-11-24", 0),
        ("2020-11-25", 1),
        ("2020-11-26", 0),
    ]


def test_weeks_are_iso_weeks_and_months_are_months() -> None:
    query = StrikeQuery(place=("syria",), from_="2020-10-31", to="2020-12-31")

    weeks = _counted(Grouping(group_by=("week",)), query)
    months = _counted(Grouping(group_by=("month",)), query)

    assert [(row.week, row.count) for row in weeks] == [
        ("2020-W44", 0),
        ("2020-W45", 0),
        ("2020-W46", 0),
        ("2020-W47", 1),
        ("2020-W48", 1),
    ]
    assert [(row.month, row.count) for row in months] == [("2020-10", 0), ("2020-11", 2)]


def test_a_series_in_groups_is_filled_in_each_of_them() -> None:
    query = StrikeQuery(place=("syria",), from_="2020-11-24", responsibility=SUSPECTED_TOO.responsibility)
    rows = _counted(Grouping(group_by=("day", "place")), query)

    assert [(row.day, row.place, row.count) for row in rows] == [
        ("2020-11-24", "quneitra", 0),
        ("2020-11-24", "rif-dimashq", 0),
        ("2020-11-25", "quneitra", 1),
        ("2020-11-25", "rif-dimashq", 1),
    ]


def test_days_without_any_strike_are_zeros_where_they_are_asked_for() -> None:
    query = StrikeQuery(place=("beirut",), from_="2020-11-24")

    assert [row.count for row in _counted(Grouping(group_by=("day",)), query)] == [0, 0]
    assert _counted(Grouping(group_by=("day",)), StrikeQuery(place=("beirut",))) == []


def test_parties_can_be_rolled_up_to_the_outermost() -> None:
    leaf = _counted(Grouping(group_by=("attacker", "target_party", "weapon")))
    top = _counted(Grouping(group_by=("target_party",), party_level="top"))

    assert [(row.attacker, row.target_party, row.weapon, row.count) for row in leaf] == [
        ("israel", "iran", "airstrike", 2),
        ("israel", "syrian-army", "airstrike", 1),
    ]
    assert [(row.target_party, row.count) for row in top] == [("iran", 2), ("syria", 1)]


def test_what_is_not_known_is_counted_under_null_and_stands_last() -> None:
    strikes = [strike("one", "2020-11-18"), strike("two", "2020-11-18", "quneitra", first=2)]

    rows = _counted(Grouping(group_by=("place", "target_party")), StrikeQuery(), strikes, "2020-11-18")

    assert [(row.place, row.target_party, row.count) for row in rows] == [("quneitra", None, 1), (None, None, 1)]


def test_the_days_covered_end_with_as_of_or_with_the_last_strike_where_its_day_has_begun() -> None:
    strikes = asked_for(rows_of(november()), StrikeQuery(), syria(), clocks("2020-11-24T23:00:00Z"))

    covered = days_covered(strikes, StrikeQuery(), syria(), clocks("2020-11-24T23:00:00Z"))

    assert covered is not None
    assert (covered.first.day, covered.last.day) == (18, 25)


@pytest.mark.parametrize("tz", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_days_at_the_edges_of_the_calendar_can_be_asked(tz: str) -> None:
    query = StrikeQuery(from_="0001-01-01T00:00:00Z", to="9999-12-31T23:00:00Z", tz=tz)

    covered = days_covered([], query, syria(), clocks())

    assert covered is not None
    assert covered.first.isoformat() == "0001-01-01"


def test_a_series_of_more_rows_than_an_answer_holds_is_refused() -> None:
    strikes = rows_of(november())
    days = days_covered(strikes, StrikeQuery(from_="1990-01-01"), syria(), clocks())

    assert isinstance(days, Days)
    with pytest.raises(ValueError, match="narrow `from` and `to`"):
        counted(strikes, Grouping(group_by=("day",)), StrikeQuery(), syria(), days)


@pytest.mark.parametrize(
    ("grouping", "words"),
    [
        (lambda: Grouping(group_by=("day", "day")), "names a thing once"),
        (lambda: Grouping(group_by=("day", "month")), "one of day, week and month"),
    ],
)
def test_a_grouping_without_a_meaning_is_refused(grouping: Callable[[], Grouping], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        grouping()

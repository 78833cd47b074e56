from collections.abc import Callable

import pytest
from msgspec import structs

from events.details import Strike
from events.values import PlaceAt
from events.words import Degree, PlacePrecision
from projections.strikes.counts import Grouping, counted
from projections.strikes.matching import LOCAL, StrikeQuery, areas, areas_shared, asked_for, placed, responsible, tz_of
from tests import cases
from tests.strike_cases import (
    DAMASCUS,
    clocks,
    found,
    november,
    on_the_18th,
    on_the_21st,
    responsibility,
    rows_of,
    strike,
    syria,
)

ALL_DEGREES: tuple[Degree, ...] = ("acknowledged", "attributed", "suspected", "disputed", "unknown")


def test_by_default_strikes_that_are_only_suspected_do_not_count() -> None:
    assert found(november(), StrikeQuery()) == ["strike-18", "strike-25"]


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (("acknowledged",), ["strike-18"]),
        (("attributed",), ["strike-25"]),
        (("suspected",), ["strike-21"]),
        (ALL_DEGREES, ["strike-18", "strike-21", "strike-25"]),
        ((), []),
    ],
)
def test_responsibility_is_a_filter(degrees: tuple[Degree, ...], expected: list[str]) -> None:
    assert found(november(), StrikeQuery(responsibility=degrees)) == expected


def test_a_strike_by_nobody_known_is_found_as_unknown() -> None:
    nameless = cases.folded("nameless", on_the_21st()[:1])

    assert found([nameless], StrikeQuery()) == []
    assert found([nameless], StrikeQuery(responsibility=("unknown",))) == ["nameless"]
    assert found([nameless], StrikeQuery(responsibility=("unknown",), attacker=("israel",))) == []


def test_a_member_strikes_for_the_party_it_belongs_to() -> None:
    air_force = responsibility("strike-18.iaf", "israeli-air-force", "suspected", "source:sohr", "2020-11-18")
    strikes = [cases.folded("strike-18", [*on_the_18th(), air_force])]
    (row,) = rows_of(strikes)

    assert found(strikes, StrikeQuery(attacker=("israel",))) == ["strike-18"]
    assert found(strikes, StrikeQuery(attacker=("israeli-air-force",))) == []
    assert found(strikes, StrikeQuery(attacker=("israel",), responsibility=("suspected",))) == []
    assert responsible(row, StrikeQuery(responsibility=("suspected",)), syria()) == ("israeli-air-force",)
    assert responsible(row, StrikeQuery(attacker=("israel",)), syria()) == ("israel",)


def test_what_only_a_member_is_named_for_is_found_under_its_parent() -> None:
    air_force = responsibility("strike-21.iaf", "israeli-air-force", "acknowledged", "party:israel", "2020-11-22")
    strikes = [cases.folded("strike-21", [on_the_21st()[0], air_force])]
    (row,) = rows_of(strikes)

    assert found(strikes, StrikeQuery(attacker=("israel",))) == ["strike-21"]
    assert responsible(row, StrikeQuery(attacker=("israel",)), syria()) == ("israeli-air-force",)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (StrikeQuery(place=("syria",)), ["strike-18", "strike-25"]),
        (StrikeQuery(place=("damascus-airport",)), ["strike-18"]),
        (StrikeQuery(place=("golan-heights",)), []),
        (StrikeQuery(place=("damascus-airport", "jabal-al-mani")), ["strike-18", "strike-25"]),
        (StrikeQuery(place=("nowhere",)), []),
        (StrikeQuery(target_party=("syria",)), ["strike-18"]),
        (StrikeQuery(target_party=("iran",)), ["strike-25"]),
        (StrikeQuery(attacker=("syria",)), []),
        (StrikeQuery(weapon=("airstrike",)), ["strike-18", "strike-25"]),
        (StrikeQuery(weapon=("drone", "missile")), []),
        (StrikeQuery(from_="2020-11-18", to="2020-11-18"), ["strike-18"]),
        (StrikeQuery(from_="2020-11-19"), ["strike-25"]),
        (StrikeQuery(to="2020-11-24"), ["strike-18"]),
    ],
)
def test_places_parties_weapons_and_days_are_filters(query: StrikeQuery, expected: list[str]) -> None:
    assert found(november(), query) == expected


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2020-11-25", ["strike-18", "strike-25"]),
        ("2020-11-24", ["strike-18"]),
        ("2020-11-24T21:59:59Z", ["strike-18"]),
        ("2020-11-24T22:00:00Z", ["strike-18", "strike-25"]),
        ("2020-11-17", []),
    ],
)
def test_nothing_after_as_of_counts(as_of: str, expected: list[str]) -> None:
    assert found(november(), StrikeQuery(), clocks(as_of)) == expected


def test_what_was_not_published_yet_is_not_known() -> None:
    assert found(november(), StrikeQuery(), clocks(known_at="2020-11-24")) == ["strike-18"]
    assert found(november(), StrikeQuery(responsibility=("acknowledged",)), clocks(known_at="2020-11-18")) == []
    assert found(november(), StrikeQuery(), clocks(known_at="2020-11-17")) == []


def test_a_bare_date_is_that_day_whatever_zone_is_asked() -> None:
    (row,) = rows_of([strike("one", "2020-11-18", "syria")])

    assert {row.day_in(tz).isoformat() for tz in ("UTC", "America/New_York", "Asia/Tokyo")} == {"2020-11-18"}
    assert not row.spans_days("UTC")


def test_a_time_falls_on_the_day_of_the_zone_that_is_asked() -> None:
    (row,) = rows_of([strike("one", "2020-11-24T23:50:00+02:00", "syria")])

    days = {tz: row.day_in(tz).day for tz in ("Asia/Damascus", "UTC", "Asia/Tokyo")}

    assert days == {"Asia/Damascus": 24, "UTC": 24, "Asia/Tokyo": 25}


def test_each_strike_falls_on_the_day_of_its_own_place_where_that_is_asked() -> None:
    query = StrikeQuery(from_="2020-11-26", to="2020-11-26", tz=LOCAL)
    times = {"late": "2020-11-25T23:30:00Z", "next": "2020-11-26T23:30:00Z"}
    reports = [strike(name, at, "syria", first=first) for first, (name, at) in enumerate(times.items(), 1)]

    rows = asked_for(rows_of(reports), query, syria(), clocks("2020-11-30"))

    assert [(row.occurrence, row.day_in(LOCAL).day) for row in rows] == [("late", 26)]
    assert found(reports, structs.replace(query, tz=None), clocks("2020-11-30")) == ["next"]


def test_a_night_counts_on_the_day_it_began_and_says_that_it_spans_two() -> None:
    night = cases.when("2020-11-24T23:50:00+02:00", "2020-11-25T02:00:00+02:00", "Asia/Damascus")
    report = cases.reported(Strike(), night, cases.cited("sana", "2020-11-25"), cases.party("israel", "attacker"))
    (row,) = rows_of([cases.folded("night", [report])])

    assert (row.day_in("Asia/Damascus").day, row.spans_days("Asia/Damascus")) == (24, True)
    assert (row.day_in("Asia/Tokyo").day, row.spans_days("Asia/Tokyo")) == (25, False)


@pytest.mark.parametrize(
    ("query", "tz"),
    [
        (StrikeQuery(), "UTC"),
        (StrikeQuery(place=("syria",)), "Asia/Damascus"),
        (StrikeQuery(place=("syria", "quneitra")), "Asia/Damascus"),
        (StrikeQuery(place=("syria", "beirut")), "UTC"),
        (StrikeQuery(place=("syria",), tz="Asia/Tokyo"), "Asia/Tokyo"),
    ],
)
def test_the_zone_is_the_one_asked_else_the_places_else_utc(query: StrikeQuery, tz: str) -> None:
    assert tz_of(query, syria()) == tz


def test_areas_are_the_places_of_the_level_or_the_place_itself_where_it_is_coarser() -> None:
    struck = ["damascus-airport", "jabal-al-mani", "syria"]

    assert areas(struck, "province", syria()) == ("rif-dimashq", "syria")
    assert areas(struck, "country", syria()) == ("syria",)
    assert areas(struck, "place", syria()) == tuple(struck)


def test_areas_are_shared_where_they_are_equal_or_one_contains_the_other() -> None:
    assert areas_shared(["quneitra", "rif-dimashq"], ["rif-dimashq", "deir-ez-zor"], syria()) == ("rif-dimashq",)
    assert (
        areas_shared(["quneitra"], ["syria"], syria()) == areas_shared(["syria"], ["quneitra"], syria()) == ("syria",)
    )
    assert areas_shared(["quneitra"], ["rif-dimashq"], syria()) == ()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (lambda: StrikeQuery(tz="Asia/Nowhere"), "time zone"),
        (lambda: StrikeQuery(from_="2020-11-31"), "no date or time that exists"),
        (lambda: StrikeQuery(to="yesterday"), "neither a date"),
        (lambda: StrikeQuery(from_="2020-11-25", to="2020-11-24"), "is after"),
    ],
)
def test_a_query_that_has_no_answer_is_refused(query: Callable[[], StrikeQuery], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        query()


def test_the_first_and_the_last_day_of_the_calendar_can_be_asked() -> None:
    query = StrikeQuery(from_="0001-01-01", to="9999-12-31", place=("syria",))

    assert found(november(), query) == ["strike-18", "strike-25"]


def test_a_strike_without_an_end_in_sight_breaks_no_answer() -> None:
    report = cases.reported(
        Strike(), cases.when("2020-11-18", "9999-12-31", "Asia/Damascus"), cases.cited("sana", "2020-11-18")
    )
    (row,) = rows_of([cases.folded("endless", [report])])

    assert (row.day_in("UTC").isoformat(), row.spans_days("UTC")) == ("2020-11-18", True)


@pytest.mark.parametrize(
    ("precision", "known", "at_place_level"),
    [
        ("exact", "rwihinah", True),
        ("near", "rwihinah", True),
        ("province", "quneitra", False),
        ("country", "syria", False),
    ],
)
def test_a_place_that_stands_for_an_area_counts_as_that_area(
    precision: PlacePrecision, known: str, *, at_place_level: bool
) -> None:
    report = cases.reported(
        Strike(),
        cases.when("2020-11-18", zone=DAMASCUS),
        cases.cited("sana", "2020-11-18"),
        cases.party("israel", "attacker"),
        PlaceAt(place="rwihinah", role="target", precision=precision),
    )

    rows = [placed(row, syria()) for row in rows_of([cases.folded("one", [report])])]

    assert [row.target_places for row in rows] == [[known]]
    [count] = counted(rows, Grouping(group_by=("place",)), StrikeQuery(level="place"), syria(), None)
    assert count.place == known
    assert bool(asked_for(rows, StrikeQuery(place=("rwihinah",)), syria(), clocks())) is at_place_level
    assert asked_for(rows, StrikeQuery(place=("syria",)), syria(), clocks()) == rows

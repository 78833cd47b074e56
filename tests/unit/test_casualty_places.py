"""Where and when casualties count, what words alone count for, and where a row's evidence is."""

import pytest

from events.details import Clash, ControlChange, Displacement, Strike
from events.occurrence import Occurrence
from events.occurrence_events import OccurrenceEvent
from events.values import Count, PlaceAt
from projections.casualties.question import CasualtyQuery
from tests.cases import a_party, a_place, cited, folded, place, registry, reported, when
from tests.casualty_cases import by, of, people, says, tally, total

VIEW = registry(
    a_party("syria"),
    a_party("army", "syria"),
    a_party("guard", "army"),
    a_party("iran"),
    a_place("country", "country"),
    a_place("north", "province", "country"),
    a_place("south", "province", "country"),
    a_place("town", "town", "north"),
)
BY_PARTY = CasualtyQuery(group_by=("affected_party",))
BY_STATUS = CasualtyQuery(group_by=("status",))
BY_PLACE = CasualtyQuery(group_by=("place",))


def clash(*events: OccurrenceEvent, where: tuple[PlaceAt, ...] = (), start: str = "2020-11-25") -> Occurrence:
    first = reported(Clash(), when(start), cited("first", "2020-11-25"), *where)
    return folded("clash", [first, *events])


def test_words_alone_add_nothing_and_are_marked() -> None:
    said = clash(says("a", people(Count(words="the population fled"), effect="displaced"), "x"))
    row, alone = (of(tally(occurrences).totals(), "displaced") for occurrences in ([said, displaced(500)], [said]))

    assert (row.low, row.best, row.high, row.not_stated, row.in_words, row.occurrences) == (500, 500, 500, [], 1, 2)
    assert (alone.low, alone.best, alone.high, alone.not_stated) == (None, None, None, ["best", "high", "low"])


def displaced(number: int) -> Occurrence:
    first = reported(Clash(), when("2020-11-26"), cited("other", "2020-11-26"))
    return folded("other", [first, says("o", people(number, effect="displaced"), "x")], first=50)


def test_a_figure_may_name_its_place() -> None:
    said = clash(
        says("a", people(3, "army", where="town"), "x"),
        says("b", people(4, "army", where="south"), "x"),
        says("c", people(9, "army"), "y"),
        where=(place("north", "target"), place("south", "target")),
    )
    rollup = tally([said], BY_PLACE, VIEW)

    assert by(rollup, "place") == {("north", "killed"): (3, 3, 3), ("south", "killed"): (4, 4, 4)}
    assert of(rollup.not_located()).high == 2
    assert total(rollup) == (7, 7, 9)


@pytest.mark.parametrize(
    "details", [ControlChange(manner="capture", places=("town",)), ControlChange(manner="capture", place="town")]
)
def test_people_harmed_in_a_change_of_control_count_where_its_details_say(details: ControlChange) -> None:
    first = reported(details, when("2020-11-25"), cited("first", "2020-11-25"))
    rollup = tally([folded("change", [first, says("a", people(3, "army"), "x")])], BY_PLACE, VIEW)

    assert by(rollup, "place") == {("north", "killed"): (3, 3, 3)}
    assert rollup.not_located() == []


def test_a_place_that_holds_the_whole_occurrence_makes_no_key_of_its_own() -> None:
    said = clash(
        says("a", people(3, "army", where="north"), "x"), says("b", people(3, "army"), "y"), where=(place("town"),)
    )

    assert by(tally([said], BY_PLACE, VIEW), "place") == {("north", "killed"): (3, 3, 3)}


def test_nobody_at_the_place_of_the_whole_occurrence_is_compared_with_what_is_told_of_it() -> None:
    said = clash(says("a", people(0, where="north"), "x"), says("b", people(3), "y"), where=(place("town"),))
    row = of(tally([said], view=VIEW).totals())

    assert (row.low, row.best, row.high, row.contested) == (0, 0, 3, True)


def test_a_place_told_only_roughly_is_known_only_as_roughly() -> None:
    roughly = PlaceAt(place="town", precision="country")
    query = CasualtyQuery(group_by=("place",), place=("north",))

    rollup = tally([clash(says("a", people(3), "x"), where=(roughly,))], query, VIEW)

    assert (rollup.rows(), of(rollup.not_located()).best) == ([], 3)


def test_one_that_spans_two_months_counts_in_the_first_and_is_marked() -> None:
    first = reported(Clash(), when("2020-11-30", "2020-12-01"), cited("first", "2020-12-02"))
    said = folded("clash", [first, says("a", people(2), "x", on="2020-12-02")])
    row = of(tally([said], CasualtyQuery(group_by=("month", "week", "year", "day"))).rows())

    assert (row.day, row.week, row.month, row.year, row.spanning) == ("2020-11-30", "2020-W49", "2020-11", "2020", 1)


@pytest.mark.parametrize("zone", ["Asia/Baku", "America/New_York"])
@pytest.mark.parametrize("said", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_people_harmed_at_the_ends_of_the_calendar_count_on_a_day_that_there_is(said: str, zone: str) -> None:
    first = reported(Clash(), when(said, zone=zone), cited("first", "2020-12-02"))
    row = of(tally([folded("clash", [first, says("a", people(2), "x")])], CasualtyQuery(group_by=("day",))).rows())

    assert row.day == said[:10]


def test_a_rows_evidence_names_its_filter_its_own_values_and_its_claims() -> None:
    said = clash(says("a", people(3, "army"), "x"), says("b", people(4, "iran"), "y"))
    query = CasualtyQuery(group_by=("affected_party",), kind=("clash", "strike"), from_="2020-11-01")

    row = next(row for row in tally([said], query, VIEW).rows() if row.affected_party == "iran")

    assert row.evidence.href == (
        "/v1/casualties/evidence?effect=killed&kind=clash,strike&from=2020-11-01&affected_party=iran"
    )
    assert (row.evidence.occurrences, row.evidence.claims, row.evidence.complete) == (["clash"], ["b"], True)


def test_the_displaced_count_where_they_had_been() -> None:
    places = (place("town", "origin"), place("south", "destination"))
    first = reported(Displacement(), when("2020-11-25"), cited("first", "2020-11-25"), *places)
    said = folded("flight", [first, says("a", people(100, effect="displaced"), "x")])

    assert by(tally([said], BY_PLACE, VIEW), "place") == {("north", "displaced"): (100, 100, 100)}
    # Where a strike was launched from nobody was hit.
    first = reported(Strike(), when("2020-11-25"), cited("first", "2020-11-25"), place("town", "origin"))
    launched = folded("strike", [first, says("a", people(3), "x")])
    assert by(tally([launched], BY_PLACE, VIEW), "place") == {}
    assert total(tally([said], CasualtyQuery(place=("south",)), VIEW), "displaced") == (0, 0, 0)

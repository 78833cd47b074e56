"""The rules by which casualty figures are compared, added and divided."""

import pytest

from events.details import Clash
from events.occurrence import Occurrence
from events.occurrence_events import ClaimSuperseded, ClaimWithdrawn, OccurrenceAssessed, OccurrenceEvent
from events.values import Count, PlaceAt
from projections.casualties.question import CasualtyQuery
from tests.cases import a_party, a_place, cited, folded, moment, registry, reported, when
from tests.casualty_cases import at_least, by, exactly, of, people, says, tally, total

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


def ucdp(total_count: Count, sides: tuple[int, int], civilians: int, unknown: int) -> Occurrence:
    """Say what UCDP says of one event: four parts with best only, and a total."""
    parts = [
        people(Count(best=sides[0]), "army", status="combatant"),
        people(Count(best=sides[1]), "iran", status="combatant"),
        people(Count(best=civilians), status="civilian"),
        people(Count(best=unknown)),
        people(total_count, scope="total"),
    ]
    return clash(*(says(f"c{number}", part, "ucdp") for number, part in enumerate(parts)))


def test_the_latest_word_of_a_claimant_on_one_key_stands() -> None:
    said = clash(
        says("a", people(3, "army"), "sana", "r1", "2020-11-25"),
        says("b", people(5, "army"), "sana", "r2", "2020-11-26"),
    )

    assert total(tally([said], view=VIEW)) == (5, 5, 5)
    assert total(tally([said], view=VIEW, known_at="2020-11-25")) == (3, 3, 3)


def test_of_two_words_published_at_once_the_smaller_id_stands() -> None:
    assert total(tally([clash(says("b", people(3, "army"), "sana"), says("a", people(5, "army"), "sana"))])) == (
        5,
        5,
        5,
    )


def test_a_claimant_who_denies_takes_back_what_was_said_before_and_the_other_way_round() -> None:
    figure = says("a", people(3, "army"), "sana", "r1", "2020-11-25")
    denial = says("b", people(None, scope="denial"), "sana", "r2", "2020-11-26")
    again = says("c", people(4, "guard"), "sana", "r3", "2020-11-27")

    denied, retold = tally([clash(figure, denial)], view=VIEW), tally([clash(figure, denial, again)], view=VIEW)

    assert (total(denied), of(denied.totals()).contested) == ((0, 0, 0), False)
    assert (total(retold), of(retold.totals()).contested) == ((4, 4, 4), False)


def test_several_claimants_on_one_key_span_from_the_smallest_low_to_the_largest_high() -> None:
    row = of(
        tally(
            [clash(says("a", people(Count(low=2, best=3, high=6), "army"), "x"), says("b", people(4, "army"), "y"))]
        ).totals()
    )

    assert (row.low, row.best, row.high, row.best_rule, row.contested) == (2, 3, 6, "smallest", False)


def test_a_missing_best_counts_as_its_low_and_a_common_one_is_said_to_be_common() -> None:
    row = of(tally([clash(says("a", people(at_least(3), "army"), "x"), says("b", people(3, "army"), "y"))]).totals())

    assert (row.low, row.best, row.high, row.best_rule, row.open_ended) == (3, 3, None, "common", True)


def test_ranges_that_do_not_overlap_are_contested() -> None:
    assert of(tally([clash(says("a", people(3, "army"), "x"), says("b", people(4, "army"), "y"))]).totals()).contested


def test_a_part_of_zero_is_not_a_denial() -> None:
    said = clash(says("a", people(0, "army"), "x"), says("b", people(5), "y"))

    assert total(tally([said], view=VIEW)) == (5, 5, 5)


def test_a_denial_of_casualty_covers_killed_and_wounded() -> None:
    said = clash(
        says("a", people(None, scope="denial", effect="casualty"), "x"),
        says("b", people(2), "y"),
        says("c", people(3, effect="wounded"), "y"),
    )
    rollup = tally([said])

    assert (total(rollup), total(rollup, "wounded"), total(rollup, "casualty")) == ((0, 0, 2), (0, 0, 3), (0, 0, 0))


def test_a_denial_for_one_party_does_not_lower_what_is_told_of_more() -> None:
    said = clash(says("a", people(None, "army", scope="denial"), "x"), says("b", people(5), "y"))

    assert total(tally([said], view=VIEW)) == (5, 5, 5)


def test_a_denial_meets_what_is_told_in_words_alone() -> None:
    row = of(
        tally(
            [clash(says("a", people(None, scope="denial"), "x"), says("b", people(Count(words="heavy losses")), "y"))]
        ).totals()
    )

    assert (row.low, row.best, row.high, row.not_stated, row.in_words) == (0, 0, None, ["high"], 1)


def test_a_party_and_its_parent_are_compared_and_never_added() -> None:
    said = clash(says("a", people(3, "army"), "x"), says("b", people(5, "syria"), "y"))

    assert total(tally([said], view=VIEW)) == (3, 3, 5)
    assert by(tally([said], BY_PARTY, VIEW), "affected_party") == {
        ("army", "killed"): (3, 3, 3),
        ("syria", "killed"): (0, 0, 2),
    }


def test_what_several_coarser_sides_have_beyond_the_finest_is_of_the_coarsest_of_them() -> None:
    said = clash(
        says("a", people(2, "guard"), "x"), says("b", people(5, "army"), "y"), says("c", people(7, "syria"), "z")
    )

    assert by(tally([said], BY_PARTY, VIEW), "affected_party") == {
        ("guard", "killed"): (2, 2, 2),
        ("syria", "killed"): (0, 0, 5),
    }


def test_parts_of_one_publication_add_even_where_one_is_coarser() -> None:
    said = clash(says("a", people(3, "army"), "x"), says("b", people(5, "syria"), "x"))

    assert total(tally([said], view=VIEW)) == (8, 8, 8)


def test_parts_of_one_publication_add_even_where_they_overlap() -> None:
    said = clash(says("a", people(3, "syria"), "x"), says("b", people(5, status="civilian"), "x"))

    assert total(tally([said], view=VIEW)) == (8, 8, 8)


def test_coarser_word_of_another_publication_is_compared() -> None:
    said = clash(says("a", people(3, "army"), "x", "r1"), says("b", people(5), "x", "r2"))

    assert total(tally([said], view=VIEW)) == (3, 3, 5)


def test_a_part_that_its_claimant_updates_stays_apart_from_the_others_it_was_given_with() -> None:
    said = clash(
        says("a", people(3, "army"), "x", "r1"),
        says("b", people(5), "x", "r1"),
        says("c", people(4, "army"), "x", "r2", "2020-11-26"),
        ClaimSuperseded(claim="a", by="c", published_at=moment("2020-11-26")),
    )

    assert total(tally([said], view=VIEW)) == (9, 9, 9)


def test_what_two_claimants_add_up_to_is_compared_with_what_a_third_says_of_all() -> None:
    said = clash(says("a", people(3, "army"), "x"), says("b", people(7, "iran"), "y"), says("c", people(12), "z"))

    assert total(tally([said], view=VIEW)) == (10, 10, 12)
    assert by(tally([said], BY_PARTY, VIEW), "affected_party") == {
        ("army", "killed"): (3, 3, 3),
        ("iran", "killed"): (7, 7, 7),
        (None, "killed"): (0, 0, 2),
    }


def test_joint_parties_are_coarser_than_each_of_them() -> None:
    said = clash(says("a", people(3, "army"), "x"), says("b", people(5, "army", "iran"), "y"))

    assert total(tally([said], view=VIEW)) == (3, 3, 5)
    assert by(tally([said], BY_PARTY, VIEW), "affected_party")["army+iran", "killed"] == (0, 0, 2)


def test_keys_that_overlap_without_nesting_are_compared_at_their_common_coarser_key() -> None:
    said = clash(says("a", people(5, "syria"), "x"), says("b", people(3, status="civilian"), "y"))

    assert total(tally([said], view=VIEW)) == (3, 3, 5)


@pytest.mark.parametrize("grouping", [BY_PARTY, BY_STATUS])
def test_what_overlaps_without_nesting_is_one_row_however_it_is_grouped(grouping: CasualtyQuery) -> None:
    said = clash(says("a", people(5, "syria"), "x"), says("b", people(3, status="civilian"), "y"))

    [row] = tally([said], grouping, VIEW).rows()
    assert (row.low, row.best, row.high, row.contested) == (3, 3, 5, True)


def test_different_statuses_add() -> None:
    said = clash(says("a", people(5, status="civilian"), "x"), says("b", people(3, status="police"), "y"))

    assert total(tally([said])) == (8, 8, 8)


def test_effects_are_never_added_together() -> None:
    said = clash(says("a", people(5), "x"), says("b", people(3, effect="wounded"), "x"))

    assert [(row.effect, row.best) for row in tally([said]).rows()] == [("killed", 5), ("wounded", 3)]


def test_asked_for_all_a_total_replaces_its_parts() -> None:
    assert total(tally([ucdp(Count(low=8, best=10, high=14), (4, 3), 2, 0)], view=VIEW)) == (8, 10, 14)


def test_asked_by_status_parts_answer_and_the_rest_of_the_total_is_unallocated() -> None:
    rollup = tally([ucdp(Count(low=8, best=10, high=14), (4, 3), 2, 0)], BY_STATUS, VIEW)

    assert by(rollup, "status") == {
        ("combatant", "killed"): (None, 7, None),
        ("civilian", "killed"): (None, 2, None),
        ("unspecified", "killed"): (None, 0, None),
        ("unallocated", "killed"): (None, 1, None),
    }
    assert {tuple(row.not_stated) for row in rollup.rows()} == {("high", "low")}
    assert total(rollup) == (None, 10, None)


def test_a_side_asked_for_is_its_part() -> None:
    query = CasualtyQuery(affected_party=("syria",))

    assert total(tally([ucdp(Count(low=8, best=10, high=14), (4, 3), 2, 0)], query, VIEW)) == (None, 4, None)


def test_where_parts_say_all_that_the_total_says_nothing_is_unallocated() -> None:
    said = clash(says("a", people(4, "army"), "x"), says("b", people(4, scope="total"), "x"))

    assert by(tally([said], BY_PARTY), "affected_party") == {("army", "killed"): (4, 4, 4)}


def test_a_total_alone_is_unallocated_by_side() -> None:
    said = clash(says("b", people(4, scope="total"), "x"))

    assert by(tally([said], BY_PARTY), "affected_party") == {("unallocated", "killed"): (4, 4, 4)}


def test_a_total_of_one_claimant_is_compared_with_another_claimants_part() -> None:
    said = clash(says("a", people(4, "army"), "x"), says("b", people(9, scope="total"), "y"))

    assert total(tally([said])) == (4, 4, 9)


def test_bounds_that_break_their_order_are_kept_and_marked() -> None:
    row = of(tally([ucdp(Count(low=9, best=5, high=7), (5, 0), 0, 0)], view=VIEW).totals())

    assert (row.low, row.best, row.high, row.bounds_inconsistent) == (9, 5, 7, True)


def test_an_assessment_sets_the_best_and_leaves_the_range() -> None:
    said = clash(
        says("a", people(3, "army"), "x"),
        says("b", people(8, "army"), "y"),
        OccurrenceAssessed(assessor="ana", reason="two lists of names", adopts="b"),
    )
    row = of(tally([said]).totals())

    assert (row.low, row.best, row.high, row.best_rule, row.contested) == (3, 8, 8, "assessed", True)
    assert total(tally([said], CasualtyQuery(claimant=("source:x",)))) == (3, 3, 3)


def test_an_assessment_may_set_a_figure_of_its_own_and_the_range_reaches_it() -> None:
    said = clash(
        says("a", people(3, "army"), "x"),
        OccurrenceAssessed(assessor="ana", reason="seen", affected=("army",), effect="killed", count=exactly(5)),
        OccurrenceAssessed(assessor="ana", reason="seen again", affected=("army",), effect="killed", count=exactly(4)),
    )

    assert total(tally([said])) == (3, 4, 4)


def test_an_assessment_falls_with_the_claim_that_it_adopts() -> None:
    said = clash(
        says("a", people(3, "army"), "x"),
        says("b", people(8, "army"), "y"),
        OccurrenceAssessed(assessor="ana", reason="two lists of names", adopts="b"),
        ClaimWithdrawn(claim="b", reason="an error", published_at=moment("2020-11-27")),
    )

    assert total(tally([said])) == (3, 3, 3)

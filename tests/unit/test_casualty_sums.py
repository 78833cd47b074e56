"""Adding figures of different people, however they are gathered, and dividing a total that several speak of."""

from itertools import permutations

import pytest

from events.details import Clash
from events.occurrence import Occurrence
from events.occurrence_events import ClaimMade
from events.values import Count
from projections.casualties.figure import stated, summed
from projections.casualties.question import CasualtyQuery, Grouping
from tests.cases import a_party, cited, folded, registry, reported, when
from tests.casualty_cases import by, people, says, tally, total

WORDS_ALONE = Count(words="a number of people")
NO_END = Count(open_ended=True, words="many")
NOBODY = Count(high=0)
VIEW = registry(a_party("syria"), a_party("army", "syria"))


def clash(*said: ClaimMade) -> Occurrence:
    return folded("clash", [reported(Clash(), when("2020-11-25"), cited("first", "2020-11-25")), *said])


def test_what_only_has_no_end_speaks_beside_words_alone_in_whatever_order_they_are_added() -> None:
    figures = [stated(count, frozenset()) for count in (WORDS_ALONE, NO_END, NOBODY)]
    at_once = summed(figures)
    for one, two, three in permutations(figures):
        gathered = summed([one, summed([two, three])])
        assert (gathered.low, gathered.best, gathered.high) == (at_once.low, at_once.best, at_once.high)
        assert (gathered.open_ended, gathered.unstated) == (at_once.open_ended, at_once.unstated)
    assert at_once.unstated == {"low", "best"}


@pytest.mark.parametrize("group_by", ["affected_party", "status"])
def test_each_claimant_of_a_part_is_heard_beside_a_total(group_by: Grouping) -> None:
    said = [
        says("a", people(3, "army", status="combatant"), "x"),
        says("b", people(5, "army", status="combatant"), "y"),
        says("c", people(8, scope="total"), "z"),
    ]
    rollup = tally([clash(*said)], CasualtyQuery(group_by=(group_by,)), VIEW)

    assert [(row.low, row.best, row.high, row.contested) for row in rollup.rows()] == [
        (3, 3, 5, True),
        (0, 0, 3, True),
    ]
    assert total(rollup) == total(tally([clash(*said)], view=VIEW)) == (3, 3, 8)


def test_what_one_says_of_a_party_is_compared_with_what_others_say_of_its_members_beside_a_total() -> None:
    said = [
        says("a", people(6, "army"), "x"),
        says("b", people(2, "syria"), "y"),
        says("c", people(9, scope="total"), "z"),
    ]
    rollup = tally([clash(*said)], CasualtyQuery(group_by=("affected_party",), party_level="top"), VIEW)

    assert by(rollup, "affected_party") == {("syria", "killed"): (2, 2, 6), ("unallocated", "killed"): (0, 0, 3)}

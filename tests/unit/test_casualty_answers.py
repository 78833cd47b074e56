"""The answers on casualties that the worked example of November 2020 must give."""

import pytest

from events.claims import ResponsibilityClaim
from events.details import Explosion, Strike
from events.occurrence import Occurrence
from events.occurrence_events import ClaimCited, OccurrenceRetracted
from events.values import Reads
from projections.casualties.question import CasualtyQuery
from tests.cases import a_party, a_place, cited, claim, folded, moment, place, registry, reported, when
from tests.casualty_cases import at_least, by, of, people, says, tally, total

VIEW = registry(
    a_place("azerbaijan", "country"),
    a_place("tartar", "district", "azerbaijan"),
    a_place("madagiz", "village", "tartar"),
    a_place("syria", "country"),
    a_place("rif-dimashq", "province", "syria"),
    a_place("quneitra", "province", "syria"),
    a_party("azerbaijan"),
    a_party("azerbaijani-armed-forces", "azerbaijan"),
    a_party("russian-peacekeepers"),
    a_party("artsakh-emergency-ministry"),
    a_party("syrian-armed-forces", "syria"),
)


def mine_explosion(*later: ClaimCited | OccurrenceRetracted) -> Occurrence:
    first = cited("urdupoint", "2020-11-23")
    return folded(
        "mine-madagiz",
        [
            reported(Explosion(device="mine"), when("2020-11-23"), first, place("madagiz")),
            says("mine.c12", people(1, "azerbaijani-armed-forces"), "mod", "urdupoint", "2020-11-23"),
            says("mine.c13", people(1, "russian-peacekeepers", effect="wounded"), "mod", "urdupoint", "2020-11-23"),
            says("mine.c14", people(4, "artsakh-emergency-ministry", effect="wounded"), "mod", "urdupoint"),
            *later,
        ],
    )


def strike_of_25_november() -> Occurrence:
    return folded(
        "strike-2020-11-25",
        [
            reported(
                Strike(weapon="airstrike"),
                when("2020-11-25", zone="Asia/Damascus"),
                cited("age", "2020-11-25"),
                place("rif-dimashq", "target"),
                place("quneitra", "target"),
            ),
            says("s25.c23", people(0, scope="denial"), "sana", "age"),
            says("s25.c24", people(at_least(8), "pro-iran-militias"), "sohr", "win"),
            ClaimCited(claim="s25.c24", citation=cited("post", "2020-11-25"), reads=Reads(words="nationality unknown")),
            claim(
                "s25.r1",
                ResponsibilityClaim(party="israel", degree="attributed"),
                "source:sana",
                cited("age", "2020-11-25"),
            ),
        ],
        first=100,
    )


def strike_of_18_november() -> Occurrence:
    return folded(
        "strike-2020-11-18",
        [
            reported(
                Strike(weapon="airstrike"), when("2020-11-18"), cited("sputnik", "2020-11-19"), place("rif-dimashq")
            ),
            says("s18.c18", people(3, "syrian-armed-forces"), "sana", "sputnik", "2020-11-19"),
            says("s18.c19", people(1, "syrian-armed-forces", effect="wounded"), "sana", "sputnik", "2020-11-19"),
            says("s18.c20", people(7, "allied-foreign-fighters"), "sohr", "age", "2020-11-25"),
        ],
        first=200,
    )


def test_the_mine_explosion_killed_1_and_wounded_5() -> None:
    rollup = tally([mine_explosion()], view=VIEW)

    assert total(rollup) == (1, 1, 1)
    assert total(rollup, "wounded") == (5, 5, 5)


def test_the_mine_explosion_by_party() -> None:
    rollup = tally([mine_explosion()], CasualtyQuery(group_by=("affected_party",), party_level="top"), VIEW)

    assert by(rollup, "affected_party") == {
        ("azerbaijan", "killed"): (1, 1, 1),
        ("artsakh-emergency-ministry", "wounded"): (4, 4, 4),
        ("russian-peacekeepers", "wounded"): (1, 1, 1),
    }


def test_a_party_stands_for_its_members() -> None:
    assert total(tally([mine_explosion()], CasualtyQuery(affected_party=("azerbaijan",)), VIEW)) == (1, 1, 1)


def test_a_retelling_adds_nobody() -> None:
    retold = mine_explosion(
        ClaimCited(claim="mine.c12", citation=cited("jam", "2020-11-24"), reads=Reads(words="officer"))
    )

    assert total(tally([retold], view=VIEW)) == (1, 1, 1)


def test_after_its_retraction_nobody_is_counted_and_before_it_they_still_are() -> None:
    gone = mine_explosion(OccurrenceRetracted(reason="an error", published_at=moment("2020-12-01")))

    after, before = tally([gone], view=VIEW), tally([gone], view=VIEW, known_at="2020-11-30")

    assert (total(after), total(after, "wounded"), after.rows()) == ((0, 0, 0), (0, 0, 0), [])
    assert (total(before), total(before, "wounded")) == ((1, 1, 1), (5, 5, 5))


def test_a_denial_lowers_to_nobody_and_contests_what_is_told_of_at_least_8() -> None:
    row = of(tally([strike_of_25_november()], view=VIEW).totals())

    assert (row.low, row.best, row.high, row.contested, row.open_ended) == (0, 0, None, True, True)
    assert row.not_stated == []
    assert row.evidence.claims == ["s25.c23", "s25.c24"]


@pytest.mark.parametrize(
    ("claimant", "low", "best", "high", "open_ended"),
    [("source:sana", 0, 0, 0, False), ("source:sohr", 8, 8, None, True)],
)
def test_a_claimant_asked_for_is_that_voice_alone(
    claimant: str, low: int, best: int, high: int | None, *, open_ended: bool
) -> None:
    row = of(tally([strike_of_25_november()], CasualtyQuery(claimant=(claimant,)), VIEW).totals())

    assert (row.low, row.best, row.high, row.open_ended) == (low, best, high, open_ended)
    assert not row.contested


def test_voices_stand_beside_each_other_by_claimant_and_are_never_added() -> None:
    rollup = tally([strike_of_25_november()], CasualtyQuery(group_by=("claimant",)), VIEW)

    assert by(rollup, "claimant") == {("source:sana", "killed"): (0, 0, 0), ("source:sohr", "killed"): (8, 8, None)}
    assert [(row.claimant, row.best) for row in rollup.totals()] == [("source:sana", 0), ("source:sohr", 8)]


def test_what_two_claimants_say_of_different_parties_adds() -> None:
    rollup = tally([strike_of_18_november()], view=VIEW)

    assert total(rollup) == (10, 10, 10)
    assert total(rollup, "wounded") == (1, 1, 1)
    assert not of(rollup.totals()).contested


def test_a_strike_on_two_provinces_is_located_in_neither_but_in_their_country() -> None:
    provinces = tally([strike_of_25_november()], CasualtyQuery(group_by=("place",)), VIEW)
    countries = tally([strike_of_25_november()], CasualtyQuery(group_by=("place",), level="country"), VIEW)
    asked = tally([strike_of_25_november()], CasualtyQuery(place=("quneitra",)), VIEW)
    elsewhere = tally([strike_of_25_november()], CasualtyQuery(place=("azerbaijan",)), VIEW)

    assert provinces.rows() == []
    assert of(provinces.not_located()).best == 0
    assert by(countries, "place") == {("syria", "killed"): (0, 0, None)}
    assert (asked.rows(), of(asked.not_located()).contested) == ([], True)
    assert (elsewhere.rows(), elsewhere.not_located()) == ([], [])


def test_who_is_held_responsible_is_the_attacker() -> None:
    strikes = [strike_of_18_november(), strike_of_25_november()]

    assert by(tally(strikes, CasualtyQuery(group_by=("attacker",)), VIEW), "attacker") == {
        ("israel", "killed"): (0, 0, None),
        (None, "killed"): (10, 10, 10),
        (None, "wounded"): (1, 1, 1),
    }

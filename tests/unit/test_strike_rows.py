from datetime import UTC, datetime

import pytest
from msgspec import structs

from events.claims import DisputeClaim, PartyClaim
from events.details import Clash, Strike
from events.occurrence_events import (
    Changes,
    ClaimWithdrawn,
    OccurrenceAmended,
    OccurrenceEvent,
    OccurrenceMerged,
    OccurrenceReinstated,
    OccurrenceRetracted,
)
from events.values import Count, Interval
from events.words import Degree
from projections.strikes.rows import STRIKES, TABLE
from projections.strikes.told import Attribution, attackers, strongest, target_places
from tests import cases
from tests.strike_cases import DAMASCUS, november, on_the_18th, on_the_25th, responsibility, rows_of, told_of

A_DAY_LATER = datetime(2020, 11, 26, tzinfo=UTC)


def _degrees(*events: OccurrenceEvent, known_at: str | None = None) -> dict[str, Degree]:
    known = cases.known(cases.folded("strike", events), known_at)
    return {attacker.party: attacker.degree for attacker in attackers(known)}


def test_a_strike_has_one_row_with_a_value_for_each_column() -> None:
    (row,) = STRIKES.rows(cases.known(november()[0]))

    assert row.table == TABLE.name
    assert len(row.values) == len(TABLE.columns)


def test_another_kind_of_occurrence_has_no_row() -> None:
    clash = cases.reported(Clash(), cases.when("2020-11-18"), cases.cited("sana", "2020-11-18"))

    assert list(STRIKES.rows(cases.known(cases.folded("clash", [clash])))) == []


@pytest.mark.parametrize("ending", [OccurrenceRetracted(reason="false"), OccurrenceMerged(into="other", reason="same")])
def test_a_strike_that_was_retracted_or_merged_has_no_row(ending: OccurrenceEvent) -> None:
    assert rows_of([cases.folded("strike", [*on_the_18th(), ending])]) == []


def test_a_reinstated_strike_counts_again_and_its_retraction_stays_readable_at_its_time() -> None:
    retracted = OccurrenceRetracted(reason="false", published_at=A_DAY_LATER)
    reinstated = OccurrenceReinstated(reason="true", published_at=A_DAY_LATER.replace(day=28))
    strike = cases.folded("strike", [*on_the_18th(), retracted, reinstated])

    assert [len(rows_of([strike], day)) for day in ("2020-11-25", "2020-11-27", "2020-11-29")] == [1, 0, 1]


def test_an_attacker_named_without_a_degree_is_attributed_to_the_citing_source() -> None:
    (attacker,) = attackers(cases.known(november()[2]))

    assert attacker.degree == "attributed"
    assert attacker.attributions == (Attribution("source:afp", "attributed"),)


def test_the_strongest_standing_claim_decides_the_degree() -> None:
    suspected = responsibility("strike.a", "israel", "suspected", "source:sohr", "2020-11-18")
    disputed = responsibility("strike.b", "israel", "disputed", "party:israel", "2020-11-18")
    acknowledged = responsibility("strike.c", "israel", "acknowledged", "party:israel", "2020-11-20")
    report = on_the_18th()[0]

    assert _degrees(report, suspected, disputed) == {"israel": "suspected"}
    assert _degrees(report, suspected, disputed, acknowledged) == {"israel": "acknowledged"}
    assert _degrees(report, suspected, disputed, acknowledged, known_at="2020-11-19") == {"israel": "suspected"}


def test_a_withdrawn_claim_of_responsibility_decides_nothing() -> None:
    withdrawn = ClaimWithdrawn(claim="strike-18.idf", reason="error", published_at=A_DAY_LATER)

    assert _degrees(*on_the_18th(), withdrawn) == {"israel": "attributed"}
    assert _degrees(*on_the_18th(), withdrawn, known_at="2020-11-25") == {"israel": "acknowledged"}


def test_degrees_are_ordered_from_acknowledged_to_unknown() -> None:
    degrees: list[Degree] = ["unknown", "disputed", "suspected", "attributed", "acknowledged"]

    assert [strongest(degrees[: n + 1]) for n in range(5)] == degrees
    assert strongest([]) == "unknown"


def test_a_claim_that_names_an_attacker_attributes_the_strike_to_it() -> None:
    told = cases.reported(Strike(), cases.when("2020-11-18"), cases.cited("sana", "2020-11-18"))
    named = cases.claim(
        "strike.sohr", PartyClaim(party="israel", role="attacker"), "source:sohr", cases.cited("sohr", "2020-11-18")
    )

    (attacker,) = attackers(cases.known(cases.folded("strike", [told, named])))

    assert attacker.attributions == (Attribution("source:sohr", "attributed", "strike.sohr"),)


def test_a_disputed_claim_keeps_its_degree_and_names_the_dispute() -> None:
    dispute = cases.claim(
        "strike-18.dispute", DisputeClaim(claim="strike-18.idf"), "source:sana", cases.cited("sana", "2020-11-20")
    )

    (attacker,) = attackers(cases.known(cases.folded("strike-18", [*on_the_18th(), dispute])))

    assert (attacker.degree, attacker.disputed_by) == ("acknowledged", ("strike-18.dispute",))


def test_an_origin_is_never_a_target() -> None:
    for occurrence in november():
        places = {place.place for place in target_places(cases.known(occurrence))}
        assert "golan-heights" not in places
        assert places


def test_locations_are_struck_only_where_no_target_is_named() -> None:
    report = cases.reported(
        Strike(),
        cases.when("2020-11-18"),
        cases.cited("sana", "2020-11-18"),
        cases.place("syria", "location"),
        cases.place("rwihinah", "target"),
    )

    assert [row.target_places for row in rows_of([cases.folded("one", [report])])] == [["rwihinah"]]
    assert rows_of(november())[2].target_places == ["jabal-al-mani", "rwihinah"]


def test_a_strike_leads_to_its_claims_and_to_every_report_that_tells_of_it() -> None:
    told = told_of(november())[1]

    assert told.claims == ("strike-18.idf",)
    assert told.reports == ("report-israel", "sana")


def test_sorties_and_munitions_are_counts_of_their_own() -> None:
    details = Strike(sorties=Count(best=4), munitions=Count(low=8, open_ended=True))
    report = cases.reported(details, cases.when("2020-11-18"), cases.cited("sana", "2020-11-18"))
    strike = cases.folded("strike", [report])

    assert len(rows_of([strike])) == 1
    assert (told_of([strike])[1].sorties, told_of([strike])[1].munitions) == (details.sorties, details.munitions)


def test_a_correction_replaces_the_row_from_its_publication_on() -> None:
    changes = Changes(details=Strike(weapon="drone"), occurred=cases.when("2020-11-19", zone=DAMASCUS))
    amended = OccurrenceAmended(changes=changes, reason="night of the 19th", published_at=A_DAY_LATER)
    strike = cases.folded("strike", [*on_the_18th(), amended])

    assert [(row.weapon, row.day_in("UTC").day) for row in rows_of([strike], "2020-11-25")] == [("airstrike", 18)]
    assert [(row.weapon, row.day_in("UTC").day) for row in rows_of([strike])] == [("drone", 19)]


def test_where_the_start_is_unknown_the_end_stands_for_it() -> None:
    report = cases.reported(Strike(), cases.when(None, "2020-11-18", zone=DAMASCUS), cases.cited("sana", "2020-11-19"))
    undated = structs.replace(report, occurred=Interval())

    assert rows_of([cases.folded("one", [report])])[0].day_in("UTC").isoformat() == "2020-11-18"
    assert rows_of([cases.folded("one", [undated])])[0].day_in("UTC").isoformat() == "2020-11-19"


def test_the_struck_parties_are_those_of_the_report_and_of_standing_claims() -> None:
    assert rows_of([cases.folded("strike", on_the_25th())])[0].target_parties == ["iran"]

"""Hazards are told report by report and by area; nothing is ever said to be clean."""

from datetime import date

import pytest

from events.claims import DetailClaim
from events.details import Clash, Explosion
from events.occurrence_events import OccurrenceEvent, OccurrenceMerged, OccurrenceRetracted
from events.values import Count, PlaceAt
from projections.hazards.answers import Cleared, HazardQuery, areas_of
from projections.hazards.rows import HAZARDS, TABLE
from tests import cases
from tests.hazard_cases import asked, cleared, exploded, karabakh, november, rows_of


def _ids(query: HazardQuery, *, as_of: str | None = None, known_at: str | None = None) -> list[str]:
    return [hazard.occurrence for hazard in asked(query, as_of=as_of, known_at=known_at)]


def test_a_hazard_has_one_row_with_a_value_for_each_column() -> None:
    (row,) = HAZARDS.rows(cases.known(november()[0]))

    assert (row.table, len(row.values)) == (TABLE.name, len(TABLE.columns))


@pytest.mark.parametrize("ending", [OccurrenceRetracted(reason="false"), OccurrenceMerged(into="other", reason="same")])
def test_a_hazard_that_was_retracted_or_merged_has_no_row(ending: OccurrenceEvent) -> None:
    assert rows_of([cases.folded("mine", [*exploded(), ending])]) == []


def test_what_is_no_hazard_has_no_row() -> None:
    for details in (Clash(), Explosion()):
        other = cases.reported(details, cases.when("2020-11-23"), cases.cited("tass", "2020-11-23"))
        assert rows_of([cases.folded("other", [other])]) == []


def test_an_explosion_whose_device_only_a_claim_names_is_a_hazard_with_that_account() -> None:
    blast = cases.reported(Explosion(), cases.when("2020-11-23"), cases.cited("tass", "2020-11-23"))
    named = cases.claim("blast.c", DetailClaim(device="ied"), "source:sohr", cases.cited("sohr", "2020-11-25"))
    occurrences = [cases.folded("blast", [blast, named])]

    (hazard,) = asked(HazardQuery(device=("ied",)), occurrences)
    assert (hazard.devices, [(one.claimant, one.device) for one in hazard.accounts]) == (
        ("unspecified",),
        [("source:sohr", "ied")],
    )
    assert asked(occurrences=occurrences, known_at="2020-11-24") == []


def test_hazards_come_in_order_with_their_days_areas_and_evidence() -> None:
    first, second, third = asked()

    assert [hazard.occurrence for hazard in (first, second, third)] == ["cleared", "mine", "laid"]
    assert (first.date, first.areas, first.area_m2) == (date(2020, 11, 20), ("kalbajar", "lachin"), 900)
    # Where somebody came from is no place where anything lies.
    assert (second.areas, second.disputed_by) == (("kalbajar",), ("party:sappers",))
    assert (third.areas, third.items) == (("karabakh",), Count(words="large numbers"))
    assert [(one.claimant, one.of, one.count.low) for one in third.quantities] == [
        ("source:mines-office", "mines", 1000)
    ]
    assert (third.claims, third.reports) == (("laid.mines",), ("digest", "office"))
    assert third.links.reports == ("/v1/reports/digest", "/v1/reports/office")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (HazardQuery(kind=("explosion",)), ["mine"]),
        (HazardQuery(device=("uxo",)), ["cleared", "laid"]),
        (HazardQuery(place=("lachin",)), ["cleared"]),
        (HazardQuery(place=("azerbaijan",)), ["cleared", "mine", "laid"]),
        (HazardQuery(from_="2020-11-21", to="2020-11-24"), ["mine"]),
    ],
)
def test_each_filter_finds_what_it_names(query: HazardQuery, expected: list[str]) -> None:
    assert _ids(query) == expected


def test_each_clock_bounds_what_is_found() -> None:
    assert _ids(HazardQuery(), as_of="2020-11-22") == ["cleared"]
    assert _ids(HazardQuery(), known_at="2020-11-24") == ["mine"]
    (before,) = asked(HazardQuery(kind=("contamination",)), known_at="2020-11-26")
    assert before.quantities == ()


def test_an_area_that_was_asked_for_is_the_only_one_summed_up() -> None:
    found = asked(HazardQuery(place=("lachin",)))

    assert [area.area for area in areas_of(found, karabakh())] == ["lachin"]


def test_clearance_is_summed_and_takes_nothing_back() -> None:
    kalbajar, region, lachin = areas_of(asked(), karabakh())

    assert [kalbajar.area, region.area, lachin.area] == ["kalbajar", "karabakh", "lachin"]
    assert (kalbajar.contaminations, kalbajar.clearances, kalbajar.explosions, kalbajar.disputed) == (0, 1, 1, True)
    assert (region.contaminations, region.clearances, region.cleared_items, region.cleared_m2) == (1, 0, None, None)
    assert kalbajar.cleared_items == Cleared(low=40, best=50, high=None, unstated=0)
    assert (kalbajar.first_date, kalbajar.last_date, kalbajar.cleared_m2) == (
        date(2020, 11, 20),
        date(2020, 11, 23),
        900,
    )


def test_a_clearance_without_a_number_is_told_of_beside_the_sum() -> None:
    counts = [Count(low=3, best=3, high=3), Count(best=4, high=9), Count(words="many"), None]
    occurrences = [cases.folded(f"c{nth}", [cleared(items=count)], nth) for nth, count in enumerate(counts, 1)]
    area = areas_of(asked(occurrences=occurrences), karabakh())[0]

    assert area.cleared_items == Cleared(low=7, best=7, high=12, unstated=2)


def test_a_place_that_nobody_knows_stands_for_itself_without_an_area() -> None:
    report = cases.reported(
        Explosion(device="uxo"),
        cases.when("2020-11-23"),
        cases.cited("tass", "2020-11-23"),
        PlaceAt(name="Magadiz"),
    )
    found = asked(occurrences=[cases.folded("unknown", [report])])
    (area,) = areas_of(found, karabakh())

    assert (area.area, area.name, area.occurrences) == (None, None, ["unknown"])
    assert found[0].places[0].name == "Magadiz"

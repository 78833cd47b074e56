"""UCDP GED: what each event comes to, in any of the shapes in which it is published."""

import pytest

from events.claims import CasualtiesClaim
from events.details import AttackOnCivilians, Clash
from events.known import ALL_KNOWN, as_known
from events.occurrence import Occurrence
from events.values import Count, PartyIn, PlaceAt
from services.imports import running
from services.imports.entry import FormatError
from services.imports.ucdp_ged import INCONSISTENT, STRADDLES
from services.imports.ucdp_releases import months_of, release_in
from tests.cases import known as known_of
from tests.import_cases import DATA, GED_ROW, Imported, as_csv, ged, lines_of, needs, rows_in

pytestmark = pytest.mark.anyio


def counts(occurrence: Occurrence, known_at: str | None = None) -> dict[str, tuple[object, ...]]:
    """Give what each standing casualties claim says, by the claim's own name."""
    return {
        claim.id.partition(".")[2]: (content.scope, content.affected, content.status, content.count)
        for claim in known_of(occurrence, known_at).standing_claims
        if isinstance(content := claim.content, CasualtiesClaim)
    }


async def test_an_event_has_four_parts_with_best_only_and_one_total_with_all_bounds() -> None:
    log = Imported()

    await log.take_ged(ged({}))

    event = await log.occurrence("ucdp-ged-214797")
    assert counts(event) == {
        "a": ("part", ("government-of-syria",), "combatant", Count(best=2)),
        "b": ("part", ("syrian-insurgents",), "combatant", Count(best=1)),
        "civilians": ("part", (), "civilian", Count(best=3)),
        "unknown": ("part", (), "unspecified", Count(best=0)),
        "total": ("total", (), "unspecified", Count(low=5, best=6, high=8)),
    }
    assert event.reported.details == Clash()
    assert event.reported.citation.quote == "SOHR,2016-01-01,Shelling of the town"
    assert event.reported.claimant == "source:ucdp-ged"


async def test_its_place_lies_in_district_province_and_country_and_bears_its_point() -> None:
    log = Imported()

    await log.take_ged(ged({}))

    view = await log.registry()
    [place] = (await log.occurrence("ucdp-ged-214797")).reported.places
    assert place == PlaceAt(place="teir-maaleh-village")
    assert view.place_ancestors("teir-maaleh-village") == ("ar-rastan-district", "homs-governorate", "syria")
    assert view.places["teir-maaleh-village"].said.point == (36.707602, 34.802462)
    assert view.place_at("teir-maaleh-village", "province") == "homs-governorate"
    assert view.zone_of("teir-maaleh-village") == "Asia/Damascus"


@pytest.mark.parametrize("chunk", [1, 1000])
async def test_a_place_that_is_written_in_two_ways_is_one_wherever_the_rows_stand(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", chunk)
    log = Imported()
    rows = (
        {"id": "1", "where_coordinates": "Aïn Zara town", "where_prec": "1"},
        {"id": "2", "where_coordinates": "Ain Zara town", "where_prec": "1"},
        {"id": "3", "where_coordinates": "Ain Zara town", "where_prec": "1", "latitude": "36.9"},
    )

    await log.take_ged(ged(*rows))

    events = await log.occurrences()
    assert [events[f"ucdp-ged-{n}"].reported.places[0].place for n in (1, 2, 3)] == ["ain-zara-town"] * 2 + [
        "ain-zara-town-ar-rastan-district"
    ]
    assert (await log.take_ged(ged(*rows))).unresolved == {}


async def test_of_two_places_of_a_name_the_one_right_under_its_parent_is_meant() -> None:
    log = Imported()
    rows = (
        {"id": "1", "where_coordinates": "Homs city", "adm_2": ""},
        {"id": "2", "where_coordinates": "Homs city", "adm_2": "Homs district"},
    )
    await log.take_ged(ged(*rows))

    again = await log.take_ged(ged(*rows, {"id": "3", "where_coordinates": "Homs city", "adm_2": ""}))

    assert again.unresolved == {}
    assert (await log.occurrence("ucdp-ged-3")).reported.places == (PlaceAt(place="homs-city"),)


async def test_a_settlement_is_called_without_its_kind_and_an_airport_is_not_called_as_its_town() -> None:
    log = Imported()

    names = ("Taftanaz town", "Taftanaz airport", "Taftanaz airbase")
    await log.take_ged(ged(*({"id": str(n), "where_coordinates": name} for n, name in enumerate(names))))

    assert [one.id for one in (await log.door.places_named(["taftanaz"]))["taftanaz"]] == ["taftanaz-town"]


async def test_what_is_known_to_a_province_or_country_alone_is_placed_there_at_that_precision() -> None:
    log = Imported()

    await log.take_ged(
        ged(
            {"id": "1", "where_prec": "4", "where_coordinates": "Homs governorate", "adm_2": ""},
            {"id": "2", "where_prec": "6", "where_coordinates": "Syria", "adm_1": "", "adm_2": ""},
        )
    )

    events = await log.occurrences()
    assert events["ucdp-ged-1"].reported.places == (PlaceAt(place="homs-governorate", precision="province"),)
    assert events["ucdp-ged-2"].reported.places == (PlaceAt(place="syria", precision="country"),)


async def test_one_sided_violence_is_an_attack_on_civilians() -> None:
    log = Imported()

    await log.take_ged(ged({"type_of_violence": "3", "side_b_new_id": "1", "side_b": "Civilians"}))

    event = await log.occurrence("ucdp-ged-214797")
    assert event.reported.details == AttackOnCivilians()
    assert event.reported.parties == (
        PartyIn(party="government-of-syria", role="attacker"),
        PartyIn(party="civilians", role="target"),
    )


async def test_bounds_that_contradict_each_other_are_kept_as_they_are_and_flagged() -> None:
    log = Imported()

    summary = await log.take_ged(ged({"id": "1"}, {"id": "2", "low": "9", "best": "6", "high": "8"}))

    assert counts(await log.occurrence("ucdp-ged-2"))["total"][3] == Count(low=9, best=6, high=8)
    assert (summary.recorded, summary.refused, summary.flagged) == (2, [], {INCONSISTENT: [3]})


async def test_an_event_that_spans_two_months_is_flagged() -> None:
    summary = await Imported().take_ged(ged({"date_start": "2016-01-31", "date_end": "2016-02-01", "date_prec": "2"}))

    assert summary.flagged == {STRADDLES: [2]}


async def test_a_file_taken_twice_appends_nothing() -> None:
    log = Imported()
    await log.take_ged(ged({"id": "1"}, {"id": "2"}))
    head = await log.log.head()

    again = await log.take_ged(ged({"id": "1"}, {"id": "2"}))

    assert (await log.log.head(), again.recorded, again.repeated) == (head, 0, 2)


async def test_an_interrupted_import_goes_on_where_it_stopped() -> None:
    log = Imported()
    await log.take_ged(ged({"id": "1"}))

    summary = await log.take_ged(ged({"id": "1"}, {"id": "2"}))

    assert (summary.recorded, summary.repeated) == (1, 1)


async def test_days_are_read_with_blanks_and_times_around_them() -> None:
    log = Imported()

    await log.take_ged(ged({"date_start": " 2016-01-31 00:00:00.000", "date_end": "2016-02-01T00:00:00"}))

    occurred = (await log.occurrence("ucdp-ged-214797")).reported.occurred
    assert (occurred.start, occurred.end) == ("2016-01-31", "2016-02-01")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"low": "some"}, "low is no whole number: 'some'"),
        ({"deaths_a": "-1"}, "deaths_a is no whole number: '-1'"),
        ({"date_end": "2015-12-31"}, "date_start and date_end are no span of days: '2016-01-01', '2015-12-31'"),
        ({"date_prec": "9"}, "date_prec is no code of UCDP's: '9'"),
        ({"side_b": " "}, "side_b is empty"),
    ],
)
async def test_a_row_that_cannot_be_is_quarantined_with_its_number_and_the_rest_is_taken(
    changes: dict[str, str], reason: str
) -> None:
    summary = await Imported().take_ged(ged({"id": "1"}, {"id": "2"} | changes, {"id": "3"}))

    assert [(one.row, one.reason) for one in summary.quarantined] == [(3, reason)]
    assert (summary.rows, summary.recorded) == (3, 2)


async def test_the_same_id_with_other_content_in_no_newer_release_is_refused() -> None:
    log = Imported()
    await log.take_ged(ged({}))

    summary = await log.take_ged(ged({"best": "7"}))

    assert [one.row for one in summary.refused] == [2]
    assert "recorded already, with other content" in summary.refused[0].reason


async def test_a_file_without_a_needed_column_is_none_of_this_format() -> None:
    row = {name: cell for name, cell in GED_ROW.items() if name != "where_prec"}

    with pytest.raises(FormatError, match="no column where_prec"):
        await Imported().take_ged(as_csv([row]))


async def test_a_side_that_another_party_s_id_stands_for_gets_an_id_of_its_own() -> None:
    log = Imported()

    await log.take_ged(ged({"id": "1"}, {"id": "2", "side_b_new_id": "9999"}))

    events = await log.occurrences()
    assert events["ucdp-ged-1"].reported.parties[1].party != events["ucdp-ged-2"].reported.parties[1].party


@needs("ucdp_hdx_bgd_hxl.csv")
async def test_the_row_of_hxl_tags_is_passed_over() -> None:
    path = DATA / "ucdp_hdx_bgd_hxl.csv"

    summary = await Imported().take_ged(lines_of(path))

    assert summary.quarantined == []
    assert summary.recorded == summary.rows == len(rows_in(path)) - 1


@needs("ucdp_ged_23.1_sample_1000.csv")
async def test_the_sample_of_49_columns_is_taken_whole() -> None:
    summary = await Imported().take_ged(lines_of(DATA / "ucdp_ged_23.1_sample_1000.csv"), "23.1", "2023-06-08")

    assert (summary.recorded, summary.quarantined, summary.refused) == (1000, [], [])
    assert len(summary.flagged[INCONSISTENT]) == 13


@needs("ucdp_ged_23.1_sample_1000.csv")
async def test_the_sample_comes_to_the_same_places_in_chunks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_of(DATA / "ucdp_ged_23.1_sample_1000.csv")
    placed: list[dict[str, tuple[PlaceAt, ...]]] = []
    for chunk in (37, 1000):
        monkeypatch.setattr(running, "CHUNK", chunk)
        log = Imported()
        await log.take_ged(lines, "23.1")
        placed.append({name: event.reported.places for name, event in (await log.occurrences()).items()})
        assert (await log.take_ged(lines, "23.1")).unresolved == {}
    assert placed[0] == placed[1]


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("GEDEvent_v23_1.csv", "23.1"),
        ("GEDEvent_v23_0_5.csv", "23.0.5"),
        ("GEDEvent_v23_01_23_03.csv", "23.01.23.03"),
        ("ged231.csv", "23.1"),
        ("ucdp_ged_23.1_sample_1000.csv", "23.1"),
        ("ucdp_ged_syria_2016-2018.csv", None),
    ],
)
def test_the_release_is_read_from_the_file_s_name(name: str, release: str | None) -> None:
    assert release_in(name) == release


@pytest.mark.parametrize(
    ("release", "months"),
    [
        ("24.0.3", ("2024-03", "2024-03")),
        ("24.01.24.06", ("2024-01", "2024-06")),
        ("v24_0_12", ("2024-12", "2024-12")),
        ("24.1", None),
        ("spring", None),
        (None, None),
    ],
)
def test_the_months_of_a_candidate_release_are_read_from_its_name(
    release: str | None, months: tuple[str, str] | None
) -> None:
    assert months_of(release) == months


async def test_what_an_event_was_before_it_was_published_is_not_known() -> None:
    log = Imported()
    await log.take_ged(ged({}), published="2019-06-01")

    event = await log.occurrence("ucdp-ged-214797")

    assert as_known(event, ALL_KNOWN) is not None
    assert known_of(event, "2019-06-01").published_at.isoformat() == "2019-06-01T23:59:59.999999+00:00"

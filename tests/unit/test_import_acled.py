"""ACLED: what the events of an export, of an API's answer and of the list of deletions come to."""

import json
from collections.abc import Mapping

import pytest

from events import details as kinds
from events.claims import CasualtiesClaim
from events.registry_events import PartyRegistered
from events.values import Count, PartyIn, PlaceAt
from services.imports.acled import Acled, AcledDeletions
from services.imports.acled_codes import Acting, details_of, inter_of
from services.imports.summary import Summary
from tests.cases import known as known_of
from tests.import_cases import Imported, as_csv

pytestmark = pytest.mark.anyio

# The 31 columns of an export; what the row tells is made up.
ROW: Mapping[str, str] = {
    "event_id_cnty": "AZE1", "event_date": "25 November 2020", "year": "2020", "time_precision": "1",
    "disorder_type": "Political violence", "event_type": "Explosions/Remote violence",
    "sub_event_type": "Shelling/artillery/missile attack", "actor1": "Military Forces of North (1990-)",
    "assoc_actor_1": "Northern Guard; Border Police", "inter1": "1", "actor2": "Southern Militia", "assoc_actor_2": "",
    "inter2": "Political militia", "interaction": "13", "civilian_targeting": "", "iso": "31", "region": "Caucasus",
    "country": "Azerbaijan", "admin1": "Tartar", "admin2": "", "admin3": "", "location": "Madagiz", "latitude": "40.31",
    "longitude": "46.79", "geo_precision": "2", "source": "A newspaper", "source_scale": "National",
    "notes": "As reported, shells fell near the village.", "fatalities": "3", "tags": "",
    "timestamp": "1606780800",
}  # fmt: skip
EVENT = "acled-aze1"


async def taken(log: Imported, *changed: Mapping[str, str]) -> Summary:
    return await log.take(Acled(as_csv([{**ROW, **changes} for changes in changed or ({},)]), "2020-12-05"))


async def test_an_event_is_told_with_kind_actors_place_notes_and_fatalities() -> None:
    log = Imported()

    await taken(log)

    event = known_of(await log.occurrence(EVENT))
    assert event.details == kinds.Strike(weapon="artillery")
    assert event.parties == (
        PartyIn(party="military-forces-of-north-1990", role="attacker"),
        PartyIn(party="northern-guard", role="participant"),
        PartyIn(party="border-police", role="participant"),
        PartyIn(party="southern-militia", role="target"),
    )
    assert event.places == (PlaceAt(place="madagiz", precision="near"),)
    assert (event.occurred.start, event.occurred.precision) == ("2020-11-25", "day")
    assert event.citations[0].citation.quote == ROW["notes"]
    [claim] = event.standing_claims
    assert claim.content == CasualtiesClaim(scope="total", effect="killed", count=Count(best=3))


async def test_a_file_that_went_through_a_dataframe_says_what_it_said_before() -> None:
    log = Imported()
    await taken(log)
    noughts = {column: f"{cell}.0" for column, cell in ROW.items() if cell.isdecimal()}

    again = await taken(log, noughts)

    assert {"time_precision", "geo_precision", "inter1", "fatalities", "timestamp"} <= noughts.keys()
    assert (again.repeated, again.quarantined, again.refused) == (1, [], [])


async def test_it_is_known_from_the_moment_at_which_acled_uploaded_it() -> None:
    log = Imported()

    await taken(log)

    event = known_of(await log.occurrence(EVENT))
    assert event.published_at.isoformat() == "2020-12-01T00:00:00+00:00"
    assert event.citations[0].citation.report == "acled-2020-12-01"


@pytest.mark.parametrize(
    "moment", ["2020-12-01 00:00:00", "2020-12-01T00:00:00Z", "2020-12-01 04:00:00+04:00", "2020-12-01T00:00:00.000"]
)
async def test_the_moment_of_an_upload_may_be_written_out_as_a_time(moment: str) -> None:
    log = Imported()
    await taken(log)

    again = await taken(log, {"timestamp": moment})

    assert (again.repeated, again.quarantined) == (1, [])


async def test_acled_s_code_of_an_actor_is_kept_however_it_is_written() -> None:
    log = Imported()

    await taken(log)

    parties = (await log.registry()).parties
    said: PartyRegistered = parties["southern-militia"].said
    assert (said.acled_inter, parties["military-forces-of-north-1990"].said.acled_inter) == (3, 1)
    assert [inter_of(code) for code in ("8", "External/Other Forces", "State Forces", "", "9")] == [8, 8, 1, None, None]


async def test_an_event_that_was_uploaded_anew_is_changed_from_then_on() -> None:
    log = Imported()
    await taken(log)

    summary = await taken(log, {"fatalities": "5", "timestamp": "1609459200"})

    event = await log.occurrence(EVENT)
    assert summary.changed == 1
    assert [
        claim.content.count.best
        for day in ("2020-12-31T12:00:00Z", "2021-01-02")
        for claim in known_of(event, day).standing_claims
        if isinstance(claim.content, CasualtiesClaim)
    ] == [3, 5]


async def test_an_export_taken_twice_appends_nothing() -> None:
    log = Imported()
    await taken(log)
    head = await log.log.head()

    again = await taken(log)

    assert (again.repeated, await log.log.head()) == (1, head)


async def test_an_export_that_says_no_moments_and_is_taken_on_another_day_appends_nothing() -> None:
    log = Imported()
    rows = as_csv([{**ROW, "timestamp": ""}])
    await log.take(Acled(rows, "2024-01-04"))
    head = await log.log.head()

    again = await log.take(Acled(rows, "2024-01-05"))
    assert (again.repeated, await log.log.head()) == (1, head)

    more = await log.take(Acled(as_csv([{**ROW, "timestamp": "", "event_id_cnty": "AZE2"}]), "2024-01-06"))

    assert more.recorded == 1
    assert {name for name in await log.streams() if name.startswith("report-")} == {
        "report-acled-2024-01-04",
        "report-acled-2024-01-06",
    }


@pytest.mark.parametrize("timestamp", ["1580515200", ""])
async def test_a_row_that_is_not_taken_leaves_no_report_behind(timestamp: str) -> None:
    log = Imported()
    await taken(log)
    head = await log.log.head()

    summary = await log.take(Acled(as_csv([{**ROW, "fatalities": "9", "timestamp": timestamp}]), "2020-02-01"))

    assert (summary.superseded, len(summary.refused)) == ((1, 0) if timestamp else (0, 1))
    assert await log.log.head() == head


async def test_what_was_deleted_and_sent_again_counts_until_it_is_deleted_once_more() -> None:
    log = Imported()
    await taken(log)

    first = await log.take(AcledDeletions(as_csv([{"event_id_cnty": "AZE1", "deleted_timestamp": "1612137600"}])))
    anew = await taken(log, {"timestamp": "1614556800"})
    second = await log.take(AcledDeletions(as_csv([{"event_id_cnty": "AZE1", "deleted_timestamp": "1617235200"}])))

    event = await log.occurrence(EVENT)
    assert (first.recorded, anew.changed, second.recorded) == (1, 1, 1)
    days = ("2021-01-31", "2021-02-02", "2021-03-02", "2021-04-02")
    assert [known_of(event, day).retracted for day in days] == [False, True, False, True]


async def test_an_older_export_does_not_bring_back_what_was_deleted_after_it() -> None:
    log = Imported()
    await taken(log)
    await log.take(AcledDeletions(as_csv([{"event_id_cnty": "AZE1", "deleted_timestamp": "1614556800"}])))

    await taken(log, {"timestamp": "1612137600"})

    assert (await log.occurrence(EVENT)).retracted


@pytest.mark.parametrize("day", ["2020-11-25T00:00:00", "25-November-2020", "2020-11-25"])
async def test_a_day_that_is_written_in_another_way_is_the_same(day: str) -> None:
    log = Imported()
    await taken(log)

    assert (await taken(log, {"event_date": day})).repeated == 1


async def test_a_deletion_that_is_listed_with_another_moment_changes_nothing() -> None:
    log = Imported()
    await taken(log)
    await log.take(AcledDeletions(as_csv([{"event_id_cnty": "AZE1", "deleted_timestamp": "1612137600"}])))
    head = await log.log.head()

    again = await log.take(AcledDeletions(as_csv([{"event_id_cnty": "AZE1", "deleted_timestamp": "1612137601"}])))

    assert (again.repeated, again.refused, await log.log.head()) == (1, [], head)


async def test_a_deletion_that_names_no_event_is_quarantined() -> None:
    deleted = [{"event_id_cnty": " ", "deleted_timestamp": "1612137600"}]

    summary = await Imported().take(AcledDeletions(as_csv(deleted)))

    assert [one.reason for one in summary.quarantined] == ["event_id_cnty is empty"]


async def test_the_answer_of_the_api_is_read_as_an_export_is() -> None:
    log = Imported()
    row = {**ROW, "event_date": "2020-11-25", "fatalities": 3, "timestamp": 1606780800, "notes": None}
    answer = json.dumps({"status": 200, "success": True, "data": [row]})

    summary = await log.take(Acled(lambda: iter([answer]), "2020-12-05"))

    assert (summary.recorded, summary.quarantined) == (1, [])
    assert known_of(await log.occurrence(EVENT)).details == kinds.Strike(weapon="artillery")


async def test_a_deleted_event_is_retracted_when_acled_deleted_it_and_an_unknown_one_is_nothing() -> None:
    log = Imported()
    await taken(log)
    deleted = [{"event_id_cnty": name, "deleted_timestamp": "1612137600"} for name in ("AZE1", "AZE2")]

    summary = await log.take(AcledDeletions(as_csv(deleted)))
    again = await log.take(AcledDeletions(as_csv(deleted)))

    event = await log.occurrence(EVENT)
    assert (summary.recorded, summary.silent, summary.refused, again.repeated) == (1, 1, [], 1)
    assert not known_of(event, "2021-01-31").retracted
    assert known_of(event, "2021-02-01").retracted


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event_date": "soon"}, "event_date is no date: 'soon'"),
        ({"geo_precision": "7"}, "geo_precision is no code of ACLED's: '7'"),
        ({"fatalities": ""}, "fatalities is no whole number: ''"),
        ({"timestamp": "99999999999999"}, "timestamp is no moment that there is: '99999999999999'"),
        ({"timestamp": "now"}, "timestamp is no moment in seconds since 1970: 'now'"),
        ({"timestamp": "2020-13-01 00:00:00"}, "timestamp is no moment that there is: '2020-13-01 00:00:00'"),
    ],
)
async def test_a_row_that_cannot_be_is_quarantined(changes: Mapping[str, str], reason: str) -> None:
    summary = await taken(Imported(), changes, {"event_id_cnty": "AZE2"})

    assert [(one.row, one.reason) for one in summary.quarantined] == [(2, reason)]
    assert summary.recorded == 1


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (("Battles", "Armed clash"), kinds.Clash()),
        (("Explosions/Remote violence", "Air/drone strike"), kinds.Strike(weapon="airstrike")),
        (("Explosions/Remote violence", "Remote explosive/landmine/IED"), kinds.Explosion()),
        (("Violence against civilians", "Attack"), kinds.AttackOnCivilians()),
        (("Violence against civilians", "Abduction/forced disappearance"), kinds.Detention()),
        (("Riots", "Mob violence"), kinds.Protest()),
        (("Strategic developments", "Agreement"), kinds.Agreement()),
        (
            ("Battles", "Government regains territory"),
            kinds.ControlChange(to_party="state", from_party="rebels", manner="capture"),
        ),
        (
            ("Battles", "Non-state actor overtakes territory"),
            kinds.ControlChange(to_party="rebels", from_party="state", manner="capture"),
        ),
        (("Something new", "Else"), kinds.Other(words="Something new / Else")),
    ],
)
def test_each_kind_of_event_has_its_kind_here(kind: tuple[str, str], details: kinds.Details) -> None:
    assert details_of(kind, [("rebels", "2", "participant"), ("state", "1", "participant")]) == details


def test_who_took_a_place_is_not_guessed_where_both_are_rebels() -> None:
    actors: list[Acting] = [("one", "2", "participant"), ("two", "2", "participant")]

    assert details_of(("Battles", "Non-state actor overtakes territory"), actors) == kinds.Clash()


@pytest.mark.parametrize("geo_precision", ["1", "2", "3"])
@pytest.mark.parametrize(
    ("event_type", "sub_event_type", "otherwise"),
    [
        ("Battles", "Government regains territory", kinds.Clash()),
        ("Strategic developments", "Non-violent transfer of territory", kinds.Other()),
    ],
)
async def test_only_what_was_taken_in_the_very_place_changes_who_holds_it(
    geo_precision: str, event_type: str, sub_event_type: str, otherwise: kinds.Details
) -> None:
    log = Imported()

    await taken(log, {"geo_precision": geo_precision, "event_type": event_type, "sub_event_type": sub_event_type})

    details = known_of(await log.occurrence(EVENT)).details
    assert isinstance(details, kinds.ControlChange) if geo_precision == "1" else details == otherwise

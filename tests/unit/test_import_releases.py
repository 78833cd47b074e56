"""Newer releases of a dataset: they change, withdraw and retract, on the day they were published, and say so."""

import pytest

from events.claims import CasualtiesClaim
from events.known import Known
from events.refusals import ExternalIdTakenError
from events.releases import is_newer
from events.values import Count
from tests.cases import known as known_of
from tests.import_cases import Imported, Lines, ged
from tests.reporter import EXPLOSION, Reporter

pytestmark = pytest.mark.anyio

OLD, NEW = "2023-06-08", "2024-06-06"
SAME = tuple({"id": str(number)} for number in range(10, 20))
"""Rows that no release changes, so that a missing one is not taken for a partial file."""


async def releases(old: Lines, new: Lines, *, complete: bool | None = None) -> Imported:
    log = Imported()
    await log.take_ged(old, "23.1", OLD)
    await log.take_ged(new, "24.1", NEW, complete=complete)
    return log


def total(known: Known) -> Count:
    [found] = [
        claim.content.count
        for claim in known.standing_claims
        if isinstance(claim.content, CasualtiesClaim) and claim.content.scope == "total"
    ]
    return found


async def test_a_changed_figure_takes_the_place_of_the_older_one_from_the_release_s_day_on() -> None:
    log = await releases(ged({}), ged({"best": "7", "deaths_unknown": "1"}))

    event = await log.occurrence("ucdp-ged-214797")
    assert total(known_of(event, "2024-06-05")) == Count(low=5, best=6, high=8)
    assert total(known_of(event, NEW)) == Count(low=5, best=7, high=8)
    assert len(known_of(event).standing_claims) == 5
    assert event.claims["ucdp-ged-214797.total"].ended[0].by == "ucdp-ged-214797.total-24-1"
    assert event.claims["ucdp-ged-214797.a"].ended == []


async def test_it_is_said_which_release_changed_what() -> None:
    log = await releases(ged({}), ged({"date_end": "2016-01-02", "date_prec": "2"}))

    event = await log.occurrence("ucdp-ged-214797")
    before, after = known_of(event, "2024-06-05"), known_of(event)
    assert (before.occurred.end, after.occurred.end) == ("2016-01-01", "2016-01-02")
    assert after.amended == ("as release 24.1 of ucdp-ged has it",)
    assert after.external_id is not None
    assert after.external_id.release == "24.1"
    assert [cited.citation.report for cited in after.citations] == ["ucdp-ged-23-1", "ucdp-ged-24-1"]


async def test_what_a_newer_release_has_unchanged_appends_nothing() -> None:
    log = Imported()
    await log.take_ged(ged({}), "23.1", OLD)
    head = await log.log.head()

    summary = await log.take_ged(ged({}), "24.1", NEW)

    assert (summary.repeated, summary.changed) == (1, 0)
    # The newer release itself is a report.
    assert await log.log.head() == head + 1


async def test_each_release_taken_again_appends_nothing() -> None:
    old, new = ged({}), ged({"best": "7"})
    log = await releases(old, new)
    head = await log.log.head()

    await log.take_ged(old, "23.1", OLD)
    summary = await log.take_ged(new, "24.1", NEW)

    assert (await log.log.head(), summary.repeated) == (head, 1)


async def test_a_third_release_that_has_it_as_the_first_changes_it_back() -> None:
    log = await releases(ged({}), ged({"best": "7"}))

    summary = await log.take_ged(ged({}), "25.1", "2025-06-05")

    event = await log.occurrence("ucdp-ged-214797")
    assert summary.changed == 1
    assert [total(known_of(event, day)).best for day in (OLD, NEW, "2025-06-05")] == [6, 7, 6]


async def test_what_an_older_release_has_otherwise_does_not_count_after_a_newer_one() -> None:
    log = Imported()
    await log.take_ged(ged({"best": "7"}), "24.1", NEW)
    head = await log.log.head()

    summary = await log.take_ged(ged({}), "23.1", OLD)

    assert (summary.superseded, summary.refused, summary.repeated) == (1, [], 0)
    assert total(known_of(await log.occurrence("ucdp-ged-214797"))).best == 7
    # The older release itself is a report.
    assert await log.log.head() == head + 1


async def test_what_only_an_older_release_has_is_told_of_until_the_newer_one_is_taken_in_again() -> None:
    log = Imported()
    await log.take_ged(ged(*SAME), "24.1", NEW)

    older = await log.take_ged(ged({}, *SAME), "23.1", OLD)
    again = await log.take_ged(ged({}, *SAME), "23.1", OLD)
    newer = await log.take_ged(ged(*SAME), "24.1", NEW)

    assert older.notes == [
        "release 24.1 is on record already: if it no longer has what is recorded now, take it in again to retract that"
    ]
    assert (older.recorded, again.notes, newer.retracted) == (1, [], 1)
    assert not known_of(await log.occurrence("ucdp-ged-214797"), "2024-06-05").retracted


async def test_what_a_newer_release_no_longer_has_is_retracted_on_its_day() -> None:
    log = await releases(ged({}, *SAME), ged(*SAME))

    event = await log.occurrence("ucdp-ged-214797")
    assert not known_of(event, "2024-06-05").retracted
    assert known_of(event, NEW).retracted
    assert event.standing[0].reason == "ucdp-ged no longer has it in release 24.1"
    assert not (await log.occurrence("ucdp-ged-10")).retracted


async def test_a_release_retracts_nothing_that_it_does_not_cover() -> None:
    elsewhere = {"id": "1", "country": "Iraq", "country_id": "645", "adm_1": "", "adm_2": "", "where_prec": "6"}
    earlier = {"id": "2", "date_start": "2015-03-01", "date_end": "2015-03-01"}
    log = await releases(ged(elsewhere | {"where_coordinates": "Iraq"}, earlier, *SAME), ged(*SAME))

    events = await log.occurrences()
    assert not events["ucdp-ged-1"].retracted
    assert not events["ucdp-ged-2"].retracted


async def test_what_came_back_in_a_later_release_stands_again() -> None:
    log = await releases(ged({}, *SAME), ged(*SAME))

    await log.take_ged(ged({}, *SAME), "25.1", "2025-06-05")

    event = await log.occurrence("ucdp-ged-214797")
    assert known_of(event, NEW).retracted
    assert not known_of(event, "2025-06-05").retracted


async def test_a_part_of_a_release_retracts_nothing_unless_it_is_said_to_be_complete() -> None:
    log = Imported()
    await log.take_ged(ged({}, *SAME), "23.1", OLD)

    part = await log.take_ged(ged({"id": "10"}), "24.1", NEW)
    assert part.retracted == 0
    assert "say --complete" in part.notes[0]

    whole = await log.take_ged(ged({"id": "10"}), "24.1", NEW, complete=True)
    assert whole.retracted == 10


async def test_a_candidate_release_of_one_month_retracts_nothing_of_the_months_before_it() -> None:
    log = Imported()
    february = {"date_start": "2024-02-03", "date_end": "2024-02-03"}
    over_the_end = {"id": "21", "date_start": "2024-02-28", "date_end": "2024-03-02"}
    march = {"date_start": "2024-03-03", "date_end": "2024-03-03"}
    await log.take_ged(ged({"id": "20"} | february, over_the_end), "24.0.2", "2024-03-20")

    summary = await log.take_ged(ged(*(one | march for one in SAME)), "24.0.3", "2024-04-20")

    assert (summary.retracted, summary.notes) == (0, [])


async def test_a_candidate_release_of_several_months_retracts_what_those_of_one_month_had_too_much() -> None:
    log = Imported()
    days = {month: {"date_start": f"2024-{month}-03", "date_end": f"2024-{month}-03"} for month in ("02", "03", "04")}
    await log.take_ged(ged({"id": "1"} | days["02"], *(one | days["02"] for one in SAME)), "24.0.2", "2024-03-20")
    await log.take_ged(ged({"id": "2"} | days["03"]), "24.0.3", "2024-04-20")
    await log.take_ged(ged({"id": "3"} | days["04"]), "24.0.4", "2024-05-20")

    half = ged(*(one | days["02"] for one in SAME))
    first = await log.take_ged(half, "24.01.24.03", "2024-05-21")
    whole = await log.take_ged(half, "24.01.24.03", "2024-05-21", complete=True)

    assert (first.retracted, whole.retracted) == (1, 1)
    assert {name for name, event in (await log.occurrences()).items() if event.retracted} == {
        "ucdp-ged-1",
        "ucdp-ged-2",
    }


MALI = {"country": "Mali", "country_id": "432", "adm_1": "Mopti region", "adm_2": "", "where_coordinates": "Mali"}
LONE = MALI | {"id": "1", "date_start": "2018-01-11", "date_end": "2018-01-11"}
"""The only row of its country and year."""

LATER = {"id": "3", "date_start": "2019-05-01", "date_end": "2019-05-01"}


async def test_the_only_row_of_its_country_and_year_is_left_with_a_note_and_gone_from_a_complete_file() -> None:
    others = (*SAME, MALI | {"id": "2"}, LATER)
    log = await releases(ged(LONE, *others), ged(*others))

    seeming = await log.take_ged(ged(*others), "24.1", NEW)
    whole = await log.take_ged(ged(*others), "24.1", NEW, complete=True)

    [note] = seeming.notes
    assert note.startswith("1 older rows on record are of countries, years or months of which the file has nothing")
    assert note.endswith("say --complete to retract those of its countries")
    assert (seeming.retracted, whole.retracted, whole.notes) == (0, 1, [])
    assert (await log.occurrence("ucdp-ged-1")).retracted


async def test_what_a_complete_file_lacks_of_other_countries_and_other_years_is_left() -> None:
    before = {"id": "4", "date_start": "2015-12-31", "date_end": "2015-12-31"}
    log = Imported()
    await log.take_ged(ged(LONE, before, *SAME, LATER), "23.1", OLD)

    summary = await log.take_ged(ged(*SAME, LATER), "24.1", NEW, complete=True)

    assert summary.retracted == 0
    [note] = summary.notes
    assert note.startswith("1 older rows on record are of countries of which the file has nothing: left as they are")


async def test_a_second_file_of_the_same_release_retracts_nothing_that_the_first_has() -> None:
    log = Imported()
    await log.take_ged(ged({}), "24.1", NEW)

    summary = await log.take_ged(ged({"id": "1"}), "24.1", NEW, complete=True)

    assert summary.retracted == 0


async def test_a_row_that_cannot_be_read_is_not_taken_for_gone() -> None:
    log = await releases(ged({}, *SAME), ged({"low": "?"}, *SAME))

    assert not (await log.occurrence("ucdp-ged-214797")).retracted


async def test_a_candidate_release_is_superseded_by_the_final_one() -> None:
    log = Imported()
    await log.take_ged(ged({}), "23.0.5", "2023-06-20")

    summary = await log.take_ged(ged({"best": "7"}), "24.1", NEW)

    assert summary.changed == 1


async def test_a_reporter_s_newer_release_changes_what_an_older_one_said() -> None:
    reporter = Reporter()
    await reporter.register_november()
    first = {**EXPLOSION, "external_id": {"dataset": "mines", "id": "1", "release": "1"}}
    claims = [{"kind": "casualties", "effect": "killed", "count": {"low": 2, "best": 2, "high": 2}}]
    newer = {**first, "claims": claims, "external_id": {"dataset": "mines", "id": "1", "release": "2"}}

    await reporter.report(first)
    receipt = await reporter.report(newer)
    again = await reporter.report(newer)

    known = known_of(await reporter.occurrence("mine"))
    assert receipt.id == "mine"
    assert [claim.content.count for claim in known.standing_claims if isinstance(claim.content, CasualtiesClaim)] == [
        Count(low=2, best=2, high=2)
    ]
    assert (again.repeated, again.position) == (True, receipt.position)


async def test_a_reporter_s_same_release_with_other_content_is_a_conflict() -> None:
    reporter = Reporter()
    await reporter.register_november()
    first = {**EXPLOSION, "external_id": {"dataset": "mines", "id": "1", "release": "1"}}
    await reporter.report(first)

    with pytest.raises(ExternalIdTakenError):
        await reporter.report({**first, "quote": "otherwise"})


@pytest.mark.parametrize(
    ("newer", "older"),
    [("24.1", "23.1"), ("24.1", "23.0.12"), ("23.1", "23.0.5"), ("23.0.10", "23.0.9"), ("23.1", None)],
)
def test_releases_are_ordered_by_their_numbers(newer: str, older: str | None) -> None:
    assert is_newer(newer, older)
    assert not is_newer(older, newer)
    assert not is_newer(newer, newer)

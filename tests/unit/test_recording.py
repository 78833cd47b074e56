"""What recording a request comes to: events as they should be, or a refusal that leaves no trace."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import pytest

from events import registry_requests as registry
from events import requests as asked
from events.details import Agreement, ControlChange, TransferTerm
from events.log import Append, Appended
from events.refusals import (
    AlreadyEffectedError,
    AlreadyRetractedError,
    ClaimEndedError,
    ExternalIdTakenError,
    FaultyError,
    IdTakenError,
    KeyReusedError,
    NotRetractedError,
    RefusalError,
    TransferCancelledError,
    UnknownError,
    VersionMismatchError,
)
from tests.reporter import AGREEMENT, ENTRY, EXPLOSION, Reporter

E = TypeVar("E", bound=RefusalError)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def reporter() -> Reporter:
    made = Reporter()
    await made.register_november()
    return made


async def refused(
    reporter: Reporter, error: type[E], kind: object, body: Mapping[str, object], subject: str | None = None
) -> E:
    """Send a request that must be refused, and see that the log has not grown."""
    head = await reporter.log.head()
    with pytest.raises(error) as raised:
        await reporter.send(kind, body, subject)
    assert await reporter.log.head() == head
    return raised.value


async def test_a_bare_date_is_a_whole_day_where_it_happened(reporter: Reporter) -> None:
    await reporter.report(ENTRY)
    occurred = (await reporter.occurrence("entry")).reported.occurred
    assert occurred.start_at == datetime(2020, 11, 24, 20, tzinfo=UTC)
    assert occurred.end_at == datetime(2020, 11, 25, 19, 59, 59, 999999, tzinfo=UTC)


async def test_a_report_is_known_from_the_end_of_its_day_in_its_sources_zone(reporter: Reporter) -> None:
    await reporter.report(ENTRY)
    citation = (await reporter.occurrence("entry")).reported.citation
    assert citation.published_at == datetime(2020, 11, 25, 19, 59, 59, 999999, tzinfo=UTC)


async def test_every_unknown_id_is_named_with_the_nearest_known(reporter: Reporter) -> None:
    body = {
        **ENTRY,
        "places": [{"place": "kalbajr"}],
        "parties": [{"party": "azerbajan", "role": "to"}],
        "report": "r9",
    }
    error = await refused(reporter, FaultyError, asked.OccurrenceRequest, body)
    assert {fault.pointer for fault in error.faults} == {"/report", "/places/0/place", "/parties/0/party"}
    assert "kalbajar" in next(fault.detail for fault in error.faults if fault.pointer == "/places/0/place")


async def test_a_name_that_several_places_bear_is_refused_and_they_are_listed(reporter: Reporter) -> None:
    error = await refused(reporter, FaultyError, asked.OccurrenceRequest, {**ENTRY, "places": [{"name": "Kalbajar"}]})
    assert "kalbajar (district in azerbaijan), kalbajar-town (town in azerbaijan)" in error.faults[0].detail


async def test_a_name_and_a_kind_find_the_one_place_in_any_spelling(reporter: Reporter) -> None:
    await reporter.report({**ENTRY, "places": [{"name": "KALBAJAR", "kind": "town", "parent": "azerbaijan"}]})
    assert (await reporter.occurrence("entry")).reported.places[0].place == "kalbajar-town"


async def test_a_name_that_no_place_bears_stays_as_written(reporter: Reporter) -> None:
    await reporter.report({**EXPLOSION, "places": [{"name": "Magadiz", "kind": "village"}]})
    place = (await reporter.occurrence("mine")).reported.places[0]
    assert (place.place, place.name, place.kind) == (None, "Magadiz", "village")


async def test_a_change_of_control_of_no_place_is_refused_and_of_one_that_nobody_knows_is_kept(
    reporter: Reporter,
) -> None:
    for places in ([], [{"name": "Nowhere", "role": "origin"}]):
        error = await refused(reporter, FaultyError, asked.OccurrenceRequest, {**ENTRY, "places": places})
        assert error.faults[0].pointer == "/places"
    await reporter.report({**ENTRY, "places": [{"name": "Nowhere"}]})
    assert (await reporter.occurrence("entry")).reported.places[0].name == "Nowhere"


async def test_a_change_of_control_may_name_its_places_in_its_details(reporter: Reporter) -> None:
    details = {"manner": "entry", "to": "azerbaijan", "place": "kalbajar", "places": ["kalbajar-town"]}
    await reporter.report({**ENTRY, "places": [], "details": details})
    kept = (await reporter.occurrence("entry")).reported.details
    assert isinstance(kept, ControlChange)
    assert kept.places == ("kalbajar", "kalbajar-town")


async def test_claims_that_come_with_an_occurrence_are_its_voices_unless_they_say_otherwise(reporter: Reporter) -> None:
    receipt = await reporter.report(EXPLOSION)
    claim = (await reporter.occurrence("mine")).claims["mine.killed"]
    assert claim.claimant == "source:mod"
    assert claim.citations[0].citation.report == "r1"
    assert [event.type for event in receipt.events] == ["occurrence.reported", "claim.made"]


async def test_a_claim_made_later_must_name_its_claimant_and_its_report(reporter: Reporter) -> None:
    await reporter.report(EXPLOSION)
    body = {"kind": "casualties", "effect": "wounded", "count": {"best": 5}}
    error = await refused(reporter, FaultyError, asked.MakeClaim, body, "mine")
    assert [fault.pointer for fault in error.faults] == ["", "/report"]


async def test_a_transfer_is_named_after_its_agreement(reporter: Reporter) -> None:
    await reporter.report(AGREEMENT)
    details = (await reporter.occurrence("ceasefire")).reported.details
    assert isinstance(details, Agreement)
    term = details.terms[0]
    assert isinstance(term, TransferTerm)
    assert (term.id, term.places) == ("ceasefire.transfer-kalbajar", ("kalbajar",))


async def test_the_same_request_under_its_key_is_answered_as_the_first_time(reporter: Reporter) -> None:
    first = await reporter.report(EXPLOSION, key="k1")
    head = await reporter.log.head()
    again = await reporter.report(EXPLOSION, key="k1")
    assert (again.id, again.position, again.events, again.repeated) == (first.id, first.position, first.events, True)
    assert await reporter.log.head() == head


async def test_another_request_under_the_same_key_is_refused(reporter: Reporter) -> None:
    await reporter.report(EXPLOSION, key="k1")
    with pytest.raises(KeyReusedError):
        await reporter.report(ENTRY, key="k1")


async def test_the_same_request_for_the_same_id_appends_nothing(reporter: Reporter) -> None:
    first = await reporter.report(EXPLOSION)
    head = await reporter.log.head()
    assert (await reporter.report(EXPLOSION)).position == first.position
    assert await reporter.log.head() == head


async def test_another_occurrence_under_the_same_id_is_refused(reporter: Reporter) -> None:
    await reporter.report(EXPLOSION)
    await refused(reporter, IdTakenError, asked.OccurrenceRequest, {**EXPLOSION, "quote": "other"})


async def test_an_external_id_with_other_content_is_refused(reporter: Reporter) -> None:
    external = {"external_id": {"dataset": "ucdp-ged", "id": "1"}}
    body = {key: value for key, value in EXPLOSION.items() if key != "id"} | external
    first = await reporter.report(body)
    assert (await reporter.report(body)).id == first.id
    await refused(reporter, ExternalIdTakenError, asked.OccurrenceRequest, {**body, "quote": "other"})


async def test_two_without_an_id_are_two(reporter: Reporter) -> None:
    body = {key: value for key, value in EXPLOSION.items() if key != "id"}
    assert (await reporter.report(body)).id != (await reporter.report(body)).id


async def test_retracting_twice_is_refused_and_reinstating_lets_it_stand(reporter: Reporter) -> None:
    await reporter.report(EXPLOSION)
    await refused(reporter, NotRetractedError, asked.ReinstateOccurrence, {"reason": "no"}, "mine")
    await reporter.send(asked.RetractOccurrence, {"reason": "error"}, "mine")
    await refused(reporter, AlreadyRetractedError, asked.RetractOccurrence, {"reason": "again"}, "mine")
    await reporter.send(asked.ReinstateOccurrence, {"reason": "it did happen"}, "mine")
    assert not (await reporter.occurrence("mine")).retracted


async def test_effecting_a_cancelled_transfer_is_refused(reporter: Reporter) -> None:
    await reporter.report(AGREEMENT)
    await reporter.report(ENTRY)
    transfer = "ceasefire.transfer-kalbajar"
    await reporter.send(asked.EffectTransfer, {"occurrence": "entry"}, transfer)
    await refused(reporter, AlreadyEffectedError, asked.EffectTransfer, {"occurrence": "entry"}, transfer)
    await reporter.send(asked.CancelTransfer, {"reason": "off"}, transfer)
    await refused(reporter, TransferCancelledError, asked.EffectTransfer, {"occurrence": "entry"}, transfer)


async def test_only_a_change_of_control_effects_a_transfer(reporter: Reporter) -> None:
    await reporter.report(AGREEMENT)
    await reporter.report(EXPLOSION)
    await refused(reporter, FaultyError, asked.EffectTransfer, {"occurrence": "mine"}, "ceasefire.transfer-kalbajar")


async def test_citing_a_withdrawn_claim_is_refused(reporter: Reporter) -> None:
    await reporter.report(EXPLOSION)
    await reporter.send(asked.CiteClaim, {"report": "r1"}, "mine.killed")
    await reporter.send(asked.WithdrawClaim, {"reason": "error"}, "mine.killed")
    await refused(reporter, ClaimEndedError, asked.CiteClaim, {"report": "r1"}, "mine.killed")
    await refused(reporter, ClaimEndedError, asked.WithdrawClaim, {"reason": "again"}, "mine.killed")


async def test_a_claim_is_superseded_by_one_made_in_the_same_request(reporter: Reporter) -> None:
    await reporter.report(EXPLOSION)
    newer = {"kind": "casualties", "effect": "killed", "count": {"best": 2}, "claimant": "source:mod", "report": "r1"}
    receipt = await reporter.send(asked.SupersedeClaim, {"by": {**newer, "id": "update"}}, "mine.killed")
    claims = (await reporter.occurrence("mine")).claims
    assert receipt.id == "mine.update"
    assert [ended.by for ended in claims["mine.killed"].ended] == ["mine.update"]


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (asked.RetractOccurrence, "nothing"),
        (asked.WithdrawClaim, "mine.nothing"),
        (asked.CancelTransfer, "mine.nothing"),
        (registry.WithdrawReport, "nothing"),
    ],
)
async def test_what_is_not_there_cannot_be_changed(reporter: Reporter, kind: object, subject: str) -> None:
    await reporter.report(EXPLOSION)
    await refused(reporter, UnknownError, kind, {"reason": "why"}, subject)


async def test_a_version_that_does_not_match_is_refused(reporter: Reporter) -> None:
    await reporter.report(EXPLOSION)
    with pytest.raises(VersionMismatchError):
        await reporter.send(asked.RetractOccurrence, {"reason": "why"}, "mine", if_match=1)
    await reporter.send(asked.RetractOccurrence, {"reason": "why"}, "mine", if_match=2)


async def test_a_correction_replaces_only_what_it_names(reporter: Reporter) -> None:
    await reporter.report(EXPLOSION)
    changes = {"details": {"kind": "explosion", "device": "ied"}}
    await reporter.send(asked.AmendOccurrence, {"changes": changes, "reason": "seen"}, "mine")
    occurrence = await reporter.occurrence("mine")
    assert occurrence.amendments[0].changes.occurred is None
    assert occurrence.reported.places[0].place == "kalbajar"


async def test_a_corrected_time_is_read_where_the_occurrence_was_as_last_corrected(reporter: Reporter) -> None:
    await reporter.report(EXPLOSION)
    west = {"id": "west", "name": "West", "kind": "town", "time_zone": "America/New_York"}
    await reporter.send(registry.RegisterPlace, west)
    for changes in (
        {"occurred": {"start": "2020-11-22"}},
        {"places": [{"name": "nowhere known", "parent": "west"}]},
        {"occurred": {"start": "2020-11-22"}},
    ):
        await reporter.send(asked.AmendOccurrence, {"changes": changes, "reason": "seen"}, "mine")
    corrected = [fact.changes.occurred for fact in (await reporter.occurrence("mine")).amendments]
    assert [one.zone for one in corrected if one] == ["Asia/Baku", "America/New_York"]


async def test_a_change_of_control_is_read_where_the_places_are_that_only_its_details_name(reporter: Reporter) -> None:
    details = {"to": "azerbaijan", "manner": "entry", "places": ["kalbajar"]}
    change = {"kind": "control_change", "id": "entry", "report": "r1", "occurred": {"start": "2020-11-25"}}
    await reporter.report({**change, "details": details})
    changes = {"occurred": {"start": "2020-11-24"}}
    await reporter.send(asked.AmendOccurrence, {"changes": changes, "reason": "seen"}, "entry")
    occurrence = await reporter.occurrence("entry")

    assert occurrence.reported.occurred.start_at == datetime(2020, 11, 24, 20, tzinfo=UTC)
    assert [fact.changes.occurred.zone for fact in occurrence.amendments if fact.changes.occurred] == ["Asia/Baku"]


async def test_a_decision_on_what_changed_meanwhile_is_made_anew(
    reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reporter.report(EXPLOSION)
    append = reporter.log.append

    async def append_second(request: Append) -> Appended:
        monkeypatch.setattr(reporter.log, "append", append)
        await reporter.send(asked.CiteOccurrence, {"report": "r1"}, "mine")
        return await append(request)

    monkeypatch.setattr(reporter.log, "append", append_second)
    receipt = await reporter.send(asked.RetractOccurrence, {"reason": "error"}, "mine")
    assert receipt.version == 4


def test_a_denial_that_counts_somebody_is_refused() -> None:
    body: Mapping[str, object] = {"kind": "casualties", "scope": "denial", "effect": "killed", "count": {"best": 1}}
    with pytest.raises(msgspec.ValidationError, match="denial"):
        msgspec.convert(body, asked.MakeClaim)

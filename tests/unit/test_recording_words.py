"""Requests as a reporter words them who has only read what they may hold: each comes to the event it means."""

from datetime import UTC, datetime

import pytest

from events import requests as asked
from events.details import Agreement, ControlChange, Exclusion, TransferTerm
from tests.reporter import AGREEMENT, ENTRY, EXPLOSION, Reporter

pytestmark = pytest.mark.anyio

TRANSFER = "ceasefire.transfer-kalbajar"


@pytest.fixture
async def reporter() -> Reporter:
    made = Reporter()
    await made.register_november()
    return made


async def test_a_corrected_day_is_read_in_the_zone_of_where_it_happened(reporter: Reporter) -> None:
    await reporter.report(EXPLOSION)
    body = {"changes": {"occurred": {"start": "2020-11-22"}}, "reason": "seen"}
    await reporter.send(asked.AmendOccurrence, body, "mine")
    occurred = (await reporter.occurrence("mine")).amendments[0].changes.occurred
    assert occurred is not None
    assert occurred.start_at == datetime(2020, 11, 21, 20, tzinfo=UTC)


async def test_a_corrected_day_is_read_where_the_place_was_corrected_to(reporter: Reporter) -> None:
    await reporter.report({**EXPLOSION, "places": [{"name": "Nowhere"}]})
    moved = {"changes": {"places": [{"place": "kalbajar-town"}]}, "reason": "found"}
    await reporter.send(asked.AmendOccurrence, moved, "mine")
    body = {"changes": {"occurred": {"start": "2020-11-22"}}, "reason": "seen"}
    await reporter.send(asked.AmendOccurrence, body, "mine")
    occurrence = await reporter.occurrence("mine")
    occurred = occurrence.amendments[1].changes.occurred
    assert occurred is not None
    assert occurred.zone == "Asia/Baku"
    assert occurrence.places[0].place == "kalbajar-town"


async def test_what_is_excluded_may_be_given_with_its_holder(reporter: Reporter) -> None:
    excluding = [{"place": "kalbajar-town", "holder": "russian-peacekeepers"}]
    term = {"kind": "transfer", "place": "kalbajar", "to": "azerbaijan", "excluding": excluding}
    await reporter.report({**AGREEMENT, "details": {"terms": [term]}})
    await reporter.report({**ENTRY, "details": {"to": "azerbaijan", "manner": "entry", "excluding": excluding}})
    agreed = (await reporter.occurrence("ceasefire")).reported.details
    changed = (await reporter.occurrence("entry")).reported.details
    assert isinstance(agreed, Agreement)
    assert isinstance(agreed.terms[0], TransferTerm)
    assert isinstance(changed, ControlChange)
    kept = (Exclusion("kalbajar-town", "russian-peacekeepers"),)
    assert agreed.terms[0].excluding == changed.excluding == kept


async def test_a_change_may_name_the_one_transfer_that_it_fulfils(reporter: Reporter) -> None:
    await reporter.report(AGREEMENT)
    await reporter.report({**ENTRY, "details": {"to": "azerbaijan", "manner": "entry", "fulfils": TRANSFER}})
    details = (await reporter.occurrence("entry")).reported.details
    assert isinstance(details, ControlChange)
    assert details.fulfils == (TRANSFER,)

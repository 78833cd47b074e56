"""What is said of what is not so: a translation's claim, a dispute of nothing, a transfer that was cancelled."""

from collections.abc import Mapping

import pytest
from msgspec import structs

from events import registry_requests as registry
from events import requests as asked
from events.codec import UnreadableEventError
from events.facts import Folded
from events.refusals import ClaimEndedError, FaultyError
from tests.reporter import AGREEMENT, ENTRY, EXPLOSION, Reporter

pytestmark = pytest.mark.anyio

KILLED: Mapping[str, object] = {
    "kind": "casualties",
    "effect": "killed",
    "count": {"best": 2},
    "claimant": "source:mod",
    "report": "r1",
}


@pytest.fixture
async def reporter() -> Reporter:
    made = Reporter()
    await made.register_november()
    await made.report(EXPLOSION)
    return made


async def faults(reporter: Reporter, kind: object, body: Mapping[str, object], subject: str | None) -> list[str]:
    """Send what must be refused, see that the log has not grown, and tell where the faults are."""
    head = await reporter.log.head()
    with pytest.raises(FaultyError) as raised:
        await reporter.send(kind, body, subject)
    assert await reporter.log.head() == head
    return [fault.pointer for fault in raised.value.faults]


async def test_a_claimant_updates_only_its_own_claims(reporter: Reporter) -> None:
    other = {**KILLED, "claimant": "party:armenian-forces"}
    assert await faults(reporter, asked.SupersedeClaim, {"by": other}, "mine.killed") == ["/by"]
    await reporter.send(asked.MakeClaim, {**other, "id": "theirs"}, "mine")
    assert await faults(reporter, asked.SupersedeClaim, {"by": "mine.theirs"}, "mine.killed") == ["/by"]


async def test_a_claim_is_updated_by_one_of_its_kind(reporter: Reporter) -> None:
    damage = {"kind": "damage", "words": "a car", "claimant": "source:mod", "report": "r1"}
    assert await faults(reporter, asked.SupersedeClaim, {"by": damage}, "mine.killed") == ["/by"]


async def test_a_claim_that_has_ended_takes_no_others_place(reporter: Reporter) -> None:
    await reporter.send(asked.SupersedeClaim, {"by": {**KILLED, "id": "newer"}}, "mine.killed")
    head = await reporter.log.head()
    with pytest.raises(ClaimEndedError):
        await reporter.send(asked.SupersedeClaim, {"by": "mine.killed"}, "mine.newer")
    await reporter.send(asked.MakeClaim, {**KILLED, "id": "wrong"}, "mine")
    await reporter.send(asked.WithdrawClaim, {}, "mine.wrong")
    with pytest.raises(ClaimEndedError):
        await reporter.send(asked.SupersedeClaim, {"by": "mine.wrong"}, "mine.newer")
    assert await reporter.log.head() == head + 2


async def test_a_translation_brings_no_claims_of_its_own(reporter: Reporter) -> None:
    translation = {"id": "r2", "source": "mod", "published_at": "2020-11-26", "translation_of": "r1"}
    await reporter.send(registry.FileReport, translation)
    assert await faults(reporter, asked.MakeClaim, {**KILLED, "report": "r2"}, "mine") == ["/report"]
    told = {**EXPLOSION, "id": "again", "report": "r2"}
    assert await faults(reporter, asked.OccurrenceRequest, told, None) == ["/claims/0/report"]
    await reporter.send(asked.CiteClaim, {"report": "r2", "reads": {"words": "two"}}, "mine.killed")


async def test_reports_are_not_translations_of_each_other(reporter: Reporter) -> None:
    translation = {"id": "r2", "source": "mod", "published_at": "2020-11-26", "translation_of": "r1"}
    await reporter.send(registry.FileReport, translation)
    assert await faults(reporter, registry.AmendReport, {"translation_of": "r2"}, "r1") == ["/translation_of"]
    assert await faults(reporter, registry.AmendReport, {"translation_of": "r1"}, "r1") == ["/translation_of"]


async def test_a_dispute_is_of_a_claim_that_is_there(reporter: Reporter) -> None:
    dispute = {"kind": "dispute", "claim": "other.nothing", "claimant": "party:azerbaijan"}
    told = {**EXPLOSION, "id": "other", "claims": [dispute]}
    assert await faults(reporter, asked.OccurrenceRequest, told, None) == ["/claims/0/claim"]
    both = [{**dispute, "claim": "other.killed"}, {**KILLED, "id": "killed"}]
    await reporter.report({**EXPLOSION, "id": "other", "claims": both})


async def test_a_change_does_not_carry_out_a_transfer_that_was_cancelled(reporter: Reporter) -> None:
    transfer = "ceasefire.transfer-kalbajar"
    fulfilling = {"to": "azerbaijan", "manner": "entry", "fulfils": [transfer]}
    await reporter.report(AGREEMENT)
    await reporter.report({**ENTRY, "id": "before", "details": fulfilling})
    await reporter.report(ENTRY)
    await reporter.send(asked.CancelTransfer, {"reason": "off"}, transfer)
    late = {**ENTRY, "id": "late", "details": fulfilling}
    assert await faults(reporter, asked.OccurrenceRequest, late, None) == ["/details/fulfils"]
    amended = {"changes": {"details": {"kind": "control_change", **fulfilling}}, "reason": "r"}
    assert await faults(reporter, asked.AmendOccurrence, amended, "entry") == ["/changes/details/fulfils"]
    # What was told before the transfer was cancelled may still be corrected.
    await reporter.send(asked.AmendOccurrence, amended, "before")


async def test_an_occurrence_is_not_part_of_itself(reporter: Reporter) -> None:
    body = {"changes": {"links": [{"kind": "part_of", "occurrence": "mine"}]}, "reason": "r"}
    assert await faults(reporter, asked.AmendOccurrence, body, "mine") == ["/changes/links/0/occurrence"]


async def test_a_newer_release_may_dispute_a_claim_that_an_older_one_does_not_have(reporter: Reporter) -> None:
    mine = {**EXPLOSION, "id": "other", "external_id": {"dataset": "mines", "id": "1", "release": "1"}}
    await reporter.report(mine)
    await reporter.send(asked.MakeClaim, {**KILLED, "id": "theirs"}, "other")
    dispute = {"kind": "dispute", "claim": "other.theirs", "claimant": "party:azerbaijan"}
    newer = {**mine, "claims": [dispute], "external_id": {"dataset": "mines", "id": "1", "release": "2"}}
    await reporter.report(newer)
    assert "other.theirs" in str((await reporter.occurrence("other")).claims)


async def test_what_was_half_taken_in_is_not_taken_for_whole(reporter: Reporter) -> None:
    stream = "occurrence-mine"
    told = (await reporter.log.read_streams([stream]))[stream]
    last = told[-1]
    strange = structs.replace(
        last,
        position=last.position + 1,
        version=last.version + 1,
        type="claim.withdrawn",
        data=b'{"claim":"mine.none"}',
    )
    folded = Folded()
    folded.fold(stream, told)
    for _ in range(2):
        with pytest.raises(UnreadableEventError):
            folded.fold(stream, [*told, strange])

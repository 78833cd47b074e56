"""Merging occurrences that tell of the same: what is refused, and what both streams tell of it."""

import pytest

from events import requests as asked
from events.refusals import MergeError
from tests.reporter import EXPLOSION, Reporter

pytestmark = pytest.mark.anyio


@pytest.fixture
async def reporter() -> Reporter:
    made = Reporter()
    await made.register_november()
    return made


async def test_merging_into_itself_in_a_circle_or_in_a_chain_is_refused(reporter: Reporter) -> None:
    for name in ("one", "two", "three"):
        await reporter.report({**EXPLOSION, "id": name})
    await _refused(reporter, asked.MergeOccurrence, {"into": "one", "reason": "same"}, "one")
    await reporter.send(asked.MergeOccurrence, {"into": "two", "reason": "same"}, "one")
    circle = await _refused(reporter, asked.MergeOccurrence, {"into": "one", "reason": "same"}, "two")
    assert "circle" in str(circle)
    onward = await _refused(reporter, asked.MergeOccurrence, {"into": "one", "reason": "same"}, "three")
    assert "merge 'three' into that one" in str(onward)
    chain = await _refused(reporter, asked.MergeOccurrence, {"into": "three", "reason": "same"}, "two")
    assert "chain" in str(chain)
    await _refused(reporter, asked.MergeOccurrence, {"into": "three", "reason": "same"}, "one")
    await _refused(reporter, asked.UnmergeOccurrence, {"reason": "not the same"}, "three")
    await reporter.send(asked.UnmergeOccurrence, {"reason": "not the same"}, "one")
    await reporter.send(asked.MergeOccurrence, {"into": "three", "reason": "same"}, "two")


async def test_a_merge_is_told_on_both_streams_and_its_receipt_is_of_the_first(reporter: Reporter) -> None:
    for name in ("one", "two"):
        await reporter.report({**EXPLOSION, "id": name})
    merge = {"into": "two", "reason": "same"}
    done = await reporter.send(asked.MergeOccurrence, merge, "one", key="m")
    again = await reporter.send(asked.MergeOccurrence, merge, "one", key="m")
    assert (done.stream, done.version, done.position) == ("occurrence-one", 3, await reporter.log.head())
    assert (again.stream, again.version, again.position, again.events) == (
        done.stream, done.version, done.position, done.events
    )  # fmt: skip
    assert (await reporter.occurrence("two")).absorbed == ("one",)
    await reporter.send(asked.UnmergeOccurrence, {}, "one")
    assert (await reporter.occurrence("two")).absorbed == ()


async def _refused(reporter: Reporter, kind: object, body: dict[str, str], subject: str) -> MergeError:
    head = await reporter.log.head()
    with pytest.raises(MergeError) as refusal:
        await reporter.send(kind, body, subject)
    assert await reporter.log.head() == head
    return refusal.value

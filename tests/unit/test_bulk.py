"""Requests recorded many at a time: each comes to what it would come to alone."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from msgspec import Struct, structs

from events import requests as asked
from events.bulk import BulkRecorder, Taken
from events.codec import MisplacedEventError, UnknownEventError, UnreadableEventError
from events.command import Command
from events.log import (
    Append,
    Appended,
    EventLog,
    KeyTakenError,
    LogUnavailableError,
    RecordedEvent,
    StaleStreamError,
)
from events.log_memory import MemoryLog
from events.recorder import Receipt, Recorder
from events.refusals import ExternalIdTakenError, FaultyError, IdTakenError, KeyReusedError, LeftOutError, RefusalError
from tests.parking_cases import poison
from tests.reporter import EXPLOSION, ticking
from tests.requests_said import SameIds, command, everything_said, explosions, occurrence, registered_november

pytestmark = pytest.mark.anyio

_HINT = re.compile(r"; the nearest known: [a-z0-9_, -]+")


def new_log() -> MemoryLog:
    clock = ticking()
    return MemoryLog(lambda: next(clock))


async def one_by_one(log: EventLog, commands: Iterable[Command]) -> list[Taken]:
    recorder = Recorder(log, SameIds())
    done: list[Taken] = []
    for one in commands:
        try:
            done.append(await recorder.record(one))
        except RefusalError as refusal:
            done.append(refusal)
    return done


async def in_lots(log: EventLog, commands: Sequence[Command], size: int) -> list[Taken]:
    bulk = BulkRecorder(log, SameIds(), events_at_once=40)
    done: list[Taken] = []
    for start in range(0, len(commands), size):
        done += await bulk.record(commands[start : start + size])
    return done


class Kept(Struct, frozen=True):
    """What is compared of an event: all but when it was recorded, and its id."""

    position: int
    stream: str
    version: int
    type: str
    data: bytes


async def kept(log: EventLog) -> list[Kept]:
    return [Kept(one.position, one.stream, one.version, one.type, one.data) for one in await log.read(limit=100_000)]


def told(outcomes: Iterable[Taken]) -> list[object]:
    """Give what is compared of outcomes: all but the names that are hinted at, which a lot knows only from the log."""
    return [
        outcome if isinstance(outcome, Receipt) else (type(outcome), _HINT.sub("", str(outcome)))
        for outcome in outcomes
    ]


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_many_together_come_to_what_they_come_to_one_by_one(size: int) -> None:
    alone, together = new_log(), new_log()
    said = everything_said()
    outcomes = await one_by_one(alone, said)
    refused = {type(outcome) for outcome in outcomes if not isinstance(outcome, Receipt)}
    assert len(refused) > 6, "the requests are to be refused in many ways"
    assert told(await in_lots(together, said, size)) == told(outcomes)
    assert await kept(together) == await kept(alone)


@pytest.mark.parametrize("seed", range(12))
async def test_in_whatever_order_they_come_to_the_same_in_lots_of_any_size(seed: int) -> None:
    draw = random.Random(seed)
    said = everything_said()
    said += draw.choices(said, k=60)
    draw.shuffle(said)
    alone, together = new_log(), new_log()
    outcomes = await one_by_one(alone, said)
    assert told(await in_lots(together, said, draw.choice([2, 5, 30, 500]))) == told(outcomes)
    assert await kept(together) == await kept(alone)


async def test_sent_again_they_append_nothing_and_are_answered_as_the_first_time() -> None:
    log = new_log()
    said = [one for one in everything_said() if one.idempotency_key or one.subject is None]
    first = [one for one in await in_lots(log, said, 1000) if isinstance(one, Receipt)]
    head = await log.head()
    again = [one for one in await in_lots(log, said, 1000) if isinstance(one, Receipt)]
    assert await log.head() == head
    assert [(one.id, one.position) for one in again] == [(one.id, one.position) for one in first]
    assert all(one.repeated for one in again)


class Counted(MemoryLog):
    """A log that counts what it is asked, and of whose appends some fail."""

    def __init__(self) -> None:
        clock = ticking()
        super().__init__(lambda: next(clock))
        self.asked: list[str] = []
        self.fails: list[Exception] = []

    async def append_all(self, requests: Sequence[Append]) -> Sequence[Appended]:
        self.asked.append("append_all")
        if self.fails:
            raise self.fails.pop(0)
        return await super().append_all(requests)

    async def read_streams(
        self, streams: Sequence[str], *, up_to: int | None = None
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        self.asked.append("read_streams")
        return await super().read_streams(streams, up_to=up_to)

    async def known_requests(self, keys: Sequence[str]) -> Mapping[str, Any]:
        self.asked.append("known_requests")
        return await super().known_requests(keys)

    async def read(self, *, after: int = 0, limit: int = 1000) -> Sequence[RecordedEvent]:
        self.asked.append("read")
        return await super().read(after=after, limit=limit)


@pytest.fixture
async def counted() -> Counted:
    log = Counted()
    await registered_november(log)
    log.asked.clear()
    return log


async def test_a_lot_is_decided_on_one_look_up_and_appended_at_once(counted: Counted) -> None:
    done = await BulkRecorder(counted, SameIds()).record(explosions(500))
    assert all(isinstance(one, Receipt) for one in done)
    assert counted.asked == ["known_requests", "read_streams", "append_all"]


async def test_a_lot_that_was_taken_before_is_answered_with_one_reading(counted: Counted) -> None:
    bulk = BulkRecorder(counted, SameIds())
    await bulk.record(explosions(500))
    counted.asked.clear()
    await bulk.record(explosions(500))
    assert counted.asked == ["known_requests", "read", "read_streams"]


async def test_what_was_decided_on_what_has_changed_is_decided_anew(counted: Counted) -> None:
    counted.fails = [StaleStreamError("occurrence-x0", 0, 1), KeyTakenError("external:d:0", 1)]
    done = await BulkRecorder(counted, SameIds()).record(explosions(5))
    assert all(isinstance(one, Receipt) for one in done)
    assert counted.asked.count("append_all") == 3


async def test_those_that_are_overtaken_again_and_again_are_recorded_one_by_one(counted: Counted) -> None:
    counted.fails = [StaleStreamError("occurrence-x0", 0, 1)] * 3
    before = await counted.head()
    done = await BulkRecorder(counted, SameIds()).record(explosions(5))
    assert [one.position for one in done if isinstance(one, Receipt)] == [before + 2 * n for n in range(1, 6)]


async def test_where_the_log_stops_answering_what_was_recorded_before_is_told(counted: Counted) -> None:
    bulk = BulkRecorder(counted, SameIds(), events_at_once=4)
    assert all(isinstance(one, Receipt) for one in await bulk.record(explosions(2)))
    counted.fails = [LogUnavailableError("away")]
    done = await bulk.record(explosions(6))
    assert [type(one) for one in done] == [Receipt, Receipt, *[LogUnavailableError] * 4]


async def test_together_all_are_recorded_side_by_side(counted: Counted) -> None:
    before = await counted.head()
    done = await BulkRecorder(counted, SameIds(), events_at_once=2).record_together(explosions(50))
    assert [one.position for one in done if isinstance(one, Receipt)] == [before + 2 * n for n in range(1, 51)]
    assert counted.asked.count("append_all") == 1


async def test_together_one_refusal_leaves_out_all(counted: Counted) -> None:
    before = await counted.head()
    wrong = occurrence(EXPLOSION, id="wrong", report="none")
    done = await BulkRecorder(counted, SameIds()).record_together([*explosions(3), wrong, *explosions(4)[3:]])
    assert [type(one) for one in done] == [LeftOutError, LeftOutError, LeftOutError, FaultyError, LeftOutError]
    assert await counted.head() == before
    assert await counted.known_requests(["external:d:0"]) == {}


async def test_together_they_are_decided_anew_a_few_times_and_then_refused(counted: Counted) -> None:
    before = await counted.head()
    bulk = BulkRecorder(counted, SameIds())
    counted.fails = [StaleStreamError("occurrence-x0", 0, 1)] * 3
    with pytest.raises(StaleStreamError):
        await bulk.record_together(explosions(3))
    assert await counted.head() == before
    counted.fails = [StaleStreamError("occurrence-x0", 0, 1)] * 2
    assert all(isinstance(one, Receipt) for one in await bulk.record_together(explosions(3)))


async def test_within_a_lot_the_same_id_key_or_external_id_is_taken_once(counted: Counted) -> None:
    one, *_ = explosions(1)
    other = occurrence(EXPLOSION, id="other", external_id={"dataset": "d", "id": "0", "release": "1"})
    taken = occurrence(EXPLOSION, id="x0", details={"device": "ied"})
    keyed = structs.replace(occurrence(EXPLOSION, id="k"), idempotency_key="k")
    reused = structs.replace(occurrence(EXPLOSION, id="k2"), idempotency_key="k")
    done = await BulkRecorder(counted, SameIds()).record([one, one, other, taken, keyed, reused])
    assert [type(each) for each in done] == [
        Receipt, Receipt, ExternalIdTakenError, IdTakenError, Receipt, KeyReusedError,
    ]  # fmt: skip
    assert [each.repeated for each in done if isinstance(each, Receipt)] == [False, True, False]


UNREADABLE = [
    ("occurrence.divined", b"{}", UnknownEventError),
    ("occurrence.cited", b"{", UnreadableEventError),
    ("claim.withdrawn", b'{"claim":"x1.none","reason":"x"}', MisplacedEventError),
]


@pytest.mark.parametrize(("kind", "data", "error"), UNREADABLE)
async def test_a_stream_that_cannot_be_read_holds_up_no_other(
    counted: Counted, kind: str, data: bytes, error: type[Exception]
) -> None:
    bulk = BulkRecorder(counted, SameIds())
    await bulk.record(explosions(3))
    before = await poison(counted, "occurrence-x1", kind, data)
    retractions = [command(asked.RetractOccurrence, {"reason": "no"}, f"x{n}") for n in (0, 1, 1, 2)]
    together = await bulk.record_together(retractions)
    assert [type(each) for each in together] == [LeftOutError, error, error, LeftOutError]
    assert await counted.head() == before
    done = await bulk.record(retractions)
    assert [type(each) for each in done] == [Receipt, error, error, Receipt]
    assert await counted.head() == before + 2

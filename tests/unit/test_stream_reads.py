"""Reading streams together: who shares a query, what is asked anew, and what is forgotten."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from events.log import LogUnavailableError, NewEvent, leaf_hash
from events.streams_postgres import StreamReads
from tests.waiting import until

pytestmark = pytest.mark.anyio

RECORDED_AT = datetime(2026, 1, 1, tzinfo=UTC)


class Table:
    """Answers as the statement does, when it is let, and keeps what it was asked."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.asked: list[dict[str, int]] = []
        self.sent: list[bytes] = []
        self.fails: Exception | None = None
        self._streams: dict[str, list[tuple[Any, ...]]] = {}

    def append(self, stream: str, data: bytes) -> None:
        rows = self._streams.setdefault(stream, [])
        version = len(rows) + 1
        event = NewEvent(UUID(int=version), "party.amended", 1, data)
        hashed = leaf_hash(stream, version, RECORDED_AT, event)
        rows.append((version, stream, version, event.event_id, event.type, 1, data, RECORDED_AT, hashed))

    def lose(self, stream: str) -> None:
        self._streams[stream].pop()

    async def rows(self, statement: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        assert statement == "read_further"
        held: dict[str, int] = dict(zip(asked["streams"], asked["versions"], strict=True))
        self.asked.append(held)
        await self.open.wait()
        if self.fails is not None:
            raise self.fails
        found: list[tuple[Any, ...]] = []
        for stream, version in held.items():
            for row in self._streams.get(stream, []):
                if row[2] >= version:
                    further = row[2] > version
                    self.sent += [row[6]] if further else []
                    found.append((*row[:6], row[6] if further else None, *row[7:]))
        return found


async def said(reads: StreamReads, stream: str) -> list[bytes]:
    return [event.data for event in (await reads.read([stream]))[stream]]


async def test_what_was_read_once_is_not_sent_again() -> None:
    table = Table()
    table.append("party-a", b"one")
    reads = StreamReads(table.rows)
    assert await said(reads, "party-a") == [b"one"]
    table.append("party-a", b"two")
    assert await said(reads, "party-a") == [b"one", b"two"]
    assert await said(reads, "party-a") == [b"one", b"two"]
    assert table.sent == [b"one", b"two"]
    assert table.asked == [{"party-a": 0}, {"party-a": 1}, {"party-a": 2}]


async def test_those_who_wait_share_the_next_query() -> None:
    table = Table()
    table.open.clear()
    reads = StreamReads(table.rows)
    first = asyncio.create_task(said(reads, "party-a"))
    await until(lambda: len(table.asked) == 1)
    table.append("party-b", b"while the first is read")
    others = [asyncio.create_task(said(reads, name)) for name in ("party-b", "party-b", "party-c")]
    await asyncio.sleep(0)
    table.open.set()
    assert await first == []
    assert await asyncio.gather(*others) == [[b"while the first is read"]] * 2 + [[]]
    assert table.asked == [{"party-a": 0}, {"party-b": 0, "party-c": 0}]


async def test_events_that_a_failover_took_back_are_forgotten() -> None:
    table = Table()
    table.append("party-a", b"one")
    table.append("party-a", b"lost")
    reads = StreamReads(table.rows)
    assert await said(reads, "party-a") == [b"one", b"lost"]
    table.lose("party-a")
    assert await said(reads, "party-a") == [b"one"]
    table.append("party-a", b"instead")
    assert await said(reads, "party-a") == [b"one", b"instead"]
    table.lose("party-a")
    table.append("party-a", b"another")
    assert await said(reads, "party-a") == [b"one", b"another"]


async def test_no_more_is_kept_than_allowed() -> None:
    table = Table()
    for number in range(5):
        table.append(f"party-{number}", b"x" * 1000)
    reads = StreamReads(table.rows, kept_bytes=4000)
    for number in (0, 1, 2, 0, 2):
        await said(reads, f"party-{number}")
    assert [list(asked.values()) for asked in table.asked] == [[0], [0], [0], [0], [1]]


async def test_all_who_wait_are_told_when_the_storage_is_away_and_later_reads_work() -> None:
    table = Table()
    table.fails = LogUnavailableError("away")
    reads = StreamReads(table.rows)
    outcomes = await asyncio.gather(said(reads, "party-a"), said(reads, "party-b"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LogUnavailableError, LogUnavailableError]
    table.fails = None
    table.append("party-a", b"one")
    assert await said(reads, "party-a") == [b"one"]


async def test_a_caller_that_goes_away_fails_nobody() -> None:
    table = Table()
    table.open.clear()
    reads = StreamReads(table.rows)
    gone, stays = (asyncio.create_task(said(reads, name)) for name in ("party-a", "party-b"))
    await until(lambda: len(table.asked) == 1)
    gone.cancel()
    table.open.set()
    assert await stays == []
    with pytest.raises(asyncio.CancelledError):
        await gone

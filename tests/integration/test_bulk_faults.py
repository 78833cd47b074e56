"""Appending many requests at once when lines are cut, others write, and the head is held."""

import asyncio

import pytest

from events import requests as asked
from events.bulk import BulkRecorder
from events.log import Appended, LogUnavailableError, StaleStreamError
from events.recorder import Receipt, Recorder
from services.ids import RandomIds
from services.wiring import open_log, open_pool
from tests.events_said import append, keyed, new_event
from tests.head_lock import head_held
from tests.proxy import Cut, Proxy
from tests.reporter import EXPLOSION
from tests.requests_said import command, explosions, occurrence, registered_november
from tests.waiting import until

pytestmark = pytest.mark.anyio

BOTH_WAYS = pytest.mark.parametrize("cut", ["before the request arrives", "before the answer arrives"])


@pytest.mark.parametrize("saying", [b"BEGIN", b"COMMIT"])
@BOTH_WAYS
async def test_many_whose_line_is_cut_are_appended_once(database_url: str, cut: Cut, saying: bytes) -> None:
    requests = [append("occurrence-a", 0, new_event(), new_event()), keyed("occurrence-b", "k")]
    async with Proxy.open(database_url) as line, open_log(line.url) as log:
        await log.append_all([append("occurrence-first")])
        line.cut_next(cut, saying)
        done = await log.append_all(requests)
        assert line.cuts == 1
        assert done == [Appended(2, 3, {"occurrence-a": 2}), Appended(4, 4, {"occurrence-b": 1})]
        assert await log.head() == 4


@BOTH_WAYS
async def test_a_stale_one_among_many_whose_line_is_cut_still_refuses_all(database_url: str, cut: Cut) -> None:
    async with Proxy.open(database_url) as line, open_log(line.url) as log:
        await log.append_all([append("occurrence-a")])
        line.cut_next(cut)
        with pytest.raises(StaleStreamError):
            await log.append_all([append("occurrence-b"), append("occurrence-a")])
        assert await log.head() == 1


async def test_many_are_not_waited_for_for_ever_and_can_be_sent_again(database_url: str) -> None:
    requests = [append("occurrence-a"), append("occurrence-b")]
    async with (
        Proxy.open(database_url) as line,
        open_pool(line.url, "conflictlog_api", wait_s=0.5) as pool,
        open_log(line.url, reads=pool, give_up_s=0.5) as log,
    ):
        await log.append_all([append("occurrence-first")])
        line.cut_next("before the answer arrives")
        line.closed = True
        with pytest.raises(LogUnavailableError):
            await log.append_all(requests)
        line.closed = False
        done = await log.append_all(requests)
        assert [one.first_position for one in done] == [2, 3]
        assert await log.head() == 3


async def test_who_goes_away_in_the_middle_leaves_the_log_as_it_is_and_usable(database_url: str) -> None:
    async with open_log(database_url) as log:
        async with head_held(database_url) as lock:
            task = asyncio.create_task(log.append_all([append("occurrence-a")]))
            await lock.is_waited_for()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        done = await log.append_all([append("occurrence-b"), append("occurrence-c")])
        events = await log.read()
        assert [event.position for event in events] == list(range(1, done[-1].last_position + 1))


async def test_the_head_is_announced_after_many_were_appended(database_url: str) -> None:
    announced: list[int] = []
    async with open_log(database_url, announce=announced.append) as log:
        await log.append_all([append(f"occurrence-{n}") for n in range(10)])
        await until(lambda: announced == [10])


async def test_lots_from_two_sides_and_single_requests_come_to_one_gapless_log(database_url: str) -> None:
    async with open_log(database_url) as one, open_log(database_url) as other:
        await registered_november(one)
        before = await one.head()
        said = explosions(120)
        claims = [
            command(asked.MakeClaim, {"kind": "casualties", "effect": "wounded", "count": {"best": 1}, "id": f"c{n}",
                              "claimant": "source:mod", "report": "r1"}, "shared")
            for n in range(40)
        ]  # fmt: skip
        await Recorder(one, RandomIds()).record(occurrence(EXPLOSION, id="shared"))
        ids = RandomIds()
        alone = Recorder(other, ids)
        lots = [
            BulkRecorder(log, ids, events_at_once=30).record(part)
            for log, part in ((one, [*said, *claims[:20]]), (other, [*said[::-1], *claims[20:37]]))
        ]
        together, singles = await asyncio.gather(
            asyncio.gather(*lots), asyncio.gather(*(alone.record(claim) for claim in claims[37:]))
        )
        outcomes = [*together[0], *together[1], *singles]
        assert [outcome for outcome in outcomes if not isinstance(outcome, Receipt)] == []
        assert sum(isinstance(outcome, Receipt) and not outcome.repeated for outcome in outcomes) == 120 + 40
        events = await one.read(after=before, limit=10_000)
        assert [event.position for event in events] == list(range(before + 1, before + 2 * 121 + 40 + 1))
        shared = (await one.read_streams(["occurrence-shared"]))["occurrence-shared"]
        assert [event.version for event in shared] == list(range(1, 43))

"""The log when lines are cut, servers die, callers go away and clocks go back."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from psycopg import AsyncConnection

from events.group_commit import GroupLimits
from events.log import Append, Appended, EventLog, LogBusyError, LogUnavailableError, StaleStreamError, leaf_hash
from services.embedded.postgres import EmbeddedPostgres
from services.migrate import migrate
from services.wiring import open_log, open_pool
from tests.events_said import append, keyed, new_event, write
from tests.head_lock import head_held
from tests.proxy import Cut, Proxy
from tests.waiting import until

pytestmark = pytest.mark.anyio

BOTH_WAYS = pytest.mark.parametrize("cut", ["before the request arrives", "before the answer arrives"])


@BOTH_WAYS
@pytest.mark.parametrize(
    "request_made", [append("occurrence-b", 0, new_event(), new_event()), keyed("occurrence-b", "k")]
)
async def test_an_append_whose_line_is_cut_is_made_once(database_url: str, cut: Cut, request_made: Append) -> None:
    async with Proxy.open(database_url) as line, open_log(line.url) as log:
        await log.append(append("occurrence-a"))
        line.cut_next(cut)
        done = await log.append(request_made)
        assert line.cuts == 1
        events = len(request_made.writes[0].events)
        assert done == Appended(2, 1 + events, {"occurrence-b": events}, repeated=False)
        assert await log.head() == 1 + events


@BOTH_WAYS
async def test_a_stale_append_whose_line_is_cut_is_still_refused(database_url: str, cut: Cut) -> None:
    async with Proxy.open(database_url) as line, open_log(line.url) as log:
        await log.append(append("occurrence-a"))
        line.cut_next(cut)
        with pytest.raises(StaleStreamError):
            await log.append(append("occurrence-a"))
        assert line.cuts == 1
        assert await log.head() == 1


async def test_a_log_without_its_server_says_so_in_bounded_time_and_comes_back(database_url: str) -> None:
    async with (
        Proxy.open(database_url) as line,
        open_pool(line.url, "conflictlog_api", wait_s=0.5) as pool,
        open_log(line.url, reads=pool, give_up_s=0.5) as log,
    ):
        await log.append(append("occurrence-a"))
        line.closed = True
        line.hang_up()
        requests = [append(f"occurrence-b{n}") for n in range(5)]
        async with asyncio.timeout(3):
            outcomes = await asyncio.gather(*map(log.append, requests), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [LogUnavailableError] * 5
        with pytest.raises(LogUnavailableError):
            await log.read()
        line.closed = False
        done = await asyncio.gather(*map(log.append, requests))
        assert sorted(one.first_position for one in done) == [2, 3, 4, 5, 6]


async def test_an_unanswered_append_sent_again_is_answered_with_its_first_positions(database_url: str) -> None:
    request = append("occurrence-a", 0, new_event(), new_event())
    async with Proxy.open(database_url) as line:
        async with open_log(line.url, give_up_s=0.3) as log:
            await log.head()
            await log.append(append("occurrence-first"))
            line.cut_next("before the answer arrives")
            line.closed = True
            with pytest.raises(LogUnavailableError):
                await log.append(request)
        line.closed = False
        async with open_log(line.url) as log:
            assert await log.append(request) == Appended(2, 3, {"occurrence-a": 2}, repeated=True)


async def test_a_caller_that_goes_away_fails_nobody(database_url: str) -> None:
    async with open_log(database_url) as log:
        async with head_held(database_url) as lock:
            under_way = [asyncio.create_task(log.append(append(f"occurrence-{n}"))) for n in range(4)]
            await lock.is_waited_for()
            waiting = [asyncio.create_task(log.append(append(f"report-{n}"))) for n in range(4)]
            await asyncio.sleep(0)
            under_way[0].cancel()
            waiting[0].cancel()
        async with asyncio.timeout(20):
            outcomes = await asyncio.gather(*under_way, *waiting, return_exceptions=True)
        gone = [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes]
        assert gone == [True, False, False, False, True, False, False, False]
        kept = await log.existing([f"{category}-{n}" for category in ("occurrence", "report") for n in range(4)])
        assert {f"{category}-{n}" for category in ("occurrence", "report") for n in (1, 2, 3)} <= kept
        assert "report-0" not in kept
        assert [event.position for event in await log.read()] == list(range(1, len(kept) + 1))


async def test_more_than_may_wait_is_refused_at_once(database_url: str) -> None:
    limits = GroupLimits(waiting_requests=2)
    async with open_log(database_url, limits=limits) as log:
        async with head_held(database_url) as lock:
            first = asyncio.create_task(log.append(append("occurrence-0")))
            await lock.is_waited_for()
            taken = [asyncio.create_task(log.append(append(f"occurrence-{n}"))) for n in (1, 2)]
            await asyncio.sleep(0)
            with pytest.raises(LogBusyError) as busy:
                await log.append(append("occurrence-3"))
            assert busy.value.retry_after_s >= 1
        assert {done.first_position for done in await asyncio.gather(first, *taken)} == {1, 2, 3}
        assert (await log.append(append("occurrence-3"))).first_position == 4


async def test_a_lock_that_is_never_released_is_not_waited_for_for_ever(database_url: str) -> None:
    async with open_log(database_url, give_up_s=0.5) as log:
        async with head_held(database_url):
            with pytest.raises(LogUnavailableError):
                await log.append(append("occurrence-a"))
        assert (await log.append(append("occurrence-b"))).first_position == 1


async def test_a_clock_that_goes_back_takes_recorded_at_nowhere(database_url: str) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    async with await AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute("UPDATE head SET recorded_at = %s", (ahead,))
    async with open_log(database_url) as log:
        plain, checked = new_event(), new_event()
        await log.append(append("occurrence-a", 0, plain))
        await log.append(Append(writes=(write("occurrence-b", 0, checked),), expects={"occurrence-a": 1}))
        events = await log.read()
        assert [event.recorded_at for event in events] == [ahead, ahead]
        for event, sent in zip(events, (plain, checked), strict=True):
            assert event.leaf_hash == leaf_hash(event.stream, 1, ahead, sent)


async def test_each_head_is_announced_after_it_can_be_read(database_url: str) -> None:
    announced: list[tuple[int, int]] = []
    async with open_log(database_url) as reading:

        async def announce(head: int) -> None:
            announced.append((head, await reading.head()))

        async with open_log(database_url, announce=announce) as log:
            for nth in range(3):
                await log.append(append(f"occurrence-{nth}"))
                await until(lambda wanted=nth + 1: len(announced) == wanted)
    assert announced == [(1, 1), (2, 2), (3, 3)]


async def test_an_announcement_that_fails_costs_nothing(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    def announce(head: int) -> None:
        raise ConnectionError(f"nobody hears of {head}")

    async with open_log(database_url, announce=announce) as log:
        for nth in range(3):
            assert (await log.append(append(f"occurrence-{nth}"))).first_position == nth + 1
    assert "could not be announced" in caplog.text


async def write_until_told(log: EventLog, writer: int, confirmed: dict[str, Appended], stop: asyncio.Event) -> None:
    nth = 0
    while not stop.is_set():
        stream = f"occurrence-{writer}-{nth}"
        confirmed[stream] = await log.append(append(stream, 0, new_event(), new_event()))
        nth += 1


@pytest.mark.parametrize("after_confirmed", [20, 60])
async def test_a_server_stopped_at_once_loses_nothing_that_was_confirmed(tmp_path: Path, after_confirmed: int) -> None:
    server = EmbeddedPostgres(tmp_path / "server", durable=True)
    server.start()
    try:
        url = server.url()
        await migrate(url)
        api = server.url("conflictlog_api")
        confirmed: dict[str, Appended] = {}
        stop = asyncio.Event()
        async with open_log(api, give_up_s=30) as one, open_log(api, give_up_s=30) as other:
            writers = [
                asyncio.create_task(write_until_told(log, n, confirmed, stop)) for n, log in enumerate([one, other] * 4)
            ]
            await until(lambda: len(confirmed) >= after_confirmed)
            server.stop("immediate")
            before = len(confirmed)
            server.start()
            assert urlsplit(server.url()).port == urlsplit(url).port
            await until(lambda: len(confirmed) >= before + 20, within_s=30)
            stop.set()
            await asyncio.gather(*writers)
            events = await one.read(limit=1_000_000)
    finally:
        server.stop("immediate")
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    stands = {(event.stream, event.version): event.position for event in events}
    assert len(stands) == len(events) == 2 * len(confirmed)
    for stream, done in confirmed.items():
        assert (stands[stream, 1], stands[stream, 2]) == (done.first_position, done.last_position)

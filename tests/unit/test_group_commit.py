"""Group commit: who goes together, who waits, and who fails whom."""

import asyncio
from collections.abc import Sequence

import pytest

from events.group_commit import GroupCommit, GroupLimits, Outcome
from events.log import Append, Appended, LogBusyError, LogUnavailableError, StaleStreamError
from tests.events_said import append, keyed, new_event
from tests.waiting import until

pytestmark = pytest.mark.anyio

EVENT = b"x" * 100


class Store:
    """Takes batches when it is let, and keeps the streams of each."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.batches: list[list[str]] = []
        self.fails: dict[str, Exception] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.events = 0

    async def write(self, requests: Sequence[Append]) -> Sequence[Outcome]:
        streams = [request.writes[0].stream for request in requests]
        self.batches.append(streams)
        await self.open.wait()
        for stream in streams:
            if stream in self.fails:
                raise self.fails[stream]
        return [self._outcome(request) for request in requests]

    def _outcome(self, request: Append) -> Outcome:
        [to_stream] = request.writes
        if to_stream.stream in self.outcomes:
            return self.outcomes[to_stream.stream]
        first = self.events + 1
        self.events += len(to_stream.events)
        return Appended(first, self.events, {to_stream.stream: self.events})


@pytest.fixture
def store() -> Store:
    return Store()


def submit(group: GroupCommit, *requests: Append) -> list[asyncio.Task[Appended]]:
    return [asyncio.create_task(group.submit(request)) for request in requests]


async def test_what_waits_while_one_batch_commits_is_the_next_batch(store: Store) -> None:
    group = GroupCommit(store.write, limits=GroupLimits())
    store.open.clear()
    first = submit(group, append("a"))
    await until(lambda: store.batches == [["a"]])
    rest = submit(group, append("b"), append("c"), append("d"))
    await asyncio.sleep(0)
    store.open.set()
    done = await asyncio.gather(*first, *rest)
    assert store.batches == [["a"], ["b", "c", "d"]]
    assert [one.first_position for one in done] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (append("a"), append("a", 1)),
        (keyed("a", "key"), keyed("b", "key")),
        (append("a", 0, event := new_event()), append("b", 0, event)),
        (Append(writes=append("a").writes, expects={"b": 0}), append("b")),
        (Append(writes=append("a").writes, expects={"c": 0}), Append(writes=append("b").writes, expects={"c": 0})),
    ],
    ids=["stream", "key", "event id", "a stream that is read", "a stream that both read"],
)
async def test_requests_that_touch_the_same_are_never_in_one_batch(store: Store, one: Append, other: Append) -> None:
    group = GroupCommit(store.write, limits=GroupLimits())
    await asyncio.gather(*submit(group, one, other, append("z")))
    assert store.batches == [[one.writes[0].stream, "z"], [other.writes[0].stream]]


async def test_what_is_held_back_goes_with_what_the_callers_ask_for_next(store: Store) -> None:
    group = GroupCommit(store.write, limits=GroupLimits())

    async def ask(*requests: Append) -> None:
        for request in requests:
            await group.submit(request)

    await asyncio.gather(ask(append("a"), append("b")), ask(append("c"), append("d")), ask(append("a", 1)))
    assert store.batches == [["a", "c"], ["a", "b", "d"]]


async def test_nobody_overtakes_another_on_the_same_stream(store: Store) -> None:
    group = GroupCommit(store.write, limits=GroupLimits())
    both = Append(writes=(*append("a").writes, *append("b").writes))
    store.outcomes["a"] = Appended(1, 2, {})
    await asyncio.gather(*submit(group, append("a"), both, append("b")), return_exceptions=True)
    assert store.batches == [["a"], ["a"], ["b"]]


async def test_a_full_batch_leaves_the_rest_for_the_next(store: Store) -> None:
    group = GroupCommit(store.write, limits=GroupLimits(batch_events=2))
    await asyncio.gather(*submit(group, *(append(stream) for stream in "abcde")))
    assert store.batches == [["a", "b"], ["c", "d"], ["e"]]


async def test_a_batch_is_full_by_its_bytes_too_and_a_large_request_goes_whole(store: Store) -> None:
    group = GroupCommit(store.write, limits=GroupLimits(batch_bytes=200))
    large = append("b", 0, *(new_event(EVENT) for _ in range(10)))
    await asyncio.gather(*submit(group, append("a", 0, new_event(EVENT)), large, append("c", 0, new_event(EVENT))))
    assert store.batches == [["a", "b"], ["c"]]


@pytest.mark.parametrize("limits", [GroupLimits(waiting_requests=2), GroupLimits(waiting_bytes=250)])
async def test_what_is_too_much_to_wait_is_refused_and_fails_nobody(store: Store, limits: GroupLimits) -> None:
    group = GroupCommit(store.write, limits=limits)
    store.open.clear()
    first = submit(group, append("a"))
    await until(lambda: store.batches == [["a"]])
    waiting = submit(group, *(append(stream, 0, new_event(EVENT)) for stream in "bc"))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        with pytest.raises(LogBusyError):
            await group.submit(append("d", 0, new_event(EVENT)))
    store.open.set()
    await asyncio.gather(*first, *waiting)
    await group.submit(append("d", 0, new_event(EVENT)))
    assert store.batches == [["a"], ["b", "c"], ["d"]]


async def test_each_request_gets_its_own_outcome(store: Store) -> None:
    group = GroupCommit(store.write, limits=GroupLimits())
    store.outcomes["b"] = StaleStreamError("b", 0, 1)
    done = await asyncio.gather(*submit(group, append("a"), append("b"), append("c")), return_exceptions=True)
    assert [type(one) for one in done] == [Appended, StaleStreamError, Appended]


async def test_a_request_that_cannot_be_written_fails_alone(store: Store) -> None:
    group = GroupCommit(store.write, limits=GroupLimits())
    store.fails["b"] = RuntimeError("no")
    async with asyncio.timeout(5):
        done = await asyncio.gather(*submit(group, append("a"), append("b"), append("c")), return_exceptions=True)
    assert [type(one) for one in done] == [Appended, RuntimeError, Appended]


async def test_while_the_storage_is_away_all_who_wait_are_told(store: Store) -> None:
    group = GroupCommit(store.write, limits=GroupLimits())
    store.fails["a"] = LogUnavailableError("away")
    store.open.clear()
    first = submit(group, append("a"))
    await until(lambda: store.batches == [["a"]])
    waiting = submit(group, append("b"), append("c"))
    await asyncio.sleep(0)
    store.open.set()
    done = await asyncio.gather(*first, *waiting, return_exceptions=True)
    assert [type(one) for one in done] == [LogUnavailableError] * 3
    assert store.batches == [["a"]]
    assert (await group.submit(append("d"))).first_position == 1


async def test_a_caller_that_goes_away_before_its_batch_is_not_written(store: Store) -> None:
    group = GroupCommit(store.write, limits=GroupLimits())
    store.open.clear()
    first = submit(group, append("a"))
    await until(lambda: store.batches == [["a"]])
    gone, stays = submit(group, append("b"), append("c"))
    await asyncio.sleep(0)
    gone.cancel()
    store.open.set()
    await asyncio.gather(*first, stays)
    assert store.batches == [["a"], ["c"]]


async def test_a_slow_listener_holds_nobody_up_and_hears_of_the_newest_head(store: Store) -> None:
    listens = asyncio.Event()
    heads: list[int] = []

    async def announce(head: int) -> None:
        heads.append(head)
        await listens.wait()

    group = GroupCommit(store.write, limits=GroupLimits(), announce=announce)
    for stream in "abcd":
        await group.submit(append(stream))
    assert heads == [1]
    listens.set()
    await until(lambda: heads == [1, 4])
    await group.close()


async def test_a_head_is_announced_before_the_answers_are_written(store: Store) -> None:
    happened: list[str] = []
    group = GroupCommit(store.write, limits=GroupLimits(), announce=lambda head: happened.append(f"head {head}"))

    async def ask() -> None:
        await group.submit(append("a"))
        happened.append("answered")

    await ask()
    assert happened == ["head 1", "answered"]


async def test_a_repeated_request_announces_nothing_new(store: Store) -> None:
    heads: list[int] = []
    group = GroupCommit(store.write, limits=GroupLimits(), announce=heads.append)
    await group.submit(append("a", 0, new_event(), new_event()))
    store.outcomes["b"] = Appended(1, 2, {}, repeated=True)
    await group.submit(append("b"))
    await group.close()
    assert heads == [2]


async def test_closing_waits_for_what_was_taken_and_takes_no_more(store: Store) -> None:
    group = GroupCommit(store.write, limits=GroupLimits())
    store.open.clear()
    taken = submit(group, append("a"))
    await until(lambda: store.batches == [["a"]])
    closing = asyncio.create_task(group.close())
    await asyncio.sleep(0)
    with pytest.raises(LogUnavailableError):
        await group.submit(append("b"))
    store.open.set()
    await closing
    assert taken[0].done()

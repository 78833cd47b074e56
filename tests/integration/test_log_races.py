"""Two processes that append at the same moment: both wait for the head, then one finds what the other did."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from events.log import (
    Append,
    Appended,
    EventIdTakenError,
    EventLog,
    KeyTakenError,
    LogError,
    RequestKey,
    StaleStreamError,
)
from services.wiring import open_log
from tests.events_said import append, keyed, new_event, write
from tests.head_lock import head_held

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[False, True], ids=["as it comes", "checked"])
async def both(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[tuple[EventLog, EventLog]]:
    """Give two logs of the same database that hold the streams `occurrence-old` and `occurrence-older`.

    What follows a refused request is checked under the lock.
    """
    async with open_log(database_url) as one, open_log(database_url) as other:
        await one.append(append("occurrence-old"))
        await other.append(append("occurrence-older"))
        for log in (one, other) if request.param else ():
            with pytest.raises(StaleStreamError):
                await log.append(append("occurrence-old", 0))
        yield one, other


async def race(url: str, logs: tuple[EventLog, EventLog], one: Append, other: Append) -> list[Appended | LogError]:
    """Let each log append while the other does; give what came of both, the appended one first."""
    async with head_held(url) as lock:
        appends = [asyncio.create_task(log.append(request)) for log, request in zip(logs, (one, other), strict=True)]
        await lock.is_waited_for(2)
    outcomes: list[Appended | LogError] = []
    for done in await asyncio.gather(*appends, return_exceptions=True):
        assert isinstance(done, Appended | LogError)
        outcomes.append(done)
    return sorted(outcomes, key=lambda outcome: not isinstance(outcome, Appended) or outcome.repeated)


async def test_of_two_appends_to_one_version_one_is_kept(database_url: str, both: tuple[EventLog, EventLog]) -> None:
    first, second = await race(database_url, both, append("occurrence-old", 1), append("occurrence-old", 1))
    assert first == Appended(3, 3, {"occurrence-old": 2})
    assert isinstance(second, StaleStreamError)
    assert (second.expected, second.actual) == (1, 2)
    assert await both[0].head() == 3


async def test_two_that_stand_on_each_others_streams_are_not_both_kept(
    database_url: str,
    both: tuple[EventLog, EventLog],
) -> None:
    one = Append(writes=(write("occurrence-old", 1),), expects={"occurrence-older": 1})
    other = Append(writes=(write("occurrence-older", 1),), expects={"occurrence-old": 1})
    first, second = await race(database_url, both, one, other)
    assert isinstance(first, Appended)
    assert isinstance(second, StaleStreamError)
    assert await both[0].head() == 3


async def test_of_two_mergers_in_a_circle_one_is_kept(database_url: str, both: tuple[EventLog, EventLog]) -> None:
    def merge() -> Append:
        return Append(writes=(write("occurrence-old", 1), write("occurrence-older", 1)))

    first, second = await race(database_url, both, merge(), merge())
    assert isinstance(first, Appended)
    assert isinstance(second, StaleStreamError)
    assert await both[0].head() == 4


async def test_the_same_request_at_two_processes_is_appended_once(
    database_url: str,
    both: tuple[EventLog, EventLog],
) -> None:
    request = append("occurrence-new", 0, new_event(), new_event())
    first, second = await race(database_url, both, request, request)
    assert first == Appended(3, 4, {"occurrence-new": 2})
    assert second == Appended(3, 4, {"occurrence-new": 2}, repeated=True)


async def test_the_same_key_at_two_processes_is_answered_once_more(
    database_url: str,
    both: tuple[EventLog, EventLog],
) -> None:
    first, second = await race(database_url, both, keyed("occurrence-a", "key"), keyed("occurrence-b", "key"))
    assert isinstance(first, Appended)
    assert second == Appended(3, 3, first.versions, repeated=True)
    assert await both[0].head() == 3


async def test_the_same_key_with_other_requests_at_two_processes_is_refused_once(
    database_url: str,
    both: tuple[EventLog, EventLog],
) -> None:
    one, other = keyed("occurrence-a", "key", b"one"), keyed("occurrence-b", "key", b"other")
    first, second = await race(database_url, both, one, other)
    assert isinstance(first, Appended)
    assert isinstance(second, KeyTakenError)
    assert second.first_position == 3


async def test_the_same_event_id_in_two_streams_is_refused_once(
    database_url: str,
    both: tuple[EventLog, EventLog],
) -> None:
    event = new_event()
    first, second = await race(database_url, both, append("occurrence-a", 0, event), append("occurrence-b", 0, event))
    assert isinstance(first, Appended)
    assert isinstance(second, EventIdTakenError)


async def test_a_batch_with_a_race_in_it_keeps_the_rest(database_url: str, both: tuple[EventLog, EventLog]) -> None:
    one, other = both
    async with head_held(database_url) as lock:
        first = asyncio.create_task(one.append(append("occurrence-old", 1)))
        second = [
            asyncio.create_task(other.append(request))
            for request in (
                append("occurrence-a"),
                append("occurrence-old", 1),
                Append(writes=(write("occurrence-b"),), keys=(RequestKey("b", b"1" * 32),)),
            )
        ]
        await lock.is_waited_for(2)
    outcomes = await asyncio.gather(first, *second, return_exceptions=True)
    assert sum(isinstance(outcome, StaleStreamError) for outcome in outcomes) == 1
    assert isinstance(outcomes[1], Appended)
    assert isinstance(outcomes[3], Appended)
    assert [event.position for event in await one.read()] == [1, 2, 3, 4, 5]
    assert set(await one.known_requests(["b"])) == {"b"}

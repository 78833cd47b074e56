"""The promises of events.log.EventLog; each implementation's tests inherit them."""

import asyncio
from datetime import UTC
from typing import TypeVar
from uuid import uuid4

import pytest

from events.log import (
    Append,
    Appended,
    EventIdTakenError,
    EventLog,
    KeyTakenError,
    NewEvent,
    RequestKey,
    StaleStreamError,
    leaf_hash,
)
from tests.contract.event_log_reads import ReadContract
from tests.contract.event_log_together import TogetherContract
from tests.events_said import append, keyed, new_event, write

Fact = TypeVar("Fact", bound=Exception)


async def refused(log: EventLog, request: Append, kind: type[Fact]) -> Fact:
    """Give the error that the request is refused with, having seen that it left no trace."""
    before = await log.head()
    streams = [wanted.stream for wanted in request.writes]
    stood = await log.read_streams(streams)
    keys = await log.known_requests([key.key for key in request.keys])
    with pytest.raises(kind) as refusal:
        await log.append(request)
    assert await log.head() == before
    assert await log.read_streams(streams) == stood
    assert await log.known_requests([key.key for key in request.keys]) == keys
    return refusal.value


class AppendContract:
    """What an append does, and what it refuses."""

    async def test_an_empty_log_stands_at_zero(self, log: EventLog) -> None:
        assert await log.head() == 0
        assert await log.read() == []

    async def test_positions_are_gapless_from_one(self, log: EventLog) -> None:
        for nth in range(5):
            await log.append(append(f"occurrence-{nth}", 0, new_event(), new_event()))
        assert [event.position for event in await log.read()] == list(range(1, 11))
        assert await log.head() == 10

    async def test_an_append_tells_where_its_events_stand(self, log: EventLog) -> None:
        await log.append(append("report-a"))
        request = Append(writes=(write("occurrence-a", 0, new_event(), new_event()), write("report-a", 1)))
        assert await log.append(request) == Appended(2, 4, {"occurrence-a": 2, "report-a": 2})

    async def test_the_events_of_a_request_stand_side_by_side_in_its_order(self, log: EventLog) -> None:
        requests = [
            Append(writes=(write(f"occurrence-{n}", 0, new_event(), new_event()), write(f"report-{n}")))
            for n in range(20)
        ]
        done = await asyncio.gather(*(log.append(request) for request in requests))
        events = await log.read()
        for request, stands in zip(requests, done, strict=True):
            wanted = [event.event_id for to_stream in request.writes for event in to_stream.events]
            assert [event.event_id for event in events[stands.first_position - 1 : stands.last_position]] == wanted

    @pytest.mark.parametrize(
        "data",
        [
            b"{}",
            b"",
            b'{"b": 1,  "a":1.0}',
            '{"name":"Сугoвушан, K’arvachar ナゴルノ"}'.encode(),
            bytes(range(256)),
            b"x" * 300_000,
        ],
        ids=["empty object", "empty", "spaces and order", "scripts", "all bytes", "long"],
    )
    async def test_the_bytes_read_are_the_bytes_appended(self, log: EventLog, data: bytes) -> None:
        await log.append(append("occurrence-a", 0, new_event(data)))
        [event] = await log.read()
        assert event.data == data

    async def test_an_event_is_read_as_it_was_appended(self, log: EventLog) -> None:
        sent = NewEvent(uuid4(), "claim.made", 3, b'{"claim":"c1"}')
        await log.append(append("occurrence-a", 0, sent))
        [event] = await log.read()
        assert (event.event_id, event.type, event.schema_version, event.data) == (
            sent.event_id,
            "claim.made",
            3,
            sent.data,
        )
        assert (event.stream, event.version, event.position) == ("occurrence-a", 1, 1)

    async def test_each_leaf_hash_is_that_of_the_columns(self, log: EventLog) -> None:
        sent = [
            NewEvent(uuid4(), "place.amended", n + 1, data) for n, data in enumerate([b"{}", b"", bytes(range(256))])
        ]
        await log.append(append("place-Аскеран", 0, *sent))
        for event, new in zip(await log.read(), sent, strict=True):
            assert event.leaf_hash == leaf_hash(event.stream, event.version, event.recorded_at, new)

    async def test_recorded_at_is_in_utc_and_never_decreases(self, log: EventLog) -> None:
        for nth in range(5):
            await log.append(append(f"occurrence-{nth}", 0, new_event(), new_event()))
        recorded = [event.recorded_at for event in await log.read()]
        assert recorded == sorted(recorded)
        assert all(moment.utcoffset() == UTC.utcoffset(None) for moment in recorded)

    async def test_a_stale_append_is_refused_and_leaves_no_trace(self, log: EventLog) -> None:
        await log.append(append("occurrence-a", 0, new_event(), new_event()))
        stale = await refused(log, append("occurrence-a", 1), StaleStreamError)
        assert (stale.stream, stale.expected, stale.actual) == ("occurrence-a", 1, 2)

    async def test_an_append_to_a_new_stream_that_exists_is_refused(self, log: EventLog) -> None:
        await log.append(append("occurrence-a"))
        stale = await refused(log, append("occurrence-a", 0), StaleStreamError)
        assert (stale.expected, stale.actual) == (0, 1)

    async def test_an_append_that_runs_ahead_of_its_stream_is_refused(self, log: EventLog) -> None:
        await log.append(append("occurrence-a"))
        assert (await refused(log, append("occurrence-a", 2), StaleStreamError)).actual == 1
        assert (await refused(log, append("occurrence-b", 1), StaleStreamError)).actual == 0

    async def test_one_stale_stream_refuses_the_whole_request(self, log: EventLog) -> None:
        await log.append(append("occurrence-b"))
        request = Append(
            writes=(write("occurrence-a"), write("occurrence-b")),
            keys=(RequestKey("k", b"1" * 32),),
        )
        await refused(log, request, StaleStreamError)
        assert await log.existing(["occurrence-a"]) == frozenset()

    async def test_a_stream_that_was_read_must_still_stand_where_it_stood(self, log: EventLog) -> None:
        await log.append(append("occurrence-a"))
        held = Append(writes=(write("occurrence-b"),), expects={"occurrence-a": 1, "occurrence-none": 0})
        assert (await log.append(held)).versions == {"occurrence-b": 1}
        await log.append(append("occurrence-a", 1))
        stale = await refused(
            log, Append(writes=(write("occurrence-c"),), expects={"occurrence-a": 1}), StaleStreamError
        )
        assert (stale.stream, stale.expected, stale.actual) == ("occurrence-a", 1, 2)

    async def test_two_that_stand_on_each_others_streams_cannot_both_be_appended(self, log: EventLog) -> None:
        for nth in range(10):
            one, other = f"occurrence-{nth}-a", f"occurrence-{nth}-b"
            outcomes = await asyncio.gather(
                log.append(Append(writes=(write(one),), expects={other: 0})),
                log.append(Append(writes=(write(other),), expects={one: 0})),
                return_exceptions=True,
            )
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Appended", "StaleStreamError"]

    async def test_of_many_appends_to_one_version_exactly_one_is_kept(self, log: EventLog) -> None:
        outcomes = await asyncio.gather(
            *(log.append(append("occurrence-a")) for _ in range(20)), return_exceptions=True
        )
        assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, StaleStreamError) for outcome in outcomes) == 19
        assert await log.head() == 1

    async def test_a_refused_request_fails_none_of_those_beside_it(self, log: EventLog) -> None:
        await log.append(append("occurrence-old"))
        outcomes = await asyncio.gather(
            *(log.append(append("occurrence-old" if n % 10 == 0 else f"occurrence-{n}")) for n in range(30)),
            return_exceptions=True,
        )
        stale = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, StaleStreamError)]
        assert stale == [0, 10, 20]
        assert [event.position for event in await log.read()] == list(range(1, 29))


class RepeatContract:
    """What becomes of a request that was made before."""

    async def test_the_same_events_again_are_answered_with_their_first_positions(self, log: EventLog) -> None:
        request = Append(writes=(write("occurrence-a", 0, new_event(), new_event()), write("report-a")))
        first = await log.append(request)
        await log.append(append("occurrence-a", 2))
        again = await log.append(request)
        assert again == Appended(first.first_position, first.last_position, first.versions, repeated=True)
        assert await log.head() == 4

    async def test_the_same_request_sent_at_once_is_appended_once(self, log: EventLog) -> None:
        request = append("occurrence-a", 0, new_event(), new_event())
        done = await asyncio.gather(*(log.append(request) for _ in range(8)))
        assert {(one.first_position, one.last_position) for one in done} == {(1, 2)}
        assert sum(not one.repeated for one in done) == 1
        assert await log.head() == 2

    async def test_an_event_id_with_other_bytes_is_refused(self, log: EventLog) -> None:
        event = new_event(b"{}")
        await log.append(append("occurrence-a", 0, event))
        taken = await refused(
            log, append("occurrence-a", 1, new_event(b"{ }", event_id=event.event_id)), EventIdTakenError
        )
        assert taken.event_id == event.event_id

    async def test_an_event_id_in_another_stream_is_refused(self, log: EventLog) -> None:
        event = new_event()
        await log.append(append("occurrence-a", 0, event))
        assert (await refused(log, append("occurrence-b", 0, event), EventIdTakenError)).event_id == event.event_id

    async def test_known_events_mixed_with_new_ones_are_refused(self, log: EventLog) -> None:
        event = new_event()
        await log.append(append("occurrence-a", 0, event))
        taken = await refused(log, append("occurrence-a", 0, event, new_event()), EventIdTakenError)
        assert taken.event_id == event.event_id

    async def test_known_events_that_do_not_stand_side_by_side_are_refused(self, log: EventLog) -> None:
        one, two = new_event(), new_event()
        await log.append(append("occurrence-a", 0, one))
        await log.append(append("occurrence-b"))
        await log.append(append("occurrence-a", 1, two))
        await refused(log, append("occurrence-a", 0, one, two), EventIdTakenError)
        await refused(log, append("occurrence-a", 0, one, new_event(), two), EventIdTakenError)

    async def test_the_same_key_with_the_same_request_is_answered_as_the_first_time(self, log: EventLog) -> None:
        first = await log.append(
            Append(writes=(write("occurrence-a"), write("report-a")), keys=(RequestKey("key", b"1" * 32),))
        )
        await log.append(append("occurrence-b"))
        again = await log.append(
            Append(writes=(write("occurrence-z", 0, new_event(), new_event()),), keys=(RequestKey("key", b"1" * 32),))
        )
        assert again == Appended(1, 2, first.versions, repeated=True)
        assert await log.existing(["occurrence-z"]) == frozenset()
        assert await log.head() == 3

    async def test_the_same_key_sent_at_once_is_appended_once(self, log: EventLog) -> None:
        done = await asyncio.gather(*(log.append(keyed(f"occurrence-{n}", "key")) for n in range(8)))
        assert {(one.first_position, one.last_position) for one in done} == {(1, 1)}
        assert await log.head() == 1

    async def test_a_key_with_another_request_is_refused(self, log: EventLog) -> None:
        await log.append(append("occurrence-a"))
        await log.append(keyed("occurrence-b", "key", b"one"))
        taken = await refused(log, keyed("occurrence-c", "key", b"other"), KeyTakenError)
        assert (taken.key, taken.first_position) == ("key", 2)

    async def test_any_of_several_keys_makes_a_request_known(self, log: EventLog) -> None:
        one, two = RequestKey("one", b"1" * 32), RequestKey("two", b"1" * 32)
        await log.append(Append(writes=(write("occurrence-a"),), keys=(one,)))
        again = await log.append(Append(writes=(write("occurrence-b"),), keys=(one, two)))
        assert (again.first_position, again.repeated) == (1, True)
        assert await log.known_requests(["two"]) == {}

    async def test_the_key_of_a_refused_request_stays_free(self, log: EventLog) -> None:
        await log.append(append("occurrence-a"))
        await refused(log, keyed("occurrence-a", "key"), StaleStreamError)
        assert (await log.append(keyed("occurrence-b", "key"))).repeated is False


class EventLogContract(AppendContract, RepeatContract, TogetherContract, ReadContract):
    """All promises of the log."""

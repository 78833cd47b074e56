"""The promises of events.log.EventLog about appending many requests at once."""

import asyncio

import pytest

from events.log import (
    Append,
    Appended,
    EventIdTakenError,
    EventLog,
    KeyTakenError,
    KnownRequest,
    LogError,
    RequestKey,
    StaleStreamError,
    leaf_hash,
)
from tests.events_said import append, keyed, named, new_event, write


async def none_appended(log: EventLog, requests: list[Append], kind: type[LogError]) -> LogError:
    """Give the error that all are refused with, having seen that none of them left a trace."""
    before = await log.read(limit=10_000)
    keys = [key.key for request in requests for key in request.keys]
    known = await log.known_requests(keys)
    with pytest.raises(kind) as refusal:
        await log.append_all(requests)
    assert await log.read(limit=10_000) == before
    assert await log.known_requests(keys) == known
    return refusal.value


class TogetherContract:
    """What appending many requests does, and what it refuses."""

    async def test_many_requests_stand_side_by_side_in_their_order(self, log: EventLog) -> None:
        await log.append(append("occurrence-first"))
        requests = [append(f"occurrence-{n}", 0, new_event(), new_event()) for n in range(500)]
        done = await log.append_all(requests)
        assert done == [Appended(2 + 2 * n, 3 + 2 * n, {f"occurrence-{n}": 2}) for n in range(500)]
        events = await log.read(after=1, limit=2000)
        assert [event.position for event in events] == list(range(2, 1002))
        assert [event.event_id for event in events] == [
            event.event_id for request in requests for event in request.writes[0].events
        ]
        assert await log.head() == 1001

    async def test_nothing_to_append_appends_nothing(self, log: EventLog) -> None:
        assert await log.append_all([]) == []
        assert await log.head() == 0

    @pytest.mark.parametrize("data", [b"", bytes(range(256)), "Сугoвушан ナゴルノ".encode(), b"x" * 300_000])
    async def test_bytes_and_leaf_hashes_are_those_of_single_appends(self, log: EventLog, data: bytes) -> None:
        sent = new_event(data)
        await log.append_all([append("place-Аскеран", 0, sent), append("occurrence-b")])
        event, after = await log.read()
        assert event.data == data
        assert event.leaf_hash == leaf_hash("place-Аскеран", 1, event.recorded_at, sent)
        assert event.recorded_at <= after.recorded_at

    async def test_a_request_may_stand_on_what_one_before_it_writes(self, log: EventLog) -> None:
        await log.append(append("report-a"))
        await log.append_all(
            [
                append("occurrence-a"),
                Append(writes=(write("occurrence-a", 1), write("report-a", 1))),
                Append(writes=(write("occurrence-b"),), expects={"occurrence-a": 2, "occurrence-none": 0}),
            ]
        )
        versions = [(event.stream, event.version) for event in await log.read()]
        assert versions == [
            ("report-a", 1),
            ("occurrence-a", 1),
            ("occurrence-a", 2),
            ("report-a", 2),
            ("occurrence-b", 1),
        ]

    @pytest.mark.parametrize(
        "stale",
        [
            append("occurrence-old", 0),
            append("occurrence-old", 2),
            append("occurrence-new", 1),
            Append(writes=(write("occurrence-c"),), expects={"occurrence-old": 0}),
            Append(writes=(write("occurrence-c"),), expects={"occurrence-new": 3}),
            append("occurrence-a", 0),
            append("occurrence-a", 2),
        ],
        ids=["there already", "not so far", "not there", "read at nothing", "read too far", "begun twice", "ahead"],
    )
    async def test_one_stale_request_refuses_all(self, log: EventLog, stale: Append) -> None:
        await log.append(append("occurrence-old"))
        good = Append(writes=(write("occurrence-a"),), keys=(RequestKey("k", b"1" * 32),))
        error = await none_appended(log, [good, stale, append("occurrence-z")], StaleStreamError)
        assert isinstance(error, StaleStreamError)
        assert error.expected != error.actual
        assert (await log.append_all([good]))[0].first_position == 2

    async def test_a_key_that_is_taken_refuses_all_whatever_its_request(self, log: EventLog) -> None:
        await log.append(append("occurrence-first"))
        await log.append(keyed("occurrence-old", "key", b"same"))
        for request in (b"same", b"other"):
            error = await none_appended(
                log, [append("occurrence-a"), keyed("occurrence-b", "key", request)], KeyTakenError
            )
            assert isinstance(error, KeyTakenError)
            assert (error.key, error.first_position) == ("key", 2)

    async def test_keys_and_names_are_kept_with_their_requests(self, log: EventLog) -> None:
        await log.append_all(
            [
                append("report-a"),
                Append(
                    writes=(write("occurrence-a", 0, new_event(), new_event()),),
                    keys=(RequestKey("one", b"1" * 32), RequestKey("two", b"1" * 32)),
                ),
                named("place-a", "kalbajar", "karvachar"),
                named("place-b", "kalbajar"),
            ]
        )
        known = KnownRequest(b"1" * 32, 2, 3)
        assert await log.known_requests(["one", "two"]) == {"one": known, "two": known}
        assert await log.places_named(["kalbajar", "karvachar"]) == {
            "kalbajar": frozenset({"place-a", "place-b"}),
            "karvachar": frozenset({"place-a"}),
        }
        assert (await log.append(keyed("occurrence-x", "one", b"1" * 32))).repeated is True

    async def test_the_same_events_all_over_again_are_answered_as_the_first_time(self, log: EventLog) -> None:
        requests = [append("occurrence-a", 0, new_event(), new_event()), keyed("occurrence-b", "key")]
        first = await log.append_all(requests)
        await log.append(append("occurrence-c"))
        again = await log.append_all(requests)
        assert again == [Appended(d.first_position, d.last_position, d.versions, repeated=True) for d in first]
        assert await log.head() == 4

    async def test_some_known_events_among_new_ones_refuse_all(self, log: EventLog) -> None:
        event = new_event()
        await log.append(append("occurrence-a", 0, event))
        await none_appended(log, [append("occurrence-b"), append("occurrence-c", 0, event)], EventIdTakenError)

    @pytest.mark.parametrize("twice", ["key", "event"])
    async def test_a_key_or_an_event_id_named_twice_is_no_request_for_any_log(self, log: EventLog, twice: str) -> None:
        event = new_event()
        requests = [
            Append(writes=(write(f"occurrence-{n}", 0, event if twice == "event" else new_event()),)) for n in range(2)
        ]
        if twice == "key":
            requests = [keyed(f"occurrence-{n}", "key") for n in range(2)]
        with pytest.raises(ValueError, match="once"):
            await log.append_all(requests)
        assert await log.head() == 0

    async def test_many_at_once_and_single_ones_leave_no_gap_between_them(self, log: EventLog) -> None:
        together = [[append(f"occurrence-{n}-{m}", 0, new_event(), new_event()) for m in range(50)] for n in range(6)]
        done, *_ = await asyncio.gather(
            asyncio.gather(*(log.append_all(requests) for requests in together)),
            asyncio.gather(*(log.append(append(f"report-{n}")) for n in range(60))),
        )
        events = await log.read(limit=10_000)
        assert [event.position for event in events] == list(range(1, 661))
        for stands in done:
            assert [one.first_position for one in stands] == [stands[0].first_position + 2 * n for n in range(50)]

"""The promises of events.log.EventLog about reading."""

from events.log import Append, EventLog, KnownRequest, ListedLog, PlaceName, RequestKey
from tests.events_said import append, named, new_event, write


class ReadContract:
    """What is found in a log, and how."""

    async def test_a_page_holds_what_comes_after_a_position(self, log: EventLog) -> None:
        await log.append(append("occurrence-a", 0, *(new_event() for _ in range(10))))
        assert [event.position for event in await log.read(after=3, limit=4)] == [4, 5, 6, 7]
        assert [event.position for event in await log.read(after=8, limit=4)] == [9, 10]
        assert await log.read(after=10) == []
        assert await log.read(after=2**40) == []

    async def test_streams_are_read_in_version_order(self, log: EventLog) -> None:
        await log.append(append("occurrence-a"))
        await log.append(append("occurrence-b"))
        await log.append(append("occurrence-a", 1, new_event(), new_event()))
        found = await log.read_streams(["occurrence-a", "occurrence-none", "occurrence-b"])
        assert {stream: [event.version for event in events] for stream, events in found.items()} == {
            "occurrence-a": [1, 2, 3],
            "occurrence-none": [],
            "occurrence-b": [1],
        }

    async def test_streams_are_read_as_they_stood_at_a_position(self, log: EventLog) -> None:
        await log.append(append("occurrence-a", 0, new_event(), new_event(), new_event()))
        found = await log.read_streams(["occurrence-a"], up_to=2)
        assert [event.position for event in found["occurrence-a"]] == [1, 2]
        assert (await log.read_streams(["occurrence-a"], up_to=0)) == {"occurrence-a": []}

    async def test_those_streams_exist_that_have_a_first_event(self, log: EventLog) -> None:
        await log.append(append("occurrence-a"))
        assert await log.existing(["occurrence-a", "occurrence-b"]) == {"occurrence-a"}
        await log.append(append("occurrence-b"))
        assert await log.existing(["occurrence-a", "occurrence-b"]) == {"occurrence-a", "occurrence-b"}
        assert await log.existing([]) == frozenset()

    async def test_a_known_request_keeps_its_hash_and_its_positions(self, log: EventLog) -> None:
        await log.append(append("occurrence-a"))
        key = RequestKey("key", b"1" * 32)
        await log.append(Append(writes=(write("occurrence-b", 0, new_event(), new_event()),), keys=(key,)))
        assert await log.known_requests(["key", "none"]) == {"key": KnownRequest(b"1" * 32, 2, 3)}

    async def test_keys_are_listed_by_how_they_start_in_order_page_by_page(self, log: ListedLog) -> None:
        for key in ("b:2", "b:10", "a:1", "b:", "c:1"):
            request = Append(writes=(write(f"occurrence-{key}", 0),), keys=(RequestKey(key, b"1" * 32),))
            await log.append(request)
        assert list(await log.keys_from("b:")) == ["b:", "b:10", "b:2"]
        assert list(await log.keys_from("b:", after="b:", limit=1)) == ["b:10"]
        assert list(await log.keys_from("b:", after="b:10")) == ["b:2"]
        assert list(await log.keys_from("d:")) == []

    async def test_places_are_found_by_each_name_from_their_event_on(self, log: EventLog) -> None:
        await log.append(named("place-kalbajar-town", "kalbajar", "karvachar"))
        await log.append(named("place-kalbajar-district", "kalbajar"))
        assert await log.places_named(["kalbajar", "karvachar", "none"]) == {
            "kalbajar": {"place-kalbajar-town", "place-kalbajar-district"},
            "karvachar": {"place-kalbajar-town"},
            "none": frozenset(),
        }

    async def test_a_name_may_be_given_again(self, log: EventLog) -> None:
        request = named("place-agdam", "agdam", "akna")
        await log.append(request)
        await log.append(Append(writes=(write("place-agdam", 1),), names=request.names))
        assert await log.places_named(["agdam"]) == {"agdam": {"place-agdam"}}

    async def test_the_nearest_names_are_of_the_same_category_and_the_most_like_first(self, log: EventLog) -> None:
        for stream in ("place-kalbajar", "place-kalbajar-district", "party-kalbajar", "place-agdam", "place-lachin"):
            await log.append(append(stream))
        await log.append(append("place-kalbajar", 1))
        assert list(await log.nearest("place-kalbajra")) == ["place-kalbajar", "place-kalbajar-district"]
        assert list(await log.nearest("place-kalbajra", 1)) == ["place-kalbajar"]
        assert list(await log.nearest("source-kalbajra")) == []

    async def test_a_place_is_near_by_any_of_its_names(self, log: EventLog) -> None:
        names = (PlaceName("madagiz", "sugovushan"), PlaceName("suqovusan", "sugovushan"))
        await log.append(Append(writes=(write("place-sugovushan", 0),), names=names))
        await log.append(append("place-mardakert"))
        assert list(await log.nearest("place-madagis")) == ["place-sugovushan", "place-mardakert"]
        assert list(await log.nearest("party-madagis")) == []

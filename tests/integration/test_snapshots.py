"""Snapshots: one position for all that an answer reads, waited for where asked, whole while generations switch."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from events import registry_events as r
from projections.prepared_postgres import Prepared
from projections.snapshot_postgres import BeyondHeadError, Moment, NotYetThereError, Snapshots
from services.wiring import API_ROLE, open_pool
from tests.parking_cases import ME, forget, parking
from tests.projected import Parts, parts, say, tell

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def reading(url: str) -> AsyncGenerator[tuple[Parts, Snapshots]]:
    async with parts(url) as held, open_pool(url, API_ROLE) as pool:
        yield held, Snapshots(pool)


async def test_a_snapshot_stands_where_the_slowest_projection_does(database_url: str) -> None:
    async with reading(database_url) as (held, snapshots):
        await tell(held, count=90)
        await held.runner(page=40).step()
        async with snapshots.take(["occurrences"]) as snapshot:
            assert snapshot.position == 40
            assert (await held.log.read(after=39, limit=1))[0].recorded_at == snapshot.recorded_at


async def test_a_reader_waits_until_its_write_is_there(database_url: str) -> None:
    async with reading(database_url) as (held, snapshots):
        await tell(held, count=30)

        async def read() -> int:
            async with snapshots.take(["occurrences"], Moment(min_position=30)) as snapshot:
                return snapshot.position

        readers = [asyncio.create_task(read()) for _ in range(20)]
        await held.runner(page=10).drain()
        assert await asyncio.gather(*readers) == [30] * 20


async def test_who_waits_too_long_is_told_so_and_never_given_something_older(database_url: str) -> None:
    async with reading(database_url) as (held, snapshots):
        await tell(held, count=30)
        with pytest.raises(NotYetThereError) as late:
            async with snapshots.take(["occurrences"], Moment(min_position=30, wait_s=0.05)):
                pass
        assert (late.value.wanted, late.value.reached) == (30, 0)


async def test_who_hears_that_a_position_is_there_looks_for_itself(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.snapshot_postgres._ROUND_S", 60.0)
    async with reading(database_url) as (held, snapshots):
        await tell(held, count=30)

        async def read(wait_s: float) -> int:
            async with snapshots.take(["occurrences"], Moment(min_position=30, wait_s=wait_s)) as snapshot:
                return snapshot.position

        await held.runner(page=20).step()
        snapshots.hear(30)
        with pytest.raises(NotYetThereError) as late:
            await read(0.05)
        assert late.value.reached == 20
        reader = asyncio.create_task(read(30))
        await asyncio.sleep(0.05)
        await held.runner().drain()
        snapshots.hear(30)
        async with asyncio.timeout(5):
            assert await reader == 30


async def test_who_hears_of_earlier_positions_alone_looks_for_itself(database_url: str) -> None:
    async with reading(database_url) as (held, snapshots):
        await tell(held, count=30)
        await held.runner().drain()

        async def read() -> int:
            async with snapshots.take(["occurrences"], Moment(min_position=30, wait_s=30)) as snapshot:
                return snapshot.position

        reader = asyncio.create_task(read())
        async with asyncio.timeout(5):
            while not reader.done():
                snapshots.hear(1)
                await asyncio.sleep(0.001)
        assert reader.result() == 30


async def test_a_connection_comes_back_from_every_answer(database_url: str) -> None:
    async with parts(database_url) as held, open_pool(database_url, API_ROLE, size=1, wait_s=2) as pool:
        await tell(held, count=30)
        await held.runner().drain()
        snapshots = Snapshots(pool)
        for _ in range(3):
            with pytest.raises(KeyError):
                async with snapshots.take(["occurrences"]) as snapshot:
                    raise KeyError(snapshot.position)
            # After a ROLLBACK psycopg has the connection forget the statements that it knows.
            async with pool.connection() as connection:
                await connection.execute(b"BEGIN")
                await connection.execute(b"ROLLBACK")
            async with snapshots.take(["occurrences"]) as snapshot:
                assert snapshot.position == 30


async def test_a_statement_that_a_connection_knows_already_is_run(database_url: str) -> None:
    async with open_pool(database_url, API_ROLE) as pool, pool.connection() as connection:
        for _ in range(2):
            # Each notes for itself what it told the connection, as one does that was cancelled while it told it.
            prepared = Prepared({"one": b"SELECT $1::integer"})
            cursor = await prepared.send(connection, b"BEGIN;" + prepared.run("one", 1))
            cursor.nextset()
            assert await cursor.fetchall() == [(1,)]
            await connection.execute(b"COMMIT")


async def test_a_position_that_the_log_has_not_is_refused_at_once(database_url: str) -> None:
    async with reading(database_url) as (held, snapshots):
        await tell(held, count=30)
        with pytest.raises(BeyondHeadError):
            async with snapshots.take([], Moment(at_position=31, wait_s=60)):
                pass


async def test_a_position_that_is_waited_for_is_not_refused_while_it_may_come(database_url: str) -> None:
    async with reading(database_url) as (held, snapshots):
        await tell(held, count=30)
        with pytest.raises(NotYetThereError):
            async with snapshots.take([], Moment(at_position=31, min_position=31, wait_s=0)):
                pass
        with pytest.raises(BeyondHeadError):
            async with snapshots.take([], Moment(at_position=31, min_position=30, wait_s=0)):
                pass


async def test_a_reader_waits_for_tables_that_no_worker_has_made_yet(database_url: str) -> None:
    async with open_pool(database_url, API_ROLE) as pool:
        with pytest.raises(NotYetThereError):
            async with Snapshots(pool).take([], Moment(wait_s=0)):
                pass


async def test_the_registry_is_as_it_was_at_the_position(database_url: str) -> None:
    async with reading(database_url) as (held, snapshots):
        said = await tell(held, count=200)
        await held.runner().drain()
        for position in (200, 5, 12, 110, 111, 200):
            names = {
                (stream.removeprefix("place-"), name.name)
                for stream, _, event in said[:position]
                if isinstance(event, r.PlaceAmended)
                for name in event.names
            }
            places = {stream.removeprefix("place-") for stream, _, _ in said[:position] if stream.startswith("place-")}
            async with snapshots.take([], Moment(at_position=position)) as snapshot:
                view = snapshot.registry
                assert set(view.places) == places
                assert {(one.id, name.name) for one in view.places.values() for name in one.said.names} == names
                assert view.position <= position


async def test_a_reader_sees_whole_generations_while_they_are_switched(database_url: str) -> None:
    async with reading(database_url) as (held, snapshots):
        await tell(held, count=150)
        await held.runner().drain()
        rebuilding = asyncio.create_task(_rebuild(held, times=4))
        counts: set[tuple[int, int]] = set()
        while not rebuilding.done():
            async with snapshots.take(["occurrences"]) as snapshot:
                asked = b"SELECT count(*) FROM read.occurrence WHERE to_position > 150"
                [(count,)] = await (await snapshot.connection.execute(asked)).fetchall()
                counts.add((snapshot.position, count))
        await rebuilding
        assert len(counts) == 1


async def _rebuild(held: Parts, times: int) -> None:
    for _ in range(times):
        assert (await held.generations.rebuild("occurrences")).switched


async def test_a_registry_that_was_read_while_a_stream_was_parked_is_read_anew_once_it_is_not(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(database_url) as (held, snapshots):
        await tell(held, count=10)
        with monkeypatch.context() as older:
            forget(older, "place.amended")
            await say(held, "place-kalbajar", r.PlaceAmended(time_zone="Asia/Yerevan"))
            await say(held, "party-late", r.PartyRegistered(name="Late", kind="state"))
            await held.runner().drain()
        async with snapshots.take([]) as snapshot:
            assert (snapshot.parked, snapshot.registry.zone_of("kalbajar")) == (1, "Asia/Baku")
        assert await parking(held).retry_all(ME) == 1
        async with snapshots.take([]) as snapshot:
            assert (snapshot.parked, snapshot.registry.zone_of("kalbajar")) == (0, "Asia/Yerevan")

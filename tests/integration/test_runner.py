"""The runner, many of them, stopped anywhere: the tables are those of one undisturbed fold."""

import asyncio
from collections.abc import Mapping
from random import Random

import pytest
from psycopg import AsyncConnection, sql
from psycopg.errors import DivisionByZero

from events.occurrence_events import OccurrenceReinstated
from events.registry_events import PartyRegistered
from projections.catalogue import CATALOGUE
from projections.digest_postgres import Digest
from projections.folding import Folder
from projections.page import Target
from projections.row_texts import Literals, Texts
from projections.rows_postgres import COMMON_COLUMNS, write
from projections.runner_postgres import STEPS, Runner
from services.wiring import open_log
from tests.parking_cases import ME, parking, poison, where
from tests.projected import NOW, Parts, digests, parts, say, tell, tell_together

pytestmark = pytest.mark.anyio

# What the histories have nothing for.
_NOT_TOLD = {"displacement"}


async def drained(held: Parts, page: int = 1000) -> Mapping[str, Digest]:
    await held.runner(page).drain()
    progress = (await held.progress()).values()
    assert {(one.position, one.reason) for one in progress} == {(await held.log.head(), None)}
    return await digests(held)


@pytest.mark.parametrize("page", [1, 7, 64])
async def test_pages_of_any_size_give_the_same_digests(database_url: str, page: int) -> None:
    async with parts(database_url) as held:
        await tell_together(held)
        found = await drained(held, page)
        for name in found:
            rebuilt = await held.generations.rebuild(name, switch=False)
            assert rebuilt.digest == found[name]
        assert {table for tables in found.values() for table, (count, _) in tables.items() if not count} <= _NOT_TOLD


async def test_two_runners_at_once_double_nothing(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell_together(held)
        await asyncio.gather(*(held.runner(page).drain() for page in (5, 9)))
        found = await drained(held)
        for name in found:
            assert (await held.generations.rebuild(name, switch=False)).digest == found[name]


async def test_what_a_failover_took_back_is_not_folded_though_it_was_folded_ahead(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=60)
        runner = held.runner(page=10)
        await runner.step()
        async with await AsyncConnection.connect(database_url, autocommit=True) as superuser:
            await superuser.execute("SET session_replication_role TO replica")
            await superuser.execute("ALTER TABLE event DISABLE TRIGGER ALL; ALTER TABLE head DISABLE TRIGGER ALL")
            await superuser.execute("DELETE FROM event WHERE position > 10")
            await superuser.execute("UPDATE head SET position = 10")
        async with open_log(database_url) as log:
            await tell(held._replace(log=log), seed=2, count=60)
        await runner.drain()
        found = await digests(held)
        for name in found:
            assert (await held.generations.rebuild(name, switch=False)).digest == found[name]


class CrashError(Exception):
    """The process ends here."""


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_at_any_step_resumes_exactly(database_url: str, step: str) -> None:
    async with parts(database_url) as held:
        await tell_together(held)

        def crash(reached: str) -> None:
            if reached == step and chance.random() < 0.5:
                raise CrashError(step)

        chance = Random(step)
        crashes = 0
        while await held.runner().behind():
            try:
                await Runner(held.pool, held.log, CATALOGUE, page=20, reached=crash).drain()
            except CrashError:
                crashes += 1
        assert crashes > 0
        found = await drained(held)
        for name in found:
            assert (await held.generations.rebuild(name, switch=False)).digest == found[name]


async def test_an_unknown_event_parks_its_stream_where_it_matters_and_all_else_goes_on(database_url: str) -> None:
    async with parts(database_url) as held:
        said = await tell(held, count=100)
        stream = next(name for name, _, _ in reversed(said) if name.startswith("occurrence-"))
        position = await poison(held.log, stream)
        await say(held, stream, OccurrenceReinstated())
        await say(held, "party-late", PartyRegistered(name="Late", kind="state"))
        await held.runner(page=30).drain()

        assert await where(held) == {(stream, projection.name, position) for projection in CATALOGUE.occurrences}
        progress = await held.progress()
        assert {(one.position, one.state) for one in progress.values()} == {(103, "live")}
        assert {name for name, one in progress.items() if one.parked} == {one.name for one in CATALOGUE.occurrences}
        assert {one.waiting for one in await parking(held).listed()} == {2}
        assert not await held.runner().behind()


async def test_a_stream_of_a_category_unknown_here_is_parked_for_all(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=20)
        position = await poison(held.log, "prophecy-1")
        await held.runner().drain()
        assert await where(held) == {("prophecy-1", one.name, position) for one in CATALOGUE.projections}
        assert await parking(held).retry_all(ME) == 0


async def test_a_projection_that_another_held_is_folded_from_where_it_stands(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=20)
        runner = held.runner()
        async with held.pool.connection() as other, other.transaction():
            await other.execute(b"SELECT FROM progress.checkpoint WHERE projection = 'occurrences' FOR UPDATE")
            await runner.step()
        assert {one.position for one in (await held.progress()).values()} == {0, 20}
        await say(held, "party-late", PartyRegistered(name="Late", kind="state"))
        await runner.drain()
        assert {one.position for one in (await held.progress()).values()} == {21}
        assert (await held.generations.rebuild("occurrences")).switched


async def test_checkpoints_that_cannot_be_moved_take_the_rows_back(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=30)
        async with held.pool.connection() as connection:
            targets = [Target(CATALOGUE.named("registry"), 1, 0, 0)]
            folded = await Folder(held.log, CATALOGUE, page=100, pause=asyncio.sleep).fold(targets, None)
            with pytest.raises(DivisionByZero):
                async with connection.transaction():
                    await write(connection, folded.targets, folded.batches, b"SELECT 1 / 0")
            [(kept,)] = await (await connection.execute(b"SELECT count(*) FROM read.registered")).fetchall()
            assert kept == 0


async def test_tables_have_their_columns_in_the_order_in_which_rows_are_written(database_url: str) -> None:
    async with parts(database_url) as held, held.pool.connection() as connection:
        for projection in CATALOGUE.projections:
            for table in projection.tables:
                name = sql.Identifier(f"{projection.name}_g1", table.name)
                cursor = await connection.execute(sql.SQL("SELECT * FROM {}").format(name))
                assert cursor.description is not None
                assert tuple(column.name for column in cursor.description) == (*COMMON_COLUMNS, *table.columns)


async def test_rows_come_back_as_they_were_written_either_way(database_url: str) -> None:
    column = "text[], words text, day date, at timestamptz, yes boolean, many bigint"
    odd = "a\tb\nc\rd\\e\"f,g(h){i}\u2028 ń '$1"
    told = [((odd, None, ""), odd, NOW.date(), NOW, True, 2**62), ((), None, None, None, None, None)]
    async with parts(database_url) as held, held.pool.connection() as connection:
        await connection.execute(f"CREATE SCHEMA odd_g1; CREATE TABLE odd_g1.odd (names {column})".encode())
        for texts, statement in ((Texts(), b"COPY odd_g1.odd FROM STDIN"), (Literals(), None)):
            if statement is not None:
                async with connection.cursor() as cursor, cursor.copy(statement) as copy:
                    await copy.write("".join(texts.row(record) for record in told).encode())
            else:
                rows = ",".join(texts.row(record) for record in told)
                await connection.execute(b"INSERT INTO odd_g1.odd VALUES " + rows.encode())
        found = await (await connection.execute(b"SELECT * FROM odd_g1.odd")).fetchall()
    assert [(tuple(row[0]), *row[1:]) for row in found] == told * 2

"""The runner, many of them, stopped anywhere: the tables are those of one undisturbed fold."""

import asyncio
from collections.abc import Mapping
from random import Random
from uuid import uuid4

import pytest
from psycopg import sql

from events.log import Append, NewEvent, StreamWrite
from projections.catalogue import CATALOGUE
from projections.digest_postgres import Digest
from projections.row_texts import Literals, Texts
from projections.rows_postgres import COMMON_COLUMNS
from projections.runner_postgres import STEPS, Runner
from tests.projected import NOW, Parts, digests, parts, tell, tell_together

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


async def _poison(held: Parts, stream: str, version: int) -> None:
    event = NewEvent(uuid4(), "occurrence.divined", 1, b"{}")
    await held.log.append(Append(writes=(StreamWrite(stream, version - 1, (event,)),)))


async def test_an_unknown_event_stops_those_that_it_concerns_and_no_others(database_url: str) -> None:
    async with parts(database_url) as held:
        said = await tell(held, count=100)
        stream = next(name for name, _, _ in reversed(said) if name.startswith("occurrence-"))
        version = max(version for name, version, _ in said if name == stream)
        await _poison(held, stream, version + 1)
        await held.log.append(
            Append(writes=(StreamWrite("party-late", 0, (NewEvent(uuid4(), "party.registered", 1, _PARTY),)),))
        )
        await held.runner(page=30).drain()
        progress = await held.progress()

        assert progress["registry"].position == 102
        assert progress["registry"].state == "live"
        for projection in CATALOGUE.occurrences:
            assert progress[projection.name].position == 100
            assert progress[projection.name].state == "stopped"
            assert "occurrence.divined" in (progress[projection.name].reason or "")
        assert not await held.runner().behind()


_PARTY = b'{"name":"Late","kind":"state"}'


async def test_what_stopped_is_tried_again_at_the_next_start(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=50)
        await _poison(held, "occurrence-unknown", 1)
        await held.runner().drain()
        await held.generations.prepare()
        assert await held.runner().behind()
        await held.runner().drain()
        assert (await held.progress())["occurrences"].state == "stopped"


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

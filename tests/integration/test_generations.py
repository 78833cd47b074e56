"""Generations: built beside what is read, compared with it, and exchanged all at once."""

import asyncio
from collections.abc import Iterable, Sequence

import pytest
from psycopg import sql

from events.known import Known
from events.occurrence_events import Changes, OccurrenceAmended, OccurrenceReported
from projections.catalogue import CATALOGUE
from projections.generation_postgres import Generations
from projections.rebuilt import RebuildDiffersError, RebuildStoppedError, RebuildUnderWayError, Rebuilt
from projections.runner_postgres import Runner
from projections.strikes.rows import STRIKES
from projections.subjects import Catalogue
from projections.table import Row, Table
from tests.parking_cases import parking
from tests.projected import NOW, Parts, digests, parts, say, tell, tell_together
from tests.waiting import until

pytestmark = pytest.mark.anyio


class OtherStrikes:
    """Strikes as another version of the code would tell of them."""

    name = STRIKES.name
    version = STRIKES.version + 1
    schema = STRIKES.schema
    tables: Sequence[Table] = STRIKES.tables

    def rows(self, known: Known) -> Iterable[Row]:
        """Call every weapon a drone."""
        for row in STRIKES.rows(known):
            weapon = self.tables[0].columns.index("weapon")
            yield Row(row.table, row.key, (*row.values[:weapon], "drone", *row.values[weapon + 1 :]))


OTHER = Catalogue(registries=(), occurrences=(OtherStrikes(),))


async def run(held: Parts, statement: sql.Composed) -> None:
    async with held.pool.connection() as connection:
        await connection.execute(statement)


async def weapons(held: Parts) -> set[str]:
    async with held.pool.connection() as connection:
        cursor = await connection.execute(b"SELECT DISTINCT weapon FROM read.strike")
        return {row[0] for row in await cursor.fetchall()}


async def generations(held: Parts) -> dict[int, str]:
    """Give the state of each generation of the strikes."""
    found = await held.generations.progress(NOW)
    return {one.generation: one.state for one in found if one.name == "strikes"}


async def test_nothing_waits_for_less_than_no_time_once_a_clock_was_set_back(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=20)
        # What was told was recorded after this moment.
        found = await held.generations.progress(NOW)
        assert {(one.lag_events, one.lag_seconds) for one in found} == {(20, 0.0)}


async def test_a_rebuild_under_write_load_equals_what_was_live_and_misses_nothing(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=300)
        rebuilding = asyncio.create_task(_rebuild(held))
        following = asyncio.create_task(_follow(held, rebuilding))
        seed = 1
        while not rebuilding.done():
            seed += 1
            await tell(held, seed=seed, count=20)
        rebuilt = await rebuilding
        await following
        await held.runner().drain()
        assert seed > 1
        assert all(one.switched for one in rebuilt)
        for name, found in (await digests(held)).items():
            assert (await held.generations.rebuild(name, switch=False)).digest == found


async def _rebuild(held: Parts) -> list[Rebuilt]:
    return [await held.generations.rebuild(name) for name in ("strikes", "occurrences", "registry")]


async def _follow(held: Parts, rebuilding: "asyncio.Task[list[Rebuilt]]") -> None:
    runner = held.runner(page=50)
    while not rebuilding.done() or await runner.behind():
        if await runner.step() is None:
            await asyncio.sleep(0.001)


async def test_a_rebuild_that_differs_without_new_code_is_refused_and_says_where(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=200)
        await held.runner().drain()
        await run(held, sql.SQL("UPDATE strikes_g1.strike SET weapon = 'naval'").format())
        with pytest.raises(RebuildDiffersError) as refusal:
            await held.generations.rebuild("strikes")
        assert any("live only" in row and "naval" in row for row in refusal.value.difference.rows)
        assert any("rebuilt only" in row and "drone" in row for row in refusal.value.difference.rows)
        assert await weapons(held) == {"naval"}
        assert await generations(held) == {1: "live"}

        assert (await held.generations.rebuild("strikes", accept=True)).switched
        assert await weapons(held) == {"drone"}
        assert await generations(held) == {1: "former", 2: "live"}


async def test_new_code_gets_tables_of_its_own_while_the_old_ones_are_read(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=200)
        await held.runner().drain()
        await run(held, sql.SQL("UPDATE strikes_g1.strike SET weapon = 'naval'").format())
        newer = Generations(held.pool, held.log, OTHER)
        assert await newer.prepare() == ["strikes"]
        runner = Runner(held.pool, held.log, OTHER)
        await tell(held, seed=2, count=20)
        assert not await runner.behind()
        assert await weapons(held) == {"naval"}

        assert (await newer.rebuild("strikes")).position == 220
        assert await weapons(held) == {"drone"}
        assert await newer.prepare() == []
        assert not await runner.behind()


async def test_views_that_keep_nothing_from_readers_are_made_anew_at_a_start(database_url: str) -> None:
    async with parts(database_url) as held:
        table = sql.Identifier("strikes_g1", "strike")
        await run(held, sql.SQL("CREATE OR REPLACE VIEW read.strike AS SELECT * FROM {}").format(table))

        await held.generations.prepare()

        async with held.pool.connection() as connection:
            cursor = await connection.execute(b"SELECT pg_get_viewdef('read.strike'::regclass)")
            assert "conflictlog.hidden" in str(await cursor.fetchone())


async def test_several_are_rebuilt_in_one_pass_each_as_if_alone(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell_together(held, count=200)
        await held.runner().drain()
        names = [projection.name for projection in CATALOGUE.projections]
        together = {one.projection: one for one in await held.generations.rebuild_all(names)}
        assert {one.generation for one in together.values() if one.switched} == {2}
        assert await indexes(held, 1) == await indexes(held, 2) != set()
        for name, found in (await digests(held)).items():
            assert together[name].digest == found == (await held.generations.rebuild(name)).digest


async def indexes(held: Parts, generation: int) -> set[str]:
    """Give the indexes of a generation's tables, as they would be made in any other."""
    asked = b"SELECT replace(indexdef, schemaname, 'any') FROM pg_indexes WHERE schemaname LIKE %s"
    async with held.pool.connection() as connection:
        cursor = await connection.execute(asked, (f"%\\_g{generation}",))
        return {row[0] for row in await cursor.fetchall()}


async def test_one_builder_at_a_time(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=200)
        building = asyncio.create_task(Generations(held.pool, held.log, CATALOGUE, page=5).rebuild("strikes"))

        async def begun() -> bool:
            return "building" in (await generations(held)).values()

        await until(begun)
        with pytest.raises(RebuildUnderWayError):
            await held.generations.rebuild("strikes")
        assert (await building).switched


async def test_an_event_that_what_is_read_has_folded_and_the_rebuild_cannot_gives_it_up(database_url: str) -> None:
    class Broken(OtherStrikes):
        def rows(self, known: Known) -> Iterable[Row]:
            raise ZeroDivisionError(known.id)

    async with parts(database_url) as held:
        await tell(held, count=100)
        await held.runner().drain()
        with pytest.raises(RebuildStoppedError, match="ZeroDivisionError"):
            await Generations(held.pool, held.log, Catalogue((), (Broken(),))).rebuild("strikes")
        assert await generations(held) == {1: "live"}


async def test_what_a_builder_left_when_it_died_is_swept_away_by_the_next(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=100)
        await held.runner().drain()
        await run(held, sql.SQL("CREATE SCHEMA strikes_g2").format())
        columns = "INSERT INTO progress.checkpoint (projection, generation, version, state)"
        await run(held, sql.SQL(columns + " VALUES ('strikes', 2, 1, 'building')").format())
        assert (await held.generations.rebuild("strikes")).switched
        assert await generations(held) == {1: "former", 2: "live"}


async def test_a_stream_whose_rows_were_lost_is_parked_until_its_projection_is_rebuilt(database_url: str) -> None:
    async with parts(database_url) as held:
        said = await tell(held, count=100)
        await held.runner().drain()
        await run(held, sql.SQL("DELETE FROM occurrences_g1.occurrence").format())
        stream = next(stream for stream, _, event in said if isinstance(event, OccurrenceReported))
        await say(held, stream, OccurrenceAmended(changes=Changes(parties=()), reason="nobody"))
        await held.runner().drain()
        progress = await held.progress()
        assert {(one.state, one.position) for one in progress.values()} == {("live", 101)}
        [parked] = await parking(held).listed()
        assert (parked.stream, parked.projection, parked.position) == (stream, "occurrences", 101)
        assert "rebuild its projection" in parked.reason
        assert (await held.generations.rebuild("occurrences", accept=True)).position == 101
        assert await parking(held).listed() == []

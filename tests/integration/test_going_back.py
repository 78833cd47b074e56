"""Going back to the former generation: at once, to nothing older, and forward again."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from psycopg import sql

from projections.catalogue import CATALOGUE
from projections.generation_postgres import Generations
from projections.rebuilt import Difference, NoFormerError, OtherCodeError
from projections.strikes.rows import STRIKES
from tests.integration.test_generations import OTHER, generations, run, weapons
from tests.projected import Parts, digests, parts, tell

pytestmark = pytest.mark.anyio


@pytest.fixture
async def held(database_url: str) -> AsyncGenerator[Parts]:
    async with parts(database_url) as made:
        await tell(made, count=300)
        await made.runner().drain()
        yield made


async def test_going_back_reads_nothing_older_and_forward_again_neither(held: Parts) -> None:
    await held.generations.rebuild("strikes")
    for seed, (generation, other) in ((2, (1, 2)), (3, (2, 1)), (4, (1, 2))):
        await tell(held, seed=seed, count=20)
        await held.runner().drain()
        head = await held.log.head()
        found = await held.generations.back("strikes")
        assert (found.generation, found.position, found.compared_at, found.differs) == (generation, head, head, None)
        assert found.went_on_from < head
        assert await generations(held) == {generation: "live", other: "former"}
        assert (await digests(held))["strikes"] == found.digest
    await held.generations.rebuild("strikes")
    assert await generations(held) == {1: "former", 3: "live"}


async def test_going_back_under_write_load_never_shows_an_older_position(held: Parts) -> None:
    await held.generations.rebuild("strikes")
    await tell(held, seed=2, count=100)
    await held.runner().drain()
    turning = asyncio.create_task(_turn(held))
    runner, seen, seed = held.runner(page=5), [0], 2
    while not turning.done():
        seed += 1
        await tell(held, seed=seed, count=5)
        await runner.step()
        seen.append((await held.progress())["strikes"].position)
    await turning
    await held.runner().drain()
    assert seen == sorted(seen)
    assert not (await held.generations.rebuild("strikes", switch=False)).switched


async def _turn(held: Parts) -> None:
    builder = Generations(held.pool, held.log, CATALOGUE, page=5)
    assert [(await builder.back("strikes")).generation for _ in range(4)] == [1, 2, 1, 2]


async def test_going_back_is_possible_where_rows_differ_and_says_so(held: Parts) -> None:
    await run(held, sql.SQL("UPDATE strikes_g1.strike SET weapon = 'naval'").format())
    accepted = await held.generations.rebuild("strikes", accept=True)
    assert isinstance(accepted.differs, Difference)
    assert await weapons(held) == {"drone"}
    found = await held.generations.back("strikes")
    assert found.differs is not None
    assert any("naval" in row for row in found.differs.rows)
    assert await weapons(held) == {"naval"}


async def test_there_must_be_a_former_generation_and_the_code_that_folded_it(held: Parts) -> None:
    with pytest.raises(NoFormerError):
        await held.generations.back("strikes")
    newer = Generations(held.pool, held.log, OTHER)
    await newer.rebuild("strikes")
    with pytest.raises(OtherCodeError, match=f"version {STRIKES.version} of its code"):
        await newer.back("strikes")
    found = await held.generations.back("strikes")
    assert (found.generation, found.compared_at) == (1, None)

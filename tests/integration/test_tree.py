"""The kept tree: whatever of it is there, it gives the roots and proofs that the leaves come to."""

import asyncio
from collections.abc import AsyncGenerator
from typing import LiteralString, NamedTuple

import pytest
from psycopg import sql

from events import tree_postgres
from events.log_postgres import Pool
from events.merkle import Frontier, check_consistency, included_root
from events.tree_postgres import LogTree, TreeBehindError, TreeBuilder
from projections.catalogue import CATALOGUE
from projections.runner_postgres import Runner
from services.wiring import API_ROLE, WORKER_ROLE, open_log, open_pool, open_redis
from services.worker.following import Follower
from tests.events_said import append
from tests.waiting import until

pytestmark = pytest.mark.anyio

NO_REDIS = "redis://127.0.0.1:1/0"

EVENTS = 700
FILL = """
    INSERT INTO event (position, stream, version, event_id, type, schema_version, data, recorded_at, leaf_hash)
    SELECT n, 'report-' || n, 1, gen_random_uuid(), 'report.filed', 1, '{}', now(), sha256(n::text::bytea)
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""


class Held(NamedTuple):
    tree: LogTree
    builder: TreeBuilder
    pool: Pool
    owner: Pool

    async def fill(self, first: int, last: int) -> None:
        """Put leaves into the log, as fast as the database can."""
        async with self.owner.connection() as connection:
            await connection.execute(FILL, {"first": first, "last": last})
            await connection.execute("UPDATE head SET position = %s", (last,))

    async def leaves(self) -> list[bytes]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute("SELECT leaf_hash FROM event ORDER BY position")
            return [leaf for (leaf,) in await cursor.fetchall()]

    async def build(self) -> None:
        while await self.builder.extend():
            pass

    async def kept(self) -> dict[int, int]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute("SELECT level, count(*) FROM progress.log_subtree GROUP BY level")
            return dict(await cursor.fetchall())

    async def forget(self, condition: LiteralString) -> None:
        async with self.pool.connection() as connection:
            statement = sql.SQL("DELETE FROM progress.log_subtree WHERE {}").format(sql.SQL(condition))
            await connection.execute(statement)


@pytest.fixture
async def held(database_url: str) -> AsyncGenerator[Held]:
    async with (
        open_pool(database_url, API_ROLE, size=2) as reading,
        open_pool(database_url, WORKER_ROLE, size=2) as pool,
        open_pool(database_url, "conflictlog_owner", size=1) as owner,  # pyright: ignore[reportArgumentType] -- to fill it
    ):
        yield Held(LogTree(reading), TreeBuilder(pool), pool, owner)


def roots_of(leaves: list[bytes]) -> list[bytes]:
    tree = Frontier()
    roots = [tree.root]
    for leaf in leaves:
        tree.append(leaf)
        roots.append(tree.root)
    return roots


async def test_the_api_finds_the_same_roots_and_proofs_with_and_without_what_is_kept(held: Held) -> None:
    await held.fill(1, EVENTS)
    leaves = await held.leaves()
    roots = roots_of(leaves)
    sizes = [0, 1, 2, 255, 256, 257, 511, 512, 513, EVENTS]
    for _ in range(2):
        assert await held.tree.roots(sizes) == [roots[size] for size in sizes]
        for leaf in (0, 255, 256, 600, EVENTS - 1):
            path = await held.tree.inclusion(leaf, EVENTS)
            assert included_root(leaf, EVENTS, leaves[leaf], path) == roots[EVENTS]
        for first in sizes:
            path = await held.tree.consistency(first, EVENTS)
            check_consistency(first, roots[first], EVENTS, roots[EVENTS], path)
        await held.build()
    assert await held.kept() == {8: 2}


async def test_the_builder_follows_the_log_group_by_group(held: Held) -> None:
    await held.fill(1, 255)
    assert await held.builder.extend(255) is False
    assert await held.kept() == {}
    await held.fill(256, 300)
    assert await held.builder.extend(300) is False
    assert await held.kept() == {8: 1}


async def test_higher_levels_are_kept_and_read(held: Held) -> None:
    await held.fill(1, 66_000)
    assert await held.builder.extend() is True
    await held.build()

    assert await held.kept() == {8: 257, 16: 1}
    leaves = await held.leaves()
    roots = roots_of(leaves)
    assert await held.tree.roots([65_536, 66_000]) == [roots[65_536], roots[66_000]]
    path = await held.tree.inclusion(3, 66_000)
    assert included_root(3, 66_000, leaves[3], path) == roots[66_000]


async def test_a_proof_reads_a_few_hundred_rows_of_a_large_log(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    await held.fill(1, 66_000)
    await held.build()
    monkeypatch.setattr(tree_postgres, "LEAVES_MAX", 512)

    assert len(await held.tree.inclusion(40_000, 66_000)) == 17
    assert len(await held.tree.consistency(65_537, 66_000)) > 0


@pytest.mark.parametrize("lost", ["level = 8 AND nth = 3", "level = 16", "true"])
async def test_what_is_lost_of_it_is_read_from_below_and_built_anew(held: Held, lost: LiteralString) -> None:
    await held.fill(1, 66_000)
    await held.build()
    root = await held.tree.roots([66_000])
    await held.forget(lost)

    assert await held.tree.roots([66_000]) == root
    again = TreeBuilder(held.pool)
    while await again.extend():
        pass
    assert await held.kept() == {8: 257, 16: 1}
    assert await held.tree.roots([66_000]) == root


async def test_no_answer_hashes_more_leaves_than_a_moment_allows(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    await held.fill(1, 1000)
    monkeypatch.setattr(tree_postgres, "LEAVES_MAX", 999)

    with pytest.raises(TreeBehindError):
        await held.tree.roots([1000])


async def test_while_one_builds_another_does_nothing(held: Held) -> None:
    await held.fill(1, 300)
    async with held.pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('conflictlog.tree', 0))")
        assert await held.builder.extend() is False
    assert await held.kept() == {}
    assert await held.builder.extend() is False
    assert await held.kept() == {8: 1}


async def test_a_log_with_a_gap_has_no_tree_beyond_it(held: Held) -> None:
    await held.fill(1, 300)
    await held.build()
    await held.fill(302, 600)

    assert await held.builder.extend() is False
    assert await held.kept() == {8: 1}
    with pytest.raises(LookupError, match="position 301"):
        await held.tree.roots([600])


async def test_the_builder_never_waits_for_an_append_nor_an_append_for_it(database_url: str, held: Held) -> None:
    await held.fill(1, 300)
    async with held.pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('conflictlog.tree', 0))")
        async with open_log(database_url) as log:
            assert (await log.append(append("report-new"))).first_position == 301


async def test_a_worker_builds_what_is_there_and_what_comes(database_url: str, held: Held) -> None:
    await held.fill(1, 40_000)
    done = False
    async with open_redis(NO_REDIS) as redis, open_log(database_url) as log:
        follower = Follower(Runner(held.pool, log, CATALOGUE), held.builder, redis)
        following = asyncio.create_task(follower.follow(60, lambda: not done))
        await until(lambda: _keeps(held, 156))
        done = True
        await following
        await held.fill(40_001, 40_200)
        done = False
        following = asyncio.create_task(follower.follow(60, lambda: not done))
        await until(lambda: _keeps(held, 157))
        done = True
        await following


async def _keeps(held: Held, groups: int) -> bool:
    return await held.kept() == {8: groups}

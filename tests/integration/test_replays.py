"""Replays: gone on with after a crash, compared at any position, refused where rows differ."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from projections.catalogue import CATALOGUE
from projections.generation_postgres import Generations
from projections.rebuilt import Plan, RebuildDiffersError, Rebuilt
from services.worker.faults import VARIABLE
from tests import servers
from tests.integration.test_generations import OTHER, generations, indexes, run, weapons
from tests.projected import NOW, Parts, digests, parts, tell, tell_together

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
EVENTS = 300
NAMES = ("strikes", "occurrences")
TRIAL = Plan(trial=True)
NAVAL = sql.SQL("UPDATE strikes_g1.strike SET weapon = 'naval'")
# Pages of five events: a transaction holds forty.
PROGRAM = """
import asyncio, os, sys
from projections.catalogue import CATALOGUE
from projections.generation_postgres import Generations
from projections.rebuilt import Plan
from services.worker.faults import fault
from services.wiring import WORKER_ROLE, open_log, open_pool

async def main(url, trial):
    async with open_pool(url, WORKER_ROLE) as pool, open_log(url) as log:
        generations = Generations(pool, log, CATALOGUE, page=5, reached=fault(os.environ))
        await generations.replay(["strikes", "occurrences"], Plan(trial=trial == "trial"))

asyncio.run(main(*sys.argv[1:]))
"""


class CutShortError(Exception):
    """What stands for a crash inside one process."""


@pytest.fixture(scope="module")
def filled_template(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """Give the name of a database with a folded log."""
    with servers.new_database(postgres_url, migrated_template) as url:
        asyncio.run(_fill(url))
        yield url.rpartition("/")[2]


async def _fill(url: str) -> None:
    async with parts(url) as held:
        await tell(held, count=EVENTS)
        await held.runner().drain()


@pytest.fixture
def url(postgres_url: str, filled_template: str) -> Iterator[str]:
    with servers.new_database(postgres_url, filled_template) as made:
        yield made


@pytest.fixture
async def held(url: str) -> AsyncGenerator[Parts]:
    async with parts(url) as made:
        yield made


def killed(url: str, fault: str, kind: str = "rebuild") -> None:
    """Replay in a process of its own that is killed at a step, and wait until the server has let go of its locks."""
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), VARIABLE: fault}
    command = [sys.executable, "-P", "-c", PROGRAM, url, kind]
    assert subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == -signal.SIGKILL
    with psycopg.connect(url, autocommit=True) as connection:
        for name in sorted(NAMES):
            key = f"hashtextextended('conflictlog.generation.{name}', 0)"
            connection.execute(f"SELECT pg_advisory_lock({key}), pg_advisory_unlock({key})".encode())


def cut_short(held: Parts, step: str, times: int = 1) -> Generations:
    """Give a builder that comes to an end at a step."""
    left = times

    def reached(name: str) -> None:
        nonlocal left
        left -= name == step
        if left == 0:
            raise CutShortError

    return Generations(held.pool, held.log, CATALOGUE, page=5, reached=reached)


async def replayed(held: Parts, *names: str, plan: Plan | None = None) -> list[Rebuilt]:
    """Replay, where nothing may be refused."""
    found = await held.generations.replay(names or NAMES, plan or Plan())
    return [one for one in found if isinstance(one, Rebuilt)]


async def schemas(held: Parts) -> set[str]:
    async with held.pool.connection() as connection:
        cursor = await connection.execute(b"SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_g_'")
        return {row[0] for row in await cursor.fetchall()}


@pytest.mark.parametrize("fault", ["written:9", "moved:2", "filled:3", "indexed:1", "compared:1", "exchanged:1"])
async def test_a_rebuild_killed_anywhere_goes_on_where_it_stopped_and_gives_what_one_go_gives(
    held: Parts, url: str, fault: str
) -> None:
    in_one_go = await digests(held)
    killed(url, fault)
    reached = [one.position for one in await held.generations.progress(NOW) if one.state == "building"]
    found = await replayed(held)
    assert [one.went_on_from for one in found] == sorted(reached, reverse=True)[:2]
    assert min(reached) > 0
    assert {one.projection: one.digest for one in found} == {name: in_one_go[name] for name in NAMES}
    assert [(one.generation, one.switched, one.compared_at) for one in found] == [(2, True, EVENTS)] * 2
    tables = [f" ON any.{table.name} " for table in CATALOGUE.tables(NAMES)]
    assert await indexes(held, 2) == {one for one in await indexes(held, 1) if any(table in one for table in tables)}
    assert await generations(held) == {1: "former", 2: "live"}


async def test_a_rebuild_killed_between_two_switches_leaves_one_switched_and_one_to_go_on_with(
    held: Parts, url: str
) -> None:
    killed(url, "switched:1")
    assert await generations(held) == {1: "former", 2: "live"}
    [strikes, occurrences] = await replayed(held)
    assert (strikes.generation, strikes.went_on_from) == (3, 0)
    assert (occurrences.generation, occurrences.went_on_from) == (2, EVENTS)
    assert await generations(held) == {2: "former", 3: "live"}


async def test_a_dry_run_that_was_killed_is_gone_on_with_and_then_gone(held: Parts, url: str) -> None:
    before = await schemas(held)
    killed(url, "filled:3", "trial")
    assert (await generations(held))[2] == "trial"
    [strikes, _] = await replayed(held, plan=TRIAL)
    assert strikes.went_on_from > 0
    assert (strikes.switched, strikes.digest) == (False, (await digests(held))["strikes"])
    assert (await generations(held), await schemas(held)) == ({1: "live"}, before)


async def test_what_was_cut_short_goes_on_though_there_are_more_events_by_then(held: Parts) -> None:
    with pytest.raises(CutShortError):
        await cut_short(held, "filled", 2).rebuild("strikes")
    await tell(held, seed=2, count=40)
    await held.runner().drain()
    [found] = await replayed(held, "strikes")
    assert 0 < found.went_on_from < EVENTS
    assert (found.position, found.compared_at) == (EVENTS + 40, EVENTS + 40)


async def test_other_code_does_not_go_on_with_what_was_cut_short(held: Parts) -> None:
    with pytest.raises(CutShortError):
        await cut_short(held, "filled", 2).rebuild("strikes")
    found = await Generations(held.pool, held.log, OTHER).rebuild("strikes")
    assert (found.went_on_from, found.compared_at) == (0, None)
    assert await weapons(held) == {"drone"}


async def test_a_comparison_touches_neither_the_former_generation_nor_a_rebuild_that_was_cut_short(held: Parts) -> None:
    await held.generations.rebuild("strikes")
    with pytest.raises(CutShortError):
        await cut_short(held, "filled", 2).rebuild("strikes")
    before, among = await generations(held), await schemas(held)
    assert before == {1: "former", 2: "live", 3: "building"}
    assert not (await held.generations.rebuild("strikes", switch=False)).switched
    assert (await generations(held), await schemas(held)) == (before, among)
    assert (await held.generations.rebuild("strikes")).went_on_from > 0
    assert await generations(held) == {2: "former", 3: "live"}


async def test_a_dry_run_that_is_cancelled_leaves_nothing(held: Parts) -> None:
    before = await schemas(held)
    with pytest.raises(CutShortError):
        await cut_short(held, "filled", 2).replay(NAMES, TRIAL)
    assert (await generations(held), await schemas(held)) == ({1: "live"}, before)


async def test_one_projection_that_differs_keeps_no_other_from_being_switched(held: Parts) -> None:
    await run(held, NAVAL.format())
    [strikes, occurrences] = await held.generations.replay(NAMES, Plan())
    assert isinstance(strikes, RebuildDiffersError)
    assert isinstance(occurrences, Rebuilt)
    assert (occurrences.switched, await generations(held)) == (True, {1: "live"})


async def test_rows_are_compared_at_the_position_asked_for(held: Parts) -> None:
    async with held.pool.connection() as connection:
        cursor = await connection.execute(
            b"UPDATE strikes_g1.strike SET weapon = 'naval' WHERE from_position = (SELECT max(from_position) FROM "
            b"strikes_g1.strike) RETURNING from_position"
        )
        last = (await cursor.fetchall())[0][0]
    [before] = await replayed(held, "strikes", plan=Plan(trial=True, until=last - 1))
    assert (before.position, before.compared_at, before.switched) == (last - 1, last - 1, False)
    [refusal] = await held.generations.replay(["strikes"], Plan(trial=True, until=last))
    assert isinstance(refusal, RebuildDiffersError)
    assert (refusal.difference.position, refusal.difference.first) == (last, last)
    assert await generations(held) == {1: "live"}


async def test_a_position_inside_a_request_stands_for_the_end_of_the_one_before(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell_together(held, count=120)
        await held.runner().drain()
        ends = [
            (await replayed(held, "occurrences", plan=Plan(trial=True, until=n)))[0].position for n in range(40, 52)
        ]
    assert ends == sorted(ends)
    assert all(end <= until for end, until in zip(ends, range(40, 52), strict=True))
    assert len(set(ends)) < len(ends)


async def test_the_last_position_by_a_time_is_found(held: Parts) -> None:
    events = await held.log.read(limit=EVENTS)
    for event in events[::37]:
        last = max(one.position for one in events if one.recorded_at <= event.recorded_at)
        assert await held.generations.recorded_by(event.recorded_at) == last
    assert await held.generations.recorded_by(NOW.replace(year=2001)) == 0
    assert await held.generations.recorded_by(NOW.replace(year=2999)) == EVENTS


async def test_what_the_live_one_folds_while_a_rebuild_is_compared_is_compared_as_well(held: Parts, url: str) -> None:
    await tell(held, seed=2, count=60)

    def reached(step: str) -> None:
        if step == "compared":
            # It moves on without the rows that it should have.
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("UPDATE progress.checkpoint SET position = 360 WHERE generation = 1")

    builder = Generations(held.pool, held.log, CATALOGUE, reached=reached)
    with pytest.raises(RebuildDiffersError) as refusal:
        await builder.rebuild("occurrences")
    assert refusal.value.difference.first > EVENTS


async def test_a_rebuild_comes_to_an_end_although_writing_never_does(
    held: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, told = held.log.head, 1

    async def growing() -> int:
        nonlocal told
        told += 1
        await tell(held, seed=told, count=1)
        return await head()

    monkeypatch.setattr(held.log, "head", growing)
    async with asyncio.timeout(60):
        found = await held.generations.rebuild("strikes")
    assert found.switched
    assert EVENTS < found.position <= EVENTS + told

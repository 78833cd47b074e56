"""Streams that cannot be folded: they wait, the others go on, and nobody can tell afterwards that they waited."""

import asyncio
from random import Random

import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, RestrictViolation

from events.occurrence_events import OccurrenceCited, OccurrenceReported, TransferEffected
from events.registry_events import PlaceAmended
from events.values import Name
from projections.catalogue import CATALOGUE
from projections.folding import TRIES
from projections.generation_postgres import Generations, RebuildStoppedError
from projections.parking_postgres import NotParkedError
from projections.runner_postgres import PARKED, STEPS, Runner
from services.verification.projections import check_projections
from services.wiring import WORKER_ROLE, open_pool
from tests.cases import cited
from tests.parking_cases import ME, equals_a_fresh_fold, forget, fragile, parking, poison, where
from tests.projected import Parts, digests, parts, say, tell, tell_together

pytestmark = pytest.mark.anyio

# Of occurrences and of places, in the middle of requests and at their beginning.
_LATER_WORDS = ("claim.made", "place.amended")


async def _run(held: Parts, statement: str) -> None:
    async with held.pool.connection() as connection:
        await connection.execute(statement.encode())


def _quietly(_what: str, _done: int, _total: int) -> None:
    """Take no note of how far a verification is."""


@pytest.mark.parametrize("page", [1, 13, 1000])
async def test_what_an_older_release_has_no_words_for_is_folded_after_the_upgrade_as_if_it_had_known_it(
    database_url: str, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with parts(database_url) as held:
        await tell_together(held)
        with monkeypatch.context() as older:
            forget(older, *_LATER_WORDS)
            await held.runner(page).drain()
            listed = await parking(held).listed()
            assert {one.stream.partition("-")[0] for one in listed} == {"occurrence", "place"}
            assert all("UnknownEventError" in one.reason for one in listed)
            assert any(one.waiting > 1 for one in listed)
            assert {(one.position, one.state) for one in (await held.progress()).values()} == {(300, "live")}
            assert (await held.progress())["registry"].parked > 0
        assert await parking(held).retry_all(ME) == len({one.stream for one in listed})
        await equals_a_fresh_fold(held)


@pytest.mark.parametrize("seed", range(3))
async def test_streams_that_come_and_go_are_folded_as_if_they_had_never_been_parked(
    database_url: str, seed: int
) -> None:
    chance = Random(seed)
    broken: set[str] = set()
    catalogue = fragile("casualties", lambda name: name in broken)
    async with parts(database_url) as held:
        for told in range(1, 5):
            said = await tell(held, seed=told, count=60)
            streams = sorted({stream for stream, _, _ in said if stream.startswith("occurrence-")})
            broken |= {stream.removeprefix("occurrence-") for stream in chance.sample(streams, 3)}
            await Runner(held.pool, held.log, catalogue, page=chance.choice((1, 7, 100))).drain()
            assert {one[1] for one in await where(held)} <= {"casualties"}
            mended = set(chance.sample(sorted(broken), 2))
            broken -= mended
            for stream in {one[0] for one in await where(held)}:
                outcome = await parking(held, catalogue).retry(stream, ME)
                assert outcome == ("still_parked" if stream.removeprefix("occurrence-") in broken else "folded")
        broken.clear()
        await parking(held, catalogue).retry_all(ME)
        await equals_a_fresh_fold(held)


async def test_a_fault_that_passes_parks_nothing_and_one_that_does_not_is_tried_so_often(database_url: str) -> None:
    tries: list[str] = []

    def broken(name: str) -> bool:
        tries.append(name)
        return name == "o1" and tries.count("o1") < fails

    async with parts(database_url) as held:
        await tell(held, count=60)
        fails = TRIES
        await Runner(held.pool, held.log, fragile("strikes", broken), page=60).drain()
        assert await where(held) == set()
        await equals_a_fresh_fold(held)

        await tell(held, seed=2, count=1)
        tries, fails = [], 1000
        await say(held, "occurrence-o1", OccurrenceCited(citation=cited("late", "2020-12-01")))
        await Runner(held.pool, held.log, fragile("strikes", broken), page=60).drain()
        assert tries.count("o1") == TRIES
        assert {(stream, name) for stream, name, _ in await where(held)} == {("occurrence-o1", "strikes")}


@pytest.mark.parametrize("page", [1, 64])
async def test_rows_that_a_table_refuses_park_the_stream_that_they_come_from(database_url: str, page: int) -> None:
    async with parts(database_url) as held:
        await tell_together(held)
        rule = "ALTER TABLE occurrences_g1.occurrence ADD CONSTRAINT odd CHECK (id NOT IN ('o1', 'o3'))"
        await _run(held, rule)
        await held.runner(page).drain()
        first = {
            stream: events[0].position
            for stream, events in (await held.log.read_streams(["occurrence-o1", "occurrence-o3"])).items()
        }
        assert {(stream, name) for stream, name, _ in await where(held)} == {(one, "occurrences") for one in first}
        assert {(one.stream, one.position >= first[one.stream]) for one in await parking(held).listed()} == {
            (one, True) for one in first
        }
        assert (await held.progress())["occurrences"].position == 300
        assert await parking(held).retry("occurrence-o1", ME) == "still_parked"
        await _run(held, "ALTER TABLE occurrences_g1.occurrence DROP CONSTRAINT odd")
        assert await parking(held).retry_all(ME) == 2
        await equals_a_fresh_fold(held)


async def test_a_table_that_takes_nothing_stops_its_projection_and_parks_nothing(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=60)
        await _run(held, "ALTER TABLE strikes_g1.strike RENAME TO gone")
        await held.runner().drain()
        progress = await held.progress()
        assert (progress["strikes"].state, progress["strikes"].position) == ("stopped", 0)
        assert progress["casualties"].position == 60
        assert await where(held) == set()
        await _run(held, "ALTER TABLE strikes_g1.gone RENAME TO strike")
        await held.generations.prepare()
        await held.runner().drain()
        await equals_a_fresh_fold(held)


class CrashError(Exception):
    """The process ends here."""


@pytest.mark.parametrize("step", [*STEPS, PARKED])
async def test_two_runners_that_crash_while_they_park_lose_and_double_nothing(
    database_url: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = Random(step)

    def crash(reached: str) -> None:
        if reached == step and chance.random() < 0.4:
            raise CrashError(step)

    async with parts(database_url) as held:
        await tell_together(held, count=150)
        with monkeypatch.context() as older:
            forget(older, *_LATER_WORDS)
            crashes = 0
            while await held.runner().behind():
                runners = [Runner(held.pool, held.log, CATALOGUE, page=page, reached=crash) for page in (5, 9)]
                done = await asyncio.gather(*(one.drain() for one in runners), return_exceptions=True)
                assert all(isinstance(one, CrashError | None) for one in done)
                crashes += sum(one is not None for one in done)
            assert crashes > 0
        both = await asyncio.gather(parking(held).retry_all(ME), parking(held).retry_all(ME))
        assert max(both) > 0
        await equals_a_fresh_fold(held)


async def test_a_stream_is_tried_again_while_runners_go_on(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with parts(database_url) as held:
        await tell_together(held, count=100)
        with monkeypatch.context() as older:
            forget(older, *_LATER_WORDS)
            await held.runner().drain()
        for seed in range(2, 6):
            await tell(held, seed=seed, count=40)
        await asyncio.gather(held.runner(3).drain(), parking(held).retry_all(ME), held.runner(5).drain())
        # Who drains goes on only until nothing is left that nobody else holds.
        await held.runner().drain()
        await parking(held).retry_all(ME)
        await equals_a_fresh_fold(held)


async def test_a_stream_that_is_left_out_raises_no_alarm_and_stays_out_until_it_is_tried_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with parts(database_url) as held:
        await tell(held, count=40)
        await held.runner().drain()
        with monkeypatch.context() as older:
            forget(older, "transfer.effected")
            stream = "occurrence-o0"
            await say(held, stream, TransferEffected(transfer="o0.transfer", occurrence="o1"))
            await held.runner().drain()
            before = await digests(held)
            with pytest.raises(NotParkedError):
                await parking(held).skip("occurrence-nobody", ME)
            await parking(held).skip(stream, ME)
            await parking(held).retry_all(ME)
            await say(held, stream, OccurrenceCited(citation=cited("later", "2020-12-02")))
            await held.runner().drain()
            progress = await held.progress()
            assert {(one.parked, one.skipped) for name, one in progress.items() if name != "registry"} == {(0, 1)}
            assert await digests(held) == before
            # The next generation leaves it out too.
            await held.generations.rebuild("strikes")
            assert (await held.progress())["strikes"].skipped == 1
        assert await parking(held).retry_all(ME) == 0
        assert await parking(held).retry(stream, ME) == "folded"
        await equals_a_fresh_fold(held)
        found = [
            (one.act, one.stream, one.outcome, one.decided_by, one.reason) for one in await parking(held).decisions()
        ]
        assert found == [("skip", stream, "skipped", ME.by, ME.reason), ("retry", stream, "folded", ME.by, ME.reason)]


async def test_what_was_decided_cannot_be_changed_by_anybody(database_url: str) -> None:
    async with parts(database_url) as held:
        await poison(held.log, "occurrence-unknown")
        await held.runner().drain()
        await parking(held).skip("occurrence-unknown", ME)
        for statement in ("UPDATE parking_decision SET reason = ''", "DELETE FROM parking_decision"):
            with pytest.raises(InsufficientPrivilege):
                await _run(held, statement)
            with pytest.raises(RestrictViolation):
                await _run(held, f"RESET ROLE; {statement}")


async def test_a_rebuild_is_given_up_that_lacks_what_is_read_and_accepted_where_it_has_more(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with parts(database_url) as held:
        said = await tell(held, count=60)
        await held.runner().drain()
        worse = Generations(held.pool, held.log, fragile("strikes", lambda name: name == "o1"))
        with pytest.raises(RebuildStoppedError, match="ZeroDivisionError") as refusal:
            await worse.rebuild("strikes")
        first = next(n for n, (stream, _, event) in enumerate(said, 1)
                     if stream == "occurrence-o1" and isinstance(event, OccurrenceReported))  # fmt: skip
        assert refusal.value.position == first
        assert (await held.progress())["strikes"].generation == 1
        assert (await worse.rebuild("strikes", accept=True)).switched
        assert {(stream, name) for stream, name, _ in await where(held)} == {("occurrence-o1", "strikes")}

        # What both lack is no difference, and what the new one has more of is none that stands in the way.
        assert (await worse.rebuild("strikes", switch=False)).freed == []
        with monkeypatch.context():
            [check] = [one for one in await check_projections(held.generations, CATALOGUE, 60, _quietly)
                       if one.name == "projection strikes"]  # fmt: skip
            assert (check.status, check.position) == ("failed", first)
            assert "occurrence-o1 is parked but can be folded" in check.detail
        assert (await held.generations.rebuild("strikes")).freed == [("occurrence-o1", first)]
        await equals_a_fresh_fold(held)


async def test_a_projection_that_parks_what_a_fresh_fold_parks_too_is_sound(database_url: str) -> None:
    async with parts(database_url) as held:
        await tell(held, count=60)
        position = await poison(held.log, "occurrence-o1")
        await say(held, "place-kalbajar", PlaceAmended(names=(Name(name="Karvachar"),)))
        await held.runner().drain()
        checks = await check_projections(held.generations, CATALOGUE, position, _quietly)
        assert {check.status for check in checks} == {"ok"}
        assert sum("neither folds 1 parked streams on" in check.detail for check in checks) == len(
            CATALOGUE.occurrences
        )
        async with open_pool(database_url, WORKER_ROLE) as pool, pool.connection() as connection:
            await connection.execute(sql.SQL("UPDATE strikes_g1.strike SET weapon = 'naval'"))
        checks = await check_projections(held.generations, CATALOGUE, position, _quietly)
        assert [check.name for check in checks if check.status == "failed"] == ["projection strikes"]

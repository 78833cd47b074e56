"""Verification of projections: what answers are read from is compared with a fold of the log from its first event."""

import asyncio
import re
from typing import LiteralString

import psycopg
import pytest

from projections.catalogue import CATALOGUE
from tests.parking_cases import ME, parking, poison
from tests.projected import parts
from tests.verifying import EVENTS, failures, found, named


def test_a_projection_that_is_not_what_the_log_comes_to_is_found(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        cursor = connection.execute(
            "DELETE FROM strikes_g1.strike WHERE from_position = (SELECT max(from_position) FROM strikes_g1.strike) "
            "RETURNING from_position"
        )
        first = min(position for (position,) in cursor.fetchall())

    assert failures(found(filled_url)) == {"projection strikes": first}


def test_a_row_that_was_closed_too_early_differs_from_where_it_was_closed(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        cursor = connection.execute(
            "SELECT ctid::text FROM strikes_g1.strike WHERE to_position = 9223372036854775807 AND from_position < 500"
        )
        [ctid, *_] = [row[0] for row in cursor.fetchall()]
        connection.execute("UPDATE strikes_g1.strike SET to_position = 555 WHERE ctid = %s::tid", (ctid,))

    assert failures(found(filled_url)) == {"projection strikes": 555}


def test_a_projection_that_stopped_is_named_with_the_event_it_stopped_before(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE progress.checkpoint SET state = 'stopped', reason = 'tired' WHERE projection = 'strikes'"
        )

    verified = found(filled_url)

    assert failures(verified) == {"projection strikes": EVENTS + 1}
    assert "tired" in named(verified, "projection strikes").detail


def test_a_projection_beyond_the_head_is_named(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        connection.execute("UPDATE progress.checkpoint SET position = 700 WHERE projection = 'strikes'")

    assert failures(found(filled_url, log_only=True)) == {"pointers": 700}


def test_a_projection_under_construction_elsewhere_is_not_passed_over(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('conflictlog.generation.strikes', 0))")
        verified = found(filled_url)

    assert (verified.ok, failures(verified)) == (False, {})
    assert named(verified, "projection strikes").status == "not_checked"


def change(url: str, *statements: LiteralString) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_projection_that_newer_code_folded_does_not_pass(filled_url: str) -> None:
    change(
        filled_url,
        "UPDATE progress.checkpoint SET version = version + 1 WHERE projection = 'strikes'",
        "DELETE FROM strikes_g1.strike",
    )

    assert failures(found(filled_url)) == {"projection strikes": None}


def test_a_projection_that_older_code_folded_is_told_apart_and_does_not_pass_either(filled_url: str) -> None:
    change(filled_url, "UPDATE progress.checkpoint SET version = version - 1 WHERE projection = 'strikes'")

    verified = found(filled_url)

    assert (verified.ok, failures(verified)) == (False, {})
    assert named(verified, "projection strikes").status == "not_checked"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE progress.checkpoint SET projection = 'others' WHERE projection = 'strikes'",
        "DELETE FROM progress.checkpoint WHERE projection = 'strikes'",
        "UPDATE progress.checkpoint SET state = 'former' WHERE projection = 'strikes'",
        "UPDATE progress.checkpoint SET state = 'building' WHERE projection = 'strikes'",
        "UPDATE progress.checkpoint SET generation = 99 WHERE projection = 'strikes'",
        "DROP TABLE strikes_g1.strike CASCADE",
        "ALTER TABLE strikes_g1.strike RENAME COLUMN number TO numbers",
    ],
)
def test_tables_that_no_checkpoint_tells_of_do_not_pass_and_are_made_anew_as_it_says(
    filled_url: str, statement: LiteralString
) -> None:
    change(filled_url, "DELETE FROM strikes_g1.strike", statement)

    verified = found(filled_url)

    assert failures(verified)["projection strikes"] is None
    words = "delete the rows of strikes in progress.checkpoint, drop its schemas strikes_gN, and start a worker"
    assert words in named(verified, "projection strikes").detail
    change(
        filled_url,
        "DELETE FROM progress.checkpoint WHERE projection = 'strikes'",
        "DROP SCHEMA strikes_g1 CASCADE",
    )
    asyncio.run(_work(filled_url))
    assert named(found(filled_url), "projection strikes").status == "ok"


async def _work(url: str) -> None:
    """Do what a worker does that starts."""
    async with parts(url) as held:
        await held.runner().drain()


async def _replay(url: str, *names: str) -> None:
    async with parts(url) as held:
        await held.generations.rebuild_all(names)


def test_a_projection_that_was_never_folded_is_left_out_and_said_not_to_be_checked(filled_url: str) -> None:
    change(
        filled_url,
        "DROP SCHEMA strikes_g1 CASCADE",
        "DELETE FROM progress.checkpoint WHERE projection = 'strikes'",
    )

    verified = found(filled_url)

    assert verified.ok
    left = named(verified, "projection strikes")
    assert (left.status, "not checked" in left.detail) == ("left_out", True)


def test_a_projection_that_this_release_does_not_know_is_named(filled_url: str) -> None:
    change(
        filled_url,
        "INSERT INTO progress.checkpoint (projection, generation, version, state) VALUES ('ours', 1, 1, 'live')",
    )

    assert named(found(filled_url), "projection ours").status == "left_out"


def test_a_view_that_tells_more_or_less_than_its_table_is_found(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        [(definition,)] = connection.execute("SELECT pg_get_viewdef('read.casualty_whole'::regclass)").fetchall()
        more = re.sub(r"\blow\b", "low + 40 AS low", definition, count=1)
        connection.execute(f"CREATE OR REPLACE VIEW read.casualty_whole AS {more}".encode())
        connection.execute("CREATE OR REPLACE VIEW read.strike AS SELECT * FROM strikes_g1.strike WHERE number > 20")

    verified = found(filled_url)

    assert failures(verified) == {"views": None}
    assert "casualty_whole, strike;" in named(verified, "views").detail
    asyncio.run(_replay(filled_url, "casualties", "strikes"))
    assert found(filled_url).ok


def test_a_view_that_is_gone_is_found(filled_url: str) -> None:
    change(filled_url, "DROP VIEW read.strike")

    assert failures(found(filled_url)) == {"views": None}


@pytest.fixture
def parked_url(filled_url: str) -> str:
    """Give a log with two streams that are parked, one of them left out; a third was tried again for nothing."""
    asyncio.run(_park(filled_url))
    return filled_url


async def _park(url: str) -> None:
    async with parts(url) as held:
        streams = ("occurrence-o1", "occurrence-o2", "occurrence-o3")
        for _ in range(2):
            for stream in streams:
                await poison(held.log, stream)
        await held.runner(2).drain()
        await parking(held).skip(streams[0], ME)
        assert await parking(held).retry(streams[2], ME) == "still_parked"


def test_parked_streams_that_wait_as_they_were_parked_pass(parked_url: str) -> None:
    assert found(parked_url).ok


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("DELETE FROM progress.parked_step WHERE first_position > 604 AND stream = 'occurrence-o2'", EVENTS + 5),
        ("DELETE FROM progress.parked_step WHERE stream = 'occurrence-o2'", EVENTS + 2),
        ("UPDATE progress.parked SET skipped = true WHERE stream = 'occurrence-o2'", EVENTS + 2),
        ("UPDATE progress.parked SET skipped = false WHERE stream = 'occurrence-o1'", EVENTS + 1),
    ],
)
def test_what_no_longer_waits_and_what_nobody_left_out_is_found(
    parked_url: str, statement: LiteralString, position: int
) -> None:
    change(parked_url, statement)

    assert failures(found(parked_url)) == {"parked streams": position}


def test_what_no_longer_waits_does_so_again_after_a_replay(parked_url: str) -> None:
    change(parked_url, "DELETE FROM progress.parked_step")
    asyncio.run(_replay(parked_url, *(projection.name for projection in CATALOGUE.occurrences)))

    assert found(parked_url).ok


def test_looking_at_the_views_keeps_no_reader_waiting(filled_url: str) -> None:
    with psycopg.connect(filled_url) as connection:
        connection.execute("LOCK TABLE progress.switch IN ACCESS SHARE MODE")
        connection.execute("SELECT * FROM read.strike")
        assert found(filled_url).ok

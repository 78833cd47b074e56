"""Verification: a sound log passes, and whatever a superuser changes in one is found and its position named."""

import asyncio
from collections.abc import Iterator, Sequence
from random import Random
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from events.checkpoint import Checkpoint
from events.tree_postgres import TreeBuilder
from services.verification.findings import Check, Verified
from services.verification.log import LogReading
from services.verification.run import verify
from services.verification.tables import GUARDS
from services.wiring import WORKER_ROLE, open_pool
from tests import servers
from tests.histories import Chance, append
from tests.projected import parts
from tests.tampering import flip_a_bit, hash_anew, tamper

EVENTS = 600
NOTHING = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


@pytest.fixture(scope="module")
def filled_template(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """Give the name of a database with a folded log and its tree."""
    with servers.new_database(postgres_url, migrated_template) as url:
        asyncio.run(_fill(url))
        yield url.rpartition("/")[2]


@pytest.fixture
def filled_url(postgres_url: str, filled_template: str) -> Iterator[str]:
    with servers.new_database(postgres_url, filled_template) as url:
        yield url


@pytest.fixture(scope="module")
def signed(postgres_url: str, filled_template: str) -> Checkpoint:
    """Give the checkpoint that somebody kept of the sound log."""
    found = asyncio.run(_signed(servers.on_database(postgres_url, filled_template)))
    return Checkpoint("log.example.org", EVENTS, found)


async def _fill(url: str) -> None:
    async with parts(url) as held:
        await append(held.log, Chance(1).say(EVENTS), Random(1))
        await held.runner().drain()
        while await TreeBuilder(held.pool).extend():
            pass


async def _signed(url: str) -> bytes:
    async with open_pool(url, WORKER_ROLE, size=1) as pool, pool.connection() as connection:
        reading = LogReading([])
        await reading.read(connection, lambda _done, _total: None)
        return reading.root or b""


def found(url: str, signed: Sequence[Checkpoint] = (), *, log_only: bool = False) -> Verified:
    return asyncio.run(verify(url, signed, lambda _what, _done, _total: None, log_only=log_only))


def failures(verified: Verified) -> dict[str, int | None]:
    return {check.name: check.position for check in verified.checks if check.status == "failed"}


def named(verified: Verified, name: str) -> Check:
    return next(check for check in verified.checks if check.name == name)


def test_a_sound_log_and_its_projections_pass(filled_url: str, signed: Checkpoint) -> None:
    verified = found(filled_url, [signed, Checkpoint("log.example.org", 0, NOTHING)])

    assert (verified.ok, verified.head, verified.first_position) == (True, EVENTS, None)
    assert {check.status for check in verified.checks} == {"ok"}
    assert verified.root == signed.root.hex()
    assert {check.name for check in verified.checks} >= {"projection control_map", "projection casualties"}


def test_verifying_leaves_nothing_behind(filled_url: str) -> None:
    found(filled_url)

    with psycopg.connect(filled_url) as connection:
        cursor = connection.execute("SELECT count(*) FROM progress.checkpoint WHERE state = 'building'")
        assert cursor.fetchone() == (0,)
        cursor = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%\\_g2'")
        assert cursor.fetchone() == (0,)


def test_an_empty_log_passes(database_url: str) -> None:
    verified = found(database_url)

    assert (verified.ok, verified.head) == (True, 0)
    assert named(verified, "projection control_map").status == "left_out"


@pytest.mark.parametrize("at", range(0, 40, 9))
def test_one_byte_changed_by_a_superuser_is_found(filled_url: str, at: int) -> None:
    position = 11 + 7 * at
    tamper(filled_url, flip_a_bit(position, at))

    verified = found(filled_url, log_only=True)

    assert not verified.ok
    assert failures(verified) == {"leaf hashes": position}
    assert verified.first_position == position


@pytest.mark.parametrize(
    "change",
    [
        "stream = 'party-nobody'",
        "version = version + 1000",
        "event_id = '00000000-0000-4000-8000-00000000ffff'",
        "type = 'party.amended'",
        "schema_version = 2",
        "recorded_at = recorded_at + interval '1 microsecond'",
        "leaf_hash = sha256('x')",
    ],
)
def test_no_column_can_be_changed_unseen(filled_url: str, change: LiteralString) -> None:
    tamper(filled_url, sql.SQL("UPDATE event SET {} WHERE position = 321").format(sql.SQL(change)))

    assert failures(found(filled_url, log_only=True))["leaf hashes"] == 321


def test_a_changed_event_that_was_hashed_anew_is_found_by_the_tree(filled_url: str) -> None:
    tamper(filled_url, flip_a_bit(300, 9), hash_anew(300))

    assert failures(found(filled_url, log_only=True)) == {"tree": 257}


def test_a_past_that_was_made_up_whole_is_found_by_a_checkpoint_that_was_kept(
    filled_url: str, signed: Checkpoint
) -> None:
    tamper(
        filled_url,
        flip_a_bit(300, 9),
        hash_anew(300),
        "DELETE FROM progress.log_subtree",
    )

    assert found(filled_url, log_only=True).ok
    assert failures(found(filled_url, [signed], log_only=True)) == {"signed checkpoint": None}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (["DELETE FROM event WHERE position = 40"], {"positions": 40, "tree": 40, "versions": 58}),
        (["DELETE FROM event WHERE position > 590"], {"positions": 591}),
        (["UPDATE head SET position = 590"], {"head": 591, "pointers": 600}),
        (
            ["DELETE FROM event WHERE position > 590", "UPDATE head SET position = 590"],
            {"pointers": 600, "signed checkpoint": 591},
        ),
        (["UPDATE head SET position = 5000"], {"positions": 601}),
        (["UPDATE head SET recorded_at = '2000-01-01'"], {"head": 600}),
        (["INSERT INTO request_key VALUES ('k', 'x', 700, 700)"], {"pointers": 700}),
        (["INSERT INTO place_name VALUES ('f', 'p', 800)"], {"pointers": 800}),
        (["UPDATE progress.log_subtree SET hash = sha256('x') WHERE nth = 1"], {"tree": 257}),
        (["INSERT INTO progress.log_subtree VALUES (8, 2, sha256('x'))"], {"tree": 601}),
        (["ALTER TABLE event DROP CONSTRAINT event_event_id_key"], {"constraints": None}),
        (["DROP TRIGGER head_only_advances ON head"], {"constraints": None}),
    ],
)
def test_what_is_wrong_with_the_log_is_named_with_its_position(
    filled_url: str, signed: Checkpoint, changes: list[LiteralString], expected: dict[str, int | None]
) -> None:
    tamper(filled_url, *changes)

    verified = found(filled_url, [signed], log_only=True)

    for name, position in expected.items():
        assert failures(verified)[name] == position, verified.checks
    assert verified.first_position == min((one for one in failures(verified).values() if one), default=None)


def test_a_second_event_with_the_same_id_or_version_is_found_where_the_constraints_were_dropped(
    filled_url: str,
) -> None:
    tamper(
        filled_url,
        "ALTER TABLE event DROP CONSTRAINT event_event_id_key, DROP CONSTRAINT event_stream_version_key",
        """INSERT INTO event SELECT 601, stream, version, event_id, type, schema_version, data, recorded_at,
            leaf_hash FROM event WHERE position = 100""",
        "UPDATE head SET position = position + 1",
    )

    assert failures(found(filled_url, log_only=True)) == {
        "times": EVENTS + 1,
        "versions": EVENTS + 1,
        "event ids": EVENTS + 1,
        "constraints": None,
    }


def test_a_stream_that_begins_with_nothing_is_orphaned(filled_url: str) -> None:
    tamper(
        filled_url,
        """INSERT INTO event SELECT 601, 'occurrence-nowhere', 1, gen_random_uuid(), 'claim.withdrawn', 1,
            data, recorded_at, leaf_hash FROM event WHERE position = 600""",
        "UPDATE head SET position = position + 1",
    )

    assert failures(found(filled_url, log_only=True))["streams"] == EVENTS + 1


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
        assert failures(found(filled_url)) == {"projection strikes": None}


def test_projections_that_were_folded_by_other_code_are_left_out(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        connection.execute("UPDATE progress.checkpoint SET version = 1000 WHERE projection = 'strikes'")

    verified = found(filled_url)

    assert verified.ok
    assert named(verified, "projection strikes").status == "left_out"


def test_every_guard_of_a_migrated_database_is_one_that_is_looked_for(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        cursor = connection.execute(
            """SELECT conrelid::regclass::text, conname FROM pg_constraint
               WHERE conrelid = ANY (%(tables)s::regclass[]) AND contype <> 'n'
               UNION SELECT tgrelid::regclass::text, tgname FROM pg_trigger
               WHERE tgrelid = ANY (%(tables)s::regclass[]) AND NOT tgisinternal""",
            {"tables": list(GUARDS)},
        )
        assert set(cursor.fetchall()) == {(table, guard) for table, guards in GUARDS.items() for guard in guards}


def test_it_tells_how_far_it_is(filled_url: str) -> None:
    told: list[tuple[str, int, int]] = []

    asyncio.run(verify(filled_url, [], lambda what, done, total: told.append((what, done, total))))

    assert ("events", EVENTS, EVENTS) in told
    assert ("control_map", EVENTS, EVENTS) in told

"""Verification: a sound log passes, and whatever a superuser changes in one is found and its position named."""

import asyncio
import shutil
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from events.checkpoint import Checkpoint
from services.migrate import MIGRATIONS, migrate
from services.verification.guards import GUARDS
from services.verification.run import verify
from tests import servers
from tests.tampering import flip_a_bit, hash_anew, tamper
from tests.verifying import EVENTS, failures, found, named

NOTHING = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
_NO_OP: LiteralString = "CREATE OR REPLACE FUNCTION {} RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$"


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
        cursor = connection.execute(
            "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%\\_g2' OR nspname LIKE 'read\\_%'"
        )
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
    tamper(filled_url, flip_a_bit(300, 8), hash_anew(300))

    assert failures(found(filled_url, log_only=True)) == {"tree": 257}


def test_a_past_that_was_made_up_whole_is_found_by_a_checkpoint_that_was_kept(
    filled_url: str, signed: Checkpoint
) -> None:
    tamper(
        filled_url,
        flip_a_bit(300, 8),
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
        (["UPDATE head SET position = 590"], {"head": 591, "pointers": 599}),
        (
            ["DELETE FROM event WHERE position > 590", "UPDATE head SET position = 590"],
            {"pointers": 599, "signed checkpoint": 591},
        ),
        (["UPDATE head SET position = 5000"], {"positions": 601}),
        (["UPDATE head SET recorded_at = '2000-01-01'"], {"head": 600}),
        (["UPDATE head SET recorded_at = '2100-01-01'"], {"head": 600}),
        (["DELETE FROM head"], {"head": None}),
        (["ALTER TABLE head DROP CONSTRAINT head_pkey", "INSERT INTO head TABLE head"], {"head": None}),
        (["INSERT INTO request_key VALUES ('k', 'x', 700, 700)"], {"pointers": 700}),
        (["INSERT INTO place_name VALUES ('f', 'p', 800)"], {"pointers": 800}),
        (["UPDATE progress.log_subtree SET hash = sha256('x') WHERE nth = 1"], {"tree": 257}),
        (["INSERT INTO progress.log_subtree VALUES (8, 2, sha256('x'))"], {"tree": 601}),
        (["ALTER TABLE event DROP CONSTRAINT event_event_id_key"], {"constraints": None}),
        (["DROP TRIGGER head_only_advances ON head"], {"constraints": None}),
        ([_NO_OP.format("refuse_change()")], {"constraints": None}),
        ([_NO_OP.format("refuse_going_back()")], {"constraints": None}),
        (["DROP FUNCTION append_release"], {"constraints": None}),
        (
            ["ALTER TABLE event DROP CONSTRAINT event_stream_fits, ADD CONSTRAINT event_stream_fits CHECK (true)"],
            {"constraints": None},
        ),
        (
            [
                """CREATE OR REPLACE TRIGGER event_is_append_only BEFORE TRUNCATE ON event
                   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
            ],
            {"constraints": None},
        ),
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


def test_a_database_older_than_the_release_is_told_to_be_migrated(postgres_url: str, tmp_path: Path) -> None:
    for file in sorted(MIGRATIONS.glob("*.sql"))[:-1]:
        shutil.copy(file, tmp_path)
    with servers.new_database(postgres_url) as url:
        asyncio.run(migrate(url, files=tmp_path))
        assert "needs `conflictlog migrate`" in named(found(url), "constraints").detail
        asyncio.run(migrate(url))
        assert found(url).ok


def test_without_a_head_no_projection_is_folded_and_nothing_passes(filled_url: str) -> None:
    tamper(filled_url, "DELETE FROM head")

    verified = found(filled_url)

    assert (verified.ok, failures(verified)) == (False, {"head": None})
    assert named(verified, "projections").status == "left_out"


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


def test_guards_that_came_back_with_a_dump_are_the_same(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        dumped = """SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I, ADD CONSTRAINT %%I %%s',
                                  conrelid::regclass, conname, conname, pg_get_constraintdef(oid))
                    FROM pg_constraint WHERE conrelid = ANY (%s::regclass[]) AND contype = 'c'"""
        for (statement,) in connection.execute(dumped, (list(GUARDS),)).fetchall():
            connection.execute(str(statement).encode())

    assert named(found(database_url), "constraints").status == "ok"


def test_it_tells_how_far_it_is(filled_url: str) -> None:
    told: list[tuple[str, int, int]] = []

    asyncio.run(verify(filled_url, [], lambda what, done, total: told.append((what, done, total))))

    assert ("events", EVENTS, EVENTS) in told
    assert ("control_map", EVENTS, EVENTS) in told

"""The database itself keeps the past: triggers for everybody, rights for the service's roles, CHECKs for the rows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from psycopg import AsyncConnection, sql
from psycopg.errors import CheckViolation, InsufficientPrivilege, RestrictViolation
from psycopg.rows import TupleRow

from events.append_postgres import BatchWriter
from events.log import Append, EventLog, PlaceName, RequestKey
from services.wiring import appending, open_log, open_pool
from tests.events_said import append, new_event, write
from tests.servers import new_database

pytestmark = pytest.mark.anyio

KEPT = ("event", "request_key", "place_name")
CHANGES = [
    "UPDATE event SET data = data",
    "DELETE FROM event",
    "TRUNCATE event",
    "UPDATE request_key SET key = key",
    "DELETE FROM request_key",
    "TRUNCATE request_key",
    "UPDATE place_name SET folded = folded",
    "DELETE FROM place_name",
    "TRUNCATE place_name",
    "DELETE FROM head",
    "TRUNCATE head",
]
STREAMS = "SELECT stream FROM event"


@pytest.fixture(scope="module")
async def filled_url(postgres_url: str, migrated_template: str) -> AsyncIterator[str]:
    """Give a log that holds one event with a key and a name; no test here may leave a trace in it."""
    with new_database(postgres_url, migrated_template) as url:
        async with open_log(url) as log:
            await fill(log)
        yield url


@pytest.fixture
async def admin(filled_url: str) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """Give an administrator's connection, in a transaction that is rolled back."""
    async with (
        await AsyncConnection.connect(filled_url, autocommit=True) as connection,
        connection.transaction(force_rollback=True),
    ):
        yield connection


async def fill(log: EventLog) -> None:
    await log.append(
        Append(
            writes=(write("place-agdam", 0, new_event(b"{}")),),
            keys=(RequestKey("key", b"1" * 32),),
            names=(PlaceName("agdam", "place-agdam"),),
        ),
    )


async def run(connection: AsyncConnection[TupleRow], statement: str) -> None:
    async with connection.transaction():
        await connection.execute(statement.encode())


async def become(connection: AsyncConnection[TupleRow], role: str) -> None:
    await connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


@pytest.mark.parametrize("change", CHANGES)
async def test_nobody_changes_the_past(admin: AsyncConnection[TupleRow], change: str) -> None:
    with pytest.raises(RestrictViolation, match="append-only"):
        await run(admin, change)
    await run(admin, "SET session_replication_role TO replica")
    with pytest.raises(RestrictViolation, match="append-only"):
        await run(admin, change)


@pytest.mark.parametrize("role", ["conflictlog_api", "conflictlog_worker"])
@pytest.mark.parametrize(
    "change",
    [
        *CHANGES,
        *(f"ALTER TABLE {table} DISABLE TRIGGER {table}_is_append_only" for table in KEPT),
        *(f"DROP TABLE {table}" for table in KEPT),
        "SET session_replication_role TO replica",
        "ALTER TABLE head DISABLE TRIGGER head_only_advances",
        "INSERT INTO head (only_row, position, recorded_at) VALUES (true, 0, now())",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET ROLE conflictlog_owner",
        "DELETE FROM api_key",
        "UPDATE api_key SET scopes = '{admin}'",
        "INSERT INTO migration (name, sha256) VALUES ('x', '')",
    ],
)
async def test_the_services_roles_may_not_even_try(admin: AsyncConnection[TupleRow], role: str, change: str) -> None:
    # A login with nothing but the role: who merely took the role on could put it off again.
    login = f"only_{role}_{uuid4().hex}"
    await run(admin, f"CREATE ROLE {login} IN ROLE {role}")
    await run(admin, f"SET session_authorization TO {login}")
    with pytest.raises(InsufficientPrivilege):
        await run(admin, change)


@pytest.mark.parametrize(
    "change",
    ["UPDATE head SET position = position - 1", "UPDATE head SET recorded_at = recorded_at - interval '1 us'"],
)
async def test_the_head_only_advances(admin: AsyncConnection[TupleRow], change: str) -> None:
    with pytest.raises(RestrictViolation, match="only advances"):
        await run(admin, change)


@pytest.mark.parametrize(
    ("column", "value", "check"),
    [
        ("position", 0, "event_position_is_positive"),
        ("version", 0, "event_version_is_positive"),
        ("schema_version", 0, "event_schema_version_is_positive"),
        ("stream", "", "event_stream_fits"),
        ("stream", "x" * 1001, "event_stream_fits"),
        ("type", "", "event_type_fits"),
        ("leaf_hash", b"short", "event_leaf_hash_is_sha256"),
    ],
)
async def test_a_row_that_no_log_could_hold_is_refused_by_name(
    admin: AsyncConnection[TupleRow],
    column: str,
    value: object,
    check: str,
) -> None:
    row = {
        "position": 2,
        "stream": "place-x",
        "version": 1,
        "event_id": uuid4(),
        "type": "place.registered",
        "schema_version": 1,
        "data": b"",
        "recorded_at": datetime.now(UTC),
        "leaf_hash": b"x" * 32,
    } | {column: value}
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(map(sql.Placeholder, row))
    await become(admin, "conflictlog_api")
    with pytest.raises(CheckViolation) as refusal:
        await admin.execute(sql.SQL("INSERT INTO event ({}) VALUES ({})").format(columns, values), row)
    assert refusal.value.diag.constraint_name == check


async def test_the_worker_reads_the_log_and_owns_what_it_derives(admin: AsyncConnection[TupleRow]) -> None:
    await become(admin, "conflictlog_worker")
    cursor = await admin.execute(STREAMS)
    assert await cursor.fetchall() == [("place-agdam",)]
    await run(admin, "CREATE SCHEMA control_1")
    await run(admin, "CREATE TABLE progress.of_its_own (position bigint)")
    with pytest.raises(InsufficientPrivilege):
        await run(admin, "INSERT INTO request_key VALUES ('x', '', 1, 1)")


async def test_tables_that_a_later_migration_adds_to_progress_are_the_workers_to_fill(
    admin: AsyncConnection[TupleRow],
) -> None:
    await become(admin, "conflictlog_owner")
    await run(admin, "CREATE TABLE progress.later (stream text)")
    await become(admin, "conflictlog_worker")
    await run(admin, "INSERT INTO progress.later VALUES ('occurrence-a')")
    await run(admin, "DELETE FROM progress.later")
    await become(admin, "conflictlog_api")
    await run(admin, "SELECT stream FROM progress.later")


async def test_the_api_makes_and_revokes_keys_but_changes_none(admin: AsyncConnection[TupleRow]) -> None:
    await become(admin, "conflictlog_api")
    await run(
        admin, "INSERT INTO api_key (prefix, sha256, scopes, name) VALUES ('clk_abc', sha256('a'), '{read}', 'one')"
    )
    await run(admin, "UPDATE api_key SET revoked_at = now()")
    with pytest.raises(InsufficientPrivilege):
        await run(admin, "UPDATE api_key SET sha256 = sha256('b')")


async def test_the_service_owns_no_table_of_the_log(admin: AsyncConnection[TupleRow]) -> None:
    cursor = await admin.execute("SELECT tableowner FROM pg_tables WHERE tablename = ANY (%s)", ([*KEPT, "head"],))
    assert set(await cursor.fetchall()) == {("conflictlog_owner",)}


async def test_the_log_acts_as_the_role_that_may_only_append(filled_url: str) -> None:
    connection = await appending(filled_url)()
    async with connection, open_pool(filled_url, "conflictlog_worker") as pool, pool.connection() as pooled:
        for acting, role in ((connection, "conflictlog_api"), (pooled, "conflictlog_worker")):
            cursor = await acting.execute("SELECT current_user, current_setting('timezone')")
            assert await cursor.fetchone() == (role, "UTC")


async def test_a_batch_is_planned_once_for_all(filled_url: str) -> None:
    connection = await appending(filled_url)()

    async def connect() -> AsyncConnection[TupleRow]:
        return connection

    async with connection:
        writer = BatchWriter(connect, give_up_s=5)
        for _ in range(8):
            await writer.write([append(f"occurrence-{uuid4().hex}")])
        cursor = await connection.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements")
        assert await cursor.fetchall() == [(8, 0)]

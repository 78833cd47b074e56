"""A database is brought to its shape once, whoever starts first and however many start at once."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import AsyncConnection, sql
from psycopg.errors import SyntaxError as SqlSyntaxError

from services.embedded.postgres import EmbeddedPostgres
from services.migrate import MIGRATIONS, MigrationChangedError, migrate
from services.wiring import open_log
from tests.events_said import append
from tests.servers import new_database, on_database
from tests.waiting import until

pytestmark = pytest.mark.anyio

FOUR = ["d0", "d1", "d2", "d3"]
ALL = sorted(file.name for file in MIGRATIONS.glob("*.sql"))
PROGRAM = "import asyncio, sys; from services.migrate import migrate; print(asyncio.run(migrate(sys.argv[1])))"


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "0001_one.sql").write_text("CREATE TABLE one (x int);", encoding="utf-8")
    (tmp_path / "0002_two.sql").write_text("CREATE TABLE two (x int);", encoding="utf-8")
    return tmp_path


async def test_each_file_is_applied_once_in_order(empty_url: str, files: Path) -> None:
    assert await migrate(empty_url, files=files) == ["0001_one.sql", "0002_two.sql"]
    assert await migrate(empty_url, files=files) == []
    (files / "0003_three.sql").write_text("ALTER TABLE two ADD y int;", encoding="utf-8")
    assert await migrate(empty_url, files=files) == ["0003_three.sql"]


async def test_a_file_that_changed_after_it_was_applied_is_refused(empty_url: str, files: Path) -> None:
    await migrate(empty_url, files=files)
    (files / "0001_one.sql").write_text("CREATE TABLE one (x bigint);", encoding="utf-8")
    with pytest.raises(MigrationChangedError, match=r"0001_one\.sql"):
        await migrate(empty_url, files=files)


async def test_a_file_that_fails_leaves_nothing_and_can_be_mended(empty_url: str, files: Path) -> None:
    broken = files / "0002_two.sql"
    broken.write_text("CREATE TABLE two (x int); CREATE TABEL three (x int);", encoding="utf-8")
    with pytest.raises(SqlSyntaxError):
        await migrate(empty_url, files=files)
    broken.write_text("CREATE TABLE two (x int);", encoding="utf-8")
    assert await migrate(empty_url, files=files) == ["0002_two.sql"]


async def test_of_eight_that_start_at_once_one_applies_all(empty_url: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(8)))
    assert sorted(applied) == [[]] * 7 + [ALL]


def test_of_eight_processes_that_start_at_once_one_applies_all(empty_url: str) -> None:
    command = [sys.executable, "-c", PROGRAM, empty_url]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=MIGRATIONS.parent.parent) for _ in range(8)]
    said = [process.communicate(timeout=60)[0].decode().strip() for process in started]
    assert [process.returncode for process in started] == [0] * 8
    assert sorted(said) == sorted(["[]"] * 7 + [str(ALL)])


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[str]:
    """Give a superuser's address of a server that has none of our roles, with four databases of a login `deployer`."""
    server = EmbeddedPostgres(tmp_path / "server", durable=False)
    server.start()
    try:
        url = server.superuser_url("postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP DATABASE conflictlog")
            for role in ("conflictlog_owner", "conflictlog_api", "conflictlog_worker"):
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
            connection.execute("CREATE ROLE deployer LOGIN CREATEROLE PASSWORD 'deployed'")
            for name in FOUR:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER deployer").format(sql.Identifier(name)))
        yield url
    finally:
        server.stop("immediate")


async def test_a_login_that_may_create_roles_migrates_its_databases_at_once(new_server: str) -> None:
    deployer = f"postgresql://deployer:deployed@{new_server.rpartition('@')[2]}"
    assert await asyncio.gather(*(migrate(on_database(deployer, name)) for name in FOUR)) == [ALL] * 4
    async with open_log(on_database(new_server, FOUR[0])) as log:
        assert (await log.append(append("occurrence-a"))).first_position == 1


async def test_roles_that_another_database_creates_at_the_same_moment_are_taken(new_server: str) -> None:
    async with (
        await AsyncConnection.connect(new_server) as creating,
        await AsyncConnection.connect(new_server) as watching,
    ):
        await creating.execute("CREATE ROLE conflictlog_owner")
        migrations = [asyncio.create_task(migrate(on_database(new_server, name))) for name in FOUR]

        async def all_wait() -> bool:
            cursor = await watching.execute("SELECT FROM pg_locks WHERE NOT granted")
            return cursor.rowcount == len(FOUR)

        await until(all_wait)
        await creating.commit()
        assert await asyncio.gather(*migrations) == [ALL] * 4


async def test_an_embedded_instance_is_migrated_by_its_owner_and_used_by_its_logins(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "server", durable=False)
    server.start()
    try:
        assert await migrate(server.url()) == ALL
        assert await migrate(server.url()) == []
        async with open_log(server.url("conflictlog_api")) as log:
            assert (await log.append(append("occurrence-a"))).first_position == 1
    finally:
        server.stop("immediate")

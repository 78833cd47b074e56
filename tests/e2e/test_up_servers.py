"""The embedded PostgreSQL and Valkey: their logins, their recovery, and what they leave alone."""

import os
import re
import signal
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from services.embedded import programs
from services.embedded.errors import DirectoryHeldError, InstanceError
from services.embedded.postgres import API, OWNER, WORKER, EmbeddedPostgres
from services.embedded.processes import Process, Program, alive, identify, wait_until, working_in
from services.embedded.valkey import EmbeddedValkey
from tests.e2e.stand_in_run import open_directory

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root alone hands its servers to another user")


def _no(_path: Path) -> bool:
    return False


@contextmanager
def started(directory: Path, *, durable: bool = False) -> Generator[EmbeddedPostgres]:
    server = EmbeddedPostgres(directory, durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def test_each_role_logs_in_with_its_own_password_and_only_the_bootstrap_is_superuser(tmp_path: Path) -> None:
    with started(tmp_path / "pg") as server:
        for role in (OWNER, API, WORKER):
            with psycopg.connect(server.url(role)) as connection:
                row = connection.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
                assert row.fetchone() == (role, False)
        with psycopg.connect(server.url()) as connection:
            found = connection.execute("SELECT extname FROM pg_extension").fetchall()
            assert {("pg_trgm",), ("btree_gist",)} <= set(found)
            connection.execute("CREATE TABLE owned ()")
        with psycopg.connect(server.superuser_url("postgres")) as connection:
            assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (
                True,
            )


def test_a_login_without_the_right_password_is_refused(tmp_path: Path) -> None:
    with started(tmp_path / "pg") as server:
        wrong = re.sub(r":[^:@]+@", ":wrong@", server.url(API))
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_commits_are_durable_unless_asked_otherwise(tmp_path: Path) -> None:
    with started(tmp_path / "pg", durable=True) as server, psycopg.connect(server.url()) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_an_immediate_stop_loses_no_commit(tmp_path: Path) -> None:
    with started(tmp_path / "pg", durable=True) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
            server.stop("immediate")
        server.start()
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_killed_server_starts_again_at_the_same_address_though_its_number_is_another_process_s_by_now(
    tmp_path: Path,
) -> None:
    sleep = Program(command=("/bin/sleep", "60"), directory=tmp_path, environment={}, user=programs.service_user())
    other = Process(sleep, tmp_path / "sleep.log")
    try:
        with started(tmp_path / "pg") as server:
            url, pid = server.url(), server.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            assert wait_until(lambda: server.pid is None, 5.0)
            pid_file = tmp_path / "pg" / "cluster" / "postmaster.pid"
            pid_file.write_text(pid_file.read_text().replace(str(pid), str(other.pid), 1))
            server.start()
            assert server.url() == url
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        other.end(((signal.SIGKILL, 5.0),))


def test_stopping_leaves_no_process(tmp_path: Path) -> None:
    with started(tmp_path / "pg") as server:
        running = list(working_in(tmp_path / "pg" / "cluster", "postgres"))
        assert len(running) > 1
        server.stop()
        assert not any(alive(process) for process in running)
        assert not any(working_in(tmp_path / "pg" / "cluster", "postgres"))


def test_a_directory_has_one_server_at_a_time(tmp_path: Path) -> None:
    with started(tmp_path / "pg") as server:
        with pytest.raises(DirectoryHeldError):
            EmbeddedPostgres(tmp_path / "pg").start()
        assert server.pid is not None


def test_a_bootstrap_that_was_cut_short_is_done_again(tmp_path: Path) -> None:
    (tmp_path / "pg" / "cluster.partial" / "base").mkdir(parents=True)
    with started(tmp_path / "pg") as server:
        kept = tmp_path / "pg" / "postgres.json"
        kept.write_text(kept.read_text().replace('"prepared":true', '"prepared":false'))
        server.stop()
        server.start()
        with psycopg.connect(server.url(WORKER)) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (WORKER,)


def test_a_cluster_of_another_version_or_without_its_passwords_is_refused_in_one_line(tmp_path: Path) -> None:
    with started(tmp_path / "pg"):
        pass
    version = tmp_path / "pg" / "cluster" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("14\n")
    with pytest.raises(InstanceError, match=r"made by PostgreSQL 14, this is 18"):
        EmbeddedPostgres(tmp_path / "pg").start()
    version.write_text(ours)
    (tmp_path / "pg" / "postgres.json").unlink()
    with pytest.raises(InstanceError, match="its passwords are gone"):
        EmbeddedPostgres(tmp_path / "pg").start()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with started(tmp_path / "pg"):
        pass
    settings = tmp_path / "pg" / "cluster" / "postgresql.conf"
    settings.write_text(f"{settings.read_text()}\nshared_buffers = many\n")
    with pytest.raises(InstanceError, match=r"PostgreSQL did not start: .*configuration file .*contains errors"):
        EmbeddedPostgres(tmp_path / "pg", durable=False).start()
    assert not any(working_in(tmp_path / "pg" / "cluster", "postgres"))


def test_nothing_above_the_data_changes_its_mode_and_what_is_secret_is_ours_alone(tmp_path: Path) -> None:
    closed = tmp_path / "home" / "project"
    closed.mkdir(parents=True)
    (tmp_path / "home").chmod(0o700)
    above = (closed, tmp_path / "home", tmp_path, tmp_path.parent)
    before = [path.stat().st_mode for path in above]
    with started(closed / "data" / "pg") as server, psycopg.connect(server.url()) as connection:
        connection.execute("SELECT 1")
    assert [path.stat().st_mode for path in above] == before
    for name in ("postgres.json", "postgres.log", "lock"):
        assert stat.S_IMODE((closed / "data" / "pg" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((closed / "data" / "pg" / "cluster").stat().st_mode) == 0o700
    assert not (closed / "data" / "pg" / "superuser").exists()


@as_root
def test_root_runs_its_servers_as_an_unprivileged_user(tmp_path: Path) -> None:
    user = programs.service_user()
    assert user is not None
    valkey = EmbeddedValkey(tmp_path / "valkey")
    valkey.start()
    try:
        with started(tmp_path / "pg") as server:
            for pid in (server.pid, valkey.pid):
                assert pid is not None
                status = Path(f"/proc/{pid}/status").read_text()
                ids = {line.split()[0]: line.split()[1:] for line in status.splitlines() if line.strip()}
                assert ids["Uid:"] == [str(user.uid)] * 4
                assert ids["Gid:"] == [str(user.gid)] * 4
                assert ids["Groups:"] == []
    finally:
        valkey.stop()


@as_root
@pytest.mark.parametrize("mode", [0o711, 0o700])
def test_where_the_programs_are_closed_to_that_user_a_copy_is_run_and_found_again(
    monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    with open_directory() as above:
        monkeypatch.setattr(programs, "is_open", _no)
        monkeypatch.setattr(programs.tempfile, "gettempdir", lambda: str(above / "elsewhere"))
        for name, its_mode in (("home", mode), ("elsewhere", 0o711)):
            (above / name).mkdir()
            (above / name).chmod(its_mode)
        place = above / ("home/pg/programs" if mode & stat.S_IXOTH else "elsewhere")
        with started(above / "home" / "pg") as server:
            assert server.pid is not None
            assert Path(f"/proc/{server.pid}/exe").readlink().is_relative_to(place)
        copied = [(path, path.stat().st_ino) for path in place.rglob("bin/postgres")]
        assert len(copied) == 1
        with started(above / "home" / "pg"):
            assert [(path, path.stat().st_ino) for path in place.rglob("bin/postgres")] == copied


@as_root
def test_where_no_place_lets_programs_run_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "is_open", _no)
    monkeypatch.setattr(programs, "_runs_programs", _no)
    with pytest.raises(InstanceError, match=r"is closed to the user of the servers, and so is .*: choose "):
        EmbeddedPostgres(tmp_path / "pg").start()


def test_valkey_asks_for_its_password_and_keeps_its_address_over_a_restart(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    try:
        url, pid = server.url, server.pid
        assert pid is not None
        assert EmbeddedValkey(tmp_path / "valkey").url == url
        address = urlsplit(url)
        assert address.password is not None
        assert address.password not in Path(f"/proc/{pid}/cmdline").read_text()
        with _client(url, address.password) as client:
            client.set("kept", "here")
        with _client(url, "wrong") as client, pytest.raises(AuthenticationError):
            client.set("kept", "here")
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: server.pid is None, 5.0)
        server.start()
        assert server.url == url
        with _client(url, address.password) as client:
            assert client.get("kept") is None
        last = server.pid
        assert last is not None
    finally:
        server.stop()
    assert identify(last) is None


def _client(url: str, password: str) -> Redis:
    address = urlsplit(url)
    return Redis(host=address.hostname or "", port=address.port or 0, password=password, retry=Retry(NoBackoff(), 0))

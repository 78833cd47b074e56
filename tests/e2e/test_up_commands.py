"""`up` and the commands that act on its directory, the API being a stand-in."""

import json
import re
import stat
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from services.embedded.instance import reached
from services.embedded.postgres import API, WORKER
from tests.e2e.stand_in_run import StandIn, environment, stand_in
from tests.ports import free_port


@contextmanager
def up(directory: Path, port: int) -> Generator[StandIn]:
    arguments = ("tests.e2e.up_stand_in", "up", "--data", str(directory), "--port", str(port))
    with stand_in(directory, port, arguments=arguments) as run:
        yield run


def conflictlog(*arguments: str) -> "subprocess.CompletedProcess[str]":
    left_out = {"DATABASE_URL", "CONFLICTLOG_URL", "CONFLICTLOG_DATA"}
    return subprocess.run(
        [sys.executable, "-P", "-m", "services.cli", *arguments],
        capture_output=True,
        text=True,
        env={name: text for name, text in environment().items() if name not in left_out},
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of an instance that ran once, and was stopped."""
    directory = tmp_path_factory.mktemp("once") / "data"
    port = free_port()
    with up(directory, port) as run:
        assert run.ready_line() == f"ready http://127.0.0.1:{port}"
        run.popen.terminate()
        assert run.line() == "stopping"
        assert run.popen.wait(20) == 0
    return directory


def test_the_first_start_migrates_and_writes_a_key_that_may_do_everything(stopped: Path) -> None:
    key = stopped / "admin.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    secret = key.read_text().strip()
    assert re.fullmatch(r"clk_[A-Za-z0-9_-]{43}", secret)
    listed = json.loads(conflictlog("keys", "list", "--data", str(stopped), "--json").stdout)
    mine = [found for found in listed if found["name"] == "admin"]
    assert [found["prefix"] for found in mine] == [secret[:12]]
    assert set(mine[0]["scopes"]) == {"read", "read:restricted", "report", "assess", "subscribe", "operate", "admin"}
    assert secret not in json.dumps(listed)


def test_a_later_start_takes_less_than_five_seconds_and_keeps_the_key(stopped: Path) -> None:
    secret = (stopped / "admin.key").read_text()
    # The quickest of three, for the machine may be busy with other tests.
    assert min(_start_s(stopped) for _ in range(3)) < 5.0
    assert (stopped / "admin.key").read_text() == secret


def test_status_names_the_processes_that_run_and_other_commands_share_their_servers(stopped: Path) -> None:
    with up(stopped, free_port()) as run:
        url = run.ready_line().removeprefix("ready ")
        status = conflictlog("status", "--data", str(stopped), "--json")
        assert status.returncode == 0
        said = json.loads(status.stdout)
        assert (said["url"], said["ready"], said["held_by"]) == (url, True, run.popen.pid)
        running = [process["name"] for process in said["processes"] if process["running"]]
        assert running == ["PostgreSQL", "Valkey", "worker", "api"]
        assert conflictlog("keys", "list", "--data", str(stopped)).returncode == 0


def _start_s(directory: Path) -> float:
    begun = time.monotonic()
    with up(directory, free_port()) as run:
        assert run.ready_line().startswith("ready ")
        return time.monotonic() - begun


def test_an_instance_that_does_not_run_is_started_for_a_command_and_stopped_again(stopped: Path) -> None:
    migrated = conflictlog("migrate", "--data", str(stopped))
    assert (migrated.returncode, migrated.stdout) == (0, "nothing to apply\n")
    assert json.loads(conflictlog("status", "--data", str(stopped), "--json").stdout)["held_by"] is None


def test_a_key_is_shown_once_stored_as_a_hash_and_can_be_revoked(stopped: Path) -> None:
    data = ("--data", str(stopped))
    made = conflictlog("keys", "create", "reporter", "--scope", "read", "--scope", "report", *data)
    secret = made.stdout.strip()
    assert re.fullmatch(r"clk_[A-Za-z0-9_-]{43}", secret)
    with reached(stopped) as instance, psycopg.connect(instance.postgres.url()) as connection:
        rows = connection.execute("SELECT k::text, scopes FROM api_key k WHERE name = 'reporter'").fetchall()
    assert len(rows) == 1
    assert secret not in rows[0][0]
    assert rows[0][1] == ["read", "report"]
    revoked = conflictlog("keys", "revoke", secret[:12], *data)
    assert revoked.returncode == 0
    again = conflictlog("keys", "revoke", secret[:12], *data)
    assert again.returncode == 1
    assert again.stderr.startswith("conflictlog: no key that is still good has the prefix or id ")
    assert again.stderr.count("\n") == 1


def test_each_process_gets_a_login_that_can_do_no_more_than_it_must(stopped: Path) -> None:
    with reached(stopped) as instance:
        for role in (API, WORKER):
            with psycopg.connect(instance.postgres.url(role)) as connection:
                connection.execute("SELECT count(*) FROM event")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute("DROP TABLE event")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("status", "--data", "nowhere"), 2, "nowhere holds no instance: "),
        (("keys", "list", "--data", "nowhere"), 1, "nowhere holds no instance: "),
        (("migrate",), 2, "no database is named: "),
        (("worker",), 2, "DATABASE_URL is not set; "),
        (("api",), 2, "DATABASE_URL is not set; "),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: tuple[str, ...], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = conflictlog(*arguments)
    assert done.stderr.startswith(f"conflictlog: {said}")
    assert done.stderr.count("\n") == 1
    assert done.returncode == code


def test_a_database_that_does_not_answer_is_said_in_one_line(
    stopped: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with reached(stopped) as instance:
        gone = instance.postgres.url()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.cli", "migrate"],
        capture_output=True,
        text=True,
        env={**environment(), "DATABASE_URL": gone},
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("conflictlog: the database cannot be used (")
    assert done.stderr.count("\n") == 1
    assert gone.split(":")[2].split("@")[0] not in done.stderr

"""What a command says when it cannot do its work: one line and a code, and what its processes need not read for it."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import httpx
import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import errors

from events.log import LogUnavailableError
from services.cli import api, main
from services.cli.failures import CommandError, explained
from services.cli.running import Where
from tests.ports import free_port

NAMES = ("CONFLICTLOG_DATA", "CONFLICTLOG_URL", "CONFLICTLOG_KEY", "DATABASE_URL", "REDIS_URL")


def conflictlog(*arguments: str, **environment: str) -> Result:
    given = {**dict.fromkeys(NAMES), **environment}
    return CliRunner().invoke(main, arguments, env=given, prog_name="conflictlog")


def test_a_service_that_does_not_answer_is_one_line() -> None:
    with (
        pytest.raises(CommandError, match=r"^the service does not answer \(refused\): "),
        explained(),
    ):
        raise httpx.ConnectError("refused")


DEFECTS = [
    ZeroDivisionError(),
    OSError("no number"),
    errors.CheckViolation("a row"),
    UnicodeEncodeError("ascii", "x", 0, 1, "ordinal not in range"),
    # A reader that went away is no failure: what wrote to it ends.
    BrokenPipeError(errno.EPIPE, "Broken pipe"),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=repr)
def test_a_defect_of_ours_keeps_its_trace(defect: Exception) -> None:
    with pytest.raises(type(defect)) as kept, explained():
        raise defect
    assert kept.value is defect


@pytest.mark.parametrize(
    ("failure", "code", "line"),
    [
        (LogUnavailableError("the storage is gone"), 1, "the storage is gone: check that the database runs, then run"),
        (errors.UndefinedTable('relation "head" does not exist'), 1, "the database lacks .* run `conflictlog migrate`"),
        (errors.UndefinedColumn("column x"), 1, "the database lacks .* run `conflictlog migrate`"),
        (errors.InvalidParameterValue('role "conflictlog_api" does not exist'), 1, ".* run `conflictlog migrate`"),
        (
            errors.InsufficientPrivilege("permission denied"),
            1,
            r"the database refuses it \(permission denied\): let DAT",
        ),
        (
            psycopg.InterfaceError("the connection is closed"),
            1,
            "the database cannot be used .the connection is closed",
        ),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/x/y"), 1, "/x/y: No such file or directory: "),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/x/y"), 1, "/x/y: Not a directory: check it"),
        (OSError(errno.EIO, "Input/output error"), 1, "Input/output error: check it"),
        (OSError(errno.EROFS, "Read-only file system", "/x"), 2, "/x is on a disk that is read-only: name another"),
        (PermissionError(errno.EACCES, "Permission denied"), 2, "a file may not be used by this user"),
    ],
    ids=repr,
)
def test_what_a_user_can_mend_is_one_line_that_says_how(failure: Exception, code: int, line: str) -> None:
    with pytest.raises(CommandError, match=f"^{line}") as told, explained():
        raise failure
    assert told.value.exit_code == code


def test_ctrl_c_is_no_failure_and_has_its_own_code() -> None:
    with pytest.raises(click.exceptions.Exit) as ended, explained():
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130


@pytest.mark.parametrize("command", ["api", "worker"])
def test_the_servers_start_without_reading_what_only_commands_use(command: str) -> None:
    program = f"import services.cli, services.cli.{command}, sys; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"httpx", "rich", "services.cli.running"} & set(done.stdout.split())


SERVED = {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h/0"}


def test_the_api_shares_its_port_with_nobody_and_says_once_what_is_wrong_with_its_key(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
        taken = conflictlog("api", "--port", str(port), **SERVED)
    keyless = conflictlog("api", "--port", str(port), CONFLICTLOG_LOG_KEY=str(tmp_path / "log.key"), **SERVED)
    nowhere = conflictlog("api", "--host", "nowhere.invalid", **SERVED)

    assert (taken.exit_code, taken.stderr) == (
        2,
        f"conflictlog: port {port} on 127.0.0.1 is in use: stop what listens there, or choose another with --port\n",
    )
    assert keyless.stderr.startswith("conflictlog: CONFLICTLOG_LOG_KEY=")
    assert keyless.exit_code == 2
    assert nowhere.stderr.startswith("conflictlog: host nowhere.invalid is not known here")


def test_the_api_listens_at_a_host_that_is_given_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    def granian(_target: str, **options: object) -> SimpleNamespace:
        given.update(options)
        return SimpleNamespace(serve=lambda: None)

    monkeypatch.setattr(api, "Granian", granian)
    monkeypatch.setattr(os, "environ", dict(os.environ))

    done = conflictlog("api", "--host", "localhost", "--port", str(free_port()), **SERVED)

    assert (done.exit_code, given["address"] in {"127.0.0.1", "::1"}) == (0, True), done.output


@pytest.mark.parametrize(
    ("host", "url"), [("::1", "http://[::1]:80"), ("::", "http://[::1]:80"), ("localhost", "http://localhost:80")]
)
def test_an_instance_is_reached_where_it_listens(host: str, url: str) -> None:
    assert Where(Path("data"), host, 80).url == url


@pytest.mark.parametrize(
    "arguments",
    [
        ["api"],
        ["worker"],
        ["migrate"],
        ["keys", "list"],
        ["tail"],
        ["parked", "list"],
        ["brief"],
        ["import", "ndjson", __file__],
        ["import", "ucdp-ged", __file__],
        ["export"],
        ["verify"],
        ["replay", "--dry-run"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("address", ["postgresql+psycopg://u:SeCret@h/d", "postgresql://u:SeCret x%@h/d"])
def test_no_command_repeats_the_password_in_an_address_that_is_none(arguments: list[str], address: str) -> None:
    done = conflictlog(*arguments, DATABASE_URL=address, REDIS_URL="redis://127.0.0.1:1/0")
    (line,) = done.stderr.splitlines()
    assert line.startswith("conflictlog: DATABASE_URL is no PostgreSQL address: ")
    assert (done.exit_code, "SeCret" in done.output) == (2, False)


ASKING = [["tail"], ["brief"], ["status"], ["status", "--json"], ["import", "ndjson", __file__]]


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
@pytest.mark.parametrize("key", ["clk_SeCret\nx", "clk_SeCret x", "clk_SeCret\u00e4", "clk_SeCret\udcff"])
def test_no_command_repeats_a_key_that_is_none(arguments: list[str], key: str) -> None:
    done = conflictlog(*arguments, CONFLICTLOG_URL="http://127.0.0.1:1", CONFLICTLOG_KEY=key)
    (line,) = done.stderr.splitlines()
    assert line.startswith("conflictlog: CONFLICTLOG_KEY is no key: ")
    assert (done.exit_code, "SeCret" in done.output) == (2, False)


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
def test_the_end_of_a_line_behind_a_key_or_an_address_is_none_of_it(arguments: list[str]) -> None:
    done = conflictlog(*arguments, CONFLICTLOG_URL="http://127.0.0.1:1\r", CONFLICTLOG_KEY="clk_SeCret\r")
    assert (done.exit_code, "SeCret" in done.output) == (1, False)
    assert "All connection attempts failed" in done.output or "Connection refused" in done.output


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999", "127.0.0.1:8080", "http://h:port", "http://u:SeCret@h", "ftp://h"]
)
def test_an_address_that_no_service_can_have_is_refused_and_not_repeated(arguments: list[str], url: str) -> None:
    done = conflictlog(*arguments, CONFLICTLOG_URL=url)
    (line,) = done.stderr.splitlines()
    assert line.startswith("conflictlog: CONFLICTLOG_URL is no address of a service: ")
    assert (done.exit_code, "SeCret" in done.output) == (2, False)


def test_what_is_wrong_inside_a_request_is_not_repeated() -> None:
    with pytest.raises(CommandError, match="could not be sent") as told, explained():
        raise httpx.LocalProtocolError("Illegal header value b'Bearer SeCret'")
    assert "SeCret" not in str(told.value)

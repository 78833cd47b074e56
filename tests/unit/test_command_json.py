"""With `--json` standard output holds one JSON value, also where a command fails; people's words stand beside it."""

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest
from click.testing import CliRunner, Result

from services.cli import main
from services.proofs.signer import Signer, make_seed


def conflictlog(*arguments: str, **environment: str) -> Result:
    names = ("CONFLICTLOG_DATA", "CONFLICTLOG_URL", "CONFLICTLOG_KEY", "CONFLICTLOG_LOG_KEY", "DATABASE_URL")
    return CliRunner().invoke(main, arguments, env={**dict.fromkeys(names), **environment}, prog_name="conflictlog")


def failure(done: Result) -> dict[str, Any]:
    (line,) = done.stdout.splitlines()
    told = json.loads(line)
    assert (told.pop("ok"), told.pop("exit_code")) == (False, done.exit_code)
    return told


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["status", "--json"], 2, "holds no instance"),
        (["keys", "list", "--json"], 2, "no database is named"),
        (["parked", "retry", "--json", "--reason", "why"], 2, "name the streams, or give --all"),
        (["parked", "retry", "--json"], 2, "--reason"),
        (["tail", "--json", "--after", "x"], 2, "'x' is not a valid integer"),
        (["import", "ucdp-ged", "--json", "none.csv"], 2, "'none.csv' does not exist"),
        (["export", "--json", "--format", "parquet"], 2, "Parquet needs a directory"),
        (["verify", "--json", "--public-key"], 2, "no key is named"),
        (["keys", "--json"], 2, "No such option"),
        (["up", "--json"], 2, "No such option"),
        (["eat\udce9", "--json"], 2, r"No such command 'eat\udce9'"),
        (["--json", "status"], 2, "No such option"),
    ],
    ids=str,
)
def test_a_failure_is_json_for_machines_and_words_beside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], code: int, error: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = conflictlog(*arguments)
    assert done.exit_code == code
    assert error in failure(done)["error"]
    assert done.stderr


def test_who_does_not_ask_for_json_gets_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert conflictlog("status").stdout == ""
    assert conflictlog("keys", "revoke", "--", "--json").stdout == ""


@pytest.mark.parametrize(
    ("failing", "code", "error"), [(KeyboardInterrupt, 130, "interrupted"), (ZeroDivisionError, 1, "ZeroDivisionError")]
)
def test_ctrl_c_and_defects_of_ours_are_json_as_well(
    monkeypatch: pytest.MonkeyPatch, failing: type[BaseException], code: int, error: str
) -> None:
    def fail(_url: str) -> NoReturn:
        raise failing

    monkeypatch.setattr("services.cli.migrate.migrate", fail)
    done = conflictlog("migrate", "--json", DATABASE_URL="postgresql://h/d")
    assert done.exit_code == code
    assert error in failure(done)["error"]
    # A defect keeps its trace.
    assert isinstance(done.exception, SystemExit if code == 130 else ZeroDivisionError)


def test_what_a_command_has_said_in_json_itself_is_not_followed_by_more() -> None:
    done = conflictlog("status", "--json", CONFLICTLOG_URL="http://127.0.0.1:1")
    assert (done.exit_code, json.loads(done.stdout)["ready"]) == (1, False)


def test_the_public_key_is_json_for_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Away from an instance in ./data, whose key would be told.
    monkeypatch.chdir(tmp_path)
    make_seed(tmp_path / "log.key")
    done = conflictlog("verify", "--public-key", "--json", CONFLICTLOG_LOG_KEY=str(tmp_path / "log.key"))
    assert json.loads(done.stdout) == {"public_key": Signer(tmp_path / "log.key").public.encoded}

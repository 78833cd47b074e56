"""What commands say of a database that is not migrated, that is away, or that does not take their login."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from click.testing import CliRunner, Result

from services.cli import main
from tests import servers
from tests.import_cases import ged
from tests.ports import free_port

Command = Callable[[Path], list[str]]
_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def of_file(command: str, name: str, content: str) -> Command:
    def made(directory: Path) -> list[str]:
        path = directory / name
        path.write_text(content, encoding="utf-8")
        return ["import", command, str(path)]

    return made


COMMANDS: dict[str, Command] = {
    "keys list": lambda _: ["keys", "list"],
    "tail": lambda _: ["tail", "--no-follow"],
    "parked list": lambda _: ["parked", "list"],
    "brief": lambda _: ["brief"],
    "export": lambda _: ["export"],
    "verify": lambda _: ["verify"],
    "replay": lambda _: ["replay", "--dry-run"],
    "import log": of_file(
        "log",
        "log.ndjson",
        '{"conflictlog":"log","after":0,"last":0,"format_version":1}\n'
        f'{{"conflictlog":"end","events":0,"root":"{_EMPTY}"}}\n',
    ),
    "import ndjson": of_file(
        "ndjson", "some.ndjson", '{"path": "/v1/parties", "body": {"id": "a", "name": "A", "kind": "civilians"}}\n'
    ),
    "import ucdp-ged": of_file("ucdp-ged", "events.csv", "".join(ged({})())),
}


def conflictlog(url: str, *arguments: str) -> Result:
    names = ("CONFLICTLOG_DATA", "CONFLICTLOG_URL", "CONFLICTLOG_KEY")
    return CliRunner().invoke(main, arguments, env={**dict.fromkeys(names), "DATABASE_URL": url})


@pytest.fixture
def empty_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """Give the address of a database without tables, on a server with the roles."""
    assert migrated_template
    with servers.new_database(postgres_url) as url:
        yield url


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_a_database_that_is_not_migrated_is_one_line_that_says_how(
    empty_url: str, tmp_path: Path, command: Command
) -> None:
    done = conflictlog(empty_url, *command(tmp_path))
    (line,) = done.stderr.splitlines()
    assert line.startswith("conflictlog: the database lacks what this release needs (relation ")
    assert line.endswith("): run `conflictlog migrate`")
    # With 1 a verification tells of what it found.
    assert done.exit_code == (2 if command is COMMANDS["verify"] else 1)


@pytest.mark.parametrize("command", ["keys list", "import log"])
def test_a_database_that_is_away_is_one_line_with_the_reason(tmp_path: Path, command: str) -> None:
    # In a process of its own, where nobody collects what is logged.
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *COMMANDS[command](tmp_path)],
        env={**os.environ, "DATABASE_URL": f"postgresql://u:SeCret@127.0.0.1:{free_port()}/d"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = done.stderr.splitlines()
    assert line.startswith("conflictlog: the database cannot be used (connection failed: ")
    assert "Connection refused" in line
    assert (done.returncode, "SeCret" in line) == (1, False)


@pytest.mark.parametrize("command", ["keys list", "import log"])
def test_a_login_without_rights_is_one_line_with_the_reason(database_url: str, tmp_path: Path, command: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN PASSWORD 'SeCret'")
        connection.execute(f'GRANT CONNECT ON DATABASE "{connection.info.dbname}" TO stranger'.encode())
        try:
            parts = urlsplit(database_url)
            stranger = urlunsplit(parts._replace(netloc=f"stranger:SeCret@{parts.netloc.rpartition('@')[2]}"))
            done = conflictlog(stranger, *COMMANDS[command](tmp_path))
        finally:
            connection.execute("DROP OWNED BY stranger; DROP ROLE stranger")
    (line,) = done.stderr.splitlines()
    assert line.startswith('conflictlog: the database refuses it (permission denied to set role "conflictlog_api"): ')
    assert done.exit_code == 1


@pytest.mark.parametrize("roles", ["", "clock"])
def test_a_worker_says_in_its_last_line_why_it_cannot_use_the_database_and_leaves_no_trace(roles: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "worker"],
        env={
            **os.environ,
            "DATABASE_URL": f"postgresql://u:SeCret@127.0.0.1:{free_port()}/d",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "CONFLICTLOG_ROLES": roles,
        },
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1].startswith("conflictlog: the database cannot be used (connection failed: ")
    assert (done.returncode, "Traceback" in done.stderr, "SeCret" in done.stderr) == (1, False, False)

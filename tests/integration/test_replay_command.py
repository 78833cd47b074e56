"""`conflictlog replay` as it is typed: what it says, ends with, and leaves."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from services.cli import main
from services.embedded.processes import wait_until
from tests import servers
from tests.projected import parts, tell

ROOT = Path(__file__).parents[2]
EVENTS = 120


@pytest.fixture(scope="module")
def filled_template(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """Give the name of a database with a folded log."""
    with servers.new_database(postgres_url, migrated_template) as url:
        asyncio.run(_fill(url))
        yield url.rpartition("/")[2]


async def _fill(url: str) -> None:
    async with parts(url) as held:
        await tell(held, count=EVENTS)
        await held.runner().drain()


@pytest.fixture
def url(postgres_url: str, filled_template: str) -> Iterator[str]:
    with servers.new_database(postgres_url, filled_template) as made:
        yield made


def replay(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["replay", *arguments], env={"DATABASE_URL": url, "CONFLICTLOG_DATA": None})


def told(result: Result, code: int = 0) -> dict[str, Any]:
    """Give what was said of each projection."""
    assert result.exit_code == code, result.output
    said = json.loads(result.stdout)
    assert said["ok"] is (code == 0)
    return {one["projection"]: one for one in said["projections"]}


def asked(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def traces(url: str) -> list[tuple[Any, ...]]:
    """Give all generations and their schemas."""
    return [
        *asked(url, "SELECT projection, generation, position, state FROM progress.checkpoint ORDER BY 1, 2"),
        *asked(url, "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_g_' ORDER BY 1"),
    ]


def test_every_projection_is_replayed_and_switched_in_one_go(url: str) -> None:
    found = told(replay(url, "--json"))
    assert {"registry", "occurrences", "control_map", "casualties", "strikes"} <= set(found)
    assert {(one["outcome"], one["generation"], one["position"]) for one in found.values()} == {("switched", 2, EVENTS)}
    again = replay(url, "--projection", "strikes")
    assert (again.exit_code, again.stdout) == (0, f"strikes: generation 3 is read, at position {EVENTS}\n")


def test_a_dry_run_leaves_no_trace_at_the_head_a_position_or_a_time(url: str) -> None:
    before = traces(url)
    [(moment, last)] = asked(
        url,
        "SELECT recorded_at::text, (SELECT max(position) FROM event AS two WHERE two.recorded_at <= one.recorded_at) "
        "FROM event AS one WHERE position = 50",
    )
    moment = f"{moment.replace(' ', 'T')}:00"
    for arguments, position in (
        ((), EVENTS),
        (("--to", "70"), 70),
        (("--to", moment), last),
        (("--to", "2001-01-01"), 0),
    ):
        found = told(replay(url, "--projection", "strikes", "--dry-run", "--json", *arguments))["strikes"]
        assert (found["outcome"], found["compared_at"], found["generation"]) == ("equal", position, None)
    assert replay(url, "--dry-run").stdout.count("equal at position") == len(
        asked(url, "SELECT FROM progress.checkpoint")
    )
    assert traces(url) == before


def test_rows_that_differ_are_listed_and_refused_then_accepted_and_gone_back_from(url: str) -> None:
    [(first,)] = asked(
        url,
        "WITH changed AS (UPDATE strikes_g1.strike SET weapon = 'naval' RETURNING from_position) "
        "SELECT min(from_position) FROM changed",
    )
    before = traces(url)
    for arguments in ((), ("--dry-run",)):
        found = told(replay(url, "--projection", "strikes", "--json", *arguments), code=1)["strikes"]
        assert (found["outcome"], found["first_differing"], found["compared_at"]) == ("differs", first, EVENTS)
        assert any("live only" in row and "naval" in row for row in found["differing"])
    words = replay(url, "--projection", "strikes")
    assert words.exit_code == 1
    assert words.stdout.startswith(
        f"strikes: DIFFERS at position {EVENTS}, first at {first}; nothing was switched:\n    "
    )
    assert traces(url) == before

    accepted = told(replay(url, "--projection", "strikes", "--accept-differences", "--json"))["strikes"]
    assert (accepted["outcome"], accepted["generation"], accepted["first_differing"]) == ("switched", 2, first)
    for generation, weapon in ((1, "naval"), (2, "drone")):
        back = told(replay(url, "--projection", "strikes", "--back", "--json"))["strikes"]
        assert (back["generation"], back["first_differing"]) == (generation, first)
        assert asked(url, "SELECT DISTINCT weapon FROM read.strike") == [(weapon,)]


def test_going_back_without_names_takes_those_that_can(url: str) -> None:
    told(replay(url, "--projection", "strikes", "--json"))
    found = told(replay(url, "--back", "--json"))
    assert {name for name, one in found.items() if one["outcome"] == "switched"} == {"strikes"}
    assert "no former generation" in found["casualties"]["reason"]


def test_an_event_that_cannot_be_folded_is_told_of_and_nothing_is_switched(url: str) -> None:
    before = traces(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role TO replica; ALTER TABLE event DISABLE TRIGGER ALL")
        connection.execute("UPDATE event SET data = '{' WHERE stream = 'occurrence-o0'")
    found = told(replay(url, "--projection", "strikes", "--json"), code=1)["strikes"]
    assert found["outcome"] == "failed"
    assert "cannot be rebuilt" in found["reason"]
    assert traces(url) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--to", "70"), "--to needs --dry-run"),
        (("--to", "5000", "--dry-run"), f"position 5000 is beyond the head of the log, {EVENTS}"),
        (("--to", "2020-11-25T06:00:00", "--dry-run"), "neither a date"),
        (("--to", "-3", "--dry-run"), "nor is it a position"),
        (("--projection", "weather"), "'weather' is not one of"),
        (("--back",), "no former generation"),
        (("--back", "--dry-run"), "--back goes with none of"),
        (("--dry-run", "--accept-differences"), "nothing to accept"),
    ],
)
def test_what_cannot_be_as_asked_ends_with_2_and_changes_nothing(
    url: str, arguments: tuple[str, ...], words: str
) -> None:
    before = traces(url)
    result = replay(url, *arguments)
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr
    assert traces(url) == before


def test_a_database_of_an_older_release_is_told_of_in_one_line(url: str) -> None:
    asked_for = "ALTER TABLE progress.checkpoint DROP COLUMN put_off"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(asked_for.encode())
    result = replay(url)
    assert (result.exit_code, "run `conflictlog migrate`" in result.stderr) == (1, True)
    assert result.stderr.count("\n") == 1


def test_one_that_is_built_elsewhere_is_waited_for_a_while_and_then_left(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.replay._PATIENCE_S", 0.3)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('conflictlog.generation.strikes', 0))")
        result = replay(url)
    assert (result.exit_code, "strikes is being built by another process" in result.stderr) == (2, True)


@pytest.mark.parametrize(("arguments", "left"), [((), "building"), (("--dry-run",), None)])
def test_ctrl_c_leaves_nothing_half_done(url: str, arguments: tuple[str, ...], left: str | None) -> None:
    command = [sys.executable, "-P", "-m", "services.cli", "replay", "--projection", "strikes", *arguments]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "DATABASE_URL": url}

    def states() -> list[str]:
        return [row[0] for row in asked(url, "SELECT state FROM progress.checkpoint WHERE projection = 'strikes'")]

    with psycopg.connect(url) as holding:
        # A reader that stays keeps the switch waiting, and a lock on what is compared keeps the dry run.
        lock = "LOCK TABLE strikes_g1.strike IN ACCESS EXCLUSIVE MODE" if arguments else "LOCK TABLE progress.switch"
        holding.execute(lock.encode())
        process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stderr=subprocess.PIPE)
        try:
            waits = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            assert wait_until(lambda: bool(asked(url, waits)), 60)
            process.send_signal(signal.SIGINT)
            _, written = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, "conflictlog: interrupted, nothing was switched half" in written) == (130, True), (
        written
    )
    assert states() == ["live", *([left] if left else [])]
    found = told(replay(url, "--projection", "strikes", "--json", *arguments))["strikes"]
    assert found["went_on_from"] == (EVENTS if left else 0)

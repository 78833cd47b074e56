"""The worked example's answers after PostgreSQL and Redis failed in the middle of loading it."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.demo.commands import commands
from services.embedded.valkey import EmbeddedValkey
from tests.e2e.closing_table import assert_closing_table
from tests.e2e.instance import Embedded, Service, embedded, served
from tests.e2e.loading import Event, assert_taken_once, load_at_once, resend

pytestmark = pytest.mark.long

COMMANDS = commands()
HALF = len(COMMANDS) // 2
AWAY_S = 10.0


def test_postgresql_stopped_at_once_again_and_again_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with embedded(tmp_path) as run:
        ended: list[int] = []

        def stop_at_once() -> None:
            # What `pg_ctl stop -m immediate` sends: no checkpoint, every connection cut.
            ended.append(run.end("PostgreSQL", signal.SIGQUIT).pid)

        answers = load_at_once(run.service, COMMANDS, {HALF: stop_at_once, 110: stop_at_once})
        assert len(set(ended)) == 2
        assert_taken_once(run.service, COMMANDS, answers)
        assert_closing_table(run.service.client, len(COMMANDS))


def emptied(run: Embedded) -> dict[int, Event]:
    return dict.fromkeys(range(10, len(COMMANDS), 5), run.flush_redis)


def killed(run: Embedded) -> dict[int, Event]:
    def kill() -> None:
        run.end("Valkey")

    return {40: kill, 80: kill, 120: kill}


@pytest.mark.parametrize("events", [emptied, killed])
def test_redis_emptied_or_killed_again_and_again_changes_no_answer(
    tmp_path: Path, events: Callable[[Embedded], dict[int, Event]]
) -> None:
    with embedded(tmp_path) as run:
        answers = load_at_once(run.service, COMMANDS, events(run))
        assert_taken_once(run.service, COMMANDS, answers)
        assert_closing_table(run.service.client, len(COMMANDS))


def test_redis_that_answers_nothing_for_ten_seconds_changes_no_answer(tmp_path: Path) -> None:
    with embedded(tmp_path) as run:
        load_without_redis(
            run.service,
            away=lambda: run.end("Valkey", signal.SIGSTOP),
            back=lambda: run.end("Valkey", signal.SIGCONT),
        )


def test_redis_that_is_gone_for_ten_seconds_changes_no_answer(database_url: str, tmp_path: Path) -> None:
    redis = EmbeddedValkey(tmp_path)
    redis.start()
    try:
        with served(database_url, redis.url) as [service]:
            load_without_redis(service, away=redis.stop, back=redis.start)
    finally:
        redis.stop()


def load_without_redis(service: Service, *, away: Event, back: Event) -> None:
    """Load the set while Redis goes away in the middle, and comes back before the end."""
    gone_at = 0.0
    last = len(COMMANDS) - 20

    def go() -> None:
        nonlocal gone_at
        away()
        gone_at = time.monotonic()

    def stay_away_and_return() -> None:
        # What was taken by then is read, and told again, for as long as Redis is away.
        while time.monotonic() < gone_at + AWAY_S:
            assert service.client.get("/health/ready").json()["redis"] == {"status": "away"}
            seen = service.client.get("/v1/occurrences", params={"min_position": service.head(), "wait_s": 2})
            assert seen.status_code == 200, seen.text
            again = resend(service, COMMANDS[:HALF:10])
            assert {answer.headers.get("idempotent-replayed") for answer in again.values()} == {"true"}
        back()

    answers = load_at_once(service, COMMANDS, {HALF: go, last: stay_away_and_return})
    assert_taken_once(service, COMMANDS, answers)
    assert_closing_table(service.client, len(COMMANDS))

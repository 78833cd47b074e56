"""What a command says when it cannot do its work: one line and a code, and what its processes need not read for it."""

import subprocess
import sys

import click
import httpx
import pytest

from services.cli.failures import CommandError, explained


def test_a_service_that_does_not_answer_is_one_line() -> None:
    with (
        pytest.raises(CommandError, match=r"^the service does not answer \(refused\): "),
        explained(),
    ):
        raise httpx.ConnectError("refused")


def test_a_defect_of_ours_keeps_its_trace() -> None:
    with pytest.raises(ZeroDivisionError), explained():
        raise ZeroDivisionError


def test_ctrl_c_is_no_failure_and_has_its_own_code() -> None:
    with pytest.raises(click.exceptions.Exit) as ended, explained():
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130


@pytest.mark.parametrize("command", ["api", "worker"])
def test_the_servers_start_without_reading_what_only_commands_use(command: str) -> None:
    program = f"import services.cli, services.cli.{command}, sys; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"httpx", "rich", "services.cli.running"} & set(done.stdout.split())

"""What becomes of an instance's processes, whatever happens to its parent and its children."""

import os
import signal
from pathlib import Path

import httpx
import pytest

from services.embedded.addresses import check_port
from services.embedded.errors import PortTakenError
from services.embedded.processes import ProcessId, alive, wait_until
from services.embedded.supervisor import Recorded, recorded
from tests.e2e.stand_in_run import GONE_S, StandIn, stand_in
from tests.ports import free_port

NAMES = ["PostgreSQL", "Valkey", "worker", "api"]


def test_a_killed_parent_leaves_no_process_and_frees_the_port_and_the_next_start_works(tmp_path: Path) -> None:
    port = free_port()
    with stand_in(tmp_path, port) as first:
        assert first.line() == f"ready http://127.0.0.1:{port}"
        processes = first.processes()
        assert len(processes) > len(NAMES)
        with pytest.raises(PortTakenError):
            check_port("127.0.0.1", port)
        os.kill(first.popen.pid, signal.SIGKILL)
        assert wait_until(lambda: not any(alive(process) for process in processes), GONE_S)
        check_port("127.0.0.1", port)
        assert [process.name for process in recorded(tmp_path)] == NAMES
    with stand_in(tmp_path, port) as second:
        assert second.line() == f"ready http://127.0.0.1:{port}"
        assert httpx.get(f"http://127.0.0.1:{port}", trust_env=False).text == "hello"


def test_a_start_right_after_the_parent_was_killed_ends_what_it_left(tmp_path: Path) -> None:
    port = free_port()
    with stand_in(tmp_path, port) as first:
        first.line()
        orphans = first.processes()
        os.kill(first.popen.pid, signal.SIGKILL)
        with stand_in(tmp_path, port) as second:
            assert second.line() == f"ready http://127.0.0.1:{port}"
            assert not any(alive(process) for process in orphans)


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_child_is_started_again(tmp_path: Path, name: str) -> None:
    port = free_port()
    with stand_in(tmp_path, port) as run:
        run.line()
        before = _named(run, name)
        os.kill(before.pid, signal.SIGKILL)
        assert run.line() == f"{name} ended; it is started again"
        assert wait_until(lambda: _runs_anew(run, before), 20.0)
        assert wait_until(lambda: _answers(port), 10.0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_parent_stops_everything_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    with stand_in(tmp_path, port) as run:
        run.line()
        processes = run.processes()
        run.popen.send_signal(number)
        assert run.line() == "stopped"
        assert run.popen.wait(10) == 0
        assert not any(alive(process) for process in processes)
        assert recorded(tmp_path) == []
    log = (tmp_path / "postgres" / "postgres.log").read_text()
    assert "database system is shut down" in log


def test_a_signal_while_everything_is_being_started_stops_everything(tmp_path: Path) -> None:
    with stand_in(tmp_path, free_port()) as run:
        assert wait_until((tmp_path / "postgres" / "postgres.json").exists, 20.0)
        processes = run.processes()
        run.popen.send_signal(signal.SIGTERM)
        assert run.line() == "stopped"
        assert run.popen.wait(10) == 0
        assert wait_until(lambda: not any(alive(process) for process in processes), GONE_S)
    with stand_in(tmp_path, free_port()) as again:
        assert again.line().startswith("ready ")


def test_a_second_instance_in_the_same_directory_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    port = free_port()
    with stand_in(tmp_path, port) as first:
        first.line()
        with stand_in(tmp_path, free_port()) as second:
            refusal = second.line()
            assert refusal.startswith(f"conflictlog: {tmp_path} is in use by process {first.popen.pid}: ")
            assert second.line() == ""
            assert second.popen.wait(10) == 1
        assert [process.name for process in recorded(tmp_path)] == NAMES
        assert _answers(port)


def test_a_port_in_use_is_refused_in_one_line_before_anything_is_made(tmp_path: Path) -> None:
    with stand_in(tmp_path / "one", free_port()) as first:
        first.line()
        with stand_in(tmp_path / "two", first.port) as second:
            assert second.line().startswith(f"conflictlog: port {first.port} on 127.0.0.1 is in use: ")
            assert second.line() == ""
            assert second.popen.wait(10) == 1
    assert not (tmp_path / "two" / "postgres").exists()


def test_a_recorded_number_that_belongs_to_another_process_by_now_is_left_alone(tmp_path: Path) -> None:
    port = free_port()
    ours = Recorded(os.getpid(), 1, "api")
    (tmp_path / "processes.json").write_text(f'[{{"pid":{ours.pid},"started":{ours.started},"name":"{ours.name}"}}]')
    assert recorded(tmp_path) == [ours]
    with stand_in(tmp_path, port) as run:
        assert run.line() == f"ready http://127.0.0.1:{port}"


def _named(run: StandIn, name: str) -> Recorded:
    return next(process for process in recorded(run.directory) if process.name == name)


def _runs_anew(run: StandIn, before: Recorded) -> bool:
    found = [process for process in recorded(run.directory) if process.name == before.name]
    return bool(found) and found[0].pid != before.pid and alive(ProcessId(found[0].pid, found[0].started))


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}", trust_env=False).text == "hello"
    except httpx.TransportError:
        return False

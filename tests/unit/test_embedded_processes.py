"""Recognising processes, ending them, and their end with the process that started them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.embedded.addresses import check_port, free_port
from services.embedded.child import Child
from services.embedded.errors import PortTakenError
from services.embedded.logs import Log
from services.embedded.processes import Process, ProcessId, Program, alive, end, identify, wait_until

_PATIENT = "import signal; signal.pause()"
_STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
_WITH_CHILD = """
import os, signal
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(os.getpid(), flush=True)
signal.pause()
"""
_FIRST_THREAD_ENDS = """
import ctypes, signal, socket, threading
listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=signal.sigwait, args=[[signal.SIGUSR1]]).start()
print("listening", listener.getsockname()[1], flush=True)
ctypes.CDLL(None).pthread_exit(None)
"""
_STARTER = """
import pathlib, signal, sys
from services.embedded.processes import Process, Program
here = pathlib.Path(sys.argv[1])
code = "import signal; print('up', flush=True); signal.pause()"
program = Program(command=(sys.executable, "-c", code), directory=here, environment={}, death_signal=int(sys.argv[2]))
process = Process(program, here / "log")
print(process.pid, flush=True)
signal.pause()
"""


Run = Callable[[str], Process]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    started: list[Process] = []

    def started_with(code: str) -> Process:
        started.append(Process(_program(tmp_path, code), tmp_path / "log"))
        return started[-1]

    yield started_with
    for process in started:
        process.end(((signal.SIGKILL, 5.0),))


def _program(directory: Path, code: str) -> Program:
    return Program(command=(sys.executable, "-c", code), directory=directory, environment={})


def _identified(process: Process) -> ProcessId:
    assert process.pid is not None
    found = identify(process.pid)
    assert found is not None
    return found


def test_a_process_is_known_by_its_number_and_its_start(run: Run) -> None:
    process = _identified(run(_PATIENT))
    assert alive(process)
    assert not alive(ProcessId(process.pid, process.started - 1))


def test_a_process_that_only_waits_to_be_reaped_is_gone(run: Run) -> None:
    process = run("")
    assert wait_until(lambda: process.pid is None, 5.0)
    process.end(())
    assert process.pid is None


def test_a_process_whose_first_thread_has_ended_still_runs(run: Run, tmp_path: Path) -> None:
    process = run(_FIRST_THREAD_ENDS)
    assert wait_until(lambda: (tmp_path / "log").read_text().startswith("listening"), 5.0)
    port = int((tmp_path / "log").read_text().split()[1])
    assert process.pid is not None
    stat = Path(f"/proc/{process.pid}/stat")
    assert wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z", 5.0)
    assert process.pid is not None
    with pytest.raises(PortTakenError):
        check_port("127.0.0.1", port)
    process.end(((signal.SIGTERM, 5.0),))
    check_port("127.0.0.1", port)


def test_a_process_that_does_not_heed_its_signal_is_killed(run: Run, tmp_path: Path) -> None:
    process = run(_STUBBORN)
    assert wait_until(lambda: (tmp_path / "log").read_text() == "deaf\n", 5.0)
    known = _identified(process)
    end(known, ((signal.SIGTERM, 0.1),))
    assert not alive(known)


def test_what_a_process_leaves_in_its_group_ends_with_it(run: Run, tmp_path: Path) -> None:
    process = run(_WITH_CHILD)
    assert wait_until(lambda: (tmp_path / "log").read_text().endswith("\n"), 5.0)
    grandchild = identify(int((tmp_path / "log").read_text()))
    assert grandchild is not None
    process.end(((signal.SIGTERM, 5.0),))
    assert wait_until(lambda: not alive(grandchild), 5.0)


def test_a_child_has_a_group_of_its_own_and_a_log_that_is_ours_alone(run: Run, tmp_path: Path) -> None:
    process = _identified(run(_PATIENT))
    assert os.getpgid(process.pid) == process.pid
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_child_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(tmp_path), str(int(signal.SIGKILL))], stdout=subprocess.PIPE, text=True
    )
    with starter:
        assert starter.stdout is not None
        child = identify(int(starter.stdout.readline()))
        assert child is not None
        assert wait_until(lambda: (tmp_path / "log").read_text() == "up\n", 5.0)
        assert alive(child)
        starter.kill()
    assert wait_until(lambda: not alive(child), 5.0)


def test_a_program_that_is_not_there_says_so_in_its_log(tmp_path: Path) -> None:
    program = Program(command=("/nowhere/program",), directory=tmp_path, environment={})
    child = Child("lost", program, Log(tmp_path / "lost.log"))
    child.start()
    assert wait_until(lambda: child.pid is None, 5.0)
    assert "lost did not start: cannot run /nowhere/program" in str(child.failure())
    child.stop()


def test_a_port_where_something_listens_is_refused_and_another_is_found() -> None:
    port = free_port()
    check_port("127.0.0.1", port)
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "-b", "127.0.0.1", str(port)], stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        server.stdout.readline()
        with pytest.raises(PortTakenError, match=f"port {port} on 127.0.0.1 is in use"):
            check_port("127.0.0.1", port)
        assert free_port(port) != port
        server.kill()
    assert free_port(port) == port

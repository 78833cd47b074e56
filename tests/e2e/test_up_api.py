"""Granian as a child: its workers neither outlive it nor stay dead."""

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from services.embedded.addresses import check_port
from services.embedded.child import Child
from services.embedded.logs import Log
from services.embedded.processes import ProcessId, Program, alive, wait_until
from tests.e2e.stand_in_run import GONE_S, descendants, environment
from tests.ports import free_port

_NOWHERE = {"DATABASE_URL": "postgresql://127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}


@contextmanager
def api(directory: Path, port: int) -> Generator[Child]:
    program = Program(
        command=(sys.executable, "-P", "-m", "tests.e2e.api_stand_in"),
        directory=directory,
        environment={**environment(), **_NOWHERE, "CONFLICTLOG_PORT": str(port), "CONFLICTLOG_API_WORKERS": "2"},
    )
    child = Child("api", program, Log(directory / "api.log"))
    child.start()
    try:
        assert wait_until(lambda: _says_hello(port), 20.0), (directory / "api.log").read_text()
        yield child
    finally:
        child.stop()


def test_a_killed_server_takes_its_workers_along_and_frees_the_port(tmp_path: Path) -> None:
    port = free_port()
    with api(tmp_path, port) as child:
        workers = _workers(child)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        assert wait_until(lambda: not any(alive(worker) for worker in workers), GONE_S)
        check_port("127.0.0.1", port)
        # Its last thread may end after its workers did.
        assert wait_until(lambda: child.pid is None, GONE_S)
        child.start()
        assert wait_until(lambda: _says_hello(port), 20.0)


def test_a_killed_worker_is_replaced_while_the_server_goes_on(tmp_path: Path) -> None:
    with api(tmp_path, free_port()) as child:
        workers, server = _workers(child), child.pid
        os.kill(workers[0].pid, signal.SIGKILL)
        assert wait_until(lambda: not alive(workers[0]) and len(_workers(child)) == 2, 20.0)
        assert child.pid == server


def test_a_stop_leaves_no_worker(tmp_path: Path) -> None:
    port = free_port()
    with api(tmp_path, port) as child:
        workers = _workers(child)
        child.stop()
        assert not any(alive(worker) for worker in workers)
        check_port("127.0.0.1", port)


def _workers(child: Child) -> list[ProcessId]:
    assert child.pid is not None
    assert wait_until(lambda: child.pid is not None and len(descendants(child.pid)) == 2, 10.0)
    return descendants(child.pid)


def _says_hello(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}", trust_env=False).text == "hello"
    except httpx.TransportError:
        return False

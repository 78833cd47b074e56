"""`conflictlog up` with everything that belongs to it."""

import os
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from services.embedded.addresses import check_port
from services.embedded.processes import alive, wait_until
from services.embedded.supervisor import recorded
from tests.e2e.stand_in_run import GONE_S, StandIn, stand_in
from tests.ports import free_port

NAMES = ["PostgreSQL", "Valkey", "worker-follow", "worker-deliver", "worker-rebuild", "worker-clock", "api"]


@contextmanager
def up(directory: Path, port: int) -> Generator[StandIn]:
    arguments = ("services.cli", "up", "--data", str(directory), "--port", str(port))
    with stand_in(directory, port, arguments=arguments) as run:
        assert run.ready_line() == f"ready http://127.0.0.1:{port}"
        yield run


@pytest.mark.long
def test_up_survives_the_death_of_its_parent_and_starts_again_within_five_seconds(tmp_path: Path) -> None:
    port = free_port()
    with up(tmp_path, port) as first:
        assert [process.name for process in recorded(tmp_path)] == NAMES
        processes = first.processes()
        os.kill(first.popen.pid, signal.SIGKILL)
        assert wait_until(lambda: not any(alive(process) for process in processes), GONE_S)
        check_port("127.0.0.1", port)
    # The quickest of three, for the machine may be busy with other tests.
    assert min(_start_s(tmp_path, port) for _ in range(3)) < 5.0


def test_up_reads_anonymously_and_its_key_may_report(tmp_path: Path) -> None:
    port = free_port()
    with up(tmp_path, port), httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        assert client.get("/v1/sources").status_code == 200
        source = {"id": "reuters", "name": "Reuters", "kind": "news_agency"}
        assert client.post("/v1/sources", json=source).status_code == 401
        key = (tmp_path / "admin.key").read_text().strip()
        made = client.post("/v1/sources", json=source, headers={"Authorization": f"Bearer {key}"})
        assert made.status_code == 201, made.text
        follows = client.get("/v1/sources", params={"min_position": made.json()["position"]})
        assert "Reuters" in follows.text


@pytest.mark.parametrize("name", ["api", "worker-follow"])
def test_a_killed_part_of_the_product_comes_back(tmp_path: Path, name: str) -> None:
    port = free_port()
    with up(tmp_path, port) as run:
        before = next(process for process in recorded(tmp_path) if process.name == name)
        os.kill(before.pid, signal.SIGKILL)
        assert run.line() == f"{name} ended; it is started again"
        assert wait_until(lambda: _ready(port) and any(_again(tmp_path, name, before.pid)), 30.0)


def _again(directory: Path, name: str, pid: int) -> Generator[bool]:
    for process in recorded(directory):
        yield process.name == name and process.pid != pid


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False


def _start_s(directory: Path, port: int) -> float:
    begun = time.monotonic()
    with up(directory, port):
        return time.monotonic() - begun

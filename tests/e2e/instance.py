"""The product as it runs, for tests that know it over HTTP alone: everything embedded, or on servers that are given."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from services.embedded.instance import Instance
from services.embedded.processes import ProcessId, alive, wait_until
from services.embedded.supervisor import Recorded, recorded
from services.wiring import open_blocking_redis
from tests.api_client import make_key
from tests.e2e.stand_in_run import PROJECT, stand_in
from tests.ports import free_port

STARTED_S = 60.0
_ANSWER_S = 75.0
_STOPPED_S = 20.0


class Service(NamedTuple):
    """An API that is ready: its address, and a client whose key may do everything."""

    url: str
    key: str
    client: httpx.Client

    def head(self) -> int:
        return self.client.get("/v1/log", params={"limit": 1}).raise_for_status().json()["position"]

    def with_key(self, key: str | None) -> httpx.Client:
        return _client(self.url, key)

    def generations(self) -> dict[str, tuple[int, int]]:
        """Give each projection's live generation and its position."""
        items = self.client.get("/v1/projections").raise_for_status().json()["items"]
        return {one["name"]: (one["generation"], one["position"]) for one in items if one["state"] == "live"}


class Embedded(NamedTuple):
    """`conflictlog up`: the service, and the processes behind it."""

    service: Service
    directory: Path

    def process(self, name: str) -> Recorded:
        """Give a process that runs, waiting until it does."""
        found: list[Recorded] = []

        def runs() -> bool:
            found[:] = [one for one in recorded(self.directory) if one.name == name and _lives(one)]
            return bool(found)

        assert wait_until(runs, STARTED_S), f"{name} does not run"
        return found[0]

    def end(self, name: str, number: signal.Signals = signal.SIGKILL) -> Recorded:
        """End a process with a signal; gives the one that was ended."""
        ended = self.process(name)
        os.kill(ended.pid, number)
        return ended

    def runs_anew(self, ended: Recorded) -> None:
        """Wait until another process stands in for one that was ended."""
        assert wait_until(lambda: not _lives(ended), _STOPPED_S)
        assert self.process(ended.name).pid != ended.pid
        assert wait_until(lambda: self.answers("/health/ready"), STARTED_S)

    def answers(self, path: str) -> bool:
        try:
            return self.service.client.get(path).is_success
        except httpx.TransportError:
            return False

    def flush_redis(self) -> None:
        with open_blocking_redis(Instance(self.directory).valkey.url) as redis:
            redis.flushall()  # pyright: ignore[reportUnknownMemberType] -- its options have no types


@contextmanager
def embedded(directory: Path) -> Generator[Embedded]:
    """Run `conflictlog up` in a directory."""
    port = free_port()
    arguments = ("services.cli", "up", "--data", str(directory), "--port", str(port))
    with stand_in(directory, port, arguments=arguments) as parent:
        ready = parent.ready_line()
        assert ready == f"ready http://127.0.0.1:{port}", ready
        key = (directory / "admin.key").read_text(encoding="utf-8").strip()
        with _client(ready.split()[1], key) as client:
            yield Embedded(Service(ready.split()[1], key, client), directory)


@contextmanager
def served(database_url: str, redis_url: str, *, apis: int = 1, workers: int = 1) -> Generator[list[Service]]:
    """Run `conflictlog api` and `conflictlog worker` on servers that are there; gives a service for each API."""
    key = asyncio.run(make_key(database_url))
    shared = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(PROJECT),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CONFLICTLOG_API_WORKERS": "1",
        "CONFLICTLOG_ROLES": "follow",
        "CONFLICTLOG_LOG_LEVEL": "warning",
    }
    ports = [free_port() for _ in range(apis)]
    commands = [*[("worker",)] * workers, *(("api", "--port", str(port)) for port in ports)]
    with _running(commands, shared) as processes, ExitStack() as stack:
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        services = [Service(url, key, stack.enter_context(_client(url, key))) for url in urls]
        assert wait_until(lambda: all(map(_ready, services)) or _any_ended(processes), STARTED_S)
        assert not _any_ended(processes), "see what it wrote"
        yield services


@contextmanager
def _running(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str]
) -> Generator[list["subprocess.Popen[bytes]"]]:
    """Run commands of the product, and stop them all in the end."""
    python = (sys.executable, "-P", "-m", "services.cli")
    processes = [subprocess.Popen([*python, *arguments], env=dict(environment), cwd=PROJECT) for arguments in commands]
    try:
        yield processes
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(_STOPPED_S)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _any_ended(processes: Sequence["subprocess.Popen[bytes]"]) -> bool:
    return any(process.poll() is not None for process in processes)


def _client(url: str, key: str | None) -> httpx.Client:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=url, headers=headers, timeout=_ANSWER_S, trust_env=False)


def _ready(service: Service) -> bool:
    """Tell whether the API answers and its projections are there."""
    try:
        return all(service.client.get(path).is_success for path in ("/health/ready", "/v1/casualties"))
    except httpx.TransportError:
        return False


def _lives(process: Recorded) -> bool:
    return alive(ProcessId(process.pid, process.started))

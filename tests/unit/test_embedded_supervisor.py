"""The order of starting and stopping, and the pauses between restarts."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from services.embedded import supervisor as supervision
from services.embedded.errors import DirectoryHeldError, InstanceError
from services.embedded.processes import alive, identify
from services.embedded.supervisor import Recorded, Supervisor


class FakeServer:
    """A server that runs until it is told otherwise, and writes down what happens to it."""

    def __init__(self, name: str, seen: list[str]) -> None:
        self.name = name
        self.seen = seen
        self.running = False
        self.broken = False

    @property
    def pid(self) -> int | None:
        return 2**31 - 1 if self.running else None

    def start(self) -> None:
        self.seen.append(f"start {self.name}")
        if self.broken:
            raise InstanceError(f"{self.name} is broken")
        self.running = True

    def stop(self) -> None:
        self.seen.append(f"stop {self.name}")
        self.running = False


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(supervision, "time", clock)
    return clock


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    return Supervisor(tmp_path, say=said.append)


def test_servers_stop_in_the_opposite_order_of_their_starting(supervisor: Supervisor, seen: list[str]) -> None:
    supervisor.hold()
    supervisor.add(FakeServer("a", seen), FakeServer("b", seen))
    supervisor.add(FakeServer("c", seen))
    supervisor.stop()
    assert seen == ["start a", "start b", "start c", "stop c", "stop b", "stop a"]


def test_a_server_that_comes_late_is_stopped_after_the_one_it_stands_before(
    supervisor: Supervisor, seen: list[str]
) -> None:
    last = FakeServer("c", seen)
    supervisor.hold()
    supervisor.add(FakeServer("a", seen), last)
    supervisor.add(FakeServer("b", seen), before=last)
    supervisor.stop()
    assert seen == ["start a", "start c", "start b", "stop c", "stop b", "stop a"]


def test_a_server_that_cannot_be_stopped_keeps_no_other_from_stopping(
    supervisor: Supervisor, seen: list[str], said: list[str]
) -> None:
    class Stuck(FakeServer):
        def stop(self) -> None:
            raise InstanceError("stuck")

    supervisor.hold()
    supervisor.add(FakeServer("a", seen), Stuck("b", seen))
    supervisor.stop()
    assert seen == ["start a", "start b", "stop a"]
    assert said == ["stuck"]


def test_the_pauses_between_quick_failures_grow_to_ten_seconds(
    supervisor: Supervisor, seen: list[str], clock: Clock
) -> None:
    server = FakeServer("a", seen)
    supervisor.hold()
    supervisor.add(server)
    pauses: list[float] = []
    for _ in range(8):
        server.running = False
        ended = clock.now
        assert supervisor.watch(lambda: server.running, 60.0)
        pauses.append(clock.now - ended)
    supervisor.stop()
    assert pauses == sorted(pauses)
    assert pauses[0] <= 1.0
    assert 10.0 <= pauses[-1] <= 11.0


def test_a_server_that_ran_steadily_is_started_again_at_once(
    supervisor: Supervisor, seen: list[str], clock: Clock
) -> None:
    server = FakeServer("a", seen)
    supervisor.hold()
    supervisor.add(server)
    for _ in range(5):
        server.running = False
        supervisor.watch(lambda: server.running, 60.0)
    assert supervisor.restarts(server) == 5
    clock.now += 31.0
    server.running = False
    ended = clock.now
    supervisor.watch(lambda: server.running, 60.0)
    assert clock.now - ended < 1.0
    assert supervisor.restarts(server) == 0
    supervisor.stop()


def test_a_server_that_does_not_start_again_is_tried_again_and_the_others_run_on(
    supervisor: Supervisor, seen: list[str], said: list[str], clock: Clock
) -> None:
    broken, other = FakeServer("a", seen), FakeServer("b", seen)
    supervisor.hold()
    supervisor.add(broken, other)
    broken.running, broken.broken = False, True
    assert not supervisor.watch(lambda: broken.running, 5.0)
    assert said[:2] == ["a ended; it is started again", "a is broken"]
    assert other.running
    broken.broken = False
    assert supervisor.watch(lambda: broken.running, 20.0)
    assert clock.now > 1005.0
    supervisor.stop()


def test_a_supervisor_that_is_refused_the_directory_leaves_its_holders_record(
    tmp_path: Path, supervisor: Supervisor, seen: list[str]
) -> None:
    supervisor.hold()
    supervisor.add(FakeServer("a", seen))
    other = Supervisor(tmp_path, say=seen.append)
    with pytest.raises(DirectoryHeldError):
        other.hold()
    assert (tmp_path / "processes.json").exists()
    supervisor.stop()
    assert other.hold() is False
    other.stop()


def test_what_an_earlier_run_left_is_ended_by_number_and_start(tmp_path: Path, supervisor: Supervisor) -> None:
    orphans = [subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) for _ in range(2)]
    found = [identify(orphan.pid) for orphan in orphans]
    ours, other = (process for process in found if process is not None)
    record = [Recorded(ours.pid, ours.started, "api"), Recorded(other.pid, other.started - 1, "worker")]
    (tmp_path / "processes.json").write_bytes(msgspec.json.encode(record))
    try:
        assert supervisor.hold() is True
        assert not alive(ours)
        assert alive(other)
    finally:
        supervisor.stop()
        for orphan in orphans:
            orphan.kill()
            orphan.wait()


def test_a_record_that_cannot_be_read_is_no_reason_not_to_start(tmp_path: Path, supervisor: Supervisor) -> None:
    (tmp_path / "processes.json").write_text('[{"pid": 1')
    assert supervisor.hold() is True
    supervisor.stop()

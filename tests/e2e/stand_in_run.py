"""Runs the stand-in instance from a test, and sees which processes belong to it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from services.embedded.processes import ProcessId, User, alive, identify, wait_until

PROJECT = Path(__file__).parent.parent.parent
GONE_S = 10.0


class StandIn:
    """The stand-in's parent process."""

    def __init__(self, popen: "subprocess.Popen[str]", directory: Path, port: int) -> None:
        self.popen = popen
        self.directory = directory
        self.port = port

    def line(self) -> str:
        """Read its next line; the empty string once it has ended."""
        assert self.popen.stdout is not None
        return self.popen.stdout.readline().strip()

    def ready_line(self) -> str:
        """Read until it is ready, or has ended."""
        said: list[str] = []
        while line := self.line():
            if line.startswith("ready "):
                return line
            said.append(line)
        return "\n".join(said)

    def processes(self) -> list[ProcessId]:
        """Give all of its descendants."""
        return descendants(self.popen.pid)


@contextmanager
def stand_in(
    directory: Path,
    port: int,
    *,
    python: str = sys.executable,
    user: User | None = None,
    arguments: Sequence[str] | None = None,
) -> Generator[StandIn]:
    """Run the stand-in, or another module that does as it does, and kill it in the end if it still runs."""
    popen = subprocess.Popen(
        [python, "-P", "-m", *(arguments or ("tests.e2e.stand_in", str(directory), str(port)))],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        cwd="/",
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )
    run = StandIn(popen, directory, port)
    try:
        yield run
    finally:
        left = run.processes()
        popen.kill()
        popen.wait()
        if popen.stdout is not None:
            popen.stdout.close()
        wait_until(lambda: not any(alive(process) for process in left), GONE_S)


@contextmanager
def open_directory() -> Generator[Path]:
    """Give an empty directory that every user can pass through; pytest's own are closed."""
    directory = Path(tempfile.mkdtemp(prefix="conflictlog-test-"))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def environment() -> Mapping[str, str]:
    """Give an environment in which another Python of the same version finds us and our packages."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, sys.path)])}


def descendants(pid: int) -> list[ProcessId]:
    """Find the running processes below a process."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            parent = parent_of(int(entry.name))
            if parent is not None:
                children.setdefault(parent, []).append(int(entry.name))
    found: list[ProcessId] = []
    waiting = list(children.get(pid, []))
    while waiting:
        one = waiting.pop()
        waiting.extend(children.get(one, []))
        process = identify(one)
        if process is not None:
            found.append(process)
    return found


def parent_of(pid: int) -> int | None:
    """Give a process's parent."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1])

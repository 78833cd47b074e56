"""Starting, recognising and ending processes, on Linux."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from services.embedded import launch

_LAUNCH = Path(launch.__file__).resolve()
_POLL_S = 0.01
_KILL_WAIT_S = 10.0
# Fields of /proc/PID/stat, counted after the name, which may hold blanks and brackets itself.
_STATE, _THREADS, _STARTED = 0, 17, 19
_ENDED = frozenset({"Z", "X"})

# Signals to send in turn, each with how many seconds to wait for the process to go.
Signals: TypeAlias = Sequence[tuple[signal.Signals, float]]


class User(Struct, frozen=True):
    """A user of this machine, by number."""

    uid: int
    gid: int


class Program(Struct, frozen=True, kw_only=True):
    """What to run, where and as whom; `death_signal` is what it gets when its starter ends without a word."""

    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    user: User | None = None
    death_signal: int = int(signal.SIGTERM)


class ProcessId(Struct, frozen=True):
    """A process that no later one of the same number is taken for; `started` is in ticks since boot."""

    pid: int
    started: int


def give(path: Path, user: User | None) -> None:
    """Make a user the owner of a file or directory; None leaves it ours."""
    if user is not None:
        os.chown(path, user.uid, user.gid)


class Process:
    """A program run as a child, in a process group of its own.

    An ended child is reaped by `end` alone, so that until then its number, which is also its group's, stays ours.
    Start it from a thread that lives as long as it should: the kernel takes the thread for the parent.
    """

    def __init__(self, program: Program, log: Path, *, stdin: int = subprocess.DEVNULL) -> None:
        """Start the program, its output appended to a log that only we can read."""
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._popen = subprocess.Popen(
                launched(program),
                stdin=stdin,
                stdout=descriptor,
                stderr=subprocess.STDOUT,
                cwd=program.directory,
                env=dict(program.environment),
                process_group=0,
            )
        finally:
            os.close(descriptor)

    @property
    def pid(self) -> int | None:
        """Give its number while it runs."""
        return None if identify(self._popen.pid) is None else self._popen.pid

    def tell(self, text: str) -> None:
        """Hand the program its input, which is a pipe, and close that; one that has ended hears nothing."""
        if self._popen.stdin is not None:
            with suppress(BrokenPipeError), self._popen.stdin as pipe:
                pipe.write(text.encode())

    def end(self, signals: Signals) -> None:
        """End it as `end` does, and kill what is left of its process group."""
        known = identify(self._popen.pid)
        if known is not None:
            end(known, signals)
        kill_group(self._popen.pid)
        self._popen.wait()


def run(program: Program, *, timeout_s: float, text: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a program to its end with `text` as its input, and keep what it says."""
    return subprocess.run(
        launched(program),
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=program.directory,
        env=dict(program.environment),
        timeout=timeout_s,
        check=False,
        process_group=0,
    )


def launched(program: Program) -> list[str]:
    """Give the command line that becomes the program and ties it to this process."""
    user = program.user or User(-1, -1)
    numbers = (os.getpid(), program.death_signal, user.uid, user.gid)
    return [sys.executable, "-I", "-S", str(_LAUNCH), *map(str, numbers), *program.command]


def identify(pid: int) -> ProcessId | None:
    """Give the running process of that number; one that only waits to be reaped is none.

    The first thread may end before the others, which still hold the process's files and ports.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    ended = fields[_STATE] in _ENDED and int(fields[_THREADS]) <= 1
    return None if ended else ProcessId(pid, int(fields[_STARTED]))


def alive(process: ProcessId) -> bool:
    """Tell whether this very process still runs."""
    return identify(process.pid) == process


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Wait for a condition; False if it did not come in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def end(process: ProcessId, signals: Signals) -> None:
    """Send each signal in turn, waiting so many seconds for the process to go after each; then kill its group."""
    for number, wait_s in signals:
        if not alive(process):
            return
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
        if wait_until(lambda: not alive(process), wait_s):
            return
    kill_group(process.pid)
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: not alive(process), _KILL_WAIT_S)


def kill_group(leader: int) -> None:
    """Kill what is left of the process group of that number; the caller knows that the group is ours."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def working_in(directory: Path, program: str) -> Iterator[ProcessId]:
    """Find the running processes of a program whose working directory this is, as far as we may look."""
    here = directory.stat()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            there = (entry / "cwd").stat()
            if (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):
                continue
            name = (entry / "comm").read_text(encoding="utf-8").strip()
            if name == program and (process := identify(int(entry.name))) is not None:
                yield process

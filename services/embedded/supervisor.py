"""Keeps a set of servers running, in order, for as long as this process lives and not a moment longer."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec

from services.embedded.directory import DirectoryLock, write_private
from services.embedded.errors import InstanceError
from services.embedded.processes import ProcessId, end, identify

_LOOK_EVERY_S = 0.2
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0
_STEADY_S = 30.0
_ORPHAN_STOP = ((signal.SIGTERM, 5.0),)


class Server(Protocol):
    """Something that runs as a child process; `start` does nothing where it runs, `stop` nothing where it does not."""

    name: str

    @property
    def pid(self) -> int | None:
        """Give the process, None if it does not run."""
        ...

    def start(self) -> None:
        """Start it and return once it can be used, or raise an InstanceError."""
        ...

    def stop(self) -> None:
        """Stop it and return once its process is gone."""
        ...


class Recorded(ProcessId, frozen=True):
    """A server's process, as a later run finds it."""

    name: str


class _Watched:
    """A server and when it may be started again."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.wanted = False
        self.started_at = 0.0
        self.pause_s = _FIRST_PAUSE_S
        self.not_before: float | None = None
        self.restarts = 0

    def start(self) -> None:
        self.wanted = True
        self.not_before = None
        self.started_at = time.monotonic()
        self.server.start()

    def postpone(self) -> None:
        """Wait longer from failure to failure, and briefly again after a steady run."""
        now = time.monotonic()
        steady = now - self.started_at > _STEADY_S
        self.pause_s = _FIRST_PAUSE_S if steady else min(2 * self.pause_s, _LONGEST_PAUSE_S)
        self.restarts = 0 if steady else self.restarts + 1
        self.not_before = now + self.pause_s


class Supervisor:
    """Holds a directory, ends what an earlier run left there, and starts, watches and stops servers in order.

    Servers are stopped in the opposite order of their adding. Use it from the main thread: the children are tied
    to the thread that starts them.
    """

    def __init__(self, directory: Path, *, say: Callable[[str], None]) -> None:
        """Name the directory, which exists, and who is told about restarts."""
        self._directory = directory
        self._record = directory / "processes.json"
        self._lock = DirectoryLock(directory)
        self._say = say
        self._watched: list[_Watched] = []

    def hold(self) -> bool:
        """Take the directory and end the processes that its last holder left: True if it was not stopped properly.

        Raises DirectoryHeldError.
        """
        self._lock.acquire()
        for process in reversed(recorded(self._directory)):
            end(ProcessId(process.pid, process.started), _ORPHAN_STOP)
        crashed = self._record.exists()
        self._record.unlink(missing_ok=True)
        return crashed

    def add(self, *servers: Server, before: Server | None = None) -> None:
        """Start servers, one after the other, and watch them from now on.

        Those that come late but stand `before` another one in the order are stopped after it.
        """
        for server in servers:
            watched = _Watched(server)
            known = [one.server for one in self._watched]
            self._watched.insert(known.index(before) if before else len(known), watched)
            watched.start()
            self._write_record()

    def look(self) -> None:
        """Restart what has ended, unless it ended too often too quickly: then after a pause."""
        for watched in self._watched:
            if watched.server.pid is not None:
                continue
            if watched.not_before is None:
                watched.server.stop()
                watched.postpone()
                self._say(f"{watched.server.name} ended; it is started again")
            elif time.monotonic() >= watched.not_before:
                self._restart(watched)

    def restarts(self, server: Server) -> int:
        """Tell how often a server has ended shortly after its start, since its last steady run."""
        return next(watched.restarts for watched in self._watched if watched.server is server)

    def watch(self, until: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Keep the servers running until a condition holds; False if it did not within the time."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not until():
            if deadline is not None and time.monotonic() > deadline:
                return False
            self.look()
            time.sleep(_LOOK_EVERY_S)
        return True

    def stop(self) -> None:
        """Stop all servers, the last started first, and let go of the directory."""
        for watched in reversed(self._watched):
            try:
                watched.server.stop()
            except InstanceError as error:
                self._say(str(error))
        self._watched.clear()
        self._record.unlink(missing_ok=True)
        self._lock.release()

    def _restart(self, watched: _Watched) -> None:
        """Start a server again, and try later where that fails."""
        try:
            watched.start()
        except InstanceError as error:
            self._say(str(error))
            watched.postpone()
        self._write_record()

    def _write_record(self) -> None:
        """Write down which processes are ours, for the run after a crash."""
        found: list[Recorded] = []
        for watched in self._watched:
            pid = watched.server.pid
            process = None if pid is None else identify(pid)
            if process is not None:
                found.append(Recorded(process.pid, process.started, watched.server.name))
        write_private(self._record, msgspec.json.encode(found))


def recorded(directory: Path) -> list[Recorded]:
    """Give the processes that the directory's last holder wrote down, in the order of their starting."""
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((directory / "processes.json").read_bytes(), type=list[Recorded])
    return []

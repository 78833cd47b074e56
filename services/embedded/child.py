"""One of our own programs as a child process."""

import signal

from msgspec.structs import replace

from services.embedded.errors import InstanceError
from services.embedded.logs import Log
from services.embedded.processes import Process, Program


class Child:
    """A program that is started, watched and stopped by its name; its output goes to its log.

    When the parent ends without a word the kernel kills it: whatever it does must stand that at any moment.
    """

    def __init__(self, name: str, program: Program, log: Log, *, stop_s: float = 10.0) -> None:
        """Name the program; nothing is started. It has `stop_s` to end after SIGTERM."""
        self.name = name
        self._program = replace(program, death_signal=int(signal.SIGKILL))
        self._log = log
        self._stop_s = stop_s
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Give the process, None if it does not run."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the program unless it runs; what its last run left in its process group is killed first."""
        if self.pid is None:
            self.stop()
            self._log.begin()
            self._process = Process(self._program, self._log.path)

    def stop(self) -> None:
        """End the program and all of its process group."""
        process, self._process = self._process, None
        if process:
            process.end(((signal.SIGTERM, self._stop_s),))

    def failure(self) -> InstanceError:
        """Say in one line why the last run failed."""
        return self._log.failure(self.name)

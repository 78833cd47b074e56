"""What a child process wrote, kept in a file of bounded size."""

import os
from pathlib import Path

from services.embedded.directory import PRIVATE_FILE
from services.embedded.errors import DiskFullError, InstanceError, ServerFailedError, named

_LARGEST_BYTES = 10_000_000
_READ_BYTES = 20_000
_TELLING = ("PANIC", "FATAL", "Error", "ERROR", "error")
_FULL = "No space left on device"


class Log:
    """One log file; `begin` marks where the output of the coming run starts."""

    def __init__(self, path: Path) -> None:
        """Name the file; it need not exist."""
        self.path = path
        self._begin = 0

    def begin(self) -> None:
        """Mark the place from which `text` reads; a file grown large is put aside first, one generation of it."""
        try:
            size = self.path.stat().st_size if self.path.exists() else 0
            if size > _LARGEST_BYTES:
                self.path.replace(self.path.with_suffix(".log.1"))
                size = 0
        except OSError as error:
            raise named(error, self.path) from error
        self._begin = size

    def text(self) -> str:
        """Give the last of what was written since `begin`."""
        try:
            with self.path.open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(self._begin, file.tell() - _READ_BYTES))
                return file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def write(self, text: str) -> None:
        """Add what a program said that did not write here itself."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)

    def failure(self, name: str) -> InstanceError:
        """Say in one line why the run failed, as its last telling line has it."""
        text = self.text()
        if _FULL in text:
            return DiskFullError(self.path.parent)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        telling = [line for line in lines if any(word in line for word in _TELLING)]
        reason = (telling or lines or ["it said nothing"])[-1]
        return ServerFailedError(name, reason, self.path)

"""An instance's directory: who holds it, and files written so that a crash leaves the old or the new, never half."""

import fcntl
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from services.embedded.errors import DirectoryHeldError, named

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700


def make_directory(path: Path, mode: int = PRIVATE_DIRECTORY) -> None:
    """Create a directory and its parents; one that exists keeps its mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_dir():
            path.mkdir()
            path.chmod(mode)
    except OSError as error:
        raise named(error, path) from error


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise named(error, path) from error


class DirectoryLock:
    """Holds a directory for one process; the kernel lets go when that process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        """Name the directory; nothing is held yet."""
        self._directory = directory
        self._path = directory / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the directory, or raise DirectoryHeldError."""
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        except OSError as error:
            raise named(error, self._directory) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 20, 0).strip()
            os.close(descriptor)
            raise DirectoryHeldError(self._directory, int(holder) if holder.isdigit() else None) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go of the directory."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        """Take the directory."""
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the directory."""
        self.release()


def holder_of(directory: Path) -> int | None:
    """Give the process that holds a directory, 0 where it has not said which, None where nobody does."""
    if not (directory / "lock").exists():
        return None
    lock = DirectoryLock(directory)
    try:
        lock.acquire()
    except DirectoryHeldError as held:
        return held.holder or 0
    lock.release()
    return None

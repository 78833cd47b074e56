"""What can go wrong with the processes of an instance, each said in one line with what to do next."""

import errno
from pathlib import Path


class InstanceError(Exception):
    """An instance cannot be started or reached; the message is one line and says what to do next."""


class DirectoryHeldError(InstanceError):
    """Another process holds the directory."""

    def __init__(self, directory: Path, holder: int | None) -> None:
        """Keep the directory and the process that holds it, where that is known."""
        who = "another process" if holder is None else f"process {holder}"
        super().__init__(f"{directory} is in use by {who}: stop it first, or choose another directory with --data")
        self.directory = directory
        self.holder = holder


class PortTakenError(InstanceError):
    """Something else listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        """Keep the address."""
        super().__init__(f"port {port} on {host} is in use: stop what listens there, or choose another with --port")
        self.host = host
        self.port = port


class DiskFullError(InstanceError):
    """There is no room left where the data is kept."""

    def __init__(self, path: Path) -> None:
        """Keep where the room is missing."""
        super().__init__(f"no space is left on the disk of {path}: free some, or choose another directory with --data")
        self.path = path


class NotWritableError(InstanceError):
    """A file or directory may not be written by this user."""

    def __init__(self, path: Path) -> None:
        """Keep the path."""
        super().__init__(f"{path} cannot be written by this user: change its owner, or choose another with --data")
        self.path = path


class ServerFailedError(InstanceError):
    """A server process ended, or did not answer, where it should have started."""

    def __init__(self, name: str, reason: str, log: Path) -> None:
        """Keep which server, why as far as it said so, and where it wrote more."""
        super().__init__(f"{name} did not start: {reason} (see {log})")
        self.name = name
        self.log = log


def named(error: OSError, path: Path) -> InstanceError:
    """Say an error of the operating system as one of ours."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(path)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return NotWritableError(Path(error.filename) if isinstance(error.filename, str) else path)
    return InstanceError(f"{path}: {error.strerror or error}")

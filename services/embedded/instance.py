"""A whole instance in one directory: its servers, its lock, and what other commands need to reach it."""

import shutil
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from services.embedded.addresses import check_port
from services.embedded.child import Child
from services.embedded.directory import PRIVATE_DIRECTORY, DirectoryLock, holder_of, make_directory, write_private
from services.embedded.errors import DiskFullError, InstanceError, NotWritableError, named
from services.embedded.postgres import EmbeddedPostgres
from services.embedded.processes import wait_until
from services.embedded.programs import own_mode
from services.embedded.supervisor import Supervisor
from services.embedded.valkey import EmbeddedValkey

_NEEDED_BYTES = 200_000_000
_PORT_FREED_S = 5.0
_FAILURES_BORNE = 5
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Instance:
    """The embedded servers of a directory, and the paths in it."""

    def __init__(self, directory: Path) -> None:
        """Name the directory; nothing is started."""
        self.directory = directory.resolve()
        self.postgres = EmbeddedPostgres(self.directory / "postgres")
        self.valkey = EmbeddedValkey(self.directory / "valkey")
        self.logs = self.directory / "logs"
        self.admin_key = self.directory / "admin.key"
        self.log_key = self.directory / "log.key"
        self.url_file = self.directory / "url"

    @property
    def exists(self) -> bool:
        """Tell whether the directory holds an instance."""
        return (self.directory / "postgres" / "postgres.json").is_file()

    @property
    def url(self) -> str | None:
        """Give the address of the running API, None where none is ready."""
        with suppress(OSError):
            return self.url_file.read_text(encoding="utf-8").strip()
        return None


class Running:
    """An instance whose servers are supervised by this process."""

    def __init__(self, instance: Instance, supervisor: Supervisor) -> None:
        """Keep both."""
        self.instance = instance
        self.supervisor = supervisor

    def await_ready(self, api: Child, is_ready: Callable[[], bool], timeout_s: float) -> None:
        """Keep everything running until it is ready, or raise an InstanceError that says why it is not."""

        def settled() -> bool:
            return self.supervisor.restarts(api) >= _FAILURES_BORNE or is_ready()

        settled_in_time = self.supervisor.watch(settled, timeout_s)
        if self.supervisor.restarts(api) >= _FAILURES_BORNE:
            raise api.failure()
        if not settled_in_time:
            raise InstanceError(f"not ready after {timeout_s:.0f} s: see the logs in {self.instance.logs}")


@contextmanager
def running(directory: Path, *, host: str, port: int, say: Callable[[str], None]) -> Generator[Running]:
    """Hold a directory, start its PostgreSQL and Valkey, and stop everything in the end, whatever ends it.

    SIGTERM and SIGHUP arrive as KeyboardInterrupt, as Ctrl-C does; while everything is being stopped they are ignored.
    Raises an InstanceError where the port, the disk or the directory does not allow it.
    """
    instance = Instance(directory)
    _make_room(instance)
    supervisor = Supervisor(instance.directory, say=say)
    before = {number: signal.signal(number, _interrupt) for number in _STOPPING}
    try:
        crashed = supervisor.hold()
        try:
            _await_port(host, port, _PORT_FREED_S if crashed else 0.0)
            supervisor.add(instance.postgres, instance.valkey)
            yield Running(instance, supervisor)
        finally:
            for number in _STOPPING:
                signal.signal(number, signal.SIG_IGN)
            instance.url_file.unlink(missing_ok=True)
            supervisor.stop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def reached(directory: Path) -> Generator[Instance]:
    """Give an instance whose servers answer: as they run already, else started for as long as this lasts.

    Raises an InstanceError where the directory holds no instance.
    """
    instance = Instance(directory)
    if not instance.exists:
        raise InstanceError(f"{directory} holds no instance: `conflictlog up --data {directory}` makes one")
    if holder_of(instance.directory) is not None:
        yield instance
        return
    with DirectoryLock(instance.directory):
        try:
            instance.postgres.start()
            instance.valkey.start()
            yield instance
        finally:
            instance.valkey.stop()
            instance.postgres.stop()


def publish(instance: Instance, url: str) -> None:
    """Write down where the API answers, for commands that are given the directory alone."""
    write_private(instance.url_file, f"{url}\n".encode())


def _make_room(instance: Instance) -> None:
    """See to it that the directory exists, can be written, and has room for a database."""
    make_directory(instance.directory, own_mode())
    try:
        write_private(instance.directory / "writable", b"")
        (instance.directory / "writable").unlink()
        if shutil.disk_usage(instance.directory).free < _NEEDED_BYTES:
            raise DiskFullError(instance.directory)
    except NotWritableError as error:
        raise NotWritableError(instance.directory) from error
    except OSError as error:
        raise named(error, instance.directory) from error
    make_directory(instance.logs, PRIVATE_DIRECTORY)


def _await_port(host: str, port: int, patience_s: float) -> None:
    """Check the port; what a killed run left there may take a moment to go."""

    def is_free() -> bool:
        with suppress(InstanceError):
            check_port(host, port)
            return True
        return False

    if not wait_until(is_free, patience_s):
        check_port(host, port)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Stop as Ctrl-C does."""
    raise KeyboardInterrupt

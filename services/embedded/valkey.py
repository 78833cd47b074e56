"""Valkey as a child of this process, from the wheel's own program; it keeps nothing between runs."""

import secrets
import signal
import socket
import subprocess
from pathlib import Path

from services.embedded.addresses import LOOPBACK, free_port
from services.embedded.directory import DirectoryLock, make_directory, write_private
from services.embedded.errors import InstanceError
from services.embedded.logs import Log
from services.embedded.processes import Process, Program, User, end, give, wait_until, working_in
from services.embedded.programs import VALKEY, installed, own_mode, service_user

_START_S = 20.0
_ANSWER_S = 1.0
_PORTS_TRIED = 3
_STOP = ((signal.SIGTERM, 10.0),)


class EmbeddedValkey:
    """One Valkey server on the loopback interface, with a password drawn at the first start of the object.

    The address stays the same over stops and starts of one object, so that a restarted server is found again.
    It dies with this process.
    """

    def __init__(self, directory: Path) -> None:
        """Name the directory; nothing is started."""
        self.name = "Valkey"
        self._directory = directory.resolve()
        self._place = self._directory / "work"
        self._log = Log(self._directory / "valkey.log")
        self._lock = DirectoryLock(self._directory)
        self._password = ""
        self._port: int | None = None
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Give the server's process, None if it does not run."""
        return self._process.pid if self._process else None

    @property
    def url(self) -> str:
        """Give the server's address; also that of a server which another process started in the directory."""
        if self._port is not None:
            return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"
        try:
            return (self._directory / "url").read_text(encoding="utf-8")
        except OSError as error:
            raise InstanceError(f"{self._directory} holds no running Valkey: start the instance") from error

    def start(self) -> None:
        """Start the server and return once it answers; what an earlier run left over is ended first.

        Raises an InstanceError. Call it from a thread that lives as long as the server should.
        """
        if self.pid is not None:
            return
        self.stop()
        user = service_user()
        make_directory(self._directory, own_mode())
        self._lock.acquire()
        try:
            make_directory(self._place)
            give(self._place, user)
            self._end_leftovers()
            program = installed(VALKEY, self._directory, user) / VALKEY.files[0]
            self._serve(program, user)
            write_private(self._directory / "url", self.url.encode())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server; what it held is gone."""
        process, self._process = self._process, None
        if process:
            process.end(_STOP)
        self._lock.release()

    def _end_leftovers(self) -> None:
        """End a server that an earlier run left here: whoever started it is gone, for we hold the lock."""
        for process in working_in(self._place, "valkey-server"):
            end(process, _STOP)

    def _serve(self, program: Path, user: User | None) -> None:
        """Start the server, on another port if somebody takes the chosen one first."""
        self._password = self._password or secrets.token_urlsafe(32)
        for attempt in range(_PORTS_TRIED):
            self._port = free_port(self._port if attempt == 0 else None)
            self._log.begin()
            self._process = Process(self._program(program, user), self._log.path, stdin=subprocess.PIPE)
            self._process.tell(self._settings())
            if wait_until(lambda: self.pid is None or self._answers(), _START_S) and self.pid is not None:
                return
            self._process.end(_STOP)
            if "Address already in use" not in self._log.text():
                break
        raise self._log.failure(self.name)

    def _program(self, program: Path, user: User | None) -> Program:
        """Describe the server; it reads its settings from its input, where no list of processes shows the password."""
        return Program(
            command=(str(program), "-"),
            directory=self._place,
            environment={"LC_ALL": "C", "TZ": "UTC"},
            user=user,
            death_signal=int(signal.SIGKILL),
        )

    def _settings(self) -> str:
        """Write the settings."""
        settings = (
            f"bind {LOOPBACK}",
            f"port {self._port}",
            f"requirepass {self._password}",
            "daemonize no",
            'save ""',
            "appendonly no",
            "maxmemory-policy noeviction",
        )
        return "".join(f"{setting}\n" for setting in settings)

    def _answers(self) -> bool:
        """Tell whether this very server answers: another one would not know the password."""
        try:
            with socket.create_connection((LOOPBACK, self._port or 0), timeout=_ANSWER_S) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < len(("AUTH", "PING")):
                    if not (part := connection.recv(64)):
                        return False
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

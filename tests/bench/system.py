"""The system that is measured: `conflictlog up` in processes of its own, and databases beside it on its server."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from msgspec import Struct
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.append_postgres import BatchWriter
from events.log import Append
from events.log_postgres import PostgresLog
from projections.catalogue import CATALOGUE
from projections.generation_postgres import Generations
from services.channels import APPENDED
from services.embedded.addresses import LOOPBACK
from services.embedded.instance import Instance
from services.embedded.postgres import API, OWNER, WORKER
from services.migrate import migrate
from services.settings import variable
from services.wiring import WORKER_ROLE, appending, open_log, open_pool, open_redis
from tests.bench.history import History
from tests.ports import free_port
from tests.waiting import until

_STOP_S = 60.0
_BEHIND_MAX_S = 3600.0
_PROJECT = Path(__file__).parent.parent.parent
_NO_LIMIT = "1000000000"


class Database(Struct, frozen=True):
    """A migrated database: the addresses of its logins."""

    name: str
    api: str
    worker: str
    superuser: str


class System(Struct, frozen=True):
    """The running system: its API, its database, its Redis, and the history that it is fed from."""

    instance: Instance
    host: str
    port: int
    history: History

    @property
    def key(self) -> str:
        """The key that may do everything."""
        return self.instance.admin_key.read_text(encoding="utf-8").strip()

    @property
    def redis_url(self) -> str:
        """The address of its Valkey."""
        return self.instance.valkey.url

    @property
    def database(self) -> Database:
        """The database that the API and the workers use."""
        return self._database("conflictlog")

    @asynccontextmanager
    async def beside(self, name: str) -> AsyncGenerator[Database]:
        """Give another migrated database on the same server, that no worker knows; it holds what is registered."""
        async with await AsyncConnection.connect(self.database.superuser, autocommit=True) as connection:
            await connection.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}'.encode())
            await connection.execute(f'GRANT CREATE ON DATABASE "{name}" TO {WORKER}'.encode())
            made = self._database(name)
            try:
                await migrate(made.superuser)
                await make_tables(made)
                async with open_log(made.api) as log:
                    for request in self.history.registered:
                        await log.append(request)
                yield made
            finally:
                await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    @asynccontextmanager
    async def log(self) -> AsyncGenerator[PostgresLog]:
        """Open the log as a process of the API does: it tells the workers of each batch."""
        async with open_redis(self.redis_url) as redis:

            async def announce(position: int) -> None:
                await redis.publish(APPENDED, position)  # pyright: ignore[reportUnknownMemberType]

            async with open_log(self.database.api, announce=announce) as log:
                yield log

    def _database(self, name: str) -> Database:
        postgres = self.instance.postgres
        return Database(name, postgres.url(API, name), postgres.url(WORKER, name), postgres.superuser_url(name))


@contextmanager
def running_system(directory: Path, history: History) -> Generator[System]:
    """Run `conflictlog up` as a user would, only without limits of requests, and stop it in the end."""
    port = free_port()
    limits = {variable(name): _NO_LIMIT for name in ("rate_limit", "anonymous_rate_limit")}
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "up", "--data", str(directory), "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | limits,
        cwd=_PROJECT,
    )
    assert process.stdout is not None
    try:
        if not process.stdout.readline().startswith("ready "):
            raise RuntimeError(f"the system did not start; see {directory / 'logs'}")
        yield System(Instance(directory), LOOPBACK, port, history)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_STOP_S)
        process.stdout.close()


@contextmanager
def process(*arguments: str, **environment: str) -> Generator["subprocess.Popen[str]"]:
    """Run a module of the project beside the measurement, and end it afterwards."""
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        cwd=_PROJECT,
    )
    assert child.stdout is not None
    try:
        yield child
    finally:
        child.terminate()
        child.wait(_STOP_S)
        child.stdout.close()


async def make_tables(database: Database) -> None:
    """Make the tables of the projections, as a worker does when it starts."""
    async with open_pool(database.worker, WORKER_ROLE) as pool, open_log(database.worker, reads=pool) as log:
        await Generations(pool, log, CATALOGUE).prepare()


async def append_all(database: Database, requests: "list[Append]") -> int:
    """Append requests one after the other, each of them whole; gives the last position."""
    writer = BatchWriter(appending(database.api, statement_s=60), give_up_s=60)
    last = 0
    try:
        for request in requests:
            [outcome] = await writer.write([request])
            if isinstance(outcome, Exception):
                raise outcome
            last = outcome.last_position
    finally:
        await writer.close()
    return last


@asynccontextmanager
async def held_back(database: Database) -> AsyncGenerator[None]:
    """Keep every worker from folding for as long as the block lasts."""
    async with await AsyncConnection.connect(database.superuser) as connection:
        await connection.execute(b"SELECT FROM progress.checkpoint FOR UPDATE")
        yield


async def at_head(database: Database) -> None:
    """Wait until every projection has folded the whole log."""
    async with await AsyncConnection.connect(database.superuser, autocommit=True) as connection:

        async def reached() -> bool:
            return await _behind(connection) == 0

        await until(reached, _BEHIND_MAX_S)


async def _behind(connection: "AsyncConnection[TupleRow]") -> int:
    """Tell how many events the projection that is furthest behind has still to fold."""
    cursor = await connection.execute(
        b"SELECT (SELECT position FROM head) - min(position) FROM progress.checkpoint WHERE state = 'live'"
    )
    [(left,)] = await cursor.fetchall()
    return int(left)

"""Where connections are opened and the parts are put together."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from socket import TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL
from time import monotonic
from typing import Literal, TypeAlias
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection, Error
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.retry import Retry as BlockingRetry

from events.append_postgres import Connect
from events.group_commit import Announce, GroupLimits
from events.log_postgres import Pool, PostgresLog
from services.settings import database_address

Role: TypeAlias = Literal["conflictlog_api", "conflictlog_worker"]
"""A role that the service acts as: the API appends and reads, the worker reads and derives."""

RedisClient: TypeAlias = Redis

API_ROLE: Role = "conflictlog_api"
WORKER_ROLE: Role = "conflictlog_worker"

_CONNECT_S = 5
_FRESH_S = 0.5
# A dead network is noticed while the caller still waits, not after the kernel's two hours.
_IDLE_S, _INTERVAL_S, _PROBES = 10, 5, 3
_NETWORK = {
    "connect_timeout": _CONNECT_S,
    "keepalives_idle": _IDLE_S,
    "keepalives_interval": _INTERVAL_S,
    "keepalives_count": _PROBES,
    "tcp_user_timeout": 10_000,
}
# Every statement is short: compiling one takes longer than running it. What is read lies in memory or on disks without
# heads, where a row that an index leads to costs no more than the next one.
_SETTINGS = (
    "SET ROLE {role}; SET timezone TO 'UTC'; SET standard_conforming_strings TO on"
    "; SET statement_timeout TO '{statement_s}s'; SET jit TO off; SET random_page_cost TO 1.1"
)
# An appender holds the lock that every other one needs, so it may be slow or idle only for moments.
# Its statements reach every row by an index, also where a plan was made while the tables were small; so one plan serves
# every batch, and none is planned under the lock, which takes as long as appending some twenty events.
_APPENDING = (
    "; SET lock_timeout TO '4s'; SET idle_in_transaction_session_timeout TO '2s'"
    "; SET enable_seqscan TO off; SET plan_cache_mode TO force_generic_plan"
)

_LOADING = """; SET lock_timeout TO '4s'"""


class _Fresh:
    """Takes a connection that answered a moment ago at its word, which spares each answer of a busy process a trip."""

    def __init__(self) -> None:
        self._answered_at: WeakKeyDictionary[AsyncConnection[TupleRow], float] = WeakKeyDictionary()

    async def note(self, connection: AsyncConnection[TupleRow]) -> None:
        self._answered_at[connection] = monotonic()

    async def check(self, connection: AsyncConnection[TupleRow]) -> None:
        if monotonic() - self._answered_at.get(connection, 0.0) > _FRESH_S:
            await AsyncConnectionPool.check_connection(connection)


@asynccontextmanager
async def open_pool(
    url: str,
    role: Role,
    *,
    size: int = 4,
    statement_s: int = 30,
    wait_s: float = _CONNECT_S,
) -> AsyncGenerator[Pool]:
    """Open a pool of autocommit connections that act as one of the service's roles, and close it in the end.

    Times are read in UTC. Nobody waits for a connection longer than `wait_s`; then psycopg_pool.PoolTimeout is raised,
    also here when the server cannot be reached: then its cause says why.
    """

    async def configure(connection: AsyncConnection[TupleRow]) -> None:
        await connection.execute(_settings(role, statement_s))

    fresh = _Fresh()
    pool: Pool = AsyncConnectionPool(
        _reachable(url),
        kwargs={"autocommit": True},
        min_size=1,
        max_size=size,
        open=False,
        configure=configure,
        check=fresh.check,
        reset=fresh.note,
        timeout=wait_s,
        name=role,
    )
    async with pool:
        try:
            await pool.wait(wait_s)
        except PoolTimeout:
            await _raise_reason(url, configure)
            raise
        yield pool


async def _raise_reason(url: str, configure: Callable[[AsyncConnection[TupleRow]], Awaitable[None]]) -> None:
    """Raise PoolTimeout with why there is no connection, if that is still so: a pool tells its log alone."""
    try:
        async with await AsyncConnection.connect(_reachable(url), autocommit=True) as connection:
            await configure(connection)
    except Error as reason:
        raise PoolTimeout(str(reason)) from reason


def appending(url: str, role: Role = API_ROLE, *, statement_s: int = 5) -> Connect:
    """Give what opens a connection for appending: its timeouts keep one appender from stopping the others."""
    return _connecting(url, _settings(role, statement_s) + _APPENDING.encode())


def loading(url: str, role: Role = API_ROLE) -> Connect:
    """Give what opens a connection for filling an empty log: it may take as long as it takes, once it has its lock."""
    return _connecting(url, _settings(role, 0) + _LOADING.encode())


def _connecting(url: str, settings: bytes) -> Connect:
    async def connect() -> AsyncConnection[TupleRow]:
        connection = await AsyncConnection.connect(_reachable(url), autocommit=True)
        try:
            await connection.execute(settings)
        except BaseException:
            await connection.close()
            raise
        return connection

    return connect


@asynccontextmanager
async def open_log(
    url: str,
    *,
    reads: Pool | None = None,
    announce: Announce | None = None,
    limits: GroupLimits | None = None,
    give_up_s: float = 10.0,
) -> AsyncGenerator[PostgresLog]:
    """Open the log as the API's role; it reads through the given pool, else through one of its own."""
    if reads is None:
        async with (
            open_pool(url, API_ROLE) as pool,
            open_log(url, reads=pool, announce=announce, limits=limits, give_up_s=give_up_s) as log,
        ):
            yield log
        return
    log = PostgresLog(reads, appending(url), announce=announce, limits=limits, give_up_s=give_up_s)
    try:
        yield log
    finally:
        await log.close()


def _reachable(url: str) -> str:
    """Complete an address with what it does not say about the network; raises SettingsError."""
    return make_conninfo("", **(_NETWORK | database_address(url)))


@asynccontextmanager
async def open_redis(url: str, *, answer_s: float = 0.5) -> AsyncGenerator[RedisClient]:
    """Give a client of Redis, which connects when it is first asked and closes in the end.

    A command that is not answered in time fails once, at once: who asks can go on without Redis.
    """
    client = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        url,
        socket_timeout=answer_s,
        socket_connect_timeout=answer_s,
        socket_keepalive=True,
        socket_keepalive_options={TCP_KEEPIDLE: _IDLE_S, TCP_KEEPINTVL: _INTERVAL_S, TCP_KEEPCNT: _PROBES},
        retry=Retry(NoBackoff(), 0),
    )
    try:
        yield client
    finally:
        await client.aclose()


@contextmanager
def open_blocking_redis(url: str, *, answer_s: float = 2.0) -> Generator[BlockingRedis]:
    """Give a client of Redis for RQ, which knows no other; it connects when it is first asked."""
    client = BlockingRedis.from_url(  # pyright: ignore[reportUnknownMemberType]
        url, socket_timeout=answer_s, socket_connect_timeout=answer_s, retry=BlockingRetry(NoBackoff(), 0)
    )
    try:
        yield client
    finally:
        client.close()


def _settings(role: Role, statement_s: int) -> bytes:
    return _SETTINGS.format(role=role, statement_s=statement_s).encode()

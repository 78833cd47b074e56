"""What a process of the interface holds open, and how a request comes to it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from litestar import Litestar
from litestar import Request as LitestarRequest
from msgspec import Struct

from events.log_postgres import Pool, PostgresLog
from events.recorder import Recorder
from events.tree_postgres import LogTree
from projections.snapshot_postgres import Snapshots
from services.api.growth import Growth
from services.api.keys import Keys
from services.api.rates import Rates
from services.api.running import Running
from services.channels import APPENDED, FOLDED, listening
from services.ids import RandomIds
from services.proofs.signer import Signer, signer_of
from services.settings import Settings
from services.wiring import API_ROLE, RedisClient, open_log, open_pool, open_redis

Request: TypeAlias = LitestarRequest[Any, Any, Any]


class Parts(Struct, frozen=True, kw_only=True):
    """The parts that handlers use; `now` reads the clock."""

    settings: Settings
    pool: Pool
    log: PostgresLog
    recorder: Recorder
    snapshots: Snapshots
    redis: RedisClient
    keys: Keys
    rates: Rates
    running: Running
    growth: Growth
    tree: LogTree
    signer: Signer | None
    now: Callable[[], datetime]


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncGenerator[Parts]:
    """Open everything, Redis only when it is first needed: it may be away."""
    signer = signer_of(settings)
    async with (
        open_pool(settings.database_url, API_ROLE, size=settings.pool_size) as pool,
        open_redis(settings.redis_url) as redis,
    ):

        async def announce(position: int) -> None:
            await redis.publish(APPENDED, position)  # pyright: ignore[reportUnknownMemberType]

        snapshots = Snapshots(pool)
        async with (
            open_log(settings.database_url, reads=pool, announce=announce) as log,
            listening(redis, FOLDED, snapshots.hear),
        ):
            rates = Rates(redis, per_key=settings.rate_limit, per_address=settings.anonymous_rate_limit)
            yield Parts(
                settings=settings,
                pool=pool,
                log=log,
                recorder=Recorder(log, RandomIds()),
                snapshots=snapshots,
                redis=redis,
                keys=Keys(pool, anonymous_reading=settings.anonymous_reading),
                rates=rates,
                running=Running(redis),
                growth=Growth(pool, redis),
                tree=LogTree(pool),
                signer=signer,
                now=_now,
            )
            await rates.close()


def keep(app: Litestar, parts: Parts) -> None:
    """Let the application's requests find the parts."""
    app.state.parts = parts


def parts_of(request: Request) -> Parts:
    """Give the parts of the application that a request came to."""
    return cast("Parts", request.app.state.parts)


def _now() -> datetime:
    return datetime.now(UTC)

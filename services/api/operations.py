"""How the service stands: its projections and their rebuilds, and whether it lives and is ready."""

import asyncio
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from litestar.response.base import ASGIResponse
from msgspec import Struct, structs
from psycopg import Error as PostgresError
from redis.exceptions import RedisError
from rq.exceptions import DuplicateJobError

from events.refusals import KeyReusedError, UnknownError
from events.statements import statements
from projections.catalogue import CATALOGUE
from projections.clocks import Answered
from projections.generation_postgres import Progress, progress
from services.api.answers import ENCODER, JSON, respond
from services.api.bodies import Shape
from services.api.errors import BadBodyError, TooLargeError, UnavailableError, WrongMediaTypeError
from services.api.headers import headers_of, received
from services.api.parts import Parts
from services.api.preconditions import idempotency_key
from services.api.replies import Reply
from services.api.routes import Asked, Route
from services.queues import enqueue_rebuild, rebuilt_by
from services.rebuilds import LastRebuild, last
from services.wiring import open_blocking_redis

_SQL = statements(Path(__file__).with_suffix(".sql"))

READY_WITHIN_S = 2.0
"""How long readiness waits for a part to answer."""


class NoBody(Struct, frozen=True, forbid_unknown_fields=True):
    """No members."""


class Projections(Answered, kw_only=True):
    """Every generation of every projection; `position` is the head of the log."""

    items: list[Progress]
    next_cursor: str | None
    total: int


class Rebuild(Struct, frozen=True):
    """A rebuild that a worker will make: the projection, and the job by which it is known from now on."""

    projection: str
    job: str


class Live(Struct, frozen=True):
    """The process answers."""

    status: Literal["live"] = "live"


class Part(Struct, frozen=True, omit_defaults=True):
    """How one part of the service stands; `parked` streams are not folded on, and everything else is."""

    status: Literal["ok", "away", "behind", "parked", "stopped"]
    position: int | None = None
    lag_events: int | None = None
    lag_seconds: float | None = None
    reason: str | None = None
    parked: int = 0


class Ready(Struct, frozen=True):
    """Whether requests can be answered: `degraded` is without Redis, or with answers that lack something of the log."""

    status: Literal["ready", "degraded", "unavailable"]
    postgres: Part
    redis: Part
    projections: dict[str, Part]


async def projections(asked: Asked) -> ASGIResponse:
    """Give how far each projection has come."""
    head, recorded_at, found = await standing(asked.parts)
    answer = Projections(as_of=None, known_at=None, position=head, items=found, next_cursor=None, total=len(found))
    return respond(asked.request, ENCODER.encode(answer), modified=recorded_at)


async def rebuild(asked: Asked) -> ASGIResponse:
    """Have a worker rebuild a projection."""
    name = _projection(asked)
    headers = received(asked.request)
    if headers.get(b"content-length", "0") != "0" or b"transfer-encoding" in headers:
        await NO_BODY.read(asked.request)
    key = idempotency_key(asked.request)
    job = None if key is None else sha256(f"{asked.caller.key}:{key}".encode()).hexdigest()
    sent = headers_of(asked.request) | {"cache-control": "no-store", "location": f"/v1/projections/{name}/rebuild"}
    try:
        job, repeated = await asyncio.to_thread(_enqueue, asked.parts.settings.redis_url, name, job)
    except RedisError as error:
        raise UnavailableError("Redis, through which workers are given their jobs, does not answer.") from error
    if repeated:
        sent["idempotent-replayed"] = "true"
    return Reply(202, sent | {"content-type": JSON}, ENCODER.encode(Rebuild(name, job)))


async def last_rebuild(asked: Asked) -> ASGIResponse:
    """Give what came of the last rebuild of a projection that a worker was given."""
    name = _projection(asked)
    async with asked.parts.pool.connection() as connection:
        found = await last(connection, name)
    if not asked.caller.may("read:restricted"):
        # The rows may tell of what is restricted.
        found = structs.replace(found, differing=())
    return respond(asked.request, ENCODER.encode(found), modified=found.ended_at or found.begun_at)


def _projection(asked: Asked) -> str:
    if asked.id not in {projection.name for projection in CATALOGUE.projections}:
        raise UnknownError("projection", asked.id[:120])
    return asked.id


NO_BODY: Shape[NoBody] = Shape(NoBody, limit=1000)


def _enqueue(redis_url: str, projection: str, job: str | None) -> tuple[str, bool]:
    """Give the job, and whether it was there already, under the id that follows from an Idempotency-Key."""
    with open_blocking_redis(redis_url) as redis:
        try:
            return enqueue_rebuild(redis, projection, job, once=job is not None).id, False
        except DuplicateJobError:
            if job is None or rebuilt_by(redis, job) != projection:
                raise KeyReusedError from None
            return job, True


async def live(asked: Asked) -> ASGIResponse:
    """Say that the process answers."""
    return respond(asked.request, ENCODER.encode(Live()))


async def ready(asked: Asked) -> ASGIResponse:
    """Say how each part stands; 503 only where nothing could be answered."""
    redis, (postgres, parts) = await asyncio.gather(_redis(asked.parts), _postgres(asked.parts))
    found = {part.status for part in (redis, *parts.values())}
    status: Literal["ready", "degraded", "unavailable"] = "ready" if found <= {"ok"} and parts else "degraded"
    if postgres.status != "ok":
        status = "unavailable"
    body = ENCODER.encode(Ready(status, postgres, redis, parts))
    if status != "unavailable":
        return respond(asked.request, body)
    headers = {"cache-control": "no-store", "content-type": JSON, "retry-after": "1"}
    return Reply(503, headers, body, to_head=asked.request.method == "HEAD")


async def _redis(parts: Parts) -> Part:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await parts.redis.ping()  # pyright: ignore[reportUnknownMemberType]
    except (RedisError, OSError, TimeoutError):
        return Part("away")
    return Part("ok")


async def _postgres(parts: Parts) -> tuple[Part, dict[str, Part]]:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            head, _, found = await standing(parts)
    except (PostgresError, OSError, TimeoutError):
        return Part("away"), {}
    return Part("ok", position=head), {one.name: _part(one) for one in found if one.state in {"live", "stopped"}}


def _part(one: Progress) -> Part:
    status: Literal["ok", "behind", "parked", "stopped"] = "ok" if one.lag_events == 0 else "behind"
    if one.state == "stopped":
        status = "stopped"
    elif one.parked:
        status = "parked"
    return Part(status, one.position, one.lag_events, round(one.lag_seconds, 3), one.reason, one.parked)


async def head_of(parts: Parts) -> tuple[int, datetime]:
    """Give the last position of the log, and when it was recorded."""
    async with parts.pool.connection() as connection:
        [(head, recorded_at)] = await (await connection.execute(_SQL["head"])).fetchall()
        return head, recorded_at


async def standing(parts: Parts) -> tuple[int, datetime, list[Progress]]:
    """Give the head of the log, when it was recorded, and how far each generation of each projection is."""
    async with parts.pool.connection() as connection:
        [(head, recorded_at)] = await (await connection.execute(_SQL["head"])).fetchall()
        return head, recorded_at, list(await progress(connection, parts.now()))


OPERATION_ROUTES = (
    Route(
        method="GET",
        path="/v1/projections",
        name="projections",
        tag="operations",
        summary="How far each projection has come",
        description="Every generation of each: the one that is read (`live`, or `stopped` for a reason), the `former` "
        "one that can be gone back to, one under construction (`building`), one that is only compared (`trial`).",
        scope="read",
        act=projections,
        gives={200: Projections},
    ),
    Route(
        method="POST",
        path="/v1/projections/{id}/rebuild",
        name="rebuild_projection",
        tag="operations",
        summary="Rebuild a projection beside the one that is read, and switch",
        description="A worker does it: from the first event on, or from where an earlier rebuild was cut short. "
        "`GET /v1/projections` shows how far it is, and `GET` of this address what came of it. "
        "Nothing is switched where rows differ although the code has the same version. "
        "With an `Idempotency-Key` the same job is given again, until a day after its end.",
        scope="operate",
        act=rebuild,
        gives={202: Rebuild},
        refuses=(UnknownError, UnavailableError, BadBodyError, TooLargeError, WrongMediaTypeError, KeyReusedError),
    ),
    Route(
        method="GET",
        path="/v1/projections/{id}/rebuild",
        name="last_rebuild",
        tag="operations",
        summary="What came of the last rebuild of a projection",
        description="`job` is what the request for it was answered with; until that begins, the one before shows.",
        scope="operate",
        act=last_rebuild,
        gives={200: LastRebuild},
        refuses=(UnknownError,),
    ),
    Route(
        method="GET",
        path="/health/live",
        name="live",
        tag="operations",
        summary="Whether the process answers",
        scope=None,
        act=live,
        gives={200: Live},
    ),
    Route(
        method="GET",
        path="/health/ready",
        name="ready",
        tag="operations",
        summary="Whether requests can be answered, part by part",
        scope=None,
        act=ready,
        gives={200: Ready, 503: Ready},
    ),
)

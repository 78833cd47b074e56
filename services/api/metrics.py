"""How the service stands, as Prometheus reads it (text exposition format 0.0.4)."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from litestar.response.base import ASGIResponse
from msgspec import Struct
from psycopg import Error as PostgresError
from redis.exceptions import RedisError
from rq import Queue

from projections.generation_postgres import Progress
from services.api.answers import respond
from services.api.operations import READY_WITHIN_S, standing
from services.api.parts import Parts
from services.api.routes import Asked, Route
from services.queues import REBUILD

METRICS = "text/plain; version=0.0.4; charset=utf-8"

_READ_STATES = ("live", "stopped")


class Metric(Struct, frozen=True):
    """One family of gauges: each value by its labels."""

    name: str
    meaning: str
    values: Sequence[tuple[Mapping[str, str], float]]


async def metrics(asked: Asked) -> ASGIResponse:
    """Give every gauge; a part that does not answer has none but that it is away."""
    (head, progress), waiting = await asyncio.gather(_postgres(asked.parts), _rebuilds_waiting(asked.parts))
    up = [({"part": "postgres"}, float(head is not None)), ({"part": "redis"}, float(waiting is not None))]
    families = [
        Metric("conflictlog_up", "Whether a part of the service answers.", up),
        Metric("conflictlog_head_position", "The last position of the log.", _one(head)),
        *_projections([one for one in progress if one.state in _READ_STATES]),
        Metric("conflictlog_rebuilds_waiting", "Rebuilds that no worker has begun.", _one(waiting)),
        Metric("conflictlog_stream_followers", "Who follows the log here.", _one(asked.parts.growth.followers)),
    ]
    return respond(asked.request, exposition(families), media=METRICS)


def exposition(families: Iterable[Metric]) -> bytes:
    """Write families of gauges; one without values is left out."""
    lines: list[str] = []
    for family in families:
        if family.values:
            lines += [f"# HELP {family.name} {family.meaning}", f"# TYPE {family.name} gauge"]
        for labels, value in family.values:
            told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            lines.append(f"{family.name}{{{told}}} {value:.15g}" if told else f"{family.name} {value:.15g}")
    return "".join(f"{line}\n" for line in lines).encode()


def _projections(progress: Sequence[Progress]) -> Iterable[Metric]:
    def each(name: str, meaning: str, values: Iterable[float]) -> Metric:
        named = [({"projection": one.name}, value) for one, value in zip(progress, values, strict=True)]
        return Metric(f"conflictlog_projection_{name}", meaning, named)

    yield each("position", "The position that a projection has reached.", [one.position for one in progress])
    yield each("lag_events", "How many events it has yet to fold.", [one.lag_events for one in progress])
    yield each("lag_seconds", "How long the next of them has waited.", [round(one.lag_seconds, 3) for one in progress])
    yield each("stopped", "Whether it stopped at an event.", [one.state == "stopped" for one in progress])


async def _postgres(parts: Parts) -> tuple[int | None, list[Progress]]:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            head, _, found = await standing(parts)
    except (PostgresError, OSError, TimeoutError):
        return None, []
    return head, found


async def _rebuilds_waiting(parts: Parts) -> int | None:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            return int(await parts.redis.llen(f"{Queue.redis_queue_namespace_prefix}{REBUILD}"))
    except (RedisError, OSError, TimeoutError):
        return None


def _one(value: float | None) -> Sequence[tuple[Mapping[str, str], float]]:
    return () if value is None else (({}, value),)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


METRICS_ROUTES = (
    Route(
        method="GET",
        path="/metrics",
        name="metrics",
        tag="operations",
        summary="How the service stands, for Prometheus",
        scope=None,
        act=metrics,
        gives={200: str},
        media=METRICS,
    ),
)

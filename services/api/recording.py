"""Recording: the three lines that each route is (shape, decide, append), and what a write answers."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse
from msgspec import Struct

from events import refusals as refused
from events.addressing import keys_of, request_hash
from events.codec import UnknownEventError, UnreadableEventError
from events.command import Command
from events.log import LogBusyError, LogUnavailableError, StaleStreamError
from events.recorder import Placed, Receipt
from services.api.bodies import Shape, normalised
from services.api.embargoes import refuse_ended
from services.api.errors import (
    BadRequestError,
    PreconditionFailedError,
    StillRunningError,
    TooLargeError,
    WrongMediaTypeError,
)
from services.api.headers import headers_of
from services.api.preconditions import idempotency_key, version_to_match
from services.api.recordings import RECORDINGS, Recording
from services.api.replies import Reply
from services.api.routes import Asked, Route
from services.api.withheld import hidden_from

_ENCODER = msgspec.json.Encoder()


class Recorded(Struct, frozen=True):
    """What a write came to: the id of what it made or changed, its stream and version, and where its events stand."""

    id: str
    stream: str
    version: int
    position: int
    events: tuple[Placed, ...]


def recording_routes() -> list[Route]:
    """Give the routes of everything that can be sent."""
    return [_route(recording) for recording in RECORDINGS]


def _route(recording: Recording) -> Route:
    shape: Shape[Any] = Shape(recording.body, limit=recording.limit)

    async def record(request: Asked) -> ASGIResponse:
        command = await _command(request, recording, shape)
        if command.idempotency_key is None:
            return _answer(request, recording, await request.parts.recorder.record(command))

        async def is_done() -> bool:
            return bool(await request.parts.log.known_requests([keys_of(command)[0].key]))

        async with request.parts.running.alone(f"{command.by}:{command.idempotency_key}", is_done):
            return _answer(request, recording, await request.parts.recorder.record(command))

    of_creation = (refused.IdTakenError,) if recording.subject is None else (refused.UnknownError,)
    return Route(
        method=recording.method,
        path=recording.path,
        name=recording.name,
        tag="recording",
        summary=recording.summary,
        description=(recording.body.__doc__ or "") if isinstance(recording.body, type) else "",
        scope=recording.scope,
        act=record,
        body=shape,
        gives={201 if recording.makes else 200: Recorded},
        refuses=(*EVERY_WRITE, *of_creation, *recording.refuses),
    )


EVERY_WRITE: tuple[type[Exception], ...] = (
    BadRequestError,
    TooLargeError,
    WrongMediaTypeError,
    StillRunningError,
    PreconditionFailedError,
    StaleStreamError,
    LogBusyError,
    LogUnavailableError,
    UnknownEventError,
    UnreadableEventError,
    refused.FaultyError,
    refused.KeyReusedError,
    refused.VersionMismatchError,
)
"""What every write may be refused with."""


async def _command(request: Asked, recording: Recording, shape: "Shape[Any]") -> Command:
    """Read the request; what is wrong with its body is told before what is wrong with what it says."""
    if_match = version_to_match(request.request)
    if if_match is not None and recording.subject is None:
        raise BadRequestError("`If-Match` goes with what is there already.")
    key = idempotency_key(request.request)
    body = await shape.read(request.request)
    refuse_ended(body, request.parts.now())
    subject = _subject(request, recording)
    return Command(
        body=body,
        subject=subject,
        sha256=request_hash(recording.method, request.request.scope["path"], normalised(body)),
        by=request.caller.key or "",
        idempotency_key=key,
        if_match=if_match,
        hidden=await hidden_from(request),
    )


def _subject(request: Asked, recording: Recording) -> str | None:
    """Give the id in the path; a claim's and a transfer's have two parts, all others one."""
    if recording.subject is None:
        return None
    if ("." in request.id) != (recording.subject in {"claim", "transfer"}):
        raise refused.UnknownError(recording.subject, request.id)
    return request.id


def _answer(request: Asked, recording: Recording, receipt: Receipt) -> ASGIResponse:
    """Say what a write came to; the same request again is told the same, and that it is."""
    recorded = Recorded(receipt.id, receipt.stream, receipt.version, receipt.position, receipt.events)
    headers = headers_of(request.request)
    headers["etag"] = f'"{receipt.version}"'
    headers["cache-control"] = "no-store"
    if recording.makes is not None:
        headers["location"] = f"/v1/{recording.makes}/{receipt.id}"
    if receipt.repeated:
        headers["idempotent-replayed"] = "true"
    headers["content-type"] = "application/json"
    return Reply(201 if recording.makes else 200, headers, _ENCODER.encode(recorded))

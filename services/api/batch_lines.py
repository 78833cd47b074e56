"""The lines of a batch: each is one request to a recording route, and gets one line of answer."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, structs

from events import refusals as refused
from events.addressing import request_hash
from events.command import Command
from events.recorder import Receipt
from events.refusals import UnknownError
from services.api.bodies import Shape, normalised
from services.api.embargoes import refuse_ended
from services.api.errors import BadBodyError, BadRequestError, NotFoundError, TooLargeError, Wrong
from services.api.keys import Caller, require
from services.api.problems import problem_of
from services.api.recordings import GEOMETRY_LIMIT, RECORDINGS, Recording
from services.api.routes import ID

LINE_LIMIT = GEOMETRY_LIMIT + 10_000
"""How many bytes a line may have: the largest body, and what stands around it."""


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request: where it would be sent, as what, and under which key it is known again."""

    path: Annotated[str, Meta(description="The path that it would be sent to.", examples=["/v1/occurrences"])]
    body: Annotated[Raw, Meta(description="What would be sent there.")]
    method: Literal["POST", "PATCH"] = "POST"
    key: Annotated[str, Meta(min_length=1, max_length=255, description="As in `Idempotency-Key`.")] | None = None
    if_match: Annotated[int, Meta(ge=1, le=2**53, description="As in `If-Match`.")] | None = None


class LineTaken(Struct, frozen=True, kw_only=True, tag_field="outcome", tag="taken"):
    """What a line came to. `repeated`: it was taken before, and this is what it came to then."""

    line: int
    status: int
    id: str
    stream: str
    version: int
    position: int
    repeated: bool = False


class LineRefused(Struct, frozen=True, kw_only=True, tag_field="outcome", tag="refused"):
    """Why a line was not taken: the members of a problem (RFC 9457); pointers are into the line."""

    line: int
    type: str
    title: str
    status: int
    detail: str
    errors: tuple[Wrong, ...] | UnsetType = UNSET


LineOutcome = LineTaken | LineRefused

LINE: "Shape[Line]" = Shape(Line, limit=LINE_LIMIT)

_SHAPES: dict[str, "Shape[Any]"] = {one.name: Shape(one.body, limit=one.limit) for one in RECORDINGS}
_ROUTES = {(one.method, one.path): one for one in RECORDINGS}
_BEFORE_ID = 3


def command_of(
    raw: bytes | None, caller: Caller, key: str | None, now: datetime | None = None
) -> tuple[Recording, Command]:
    """Read a line, which None stands for if it was too long; `key` is what it is known by if it brings none.

    `now` is left out where the lines tell again what was sent before: an embargo of theirs may have ended.
    Raises what the line's route would raise before anything is decided.
    """
    if raw is None:
        raise TooLargeError(f"A line has at most {LINE_LIMIT} bytes.")
    line = LINE.decode(raw)
    recording, subject = _route(line)
    require(caller, recording.scope)
    if line.if_match is not None and recording.subject is None:
        raise BadRequestError("`if_match` goes with what is there already.")
    if len(bytes(line.body)) > recording.limit:
        raise TooLargeError(f"A body for {recording.path} has at most {recording.limit} bytes.")
    try:
        body = _SHAPES[recording.name].decode(bytes(line.body), part=True)
        if now is not None:
            refuse_ended(body, now)
    except BadBodyError as error:
        raise BadBodyError(error.detail, tuple(map(_within_line, error.wrong))) from error
    command = Command(
        body=body,
        subject=subject,
        sha256=request_hash(line.method, line.path, normalised(body)),
        by=caller.key or "",
        idempotency_key=line.key or key,
        if_match=line.if_match,
    )
    return recording, command


def taken(number: int, recording: Recording, receipt: Receipt) -> LineTaken:
    """Say what a line came to."""
    return LineTaken(
        line=number,
        status=201 if recording.makes else 200,
        id=receipt.id,
        stream=receipt.stream,
        version=receipt.version,
        position=receipt.position,
        repeated=receipt.repeated,
    )


def refusal(number: int, error: Exception) -> LineRefused:
    """Say why a line was not taken."""
    problem = problem_of(error)
    errors = problem.errors
    if isinstance(error, refused.FaultyError) and errors is not UNSET:
        errors = tuple(map(_within_line, errors))
    return LineRefused(
        line=number,
        type=problem.type,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        errors=errors,
    )


def _route(line: Line) -> tuple[Recording, str | None]:
    """Find what a line asks for, and the id in its path."""
    recording = _ROUTES.get((line.method, line.path))
    if recording is not None and recording.subject is None:
        return recording, None
    parts = line.path.split("/")
    name = parts[_BEFORE_ID] if len(parts) > _BEFORE_ID else ""
    template = "/".join([*parts[:_BEFORE_ID], "{id}", *parts[_BEFORE_ID + 1 :]])
    recording = _ROUTES.get((line.method, template))
    if recording is None or recording.subject is None:
        raise NotFoundError("No recording route has this method and path.")
    if not ID.match(name):
        raise NotFoundError("Nothing can be registered under such an id.")
    if ("." in name) != (recording.subject in {"claim", "transfer"}):
        raise UnknownError(recording.subject, name)
    return recording, name


def _within_line(wrong: Wrong) -> Wrong:
    return wrong if wrong.pointer is None else structs.replace(wrong, pointer=f"/body{wrong.pointer}")

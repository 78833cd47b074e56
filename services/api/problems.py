"""Every error as an RFC 9457 problem."""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Response
from msgspec import UNSET, Struct, UnsetType

from events import codec
from events import log as kept
from events import refusals as refused
from projections import snapshot_postgres as read
from services.api.errors import ApiError, Wrong
from services.api.headers import headers_of
from services.api.problem_kinds import FRAMEWORK, INTERNAL, KINDS, Kind

MEDIA_TYPE = "application/problem+json"
PAGE = "/docs/problems"

_logger = logging.getLogger("conflictlog.api")
_ENCODER = msgspec.json.Encoder()
_RETRY_AFTER_S = 1


class Problem(Struct, frozen=True, omit_defaults=True):
    """The body of every error (RFC 9457). `errors` lists everything that is wrong with the request."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[Wrong, ...] | UnsetType = UNSET


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Give the problem that an error comes to; what is not in the table is logged and stays between us and the log."""
    kind = _kind_of(error)
    if kind is None:
        reference = f"{id(error) & 0xFFFFFF:06x}"
        _logger.error("%s %s failed [%s]", request.method, request.url.path, reference, exc_info=error)
        return respond(request, INTERNAL, f"The error was logged under the reference {reference}.")
    headers = {key.lower(): value for key, value in _headers(error).items()}
    if kind.status == 503:  # noqa: PLR2004  what is overloaded or away says when to come back
        headers.setdefault("retry-after", str(getattr(error, "retry_after_s", _RETRY_AFTER_S)))
    return respond(request, kind, _detail(error, kind), _wrong(error), headers)


def problem_of(error: Exception) -> Problem:
    """Give the problem that an error comes to, without an answer around it."""
    kind = _kind_of(error)
    if kind is None:
        _logger.error("a line of a batch failed", exc_info=error)
        return _problem(INTERNAL, INTERNAL.meaning, ())
    return _problem(kind, _detail(error, kind), _wrong(error))


def respond(
    request: Request[Any, Any, Any],
    kind: Kind,
    detail: str,
    wrong: tuple[Wrong, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """Give one problem as a response."""
    body = _ENCODER.encode(_problem(kind, detail, wrong))
    sent = {"cache-control": "no-store", **headers_of(request), **(headers or {})}
    if request.method == "HEAD":
        sent |= {"content-length": str(len(body)), "content-type": MEDIA_TYPE}
        return Response(b"", status_code=kind.status, headers=sent)
    return Response(body, status_code=kind.status, media_type=MEDIA_TYPE, headers=sent)


def _problem(kind: Kind, detail: str, wrong: tuple[Wrong, ...]) -> Problem:
    return Problem(
        type=f"{PAGE}#{kind.slug}", title=kind.title, status=kind.status, detail=detail, errors=wrong or UNSET
    )


def _kind_of(error: Exception) -> Kind | None:
    if isinstance(error, HTTPException):
        return FRAMEWORK.get(error.status_code)
    return next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), None)


def _headers(error: Exception) -> Mapping[str, str]:
    if isinstance(error, ApiError | HTTPException):
        return error.headers or {}
    return {}


def _detail(error: Exception, kind: Kind) -> str:
    """Say what the case is; the words of a library or of the database are not for others."""
    match error:
        case ApiError():
            return error.detail
        case HTTPException(status_code=404):
            return "No route has this path."
        case HTTPException(status_code=405):
            return f"The address takes {_headers(error).get('allow', 'other methods')}."
        case kept.LogUnavailableError() | kept.LogError() if not isinstance(error, kept.StaleStreamError):
            return str(error) if isinstance(error, kept.LogBusyError) else kind.meaning
        case codec.UnreadableEventError():
            # No more than where it stands: its stream may be hidden from who asks.
            return f"It stands at position {error.event.position}. {kind.meaning}"
        case refused.RefusalError() | read.BeyondHeadError() | read.NotYetThereError():
            return str(error) or kind.title
        case _:
            return kind.meaning


def _wrong(error: Exception) -> tuple[Wrong, ...]:
    match error:
        case ApiError():
            return error.wrong
        case refused.FaultyError():
            return tuple(Wrong(pointer=fault.pointer, detail=fault.detail) for fault in error.faults)
        case _:
            return ()

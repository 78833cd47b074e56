"""Headers: those that a request came with, and those that every answer to it carries."""

from collections.abc import Mapping
from typing import Any

from litestar import Request

_STATE = "answer_headers"
_RECEIVED = "received_headers"


def received(request: Request[Any, Any, Any]) -> Mapping[bytes, str]:
    """Give the headers of the request by their names in lower case; several of one name are one list (RFC 9110, 5.3).

    Litestar's own mapping costs more to make than it is used here.
    """
    found: dict[bytes, str] | None = request.scope["state"].get(_RECEIVED)
    if found is None:
        found = {}
        for name, value in request.scope["headers"]:
            text = value.decode("latin-1")
            found[name] = f"{found[name]}, {text}" if name in found else text
        request.scope["state"][_RECEIVED] = found
    return found


def value_of(request: Request[Any, Any, Any], name: bytes, default: str = "") -> str:
    """Give the value of a header of the request; its name is in lower case."""
    return received(request).get(name, default)


def keep_headers(request: Request[Any, Any, Any], headers: Mapping[str, str]) -> None:
    """Have every answer to this request carry these headers."""
    request.scope["state"][_STATE] = headers


def headers_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Give the headers that every answer to this request carries."""
    return dict(request.scope["state"].get(_STATE, {}))

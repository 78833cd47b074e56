"""Headers that every answer to a request carries, whichever it is."""

from collections.abc import Mapping
from typing import Any

from litestar import Request

_STATE = "answer_headers"


def keep_headers(request: Request[Any, Any, Any], headers: Mapping[str, str]) -> None:
    """Have every answer to this request carry these headers."""
    request.scope["state"][_STATE] = headers


def headers_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Give the headers that every answer to this request carries."""
    return dict(request.scope["state"].get(_STATE, {}))

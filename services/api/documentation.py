"""The documentation that the service brings along: OpenAPI for machines, plain pages for people, nothing from afar."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from services.api.answers import HTML, JSON, respond
from services.api.headers import keep_headers
from services.api.openapi import document
from services.api.pages import STYLE, problems_page, reference_page
from services.api.problem_kinds import every_kind
from services.api.routes import Act, Asked, Route

_TAG = "documentation"
# Nothing but the page's own style: it has no script and asks for nothing.
_POLICY = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"


def documentation_routes(others: Sequence[Route]) -> list[Route]:
    """Give the routes of the documentation, which describe themselves as well."""
    routes: list[Route] = []

    @cache
    def described(public_url: str) -> bytes:
        return msgspec.json.encode(document([*others, *routes], public_url, version("conflictlog")))

    @cache
    def reference(public_url: str) -> bytes:
        return reference_page(msgspec.json.decode(described(public_url))).encode()

    problems = problems_page(every_kind()).encode()
    routes += [
        _route("/openapi.json", "The OpenAPI 3.1 document of this service", dict[str, Any], _showing(described, JSON)),
        _route("/docs", "The reference, as a page", str, _showing(reference, HTML)),
        _route("/docs/problems", "What each type of problem means", str, _showing(lambda _: problems, HTML)),
    ]
    return routes


def _route(path: str, summary: str, gives: object, act: Act) -> Route:
    return Route(
        method="GET",
        path=path,
        name=path.partition(".")[0].strip("/").replace("/", "_"),
        tag=_TAG,
        summary=summary,
        scope=None,
        act=act,
        gives={200: gives},
        media="text/html" if gives is str else JSON,
    )


def _showing(make: Callable[[str], bytes], media: str) -> Act:
    async def show(asked: Asked) -> ASGIResponse:
        keep_headers(asked.request, {"content-security-policy": _POLICY})
        return respond(asked.request, make(asked.parts.settings.public_url), media=media)

    return show

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
        Route(
            method="GET",
            path="/openapi.json",
            name="openapi",
            tag=_TAG,
            summary="The OpenAPI 3.1 description of this service",
            scope=None,
            act=_showing(described, JSON),
            gives={200: dict[str, Any]},
        ),
        Route(
            method="GET",
            path="/docs",
            name="docs",
            tag=_TAG,
            summary="The reference, as a page",
            scope=None,
            act=_showing(reference, HTML),
            gives={200: str},
            media="text/html",
        ),
        Route(
            method="GET",
            path="/docs/problems",
            name="docs_problems",
            tag=_TAG,
            summary="What each type of problem means",
            scope=None,
            act=_showing(lambda _: problems, HTML),
            gives={200: str},
            media="text/html",
        ),
    ]
    return routes


def _showing(make: Callable[[str], bytes], media: str) -> Act:
    async def show(asked: Asked) -> ASGIResponse:
        answer = respond(asked.request, make(asked.parts.settings.public_url), media=media)
        answer.headers["content-security-policy"] = _POLICY
        return answer

    return show

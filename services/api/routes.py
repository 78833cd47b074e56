"""What a route is: the one description from which its handler, its documentation and its tests are made."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import unquote

from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from litestar.types import Method
from msgspec import Meta, Struct

from events.refusals import UnknownError
from services.api.bodies import Shape
from services.api.errors import NoCredentialsError, NotFoundError
from services.api.headers import keep_headers
from services.api.keys import Caller, Scope, require
from services.api.nearest import with_nearest
from services.api.parts import Parts, Request, parts_of
from services.api.queries import Query, read_query

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,119}(\.[a-z0-9][a-z0-9_-]{0,119})?\Z")
"""What anything can be called."""


class Asked(Struct, frozen=True):
    """A request that may be answered: the caller has the scope and is within its limit. `id` stands in the path."""

    request: Request
    parts: Parts
    caller: Caller
    id: str = ""


Format: TypeAlias = Annotated[
    str, Meta(description="The format, instead of `Accept`: json or geojson.", examples=["json"])
]
Act: TypeAlias = Callable[[Asked], Awaitable[ASGIResponse]]


class Route(Struct, frozen=True, kw_only=True):
    """One operation.

    `path` has its parameters in braces, without types. `scope` None: open to all, and not counted. `query` describes
    the parameters, `body` the body or `line` each of its lines, `gives` the answer's body by status, in the form
    `media`; `also` what other forms a 200 may have. `refuses` are the errors beyond those of every route of its sort.
    """

    method: Literal["GET", "POST", "PATCH"]
    path: str
    name: str
    tag: str
    summary: str
    scope: Scope | None
    act: Act
    gives: Mapping[int, Any]
    media: str = "application/json"
    also: Mapping[str, Any] = {}
    query: type[Struct] | None = None
    body: "Shape[Any] | None" = None
    line: "Shape[Any] | None" = None
    description: str = ""
    refuses: tuple[type[Exception], ...] = ()


def handler_of(route: Route) -> HTTPRouteHandler:
    """Make the handler of a route; what answers GET answers HEAD."""

    async def handle(request: Request) -> ASGIResponse:
        _refuse_other_spelling(request)
        asked = await _admitted(route, request)
        if route.query is None:
            read_query(request, Query)
        try:
            return await route.act(asked)
        except UnknownError as error:
            raise await with_nearest(asked.parts.log, error) from error

    methods: list[Method] = ["GET", "HEAD"] if route.method == "GET" else [route.method]
    path = route.path.replace("}", ":str}")
    # The size of a body is looked at where it is read, with the problem that belongs to it.
    made = HTTPRouteHandler(path, http_method=methods, status_code=200, name=route.name, request_max_body_size=None)
    return made(handle)


def _refuse_other_spelling(request: Request) -> None:
    """Refuse a path that Litestar tidied up before it found the route: each resource has one address."""
    path: str = request.scope["path"]
    sent = request.scope["raw_path"].partition(b"?")[0]
    if sent != path.encode() and unquote(sent) != path:
        raise NotFoundError(f"No route has this path; there is {path}" if path.isascii() else "No route has this path.")


async def _admitted(route: Route, request: Request) -> Asked:
    """Find out who asks and whether they may, and count the request."""
    parts = parts_of(request)
    if route.scope is None:
        return Asked(request, parts, Caller(None, frozenset(), ""))
    try:
        caller = await parts.keys.caller(request)
    except NoCredentialsError:
        # Guessing keys is counted like asking without one.
        await _count(request, parts, Caller(None, frozenset(), parts.keys.address(request)))
        raise
    await _count(request, parts, caller)
    require(caller, route.scope)
    name = str(request.path_params.get("id", ""))
    if name and not ID.match(name):
        raise NotFoundError("Nothing can be registered under such an id.")
    return Asked(request, parts, caller, name)


async def _count(request: Request, parts: Parts, caller: Caller) -> None:
    standing = await parts.rates.count(caller)
    if standing is not None:
        keep_headers(request, standing.headers)

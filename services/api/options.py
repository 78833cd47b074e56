"""What can be done at an address: the answer to OPTIONS."""

from collections.abc import Iterable, Sequence

from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from services.api.routes import Route


def options_handlers(routes: Sequence[Route]) -> list[HTTPRouteHandler]:
    """Make a handler for each address; Litestar's own forgets all methods but those of the first handler there.

    They are registered before the others: an address that has one gets none of Litestar's.
    """
    return [
        _handler(path, (route.method for route in routes if route.path == path))
        for path in dict.fromkeys(route.path for route in routes)
    ]


def _handler(path: str, methods: Iterable[str]) -> HTTPRouteHandler:
    taken = set(methods)
    allow = ", ".join(sorted(taken | {"OPTIONS"} | ({"HEAD"} if "GET" in taken else set())))

    async def options() -> ASGIResponse:
        return ASGIResponse(status_code=204, headers={"allow": allow})

    # The answer says 204 itself; a handler declared so may not be annotated with one.
    made = HTTPRouteHandler(path.replace("}", ":str}"), http_method="OPTIONS", status_code=200)
    return made(options)

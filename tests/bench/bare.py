"""A bare Litestar server, one answer and nothing kept of what is posted: `python -m tests.bench.bare PORT WORKERS`."""

import sys
from typing import Annotated

from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar, get, post
from litestar.params import Body

from events.requests import OccurrenceRequest

_ROWS: list[dict[str, str | int]] = [
    {"place": f"place-{number}", "effect": "killed", "low": number, "best": number, "high": number}
    for number in range(500)
]


@post("/v1/occurrences")
async def take(data: Annotated[OccurrenceRequest, Body()]) -> dict[str, str]:
    """Answer with what is reported."""
    return {"id": data.occurred.start or "", "kind": type(data).__name__}


@get("/v1/answer")
async def answer() -> list[dict[str, str | int]]:
    """Answer with as many rows as a large answer has."""
    return _ROWS


def application() -> Litestar:
    """Make the application in a worker process."""
    return Litestar([take, answer], openapi_config=None, logging_config=None)


def main(port: int, workers: int) -> None:
    """Serve as the API is served."""
    Granian(
        "tests.bench.bare:application",
        factory=True,
        interface=Interfaces.ASGI,
        address="127.0.0.1",
        port=port,
        workers=workers,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

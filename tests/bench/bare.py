"""A bare Litestar server that decodes what is posted and keeps nothing: `python -m tests.bench.bare PORT WORKERS`."""

import sys
from typing import Annotated

from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar, post
from litestar.params import Body

from events.requests import OccurrenceRequest


@post("/v1/occurrences")
async def take(data: Annotated[OccurrenceRequest, Body()]) -> dict[str, str]:
    """Answer with what is reported."""
    return {"id": data.occurred.start or "", "kind": type(data).__name__}


def application() -> Litestar:
    """Make the application in a worker process."""
    return Litestar([take], openapi_config=None, logging_config=None)


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

"""Posting over HTTP, beside a bare handler; and how long after its commit an event is in an answer."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from socket import create_connection

from services.embedded.addresses import LOOPBACK
from services.settings import Settings
from tests.bench.load import Closed, Paced, told
from tests.bench.measuring import Measure
from tests.bench.system import System, at_head, process
from tests.ports import free_port

_CONNECTIONS = 64
_WARM_S = 0.5
_WORKERS = str(Settings(database_url="", redis_url="").api_workers)


@asynccontextmanager
async def post_measures(system: System, seconds: float) -> AsyncGenerator[Sequence[Measure]]:
    """Give the measures, each of so many seconds; both servers run all the time, each with as many processes."""
    port = free_port()
    with process("tests.bench.bare", str(port), _WORKERS):
        await answering(port)
        requests = _posts(system)

        def measure(name: str, port: int) -> Measure:
            async def once() -> Mapping[str, float]:
                await at_head(system.database)
                found = await told(Closed(port, requests, _CONNECTIONS, seconds, _WARM_S))
                return {name: found.rate, f"{name}.p50": found.p50, f"{name}.p99": found.p99}

            return once

        yield [measure("bare_post_64", port), measure("post_64", system.port)]
    await at_head(system.database)


def visible_measures(system: System, seconds: float) -> Sequence[Measure]:
    """Give the measures: reports at an even pace, one in five of them asked for as soon as its commit is known."""
    read = _request(system, "GET", "/v1/occurrences/{id}?min_position={position}", b"").decode()
    requests = _posts(system)

    def measure(rate: int) -> Measure:
        async def once() -> Mapping[str, float]:
            await at_head(system.database)
            found = await told(Paced(system.port, requests, rate, seconds, 5, read))
            name = f"visible_{rate}"
            return {name: found.p50, f"{name}.p99": found.p99, f"{name}.rate": found.rate}

        return once

    return [measure(100), measure(200)]


def _posts(system: System) -> list[bytes]:
    return [_request(system, "POST", "/v1/occurrences", body) for body in system.history.bodies]


def asking(path: str) -> bytes:
    """Give a whole request for an answer that anybody may have."""
    return f"GET {path} HTTP/1.1\r\nhost: {LOOPBACK}\r\n\r\n".encode()


def _request(system: System, method: str, path: str, body: bytes) -> bytes:
    head = [
        f"{method} {path} HTTP/1.1",
        f"host: {LOOPBACK}:{system.port}",
        f"authorization: Bearer {system.key}",
        *(["content-type: application/json", f"content-length: {len(body)}"] if body else []),
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


async def answering(port: int) -> None:
    """Wait until something listens at a port."""
    async with asyncio.timeout(30):
        while True:
            try:
                with closing(create_connection((LOOPBACK, port), timeout=1)):
                    return
            except OSError:
                await asyncio.sleep(0.05)

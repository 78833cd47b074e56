"""The load on an HTTP server, from a process of its own: `python -m tests.bench.load` reads an Order, writes a Told.

It writes bytes that were made before to sockets that stay open, and reads no more of an answer than it must.
"""

import asyncio
import sys
import time
from asyncio import Future
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

from tests.bench.measuring import quantile

_GIVE_UP_S = 30.0
_OK = (b"HTTP/1.1 200", b"HTTP/1.1 201")


class Closed(Struct, frozen=True, tag="closed"):
    """So many connections, each of which sends the next request once the last one is answered."""

    port: int
    requests: list[bytes]
    connections: int
    seconds: float
    warm_s: float


class Paced(Struct, frozen=True, tag="paced"):
    """So many requests a second, whatever the answers; one in `every` is followed until it can be read.

    `read` is what asks for what was written, with {id} and {position} for those that the answer told.
    """

    port: int
    requests: list[bytes]
    rate: float
    seconds: float
    every: int
    read: str


Order = Closed | Paced


class Told(Struct, frozen=True):
    """How many were answered a second, how many of them not as hoped, and the times in milliseconds."""

    rate: float
    failed: int
    p50: float
    p99: float


class _Recorded(Struct, frozen=True):
    id: str
    position: int


class _Connection(asyncio.Protocol):
    """One socket, which asks one thing at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._answer: Future[bytes] | None = None
        self._got = bytearray()
        self._wanted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._wanted:
            head, found, _ = self._got.partition(b"\r\n\r\n")
            if not found:
                return
            self._wanted = len(head) + 4 + int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(self._got) >= self._wanted and self._answer is not None:
            answer, self._answer, self._wanted = self._answer, None, 0
            answer.set_result(bytes(self._got))
            self._got.clear()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def ask(self, request: bytes) -> "Future[bytes]":
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer


async def _connect(port: int) -> _Connection:
    _, connection = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", port)
    return connection


async def closed(order: Closed) -> Told:
    """Ask as fast as it is answered; what is answered while the server is still warming up is not counted."""
    taken: list[float] = []
    failed = 0
    begin = time.perf_counter() + order.warm_s
    end = begin + order.seconds

    async def repeat(connection: _Connection, number: int) -> None:
        nonlocal failed
        while (begun := time.perf_counter()) < end:
            answer = await connection.ask(order.requests[number % len(order.requests)])
            number += order.connections
            if begin <= (now := time.perf_counter()) < end:
                taken.append(now - begun)
                failed += not answer.startswith(_OK)

    connections = [await _connect(order.port) for _ in range(order.connections)]
    async with asyncio.timeout(order.warm_s + order.seconds + _GIVE_UP_S):
        await asyncio.gather(*(repeat(connection, number) for number, connection in enumerate(connections)))
    for connection in connections:
        connection.close()
    return _told((len(taken) - failed) / order.seconds, failed, taken)


async def paced(order: Paced) -> Told:
    """Ask at an even pace, and time how long after a write was answered what it wrote is in an answer."""
    idle: list[_Connection] = []
    taken: list[float] = []
    failed = 0

    async def asked(request: bytes) -> bytes:
        connection = idle.pop() if idle else await _connect(order.port)
        answer = await connection.ask(request)
        idle.append(connection)
        return answer

    async def write(number: int) -> None:
        nonlocal failed
        answer = await asked(order.requests[number % len(order.requests)])
        written = time.perf_counter()
        if not answer.startswith(_OK):
            failed += 1
        elif number % order.every == 0:
            done = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2], type=_Recorded)
            read = order.read.replace("{id}", done.id).replace("{position}", str(done.position))
            answer = await asked(read.encode())
            taken.append(time.perf_counter() - written)
            failed += not (answer.startswith(_OK) and done.id.encode() in answer)

    begun = time.perf_counter()
    async with asyncio.timeout(order.seconds + _GIVE_UP_S), asyncio.TaskGroup() as writes:
        for number in range(int(order.rate * order.seconds)):
            await asyncio.sleep(begun + number / order.rate - time.perf_counter())
            writes.create_task(write(number))
    rate = int(order.rate * order.seconds) / (time.perf_counter() - begun)
    for connection in idle:
        connection.close()
    return _told(rate, failed, taken)


def _told(rate: float, failed: int, taken: list[float]) -> Told:
    if not taken:
        raise RuntimeError("nothing was answered in time")
    return Told(rate, failed, 1000 * quantile(taken, 0.5), 1000 * quantile(taken, 0.99))


async def told(order: Order) -> Told:
    """Have an order carried out in a process of its own; raises RuntimeError where anything was not as hoped."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.load",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate(msgspec.json.encode(order))
    if process.returncode:
        raise RuntimeError("the load was not carried out")
    found = msgspec.json.decode(out, type=Told)
    if found.failed:
        raise RuntimeError(f"{found.failed} requests failed")
    return found


def main() -> None:
    """Carry out the order on standard input."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Closed | Paced)
    done = uvloop.run(closed(order) if isinstance(order, Closed) else paced(order))
    sys.stdout.buffer.write(msgspec.json.encode(done))


if __name__ == "__main__":
    main()

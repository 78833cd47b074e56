"""A TCP line that can be cut or fall silent at a chosen moment."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Cut = Literal["before the request arrives", "before the answer arrives"]
"""Whether what is lost is what the client says next, or the answer to it."""


class Proxy:
    """Passes bytes between clients and one server, until told to cut the line or to let nobody through."""

    def __init__(self, server_url: str) -> None:
        parts = urlsplit(server_url)
        self._parts = parts
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 5432
        self._own_port = 0
        self._cut: Cut | None = None
        self._saying = self._silent_from = b""
        self._cutting = False
        self._lines: set[asyncio.Task[None]] = set()
        self._speaks = asyncio.Event()
        self._speaks.set()
        self.closed = False
        self.cuts = 0
        self.unanswered: list[bytes] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, server_url: str) -> AsyncGenerator["Proxy"]:
        """Open a line to the server for the block."""
        line = cls(server_url)
        listener = await asyncio.start_server(line._serve, "127.0.0.1", 0)
        line._own_port = listener.sockets[0].getsockname()[1]
        try:
            yield line
        finally:
            listener.close()
            line.hang_up()
            await listener.wait_closed()
            while line._lines:
                await asyncio.wait(line._lines)

    @property
    def url(self) -> str:
        """Give the server's address by way of this line; plain, so that the bytes passed are those that are said."""
        login = self._parts.netloc.rpartition("@")[0]
        netloc = f"{login}@127.0.0.1:{self._own_port}" if login else f"127.0.0.1:{self._own_port}"
        plain = "sslmode=disable&gssencmode=disable" if self._parts.scheme.startswith("postgres") else ""
        return urlunsplit(self._parts._replace(netloc=netloc, query=plain))

    def cut_next(self, moment: Cut, saying: bytes = b"") -> None:
        """Cut each line at the next thing that a client says, or the next that holds these bytes, once."""
        self._cut, self._saying = moment, saying

    def fall_silent(self, saying: bytes = b"") -> None:
        """Hold every answer back, from now on or from when a client says these bytes; keep what is said then."""
        self._silent_from = saying
        if not saying:
            self._speaks.clear()

    def speak(self) -> None:
        """Pass on answers again, those that were held back first."""
        self._silent_from = b""
        self._speaks.set()

    def hang_up(self) -> None:
        """Cut all lines now."""
        for line in self._lines:
            line.cancel()

    async def _serve(self, client_reader: StreamReader, client: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        with suppress(OSError, asyncio.CancelledError):
            if not self.closed:
                await self._pass(client_reader, client)
        self._lines.discard(task)
        client.transport.abort()

    async def _pass(self, client_reader: StreamReader, client: StreamWriter) -> None:
        server_reader, server = await asyncio.open_connection(self._host, self._port)
        try:
            await _first_to_end(self._requests(client_reader, server), self._answers(server_reader, client))
        finally:
            server.transport.abort()

    async def _requests(self, client_reader: StreamReader, server: StreamWriter) -> None:
        while said := await client_reader.read(1 << 16):
            moment = self._cut if self._saying in said else None
            if moment is not None:
                self._cut = None
            if moment == "before the request arrives":
                self.cuts += 1
                return
            self._cutting = self._cutting or moment is not None
            if self._silent_from and self._silent_from in said:
                self._speaks.clear()
            if not self._speaks.is_set():
                self.unanswered.append(said)
            server.write(said)
            await server.drain()

    async def _answers(self, server_reader: StreamReader, client: StreamWriter) -> None:
        while said := await server_reader.read(1 << 16):
            if self._cutting:
                self._cutting = False
                self.cuts += 1
                return
            await self._speaks.wait()
            client.write(said)
            await client.drain()


async def _first_to_end(*directions: Awaitable[None]) -> None:
    tasks = [asyncio.ensure_future(direction) for direction in directions]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

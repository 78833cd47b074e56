"""A reader of Server-Sent Events, straight on the application: it takes each piece as it is sent, and may leave."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.types import Message

from tests.waiting import until


class StreamReader:
    """Reads one stream; `slow` readers take nothing until they are let."""

    def __init__(self, app: Litestar, address: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(address)
        sent = {"host": "testserver", **headers}
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "root_path": "",
            "query_string": parts.query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
            "state": {},
        }
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.pieces = 0
        self.takes = asyncio.Event()
        self.takes.set()
        self._left = asyncio.Event()
        self._asked = False
        self._task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> Any:  # noqa: ANN401  a message
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.takes.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            self.text += message["body"].decode()
            self.pieces += 1

    @property
    def events(self) -> list[tuple[int, dict[str, Any]]]:
        """Give the events so far, each with its id."""
        found: list[tuple[int, dict[str, Any]]] = []
        for block in self.text.split("\n\n")[:-1]:
            lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "data" in lines:
                found.append((int(lines["id"]), json.loads(lines["data"])))
        return found

    @property
    def ids(self) -> list[int]:
        return [number for number, _ in self.events]

    async def reaches(self, position: int) -> None:
        async def there() -> bool:
            return bool(self.ids) and self.ids[-1] >= position

        await until(there, within_s=20)

    async def ended(self) -> None:
        async with asyncio.timeout(20):
            await self._task

    async def leave(self) -> None:
        self._left.set()
        await self.ended()

"""Answers as they go to the server: their bytes were made before, so nothing is left to be worked out."""

from collections.abc import Mapping

from litestar.response.base import ASGIResponse
from litestar.types import HTTPResponseBodyEvent, HTTPResponseStartEvent, Receive, Scope, Send


class Reply(ASGIResponse):
    """One answer. To HEAD it is sent without its body, which the length in its headers still tells of."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes = b"", *, to_head: bool = False) -> None:
        """Keep what is sent."""
        sent = {"content-length": str(len(body)), **headers} if status != 304 else headers  # noqa: PLR2004
        self._start: HTTPResponseStartEvent = {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()],
        }
        self._body: HTTPResponseBodyEvent = {
            "type": "http.response.body",
            "body": b"" if to_head else body,
            "more_body": False,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        del scope, receive
        await send(self._start)
        await send(self._body)

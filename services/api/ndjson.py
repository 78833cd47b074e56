"""NDJSON as it comes and goes: lines out of a body that is never held as a whole, and lines that wait on disk."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from tempfile import SpooledTemporaryFile

from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from services.api.errors import BadBodyError
from services.api.parts import Request

NDJSON = "application/x-ndjson"

_IN_MEMORY = 1_000_000
_PART = 65_536


class Lines:
    """Takes a body part by part and gives its lines, without their ends; empty ones are counted and left out."""

    def __init__(self, limit: int) -> None:
        """Take how many bytes a line may have."""
        self._limit = limit
        self._begun: list[bytes] = []
        self._size = 0
        self._number = 0

    @property
    def held(self) -> int:
        """How many bytes of a line that has not ended are kept."""
        return sum(map(len, self._begun))

    def feed(self, part: bytes) -> Iterator[tuple[int, bytes | None]]:
        """Give the lines that end in the next part, each with its number from 1; None for one over the limit."""
        *ended, begun = part.split(b"\n")
        for end in ended:
            self._take(end)
            yield from self._ended()
        self._take(begun)

    def rest(self) -> Iterator[tuple[int, bytes | None]]:
        """Give the last line, if the body does not end with a line's end."""
        yield from self._ended()

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            self._begun.clear()
        else:
            self._begun.append(piece)

    def _ended(self) -> Iterator[tuple[int, bytes | None]]:
        line = None if self._size > self._limit else b"".join(self._begun).strip()
        self._begun, self._size = [], 0
        self._number += 1
        if line != b"":
            yield self._number, line


async def parts_of_body(request: Request) -> AsyncGenerator[bytes]:
    """Give the body as it arrives; raises BadBodyError where the connection ends before it does."""
    more = True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise BadBodyError("The connection ended before the body did.")
        more = message.get("more_body", False)
        yield message.get("body", b"")


class Spooled(ASGIResponse):
    """An answer that is written before it is sent, on disk from a megabyte on.

    Nothing is sent while the body is still read: most clients send all of it before they read, and if both sides
    waited for the other to read, neither would go on.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  it is closed when it was sent, or given up
        self._sent: Mapping[str, str] = {}
        self.lines = 0

    def write(self, line: bytes) -> None:
        """Add a line."""
        self._file.write(line + b"\n")
        self.lines += 1

    def close(self) -> None:
        """Give it up."""
        self._file.close()

    def with_headers(self, headers: Mapping[str, str]) -> "Spooled":
        """Let it be sent with these headers."""
        self._sent = {**headers, "content-type": NDJSON, "content-length": str(self._file.tell())}
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        del scope, receive
        with self._file:
            headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self._sent.items()]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            self._file.seek(0)
            while part := self._file.read(_PART):
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

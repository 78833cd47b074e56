"""Bodies of requests, read strictly: their media type, size and text before their shape, and then all of its faults."""

import asyncio
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Generic, TypeVar

import msgspec
from litestar import Request
from msgspec import Struct, structs

from events.refusals import Fault
from services.api.errors import BadBodyError, TooLargeError, Wrong, WrongMediaTypeError
from services.api.faults import counts_hold, escaped, faults_of
from services.api.headers import received

DEPTH_MAX = 64
INTEGER_MAX = 2**53
LISTED_FAULTS = 100

_DROPPED_BYTES = 64_000_000
_DROPPED_S = 5.0

_JSON = re.compile(r"\s*application/json\s*(?:;\s*charset\s*=\s*\"?utf-?8\"?\s*)?;?\s*\Z", re.IGNORECASE)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
# A string, and the colon that makes it the name of a member.
_MAYBE_NAME = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_ENCODER = msgspec.json.Encoder(order="deterministic")
# What has bounds is looked at for their order; most bodies have none.
_BOUNDS = re.compile(rb'"(?:low|best|high)"')

T = TypeVar("T", bound=Struct)


class Shape(Generic[T]):
    """The shape of a route's body and its limit in bytes."""

    def __init__(self, kind: Any, *, limit: int) -> None:  # noqa: ANN401  a union of Structs is no type to a checker
        """Prepare to read bodies of one kind."""
        self.kind = kind
        self.limit = limit
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind)
        self._may_be_empty = isinstance(kind, type) and not any(field.required for field in structs.fields(kind))

    async def read(self, request: Request[Any, Any, Any]) -> T:
        """Give the request's body; raises WrongMediaTypeError, TooLargeError, or BadBodyError with every fault."""
        raw = await raw_body(request, self.limit)
        if self._may_be_empty and not raw:
            return self.decode(b"{}")
        refuse_other_media(request)
        return self.decode(raw)

    def decode(self, raw: bytes, *, part: bool = False) -> T:
        """Read JSON of this shape, or a `part` of JSON that was read here already; raises BadBodyError."""
        text = _text(raw)
        try:
            found = self._decoder.decode(raw)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise _error(self._faults(text) or [Fault("", str(error))]) from error
        # Where a member stands twice, fewer are left once it was read and written again.
        fewer = not part and _names(text) != _names(msgspec.json.encode(msgspec.json.decode(raw)).decode())
        suspect = fewer or (not part and "\\u0000" in text) or (_BOUNDS.search(raw) and not counts_hold(found))
        if suspect and (faults := self._faults(text)):
            raise _error(faults)
        return found

    def _faults(self, text: str) -> list[Fault]:
        """List what is wrong with a body in which something may be: all of it, or more than is told.

        To find all of a million faults would hold up every other request for as long.
        """
        value = _untyped(text)
        of_shape = islice(faults_of(value, self.kind), LISTED_FAULTS + 1)
        return [*_twice(text), *_nulls(value), *_too_large_numbers(value), *of_shape]


def normalised(body: Struct) -> bytes:
    """Give the one way to write a body: without its spaces, order and members that say nothing."""
    return _ENCODER.encode(body)


def refuse_other_media(request: Request[Any, Any, Any]) -> None:
    """Raise WrongMediaTypeError unless the request says that it sends JSON, and not packed."""
    headers = received(request)
    if not _JSON.match(headers.get(b"content-type", "")):
        raise WrongMediaTypeError(
            "The body must be sent as `Content-Type: application/json`.", headers={"accept": "application/json"}
        )
    if headers.get(b"content-encoding", "identity").strip().lower() != "identity":
        raise WrongMediaTypeError("The body must not be packed.", headers={"accept-encoding": "identity"})


async def raw_body(request: Request[Any, Any, Any], limit: int) -> bytes:
    """Read the body; raises TooLargeError as soon as it is known to be over the limit."""
    announced = received(request).get(b"content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        await _let_pass(request)
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] != "http.request":
            raise BadBodyError("The connection ended before the body did.")
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > limit:
            await _let_pass(request)
            raise _too_large(limit)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _let_pass(request: Request[Any, Any, Any]) -> None:
    """Drop what comes of the body, for a while: closed before it is read, a connection loses its answer too.

    RFC 9112, 9.6. Who waits to be told to go on is told of the refusal instead.
    """
    if "100-continue" in request.headers.get("expect", "").lower():
        return
    left = _DROPPED_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(_DROPPED_S):
            while left > 0:
                message = await request.receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _too_large(limit: int) -> TooLargeError:
    # What was not read would be taken for the next request on the connection.
    return TooLargeError(f"This route takes at most {limit} bytes.", headers={"connection": "close"})


def _text(raw: bytes) -> str:
    """Give the body as text that can be read without exhausting anything."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadBodyError(f"The body is not UTF-8: the byte at offset {error.start} cannot stand there.") from error
    if text.count("[") + text.count("{") > DEPTH_MAX:
        _refuse_depth(text)
    return text


def _refuse_depth(text: str) -> None:
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEPTH_MAX:
            raise BadBodyError(f"The body is nested deeper than {DEPTH_MAX}.")


def _untyped(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadBodyError(f"The body is no JSON (RFC 8259): {error}.") from error


def _names(text: str) -> int:
    """Count the names of members in JSON."""
    strings: list[str] = _MAYBE_NAME.findall(text)
    return len(strings) - strings.count("")


def _twice(text: str) -> list[Fault]:
    """Find members that stand twice in one object: readers differ on which of them counts (RFC 8259, 4)."""
    found: list[str] = []

    def pairs(members: list[tuple[str, object]]) -> None:
        names = dict(members)
        if len(names) != len(members):
            found.extend(sorted(name for name in names if [one for one, _ in members].count(name) > 1))

    try:
        json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return []
    return [Fault("", f"the member {name!r} stands twice in one object") for name in found]


def _nulls(value: object, pointer: str = "") -> list[Fault]:
    """Find text with U+0000, which PostgreSQL cannot keep."""
    found: list[Fault] = []
    for name, item, where in _parts(value, pointer):
        if isinstance(name, str) and "\0" in name:
            found.append(Fault(pointer, "the name of a member contains U+0000"))
        found += _nulls(item, where)
    if isinstance(value, str) and "\0" in value:
        found.append(Fault(pointer, "contains U+0000"))
    return found


def _too_large_numbers(value: object, pointer: str = "") -> list[Fault]:
    """Find integers that other readers of JSON would round (RFC 8259, 6)."""
    found = [fault for _, item, where in _parts(value, pointer) for fault in _too_large_numbers(item, where)]
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        found.append(Fault(pointer, "is an integer beyond 2^53"))
    return found


def _parts(value: Any, pointer: str) -> list[tuple[str | int, object, str]]:  # noqa: ANN401  anything that JSON can be
    if isinstance(value, dict):
        return [(name, item, f"{pointer}/{escaped(name)}") for name, item in value.items()]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return [(number, item, f"{pointer}/{number}") for number, item in enumerate(value)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return []


def _error(faults: Sequence[Fault]) -> BadBodyError:
    unique = list(dict.fromkeys(faults))
    shown = tuple(Wrong(pointer=fault.pointer, detail=fault.detail) for fault in unique[:LISTED_FAULTS])
    if len(unique) > LISTED_FAULTS:
        return BadBodyError(f"The body has more than {LISTED_FAULTS} faults; as many are listed.", shown)
    return BadBodyError(f"The body has {len(unique)} fault{'s' if len(unique) != 1 else ''}.", shown)

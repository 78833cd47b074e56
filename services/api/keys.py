"""Who asks: keys looked up by their SHA-256, and the scopes that they carry."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from litestar import Request
from msgspec import Struct

from events.log_postgres import Pool
from events.statements import statements
from services.api.errors import NoCredentialsError, NotAllowedError
from services.api.headers import received

Scope = Literal["read", "read:restricted", "report", "assess", "subscribe", "operate", "admin"]

KNOWN_FOR_S = 3.0
"""How long a key's scopes are remembered, and so how long a revoked key may still be taken."""

_SQL = statements(Path(__file__).with_suffix(".sql"))
_REMEMBERED = 10_000
_BEARER = re.compile(r"bearer +(clk_[A-Za-z0-9_-]{20,200}) *\Z", re.IGNORECASE)
_REALM = 'Bearer realm="conflictlog"'


class Caller(Struct, frozen=True):
    """Who asks: the id of a key and what it may do, or nobody, known by address alone."""

    key: str | None
    scopes: frozenset[str]
    address: str

    @property
    def counted_as(self) -> str:
        """What the caller's requests are counted under."""
        return f"key:{self.key}" if self.key else f"address:{self.address}"

    def may(self, scope: Scope) -> bool:
        """Tell whether the caller has a scope; `admin` has all of them."""
        return scope in self.scopes or "admin" in self.scopes


class Keys:
    """Looks keys up, and remembers for some seconds what it found, also that there is none."""

    def __init__(self, pool: Pool, *, anonymous_reading: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """Take where the keys are kept, and whether who has none may read."""
        self._pool = pool
        self._anonymous = frozenset({"read"}) if anonymous_reading else frozenset[str]()
        self._clock = clock
        self._found: OrderedDict[bytes, tuple[float, tuple[str, frozenset[str]] | None]] = OrderedDict()

    async def caller(self, request: Request[Any, Any, Any]) -> Caller:
        """Say who asks; raises NoCredentialsError for a key that is malformed, unknown or revoked."""
        address = self.address(request)
        given = received(request).get(b"authorization")
        if given is None:
            return Caller(None, self._anonymous, address)
        match = _BEARER.match(given)
        if match is None:
            raise refusal("invalid_request", "`Authorization` must be `Bearer` and a key that begins with clk_.")
        found = await self._key(sha256(match[1].encode()).digest())
        if found is None:
            raise refusal("invalid_token", "The key is unknown or was revoked.")
        return Caller(found[0], found[1], address)

    def address(self, request: Request[Any, Any, Any]) -> str:
        """Give the address that the request came from."""
        client: tuple[str, int] | None = request.scope["client"]
        return client[0] if client else "unknown"

    async def _key(self, digest: bytes) -> tuple[str, frozenset[str]] | None:
        now = self._clock()
        known = self._found.get(digest)
        if known is not None and now - known[0] < KNOWN_FOR_S:
            return known[1]
        found = await self._read(digest)
        self._found[digest] = (now, found)
        self._found.move_to_end(digest)
        if len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)
        return found

    async def _read(self, digest: bytes) -> tuple[str, frozenset[str]] | None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL["key"], {"sha256": digest})
            row = await cursor.fetchone()
        return None if row is None else (str(row[0]), frozenset(_texts(row[1])))


def require(caller: Caller, scope: Scope | None) -> None:
    """Raise NoCredentialsError for nobody, NotAllowedError for a key without the scope."""
    if scope is None or caller.may(scope):
        return
    if caller.key is None:
        raise refusal(None, f"This needs a key with the scope `{scope}`.")
    challenge = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
    raise NotAllowedError(f"This needs the scope `{scope}`.", headers={"www-authenticate": challenge})


def refusal(error: str | None, detail: str) -> NoCredentialsError:
    """Give the refusal of who could not be told, with the challenge of RFC 6750."""
    challenge = _REALM if error is None else f'{_REALM}, error="{error}"'
    return NoCredentialsError(detail, headers={"www-authenticate": challenge})


def _texts(scopes: Sequence[object]) -> list[str]:
    return [str(scope) for scope in scopes]

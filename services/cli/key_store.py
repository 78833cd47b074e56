"""API keys: made by machine, stored only as their SHA-256, listed by prefix, revocable."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from msgspec import Struct
from psycopg.rows import class_row

from events.log_postgres import Pool
from events.statements import statements

SCOPES = ("read", "read:restricted", "report", "assess", "subscribe", "operate", "admin")

_SQL = statements(Path(__file__).with_suffix(".sql"))
_SECRET_BYTES = 32
_PREFIX_LETTERS = 12


class ApiKey(Struct, frozen=True):
    """What may be shown of a key after its making."""

    id: UUID
    prefix: str
    name: str
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None


def new_key() -> str:
    """Draw a key of 256 random bits."""
    return f"clk_{secrets.token_urlsafe(_SECRET_BYTES)}"


async def create(pool: Pool, secret: str, name: str, scopes: Sequence[str]) -> ApiKey:
    """Store a new key's hash."""
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        await cursor.execute(_SQL["create"], _row(secret, name, scopes))
        made = await cursor.fetchone()
    if made is None:
        raise LookupError("an INSERT gave no row back")
    return made


async def ensure(pool: Pool, secret: str, name: str, scopes: Sequence[str]) -> None:
    """Store a key's hash unless it is known, revoked or not."""
    async with pool.connection() as connection:
        await connection.execute(_SQL["ensure"], _row(secret, name, scopes))


async def listed(pool: Pool) -> list[ApiKey]:
    """Give all keys, the oldest first."""
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        await cursor.execute(_SQL["list"])
        return await cursor.fetchall()


async def revoke(pool: Pool, key: str) -> list[ApiKey]:
    """Revoke the keys with this prefix or id that are still good, and give them."""
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        await cursor.execute(_SQL["revoke"], {"key": key})
        return await cursor.fetchall()


def _row(secret: str, name: str, scopes: Sequence[str]) -> dict[str, object]:
    return {
        "prefix": secret[:_PREFIX_LETTERS],
        "sha256": sha256(secret.encode()).digest(),
        "scopes": list(scopes),
        "name": name,
    }

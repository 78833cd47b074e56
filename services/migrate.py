"""Bringing a database to the shape that this version needs: the files of `deploy/migrations`, each once, in order."""

from hashlib import sha256
from pathlib import Path

from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from events.statements import statements
from services.settings import database_address

MIGRATIONS = Path(__file__).parent.parent / "deploy" / "migrations"

_SQL = statements(Path(__file__).with_suffix(".sql"))
_PREPARATION = ("create_roles", "become_owner", "grant_database", "create_extensions", "act_as_owner")


class MigrationError(Exception):
    """The database was not brought to the shape that this version needs."""


class MigrationChangedError(MigrationError):
    """A migration that was applied has changed since; a change needs a file of its own."""

    def __init__(self, name: str) -> None:
        """Keep the file's name."""
        super().__init__(f"migration {name} was applied with other content; put the change into a new file")
        self.name = name


async def migrate(url: str, *, files: Path = MIGRATIONS) -> list[str]:
    """Apply what is missing and give the names of what was applied.

    Any number may run at once: they take turns under one advisory lock. Each file is one transaction, run as
    conflictlog_owner, and recorded with its SHA-256. The login must be a superuser, or may create roles and owns the
    database, or is conflictlog_owner itself with the roles and extensions created before.

    Raises MigrationChangedError, and SettingsError where the address is none.
    """
    wanted = _read(files)
    async with await AsyncConnection.connect(make_conninfo("", **database_address(url)), autocommit=True) as connection:
        await connection.execute(_SQL["lock"])
        try:
            return await _apply_missing(connection, wanted)
        finally:
            if not connection.broken:
                await connection.execute(_SQL["unlock"])


def _read(files: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(files.glob("*.sql"))}


async def _apply_missing(connection: AsyncConnection[TupleRow], wanted: dict[str, bytes]) -> list[str]:
    await connection.execute(b"SET client_min_messages TO warning")
    for step in _PREPARATION:
        await connection.execute(_SQL[step])
    await connection.execute(_SQL["create_migration_table"])
    cursor = await connection.execute(_SQL["applied"])
    known: dict[str, bytes] = dict(await cursor.fetchall())
    missing: list[str] = []
    for name, content in wanted.items():
        digest = sha256(content).digest()
        if known.get(name, digest) != digest:
            raise MigrationChangedError(name)
        if name not in known:
            async with connection.transaction():
                await connection.execute(content)
                await connection.execute(_SQL["record"], (name, digest))
            missing.append(name)
    return missing

"""Connections are opened in one place."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.tree import PRODUCT, ROOT, python_files

# The wiring; the migrations, which run once and as another role; and the servers that we start ourselves, which must
# be spoken to before there is anything to wire.
_OPENERS = ("services/wiring.py", "services/migrate.py", "services/embedded/")
_OPENING = {
    "psycopg.connect",
    "Connection.connect",
    "AsyncConnection.connect",
    "ConnectionPool",
    "AsyncConnectionPool",
    "NullConnectionPool",
    "AsyncNullConnectionPool",
    "Redis",
    "Redis.from_url",
    "redis.from_url",
    "aioredis.from_url",
    "asyncio.from_url",
    "from_url",
}


def _openings(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).split("[", maxsplit=1)[0]
            if ".".join(name.split(".")[-2:]) in _OPENING or name.rpartition(".")[2] in _OPENING:
                yield f"{node.lineno}: {name}"


def test_only_the_wiring_opens_a_connection() -> None:
    assert [
        f"{path}:{opening}"
        for path in python_files(*PRODUCT)
        if not str(path).startswith(_OPENERS)
        for opening in _openings((ROOT / path).read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize(
    "call",
    [
        "await AsyncConnection.connect(url)",
        "await psycopg.AsyncConnection.connect(url)",
        "AsyncConnectionPool[AsyncConnection](url)",
        "psycopg_pool.AsyncConnectionPool(url)",
        "redis.asyncio.Redis.from_url(url)",
        "Redis(host=host)",
    ],
)
def test_an_opening_is_noticed(call: str) -> None:
    assert list(_openings(f"async def leak() -> None:\n    {call}\n")) != []


def test_a_use_of_what_was_opened_is_left_alone() -> None:
    assert list(_openings("pool.connection()\nredis.publish(a, b)\nsignal.connect(c)\n")) == []

"""`conflictlog keys`: make, list and revoke API keys."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table

from events.log_postgres import Pool
from services.cli import key_store
from services.cli.failures import CommandError
from services.cli.key_store import SCOPES, ApiKey
from services.cli.machines import say_json
from services.cli.options import as_json, some_instance
from services.cli.target import database
from services.wiring import API_ROLE, open_pool

_Result = TypeVar("_Result")


@click.group("keys")
def command() -> None:
    """Make, list and revoke the keys that the API asks for."""


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    default=("read",),
    show_default=True,
    help="What the key may do; may be given several times.",
)
@some_instance
@as_json
def create(data: Path | None, name: str, scopes: tuple[str, ...], *, json_wanted: bool) -> None:
    """Make a key and show it, this one time."""
    secret = key_store.new_key()
    made = _with_pool(data, lambda pool: key_store.create(pool, secret, name, scopes))
    if json_wanted:
        shown = msgspec.to_builtins(made) | {"key": secret}
        say_json(shown)
    else:
        click.echo(secret)
        click.echo(f"key {made.prefix}… may {', '.join(scopes)}; it is not shown again", err=True)


@command.command("list")
@some_instance
@as_json
def list_keys(data: Path | None, *, json_wanted: bool) -> None:
    """List all keys by their prefixes."""
    _show(_with_pool(data, key_store.listed), json_wanted=json_wanted)


@command.command("revoke")
@click.argument("key")
@some_instance
@as_json
def revoke(data: Path | None, key: str, *, json_wanted: bool) -> None:
    """Revoke a key, named by its prefix or id."""
    revoked = _with_pool(data, lambda pool: key_store.revoke(pool, key))
    if not revoked:
        raise CommandError(f"no key that is still good has the prefix or id {key}: see `conflictlog keys list`")
    _show(revoked, json_wanted=json_wanted)


def _with_pool(data: Path | None, act: Callable[[Pool], Awaitable[_Result]]) -> _Result:
    """Do something with the database that the command names."""

    async def acted(url: str) -> _Result:
        async with open_pool(url, API_ROLE, size=1) as pool:
            return await act(pool)

    with database(data, API_ROLE) as url:
        return asyncio.run(acted(url))


def _show(keys: Iterable[ApiKey], *, json_wanted: bool) -> None:
    """Write keys as a table, or as JSON."""
    if json_wanted:
        say_json(list(keys))
        return
    table = Table("prefix", "name", "scopes", "created", "revoked", "id")
    for key in keys:
        revoked = key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else ""
        created = key.created_at.isoformat(timespec="seconds")
        table.add_row(key.prefix, key.name, ", ".join(key.scopes), created, revoked, str(key.id))
    Console().print(table)

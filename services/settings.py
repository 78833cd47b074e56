"""What an operator decides, read from the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, cast
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct
from psycopg import ProgrammingError
from psycopg.abc import ConnDict
from psycopg.conninfo import conninfo_to_dict

from events.checkpoint import NAME_PATTERN

PREFIX = "CONFLICTLOG_"
# These two keep the names under which every platform hands them out.
_PLAIN_NAMES = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}

Role = Literal["follow", "deliver", "rebuild", "clock"]
Roles = Annotated[tuple[Role, ...], Meta(min_length=1)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Count = Annotated[int, Meta(ge=1, le=1024)]
Rate = Annotated[int, Meta(ge=1)]
Origin = Annotated[str, Meta(pattern=f"^$|{NAME_PATTERN}")]


class SettingsError(Exception):
    """The environment lacks a setting, or holds one that cannot be used; the message names the variable."""


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of one process; each is the variable CONFLICTLOG_ and its name in capitals.

    `data` is where an embedded instance keeps everything. Rates are requests per minute, per key or, without one,
    per address. `webhook_networks` are the CIDRs that deliveries may reach although they are not public.
    `pool_size` bounds the process's database connections. `log_key` is the file of the key that checkpoints of the log
    are signed with, `origin` the name that the log signs under; without one it is named after the key.
    `count_restricted` lets casualty totals that single nobody out count what is restricted.
    Lists are separated by commas.
    """

    database_url: str
    redis_url: str
    host: str = "127.0.0.1"
    port: Port = 8080
    data: Path = Path("data")
    public_url: str = ""
    anonymous_reading: bool = False
    count_restricted: bool = False
    api_workers: Count = 2
    roles: Roles = ("follow", "deliver", "rebuild", "clock")
    pool_size: Count = 8
    rate_limit: Rate = 600_000
    anonymous_rate_limit: Rate = 60_000
    cors_origins: tuple[str, ...] = ()
    webhook_networks: tuple[str, ...] = ()
    log_key: str = ""
    origin: Origin = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings, or raise SettingsError; an empty variable counts as none."""
        given: dict[str, str | list[str]] = {}
        for field in msgspec.structs.fields(cls):
            text = environment.get(variable(field.name), "").strip()
            if field.required and not text:
                raise SettingsError(f"{variable(field.name)} is not set; `conflictlog up` brings its own servers")
            if text:
                given[field.name] = _listed(text) if isinstance(field.default, tuple) else text
        try:
            found = msgspec.convert(given, cls, strict=False, dec_hook=_other)
        except msgspec.ValidationError as error:
            reason, _, where = str(error).partition(" - at `$.")
            name = variable(where.partition("[")[0].strip("`"))
            raise SettingsError(f"{name}={environment.get(name, '')} cannot be used: {reason}") from error
        database_address(found.database_url)
        _refuse_no_redis(found.redis_url)
        return found

    def environment(self) -> dict[str, str]:
        """Give the variables from which a child process reads the same settings."""
        return {
            variable(name): ",".join(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else str(value)
            for name, value in msgspec.structs.asdict(self).items()
        }


def variable(name: str) -> str:
    """Give the environment variable of a setting."""
    return _PLAIN_NAMES.get(name, PREFIX + name.upper())


def database_address(text: str) -> ConnDict:
    """Take the address of a database apart; raises SettingsError, which repeats nothing: it may be a password."""
    refused = SettingsError(
        "DATABASE_URL is no PostgreSQL address: write postgresql://USER:PASSWORD@HOST:5432/DATABASE, "
        "with the signs of a password that are neither letters nor digits as %XX"
    )
    try:
        found = conninfo_to_dict(text)
    except (ProgrammingError, UnicodeError):
        raise refused from None
    # A password with @ or / in it is cut there, and its rest would be shown as the name of a host or database.
    path = text.partition("://")[2].partition("/")[2].partition("?")[0]
    ports = str(found.get("port") or "").split(",")
    if "@" in path or "@" in str(found.get("host") or "")[1:] or not all(one.isdecimal() or not one for one in ports):
        raise refused
    return found


def _refuse_no_redis(text: str) -> None:
    """Raise SettingsError, which repeats nothing, unless it is the address of a Redis or Valkey server."""
    try:
        found = urlsplit(text)
        cut = "@" in found.fragment or ("@" in found.path and found.scheme != "unix")
        usable = found.scheme in {"redis", "rediss", "unix"} and found.port != 0 and not cut
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(
            "REDIS_URL is no Redis address: write redis://USER:PASSWORD@HOST:6379/0, "
            "with the signs of a password that are neither letters nor digits as %XX"
        )


def current(**said: str | None) -> Settings:
    """Read the settings of this process; what the command line said stands in for its environment."""
    spoken = {variable(name): value for name, value in said.items() if value is not None}
    return Settings.from_environment(os.environ | spoken)


def _listed(text: str) -> list[str]:
    """Split a list at its commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _other(kind: type, text: object) -> object:
    """Read the types that msgspec leaves to us: paths."""
    return kind(text)

"""Servers for tests: those that the environment names, else Docker's if an engine answers, else embedded ones."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_UNIX, socket
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from docker import from_env
from docker.constants import IS_WINDOWS_PLATFORM
from docker.errors import DockerException
from docker.utils import parse_host
from psycopg import sql
from testcontainers.community.postgres import PostgresContainer
from testcontainers.community.redis import RedisContainer
from testcontainers.core.config import testcontainers_config

from services.embedded.postgres import EmbeddedPostgres
from services.embedded.valkey import EmbeddedValkey

POSTGRES_IMAGE = "postgres:18"
REDIS_IMAGE = "valkey/valkey:9"

_ENGINE_ANSWERS_S = 3
_LOGICAL_DATABASES = 16


def docker_answers() -> bool:
    """Tell whether a Docker engine can be reached."""
    kind, _, address = str(parse_host(os.environ.get("DOCKER_HOST"), IS_WINDOWS_PLATFORM)).partition("://")
    try:
        # Docker's client leaves its socket open where nobody listens, so ask before it does.
        if "unix" in kind:
            with socket(AF_UNIX) as line:
                line.connect("/" + address.lstrip("/"))
        client = from_env(timeout=_ENGINE_ANSWERS_S)
        try:
            return bool(client.ping())  # pyright: ignore[reportUnknownMemberType] -- its parameters have no types
        finally:
            client.close()
    except (DockerException, OSError):
        return False


def where_from(variable: str, *, docker: bool) -> str:
    """Say in a few words where the server comes from whose address the variable may hold."""
    if os.environ.get(variable):
        return f"from {variable}"
    return "from Docker" if docker else f"embedded (no {variable}, and no Docker engine answers)"


@contextmanager
def postgres_server(directory: Path) -> Generator[str]:
    """Give the address of a login that may create databases and roles, on a server that lasts for the block."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
    elif docker_answers():
        # Its cleaning container needs an image of its own; the block below cleans up.
        testcontainers_config.ryuk_disabled = True
        with PostgresContainer(POSTGRES_IMAGE, driver=None) as container:
            yield container.get_connection_url()
    else:
        server = EmbeddedPostgres(directory / "server", durable=False)
        server.start()
        try:
            yield server.superuser_url()
        finally:
            server.stop("immediate")


@contextmanager
def redis_server(directory: Path) -> Generator[str]:
    """Give the address of a Redis or Valkey server that lasts for the block, at a database for this process alone."""
    if given := os.environ.get("REDIS_URL"):
        yield _own_logical_database(given)
    elif docker_answers():
        testcontainers_config.ryuk_disabled = True
        with RedisContainer(REDIS_IMAGE) as container:
            yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"
    else:
        server = EmbeddedValkey(directory / "server")
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


@contextmanager
def new_database(admin_url: str, template: str | None = None) -> Generator[str]:
    """Create a database, as a copy of the template if one is named, give its address, and drop it in the end."""
    name = f"conflictlog_test_{uuid4().hex}"
    with psycopg.connect(admin_url, autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        connection.execute(create)
        try:
            if template is not None:
                # A copy has its template's tables, but not the rights to the template as a whole.
                roles = sql.SQL(", ").join(map(sql.Identifier, ("conflictlog_owner", "conflictlog_worker")))
                connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(sql.Identifier(name), roles))
            yield on_database(admin_url, name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def on_database(url: str, name: str) -> str:
    """Give the same address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _own_logical_database(url: str) -> str:
    """Give each of the processes that share a server a database of its own, which tests may flush."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return urlunsplit(urlsplit(url)._replace(path=f"/{1 + worker % (_LOGICAL_DATABASES - 1)}"))

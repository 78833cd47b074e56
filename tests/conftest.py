"""What every test may ask for: a migrated database of its own, an empty Redis, and where the servers come from."""

import asyncio
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings
from redis import Redis

from services.migrate import migrate
from tests import servers

# How long an example takes says more of the machine than of the law.
settings.register_profile("conflictlog", deadline=None)
settings.load_profile("conflictlog")


def pytest_configure() -> None:
    # A shell that runs the tests in its background lets them, and all that they start, ignore Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    docker = servers.docker_answers()
    postgres = servers.where_from("DATABASE_URL", docker=docker)
    redis = servers.where_from("REDIS_URL", docker=docker)
    return f"servers: PostgreSQL {postgres}; Redis {redis}"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a login that may create databases and roles."""
    with servers.postgres_server(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str) -> Iterator[str]:
    """Give the name of a migrated database that nobody is connected to."""
    with servers.new_database(postgres_url) as url:
        asyncio.run(migrate(url))
        yield url.rpartition("/")[2]


@pytest.fixture
def database_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """Give the address of a migrated, empty database, by a login that may become each of the three roles."""
    with servers.new_database(postgres_url, migrated_template) as url:
        yield url


@pytest.fixture
def other_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """Give the address of a second database that is migrated and empty."""
    with servers.new_database(postgres_url, migrated_template) as url:
        yield url


@pytest.fixture(scope="session")
def redis_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """Give the address of a Redis database that is empty."""
    with Redis.from_url(redis_server_url) as client:  # pyright: ignore[reportUnknownMemberType] -- its options have no types
        client.flushdb()  # pyright: ignore[reportUnknownMemberType] -- its options have no types
    return redis_server_url

"""The service with the worked example told, for tests that only ask it or are refused."""

from collections.abc import Generator

import pytest

from services.demo.load import load
from tests.e2e.closing_table import assert_closing_table
from tests.e2e.instance import Service, served
from tests.servers import new_database


@pytest.fixture(scope="session")
def november_database(postgres_url: str, migrated_template: str) -> Generator[str]:
    """Give the address of the database behind `november`."""
    with new_database(postgres_url, migrated_template) as database_url:
        yield database_url


@pytest.fixture(scope="session")
def november(november_database: str, redis_server_url: str) -> Generator[Service]:
    """Give a service that knows November 2020; nothing more may be told to it."""
    with served(november_database, redis_server_url) as [service]:
        position = load(service.client).position
        assert_closing_table(service.client, position)
        yield service
        assert service.head() == position


@pytest.fixture
def unchanged(november: Service) -> Generator[Service]:
    """Give the same service, and check that the test left its log as it was."""
    before = november.head()
    yield november
    assert november.head() == before

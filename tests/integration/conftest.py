"""What the tests of verification may ask for: a log that was folded, and the checkpoint that somebody kept of it."""

import asyncio
from collections.abc import Iterator

import pytest

from events.checkpoint import Checkpoint
from tests import servers
from tests.verifying import EVENTS, fill, root_of


@pytest.fixture(scope="session")
def filled_template(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """Give the name of a database with a folded log and its tree."""
    with servers.new_database(postgres_url, migrated_template) as url:
        asyncio.run(fill(url))
        yield url.rpartition("/")[2]


@pytest.fixture
def filled_url(postgres_url: str, filled_template: str) -> Iterator[str]:
    with servers.new_database(postgres_url, filled_template) as url:
        yield url


@pytest.fixture(scope="session")
def signed(postgres_url: str, filled_template: str) -> Checkpoint:
    """Give the checkpoint that somebody kept of the sound log."""
    found = asyncio.run(root_of(servers.on_database(postgres_url, filled_template)))
    return Checkpoint("log.example.org", EVENTS, found)

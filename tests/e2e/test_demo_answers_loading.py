"""The set goes through the interface's own door, and what is there already is known again."""

import asyncio
from collections.abc import Generator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from services.api.app import create_app
from services.demo.commands import commands
from services.demo.load import load
from services.demo.order import shuffled
from tests.api_client import make_key, settings_for


@pytest.fixture
def api(database_url: str, redis_url: str) -> Generator[TestClient[Litestar]]:
    key = asyncio.run(make_key(database_url))
    with TestClient(create_app(settings_for(database_url, redis_url))) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


@pytest.mark.parametrize("seed", [None, 3])
def test_each_command_is_one_event_and_sent_again_none(api: TestClient[Litestar], seed: int | None) -> None:
    sent = commands() if seed is None else shuffled(commands(), seed)
    first = load(api, sent)
    assert first.position == first.commands == len(sent)
    assert load(api) == first

"""An interface that knows November 2020, as the demo tells it, and asking it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from services.demo.commands import commands
from services.settings import Settings
from tests.api_client import ApiClient, client


@asynccontextmanager
async def november_told(settings: Settings) -> AsyncGenerator[ApiClient]:
    async with client(settings) as api:
        for command in commands():
            answer = await api.http.request(command.method, command.path, json=command.body, headers=api.headers)
            assert answer.is_success, (command.key, answer.text)
        await api.fold()
        yield api


async def get(api: ApiClient, path: str, **asked: str | int) -> dict[str, Any]:
    answer = await api.get(path, None, **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()

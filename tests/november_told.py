"""An interface that knows November 2020, as the demo tells it, and asking it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from services.demo.commands import commands
from services.settings import Settings
from tests.api_client import ApiClient, client

WEEK = {"from": "2020-11-18", "to": "2020-11-25"}


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


async def brief_of(api: ApiClient, **asked: str | int) -> dict[str, Any]:
    """Give the brief of the week to 25 November, or of other days."""
    return await get(api, "/v1/brief", **{**WEEK, **asked})


def texts_of(brief: Mapping[str, Any], topic: str) -> Sequence[str]:
    """Give the sentences of a section of a brief."""
    (section,) = [section for section in brief["sections"] if section["topic"] == topic]
    return [sentence["text"] for sentence in section["sentences"]]

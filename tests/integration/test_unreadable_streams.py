"""A stream that cannot be read: who asks about it is told so, and everything else goes on."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from services.wiring import open_log
from tests.api_client import EXPLOSION, ApiClient, client, settings_for
from tests.parking_cases import poison

pytestmark = pytest.mark.anyio

STREAM = "occurrence-mine"
NEWER = ("occurrence.cited", b"{}", 9, "newer-event")
UNREADABLE = (
    ("occurrence.cited", b"{}", 1, "unreadable-event"),
    ("occurrence.cited", b"no JSON\n\xff", 1, "unreadable-event"),
    ("claim.withdrawn", b'{"claim":"mine.none","reason":"x"}', 1, "unreadable-event"),
    ("place.amended", b'{"name":"Mine"}', 1, "unreadable-event"),
)
"""Events that cannot be taken into an occurrence: their type, data and shape, and the problem that they come to."""


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url)) as made:
        await made.register_november()
        await made.record(("/v1/occurrences", {**EXPLOSION, "id": name}) for name in ("mine", "other"))
        yield made


async def poisoned(api: ApiClient, kind: str, data: bytes, shape: int) -> int:
    async with open_log(api.database_url) as log:
        return await poison(log, STREAM, kind, data, shape=shape)


def problem(found: dict[str, Any]) -> tuple[int, str]:
    return found["status"], found["type"].partition("#")[2]


@pytest.mark.parametrize(("kind", "data", "shape", "slug"), [NEWER, *UNREADABLE])
async def test_whoever_asks_about_it_or_writes_to_it_is_told_so_and_where(
    api: ApiClient, kind: str, data: bytes, shape: int, slug: str
) -> None:
    position = await poisoned(api, kind, data, shape)
    await api.fold()
    told = [
        await api.get("/v1/occurrences/mine"),
        await api.post("/v1/occurrences/mine/retraction", {"reason": "no"}),
        await api.post("/v1/occurrences/other/merge", {"into": "mine", "reason": "the same"}),
    ]
    assert [problem(one.json()) for one in told] == [(503, slug)] * len(told)
    assert all(f"position {position}." in one.json()["detail"] and "retry-after" in one.headers for one in told)
    assert (await api.get("/v1/occurrences/other")).status_code == 200
    assert (await api.get("/v1/occurrences")).json()["parked_streams"] == 1
    head = await api.post("/v1/occurrences/other/retraction", {"reason": "no"})
    assert (head.status_code, head.json()["position"]) == (200, position + 1)


@pytest.mark.parametrize(("kind", "data", "shape", "slug"), [NEWER, *UNREADABLE[:2]])
async def test_its_history_is_not_told_in_part(api: ApiClient, kind: str, data: bytes, shape: int, slug: str) -> None:
    await poisoned(api, kind, data, shape)
    await api.fold()
    assert problem((await api.get("/v1/occurrences/mine/history")).json()) == (503, slug)

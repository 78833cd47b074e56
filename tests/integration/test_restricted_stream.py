"""The stream of the log, as who may not see what is restricted follows it."""

import json
import re
from typing import Any

import pytest

from tests.api_client import ApiClient, client, settings_for
from tests.restricted_world import OPEN, RESTRICTED, SECRET, secrets

pytestmark = pytest.mark.anyio


async def test_the_stream_withholds_and_releases_as_the_feed_does(database_url: str, redis_url: str) -> None:
    async with client(settings_for(database_url, redis_url, anonymous_reading=True)) as api:
        await api.record(OPEN)
        await _withheld_and_released(api)


async def _withheld_and_released(api: ApiClient) -> None:
    recorded = await api.record(secrets(RESTRICTED))
    last = recorded[-1]["position"]
    await api.fold()

    held = await _streamed(api, at_position=last)
    filtered = await _streamed(api, at_position=last, type="claim.made")
    await api.record([(f"/v1/occurrences/{SECRET}-strike/release", {"reason": "they are safe"})])
    head = (await _feed(api))["position"]
    freed = await _streamed(api, after=last, at_position=head)

    page = await _feed(api)
    assert SECRET not in held
    assert [int(one) for one in re.findall(r"^id: (\d+)$", held, re.MULTILINE)] == list(range(1, last + 1))
    assert len(re.findall("^id: ", filtered, re.MULTILINE)) == 2
    told = re.findall(r"^event: released\ndata: (.*)$", freed, re.MULTILINE)
    assert [json.loads(line)["sequence"] for line in told] == [item["sequence"] for item in page["released"]]
    assert re.findall(r"^id: (\d+)$", freed, re.MULTILINE) == [str(head)]
    # Whoever is told of the release alone, and goes on from there, has been told what it released.
    assert freed.index("event: released") < freed.index(f"id: {head}")


async def _streamed(api: ApiClient, **asked: str | int) -> str:
    return (await api.http.get("/v1/log/stream", params=asked)).text


async def _feed(api: ApiClient) -> dict[str, Any]:
    return (await api.http.get("/v1/log", params={"limit": 1000})).json()

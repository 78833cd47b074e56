"""The log over HTTP: CloudEvents in order, filtered, as it was, and waited for."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests import servers
from tests.api_client import ApiClient, settings_for, told_november

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def api(postgres_url: str, migrated_template: str, redis_server_url: str) -> AsyncGenerator[ApiClient]:
    """Give what all tests here may read and none may write to."""
    with servers.new_database(postgres_url, migrated_template) as url:
        async with told_november(settings_for(url, redis_server_url, rate_limit=1_000_000)) as made:
            yield made


async def test_the_log_gives_cloud_events_in_order_without_a_gap(api: ApiClient) -> None:
    path, seen = "/v1/log?limit=5", list[str]()
    while path:
        answer = await api.get(path)
        for event in answer.json()["items"]:
            assert event["specversion"] == "1.0"
            assert (event["datacontenttype"], event["source"]) == ("application/json", "/v1/log")
            assert datetime.fromisoformat(event["time"]) <= datetime.now(UTC)
            seen.append(event["sequence"])
        path = answer.links["next"]["url"] if "next" in answer.links else ""

    assert all(len(sequence) == 20 for sequence in seen)
    assert [int(sequence) for sequence in seen] == list(range(1, len(seen) + 1))
    assert all(before < after for before, after in pairwise(seen))


async def test_the_log_is_filtered_by_type_and_stream(api: ApiClient) -> None:
    claims = (await api.get("/v1/log", type="claim.made")).json()
    mine = (await api.get("/v1/log", stream="occurrence-mine,report-r1", after=8)).json()

    assert [event["type"] for event in claims["items"]] == ["claim.made"]
    assert [event["subject"] for event in mine["items"]] == ["occurrence-mine", "occurrence-mine"]
    assert (claims["total"], mine["total"]) == (1, 2)
    assert (await api.get("/v1/log", type="claim.invented")).status_code == 400


async def test_the_log_can_be_read_as_it_was_and_waited_for(api: ApiClient) -> None:
    then = (await api.get("/v1/log", at_position=3)).json()
    early = await api.get("/v1/log", None, min_position=10_000, wait_s="0.05")

    assert (then["position"], len(then["items"])) == (3, 3)
    assert early.status_code == 503


async def test_the_next_page_of_the_log_as_it_was_ends_there_too(api: ApiClient) -> None:
    path, seen = "/v1/log?limit=2&at_position=5", list[int]()
    while path:
        answer = await api.get(path)
        seen += [int(event["sequence"]) for event in answer.json()["items"]]
        path = answer.links["next"]["url"] if "next" in answer.links else ""

    assert seen == [1, 2, 3, 4, 5]


async def test_the_log_is_read_page_by_page_with_its_cursor_as_every_list_is(api: ApiClient) -> None:
    cursor, seen, head = "0", list[int](), 0
    while cursor is not None:
        page = (await api.get("/v1/log", limit=7, cursor=cursor)).json()
        head = int(page["position"])
        seen += [int(event["sequence"]) for event in page["items"]]
        cursor = page["next_cursor"]

    assert seen == list(range(1, head + 1))
    assert (await api.get("/v1/log", cursor="5", after=3)).status_code == 400
    assert (await api.get("/v1/log", cursor="x")).status_code == 400

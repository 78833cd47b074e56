"""Following the log: everything there is, then everything that comes, each event once and in order."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from litestar import Litestar

from services.api import growth, log_stream
from services.api.app import create_app
from services.cli import key_store
from services.wiring import API_ROLE, open_pool
from tests.api_client import EXPLOSION, NO_REDIS, ApiClient, client, settings_for
from tests.event_stream import StreamReader
from tests.waiting import until

pytestmark = pytest.mark.anyio

STREAM = "/v1/log/stream"


class Elsewhere:
    """Another process of the interface than that which is written through, as far as it can tell."""

    def __init__(self, app: Litestar, api: ApiClient) -> None:
        self.app = app
        self.api = api

    def follow(self, query: str = "", **headers: str) -> StreamReader:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return StreamReader(self.app, STREAM + query, self.api.headers | sent)


@asynccontextmanager
async def _elsewhere(api: ApiClient, redis_url: str) -> AsyncGenerator[Elsewhere]:
    app = create_app(settings_for(api.database_url, redis_url))
    async with app.lifespan():
        yield Elsewhere(app, api)


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url)) as made:
        await made.register_november()
        yield made


@pytest.fixture
async def elsewhere(api: ApiClient, redis_url: str) -> AsyncGenerator[Elsewhere]:
    async with _elsewhere(api, redis_url) as made:
        yield made


async def _head(api: ApiClient) -> int:
    return int((await api.get("/v1/log", limit=1)).json()["position"])


async def test_what_is_there_comes_first_and_what_is_recorded_follows(api: ApiClient, elsewhere: Elsewhere) -> None:
    head = await _head(api)
    reader = elsewhere.follow()
    await reader.reaches(head)
    [done] = await api.record([("/v1/occurrences", EXPLOSION)])
    await reader.reaches(done["position"])
    await reader.leave()

    assert (reader.status, reader.headers["content-type"]) == (200, "text/event-stream")
    assert reader.ids == list(range(1, done["position"] + 1))
    listed = (await api.get("/v1/log")).json()["items"]
    assert [event for _, event in reader.events] == listed
    assert [int(event["sequence"]) for _, event in reader.events] == reader.ids


async def test_without_redis_what_is_recorded_comes_all_the_same(api: ApiClient) -> None:
    async with _elsewhere(api, NO_REDIS) as without_redis:
        reader = without_redis.follow()
        [done] = await api.record([("/v1/occurrences", EXPLOSION)])
        await reader.reaches(done["position"])
        await reader.leave()

    assert reader.ids == list(range(1, done["position"] + 1))


async def test_who_comes_back_goes_on_after_the_last_event_seen_whatever_the_address_says(
    api: ApiClient, elsewhere: Elsewhere
) -> None:
    head = await _head(api)
    reader = elsewhere.follow("?after=1", last_event_id="4")
    await reader.reaches(head)
    await reader.leave()

    assert reader.ids == list(range(5, head + 1))


async def test_only_the_types_and_streams_that_are_asked_for_come(api: ApiClient, elsewhere: Elsewhere) -> None:
    wanted = elsewhere.follow("?type=claim.made,report.filed")
    about = elsewhere.follow("?stream=occurrence-mine")
    [done] = await api.record([("/v1/occurrences", EXPLOSION)])
    await wanted.reaches(done["position"])
    await about.reaches(done["position"])
    await wanted.leave()
    await about.leave()

    assert [event["type"] for _, event in wanted.events] == ["report.filed", "claim.made"]
    assert [event["type"] for _, event in about.events] == ["occurrence.reported", "claim.made"]


async def test_a_stream_up_to_a_position_ends_there(elsewhere: Elsewhere) -> None:
    reader = elsewhere.follow("?after=2&at_position=5")
    await reader.ended()

    assert reader.ids == [3, 4, 5]


async def test_many_events_come_page_by_page_and_a_slow_reader_is_not_run_ahead_of(
    api: ApiClient, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_stream, "PAGE", 3)
    head = await _head(api)
    reader = elsewhere.follow(f"?at_position={head}")
    reader.takes.clear()
    read = 0
    page = log_stream.events_between

    async def counted(*given: object) -> object:
        nonlocal read
        read += 1
        return await page(*given)  # pyright: ignore[reportArgumentType]  what it was called with

    monkeypatch.setattr(log_stream, "events_between", counted)
    for _ in range(3):
        assert (await api.get("/v1/vocabulary")).status_code == 200
    assert read == 0
    reader.takes.set()
    await reader.ended()
    assert reader.ids == list(range(1, head + 1))
    assert read >= head / 3


async def test_a_quiet_log_is_heard_of(api: ApiClient, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_stream, "HEARTBEAT_S", 0.05)
    reader = elsewhere.follow(f"?after={await _head(api)}")

    async def beats() -> bool:
        return reader.text.count(": heartbeat\n\n") >= 3

    await until(beats, within_s=20)
    await reader.leave()
    assert reader.ids == []


async def test_a_stream_ends_when_its_key_is_revoked(
    api: ApiClient, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_stream, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr("services.api.keys.KNOWN_FOR_S", 0.0)
    reader = elsewhere.follow()
    async with open_pool(api.database_url, API_ROLE, size=1) as pool:
        [key] = await key_store.listed(pool)
        await key_store.revoke(pool, key.prefix)
    await reader.ended()


@pytest.mark.parametrize(
    ("query", "headers", "slug"),
    [
        ("?after=1000", {}, "beyond-head"),
        ("", {"last-event-id": "1000"}, "beyond-head"),
        ("?at_position=1000", {}, "beyond-head"),
        ("", {"last-event-id": "abc"}, "bad-request"),
        ("", {"last-event-id": "-1"}, "bad-request"),
        ("?type=claim.told", {}, "invalid-parameters"),
        ("?limit=3", {}, "invalid-parameters"),
    ],
)
async def test_a_stream_that_cannot_be_is_refused_before_it_begins(
    api: ApiClient, query: str, headers: dict[str, str], slug: str
) -> None:
    answer = await api.get(STREAM + query, headers)
    assert answer.status_code == 400
    assert answer.json()["type"] == f"/docs/problems#{slug}"


async def test_head_gives_the_headers_of_a_stream(api: ApiClient) -> None:
    answer = await api.head(STREAM)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")


async def test_only_so_many_may_follow_in_one_process(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "FOLLOWERS_MAX", 1)
    first = elsewhere.follow()
    await first.reaches(1)
    second = elsewhere.follow()
    await second.ended()
    assert second.status == 503
    assert second.headers["retry-after"]
    await first.leave()

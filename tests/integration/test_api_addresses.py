"""Addresses: each resource has one, and nothing is taken in it that means nothing there."""

from collections.abc import AsyncGenerator

import pytest

from services.api.app import every_route
from tests.api_client import EXPLOSION, ApiClient, client, settings_for
from tests.api_story import address

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url)) as made:
        await made.fold()
        yield made


@pytest.mark.parametrize("end", ["/", "//", "%2F"])
async def test_a_path_that_ends_otherwise_is_another_address(api: ApiClient, end: str) -> None:
    for route in every_route():
        answer = await api.http.request(route.method, address(route) + end, headers=api.headers)
        assert answer.status_code == 404, (route.name, answer.text)
        assert answer.json()["type"] == "/docs/problems#not-found"


async def test_letters_of_a_path_may_be_percent_encoded(api: ApiClient) -> None:
    assert (await api.get("/v1/%76ocabulary")).status_code == 200


async def test_a_parameter_that_no_route_has_is_refused_on_every_method(api: ApiClient) -> None:
    for route in every_route():
        answer = await api.http.request(route.method, f"{address(route)}?nonsense=1", json={}, headers=api.headers)
        if route.line is None:
            assert answer.status_code == 400, (route.name, answer.text)
            assert {"detail": "is no parameter of this route", "parameter": "nonsense"} in answer.json()["errors"]


async def test_a_write_with_a_parameter_stores_nothing(api: ApiClient) -> None:
    await api.register_november()
    before = (await api.get("/v1/log", limit=1)).json()["position"]
    assert (await api.post("/v1/occurrences?dry_run=true", EXPLOSION)).status_code == 400
    assert (await api.get("/v1/log", limit=1)).json()["position"] == before


@pytest.mark.parametrize("name", ["as_of", "known_at", "at_position", "min_position", "from", "bbox"])
async def test_the_text_null_is_no_value_left_out(api: ApiClient, name: str) -> None:
    answer = await api.get(f"/v1/occurrences?{name}=null")
    assert answer.status_code == 400
    assert [wrong["parameter"] for wrong in answer.json()["errors"]] == [name]


async def test_the_text_null_can_be_searched_for(api: ApiClient) -> None:
    await api.record([("/v1/sources", {"id": "s", "name": "Null Agency", "kind": "ngo"})])
    await api.record([("/v1/sources", {"id": "t", "name": "Another", "kind": "ngo"})])
    await api.fold()
    assert [one["id"] for one in (await api.get("/v1/sources?q=null")).json()["items"]] == ["s"]

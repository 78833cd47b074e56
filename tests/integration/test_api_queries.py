"""Query parameters are read strictly, on every route, and everything wrong with them is listed."""

from collections.abc import AsyncGenerator
from urllib.parse import urlencode

import pytest
from httpx import Response

from services.api.app import every_route
from services.api.queries import Clocked, parameters_of
from services.api.routes import Route
from tests import servers
from tests.api_client import ApiClient, client, settings_for
from tests.api_story import address

pytestmark = pytest.mark.anyio

PROBLEM = "application/problem+json"
ASKED = [route for route in every_route() if route.method == "GET" and route.query is not None]
NEEDED = {"strike_window": [("window", "P7D")], "resolve_place": [("name", "Kalbajar")]}


@pytest.fixture(scope="module")
async def api(postgres_url: str, migrated_template: str, redis_server_url: str) -> AsyncGenerator[ApiClient]:
    with servers.new_database(postgres_url, migrated_template) as url:
        async with client(settings_for(url, redis_server_url, rate_limit=1_000_000)) as made:
            await made.register_november()
            await made.fold()
            yield made


async def _ask(api: ApiClient, route: Route, *pairs: tuple[str, str]) -> Response:
    return await api.get(f"{address(route)}?{urlencode([*NEEDED.get(route.name, []), *pairs])}")


def _wrong(answer: Response) -> list[str]:
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM), answer.text
    assert answer.json()["type"] == "/docs/problems#invalid-parameters"
    return [error.get("parameter", "") for error in answer.json()["errors"]]


async def test_an_unknown_parameter_is_refused_on_every_route(api: ApiClient) -> None:
    for route in ASKED:
        assert "nonsense" in _wrong(await _ask(api, route, ("nonsense", "1"))), route.name


async def test_a_parameter_that_takes_one_value_is_refused_when_given_twice(api: ApiClient) -> None:
    values = {"as_of": "2020-11-25", "limit": "5", "window": "P7D", "name": "x", "format": "json", "after": "1"}
    for route in ASKED:
        for name, parameter in parameters_of(route.query or Clocked).items():
            if not parameter.several and name in values:
                pairs = [(name, values[name])] * 2
                assert name in _wrong(await _ask(api, route, *pairs)), (route.name, name)


@pytest.mark.parametrize("name", ["as_of", "known_at"])
@pytest.mark.parametrize(
    "value",
    ["2020-11-25T10:00:00", "1606298400", "yesterday", "2020-13-01", "2020-11-25T10:00", "", "25.11.2020", "2020-W48"],
)
async def test_what_is_no_date_and_no_time_with_its_offset_is_refused(api: ApiClient, name: str, value: str) -> None:
    for route in ASKED:
        if name in parameters_of(route.query or Clocked):
            assert _wrong(await _ask(api, route, (name, value))) == [name], route.name


@pytest.mark.parametrize(
    ("first", "last"),
    [("2020-11-25", "2020-11-24"), ("2020-11-25T06:00:00+04:00", "2020-11-25T01:59:59Z")],
    ids=["dates", "times"],
)
async def test_a_span_that_ends_before_it_begins_is_refused(api: ApiClient, first: str, last: str) -> None:
    for route in (route for route in ASKED if "from" in parameters_of(route.query or Clocked)):
        answer = await _ask(api, route, ("from", first), ("to", last))
        assert _wrong(answer), route.name
        assert "date" in answer.json()["detail"] or "is after" in answer.json()["detail"], route.name


async def test_a_time_with_its_offset_is_taken_and_a_plus_that_is_not_escaped_is_explained(api: ApiClient) -> None:
    good = await api.get("/v1/places", as_of="2020-11-25T10:00:00+04:00")
    plain = await api.get("/v1/places?as_of=2020-11-25T10:00:00+04:00")

    assert good.status_code == 200
    assert "%2B" in plain.json()["errors"][0]["detail"]


@pytest.mark.parametrize("value", ["0", "-1", "10001", "ten", "1.5", "1e2", " 5", "0x10", "99999999999999999999"])
async def test_a_limit_out_of_bounds_is_refused(api: ApiClient, value: str) -> None:
    for route in ASKED:
        if "limit" in parameters_of(route.query or Clocked):
            assert _wrong(await _ask(api, route, ("limit", value))) == ["limit"], route.name


async def test_the_largest_limit_is_taken(api: ApiClient) -> None:
    assert (await api.get("/v1/places", limit=10_000)).status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "wrong"),
    [
        ("/v1/strikes", {"place": "Not An Id"}, ["place"]),
        ("/v1/strikes", {"place": "atlantis"}, ["place"]),
        ("/v1/strikes", {"place": "kalbajar,atlantis,mu"}, ["place", "place"]),
        ("/v1/strikes", {"attacker": "nobody"}, ["attacker"]),
        ("/v1/strikes", {"weapon": "sword"}, ["weapon"]),
        ("/v1/strikes", {"weapon": "drone,sword,stone"}, ["weapon", "weapon"]),
        ("/v1/strikes", {"tz": "Mars/Olympus"}, [""]),
        ("/v1/strikes", {"from": "2020-11-26", "to": "2020-11-25"}, [""]),
        ("/v1/strikes", {"level": "street"}, ["level"]),
        ("/v1/strikes/window", {}, ["window"]),
        ("/v1/strikes/window", {"window": "7 days"}, [""]),
        ("/v1/strikes/window", {"window": "PT5H"}, [""]),
        ("/v1/strikes/counts", {"group_by": "day,month"}, [""]),
        ("/v1/strikes/counts", {"group_by": "mood"}, ["group_by"]),
        ("/v1/casualties", {"group_by": "affected_party,mood"}, ["group_by"]),
        ("/v1/casualties", {"week": "2020-W60"}, [""]),
        ("/v1/casualties", {"claimant": "source:", "effect": "hurt"}, ["effect"]),
        ("/v1/control-map", {"bbox": "1,2,3"}, ["bbox"]),
        ("/v1/control-map", {"bbox": "a,b,c,d"}, ["bbox"]),
        ("/v1/control-map", {"status": "lost", "kind": "moon", "party": "?"}, ["status", "kind", "party"]),
        ("/v1/transfers", {"status": "done"}, ["status"]),
        ("/v1/occurrences", {"kind": "war", "include": "everything"}, ["kind", "include"]),
        ("/v1/occurrences", {"source": "tass"}, ["source"]),
        ("/v1/occurrences", {"q": "a\0b"}, ["q"]),
        ("/v1/places/resolve", {}, ["name"]),
        ("/v1/log", {"after": "-1"}, ["after"]),
        ("/v1/log", {"stream": "occurrence"}, ["stream"]),
        ("/v1/log", {"type": "claim.invented"}, [""]),
        ("/v1/places", {"at_position": "-1", "min_position": "x"}, ["at_position", "min_position"]),
        ("/v1/places", {"wait_s": "61"}, ["wait_s"]),
        ("/v1/reports", {"withdrawn": "maybe"}, ["withdrawn"]),
    ],
)  # fmt: skip
async def test_everything_that_is_wrong_is_listed(
    api: ApiClient, path: str, query: dict[str, str], wrong: list[str]
) -> None:
    assert sorted(_wrong(await api.get(path, None, **query))) == sorted(wrong)


async def test_several_values_may_be_repeated_or_separated_by_commas(api: ApiClient) -> None:
    commas = await api.get("/v1/places?kind=district,town")
    repeated = await api.get("/v1/places?kind=district&kind=town")

    assert [item["id"] for item in commas.json()["items"]] == ["kalbajar", "kalbajar-town"]
    assert commas.content == repeated.content


async def test_a_query_string_that_is_no_text_is_refused(api: ApiClient) -> None:
    answer = await api.http.get("/v1/places?q=%ff%fe", headers=api.headers)

    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)

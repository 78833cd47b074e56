"""What every answer carries, how it is asked for again, and how a list is read page by page."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from services.api.app import every_route
from services.api.queries import Clocked
from tests import servers
from tests.api_client import ApiClient, settings_for, told_november
from tests.api_story import address

pytestmark = pytest.mark.anyio

PROBLEM = "application/problem+json"
ROUTES = [route for route in every_route() if route.method == "GET"]
CLOCKED = [route for route in ROUTES if route.query is not None and issubclass(route.query, Clocked)]
ASKED = [*CLOCKED, *(route for route in ROUTES if route.name in {"read_log", "projections", "vocabulary"})]
DERIVED = {"occurrences", "control", "casualties", "strikes", "registries"}
QUERIES = {"strike_window": {"window": "P7D"}, "resolve_place": {"name": "Kalbajar"}}
PATHS = {
    "occurrence": "/v1/occurrences/mine",
    "occurrence_history": "/v1/occurrences/mine/history",
    "claim": "/v1/claims/mine.killed",
    "transfer": "/v1/transfers/ceasefire.transfer-kalbajar",
    "source": "/v1/sources/mod",
    "similar_occurrences": "/v1/occurrences/mine/similar",
    "report": "/v1/reports/r1",
    # What comes for as long as it is read is looked at on its own.
    "follow_log": "/v1/log/stream?at_position=9999",
}


@pytest.fixture(scope="module")
async def api(postgres_url: str, migrated_template: str, redis_server_url: str) -> AsyncGenerator[ApiClient]:
    """Give what all tests here may read and none may write to."""
    with servers.new_database(postgres_url, migrated_template) as url:
        async with told_november(settings_for(url, redis_server_url, rate_limit=1_000_000)) as made:
            yield made


@pytest.fixture
async def own(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    """Give the same to one test that writes."""
    async with told_november(settings_for(database_url, redis_url)) as made:
        yield made


async def test_every_answer_states_its_clocks_and_can_be_asked_for_again(api: ApiClient) -> None:
    head = (await api.get("/v1/log")).json()["position"]
    for route in ASKED:
        path, query = PATHS.get(route.name, address(route)), QUERIES.get(route.name, {})
        answer = await api.get(path, None, **query)
        assert answer.status_code == 200, (route.name, answer.text)
        body = answer.json()
        assert (body["as_of"], body["known_at"], body["position"]) == (None, None, head), route.name
        assert parsedate_to_datetime(answer.headers["last-modified"]) <= datetime.now(UTC)
        assert answer.headers["cache-control"] == "private, no-cache"
        assert {"accept", "authorization"} <= {one.strip().lower() for one in answer.headers["vary"].split(",")}

        again = await api.get(path, {"if-none-match": answer.headers["etag"]}, **query)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
        changed = await api.get(path, {"if-none-match": '"other"'}, **query)
        assert (changed.status_code, changed.content) == (200, answer.content), route.name


async def test_head_gives_the_headers_of_get_and_no_body(api: ApiClient) -> None:
    for route in ROUTES:
        path = PATHS.get(route.name, address(route))
        answer, head = await api.get(path), await api.head(path)
        # A lag is told to the millisecond, and what needs parameters answers with a problem here.
        if route.name == "ready" or answer.status_code != 200:
            continue
        assert (head.status_code, head.content) == (answer.status_code, b""), route.name
        for name in ("content-type", "content-length", "etag", "vary", "cache-control"):
            assert head.headers[name] == answer.headers[name], (route.name, name)


async def test_head_of_what_is_not_there_has_the_headers_of_its_problem(api: ApiClient) -> None:
    head = await api.head("/v1/occurrences/none")

    assert (head.status_code, head.content, head.headers["content-type"]) == (404, b"", PROBLEM)
    assert int(head.headers["content-length"]) > 0


async def test_clocks_are_echoed_and_an_answer_beyond_what_was_known_says_so(api: ApiClient) -> None:
    asked = {"as_of": "2020-12-02", "known_at": "2020-11-26T00:00:00Z", "at_position": 10}
    body = (await api.get("/v1/casualties", None, **asked)).json()

    assert (body["as_of"], body["known_at"], body["position"]) == ("2020-12-02", "2020-11-26T00:00:00Z", 10)
    assert body["projected"] is True


async def test_a_position_gives_the_answer_as_it_was_then(own: ApiClient) -> None:
    before = await own.get("/v1/casualties")
    position = before.json()["position"]
    await own.record([("/v1/occurrences/mine/retraction", {"reason": "no"})])
    await own.fold()

    after = await own.get("/v1/casualties")
    assert after.json()["totals"] != before.json()["totals"]
    assert after.headers["etag"] != before.headers["etag"]
    then = await own.get("/v1/casualties", at_position=position)
    assert then.content == before.content


async def test_a_write_can_be_waited_for(own: ApiClient) -> None:
    [done] = await own.record([("/v1/occurrences/mine/retraction", {"reason": "no"})])

    early = await own.get("/v1/occurrences", None, min_position=done["position"], wait_s="0.05")
    assert (early.status_code, early.json()["type"]) == (503, "/docs/problems#not-yet-there")
    assert int(early.headers["retry-after"]) >= 1
    await own.fold()
    late = await own.get("/v1/occurrences", None, min_position=done["position"])
    assert (late.status_code, late.json()["position"]) == (200, done["position"])


async def test_a_position_beyond_the_head_is_refused(api: ApiClient) -> None:
    for path in ("/v1/occurrences", "/v1/log"):
        answer = await api.get(path, at_position=10_000)
        assert (answer.status_code, answer.json()["type"]) == (400, "/docs/problems#beyond-head")


@pytest.mark.parametrize(
    ("headers", "query", "media"),
    [
        ({"accept": "application/geo+json"}, {}, "application/geo+json"),
        ({"accept": "*/*"}, {"format": "geojson"}, "application/geo+json"),
        ({"accept": "application/json"}, {}, "application/json"),
        ({}, {}, "application/json"),
    ],
)
async def test_occurrences_come_as_json_or_geojson(
    api: ApiClient, headers: dict[str, str], query: dict[str, str], media: str
) -> None:
    answer = await api.get("/v1/occurrences", headers, **query)

    assert answer.headers["content-type"] == media
    assert ("features" in answer.json()) is (media == "application/geo+json")


async def test_the_control_map_is_a_feature_collection_in_either_form(api: ApiClient) -> None:
    geojson = await api.get("/v1/control-map")
    plain = await api.get("/v1/control-map", {"accept": "application/json"})

    assert (geojson.headers["content-type"], plain.headers["content-type"]) == (
        "application/geo+json",
        "application/json",
    )
    assert geojson.content == plain.content
    body = geojson.json()
    assert body["type"] == "FeatureCollection"
    [feature] = [one for one in body["features"] if one["id"] == "kalbajar"]
    for link in (*feature["properties"]["links"]["occurrences"], *feature["properties"]["links"]["reports"]):
        assert (await api.get(link)).status_code == 200


@pytest.mark.parametrize(("headers", "query"), [({"accept": "text/html"}, {}), ({}, {"format": "xml"})])
async def test_a_form_that_cannot_be_given_is_406(
    api: ApiClient, headers: dict[str, str], query: dict[str, str]
) -> None:
    answer = await api.get("/v1/control-map", headers, **query)

    assert (answer.status_code, answer.headers["content-type"]) == (406, PROBLEM)


async def test_a_number_leads_to_its_claims_and_citations(api: ApiClient) -> None:
    [row] = [row for row in (await api.get("/v1/casualties")).json()["rows"] if row["effect"] == "killed"]
    evidence = (await api.get(row["evidence"]["href"])).json()

    assert [item["claim"] for item in evidence["items"]] == ["mine.killed"]
    claim = (await api.get(evidence["items"][0]["href"])).json()
    assert claim["claim"]["citations"][0]["report"] == "r1"


@pytest.mark.parametrize("claimant", ["source:mod", "mod", "MoD", "mOd"])
async def test_a_claimant_may_be_written_by_id_or_name(api: ApiClient, claimant: str) -> None:
    totals = (await api.get("/v1/casualties", claimant=claimant, effect="killed")).json()["totals"]

    assert [total["best"] for total in totals] == [1]


async def test_a_claimant_that_nobody_is_or_several_are_is_refused(own: ApiClient) -> None:
    assert (await own.get("/v1/casualties", claimant="tass")).status_code == 400
    await own.record([("/v1/parties", {"id": "mod", "name": "MoD", "kind": "state"})])
    await own.fold()
    answer = await own.get("/v1/casualties", claimant="mod")
    assert "source:mod or party:mod" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/occurrences/none",
        "/v1/occurrences/none/history",
        "/v1/claims/mine.none",
        "/v1/claims/none",
        "/v1/transfers/none.none",
        "/v1/control-map/none/history",
        "/v1/places/none",
        "/v1/parties/none",
        "/v1/sources/none",
        "/v1/reports/none",
        "/v1/places/%00",
        "/v1/occurrences/%2e%2e",
        "/v1/nothing",
        "/v2",
        "/",
    ],
)
async def test_what_is_not_there_is_404(api: ApiClient, path: str) -> None:
    answer = await api.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


async def test_as_of_and_known_at_move_an_answer_and_its_body_holds_no_time_of_its_own(api: ApiClient) -> None:
    early = (
        await api.get(
            "/v1/casualties", known_at=(datetime(2020, 11, 24, tzinfo=UTC) - timedelta(days=1)).date().isoformat()
        )
    ).json()
    twice = [(await api.get("/v1/control-map")).headers["etag"] for _ in range(2)]

    assert [row["best"] for row in early["totals"] if row["effect"] == "killed"] in ([0], [])
    assert twice[0] == twice[1]


def test_every_answer_that_is_derived_from_the_log_takes_the_three_clocks() -> None:
    not_derived = {"read_log", "projections", "vocabulary"}

    assert {route.name for route in ROUTES if route.tag in DERIVED} - {route.name for route in CLOCKED} <= not_derived

"""Lists over HTTP: read page by page, they are whole, stay as they began, and take no cursor but their own."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import msgspec
import pytest

from services.api.app import every_route
from services.api.queries import Clocked, parameters_of
from services.api.reading import last_of_quarter
from services.api.routes import Route
from tests import servers
from tests.api_client import EXPLOSION, ApiClient, settings_for, told_november
from tests.api_story import address

pytestmark = pytest.mark.anyio

CLOCKED = [route for route in every_route() if route.query is not None and issubclass(route.query, Clocked)]


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


async def test_a_list_is_read_page_by_page_and_stays_as_it_began(own: ApiClient) -> None:
    path = "/v1/occurrences?limit=1&kind=explosion,control_change,agreement"
    seen: list[str] = []
    bodies: list[dict[str, object]] = []
    while path:
        answer = await own.get(path)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        bodies.append(body)
        seen += [item["id"] for item in body["items"]]
        if len(seen) == 1:
            await own.record([("/v1/occurrences", {**EXPLOSION, "id": "later"})])
            await own.fold()
        path = answer.links["next"]["url"] if "next" in answer.links else ""
        assert (body["next_cursor"] is None) is (path == "")
        assert path == "" or parse_qs(urlsplit(path).query)["cursor"] == [body["next_cursor"]]

    assert seen == ["mine", "entry", "ceasefire"]
    assert {(body["total"], body["position"]) for body in bodies} == {(3, bodies[0]["position"])}
    assert (await own.get("/v1/occurrences")).json()["total"] == 4


@pytest.mark.parametrize(
    "route",
    [route for route in CLOCKED if "cursor" in parameters_of(route.query or Clocked)],
    ids=lambda route: route.name,
)
async def test_pages_of_one_put_together_are_the_whole_list(api: ApiClient, route: Route) -> None:
    path = address(route).replace("mine-madagiz", "mine")
    whole = (await api.get(path)).json()
    cursor: str | None = ""
    items: list[object] = []
    while cursor is not None:
        page = (await api.get(path, None, limit=1, **({"cursor": cursor} if cursor else {}))).json()
        assert len(page["items"]) == min(1, whole["total"])
        items += page["items"]
        cursor = page["next_cursor"]

    assert (items, len(items)) == (whole["items"], whole["total"])


@pytest.mark.parametrize("cursor", ["x", "AAAA", "%00", "ÿ", "bnVsbA", "k8CgAaA"])
async def test_a_cursor_that_no_list_gave_is_refused(api: ApiClient, cursor: str) -> None:
    answer = await api.http.get(f"/v1/occurrences?cursor={cursor}", headers=api.headers)

    assert (answer.status_code, answer.json()["type"]) == (400, "/docs/problems#invalid-parameters")


async def test_a_page_asked_for_again_is_the_same_page_with_the_same_tag(api: ApiClient) -> None:
    first = await api.get("/v1/occurrences", limit=1)
    position = first.json()["position"]
    # At the turn of a quarter of an hour the cursor is another one.
    again = [await api.get("/v1/occurrences", limit=1) for _ in range(2)]
    at_position = await api.get("/v1/occurrences", limit=1, at_position=position)

    assert first.headers["etag"] in {answer.headers["etag"] for answer in again} or (
        again[0].headers["etag"] == again[1].headers["etag"]
    )
    assert at_position.content == again[1].content
    cursor = again[1].json()["next_cursor"]
    assert (await api.get("/v1/occurrences", limit=1, cursor=cursor, at_position=position)).status_code == 200
    assert (await api.get("/v1/occurrences", limit=1, cursor=cursor, at_position=position - 1)).status_code == 400


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Asia/Tehran", "America/St_Johns"])
def test_what_a_cursor_is_for_lies_in_the_same_quarter_and_day(zone: str) -> None:
    moments = [datetime(2020, 11, 25, hour, minute, 59, 999_999, UTC) for hour in (0, 18, 20) for minute in range(60)]
    for moment in moments:
        kept = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=last_of_quarter(moment))
        assert timedelta() <= kept - moment < timedelta(minutes=15)
        assert kept.astimezone(ZoneInfo(zone)).date() == moment.astimezone(ZoneInfo(zone)).date()


async def test_a_cursor_holds_for_its_own_list_alone(api: ApiClient) -> None:
    cursor = (await api.get("/v1/occurrences", limit=1)).json()["next_cursor"]

    assert (await api.get("/v1/occurrences", limit=2, cursor=cursor)).status_code == 200
    assert (await api.get("/v1/occurrences", limit=1, cursor=cursor, kind="strike")).status_code == 400
    assert (await api.get("/v1/places", limit=1, cursor=cursor)).status_code == 400
    forged = cursor[:-4] + ("AAAA" if cursor[-4:] != "AAAA" else "BBBB")
    assert (await api.get("/v1/occurrences", limit=1, cursor=forged)).status_code == 400


@pytest.mark.parametrize("place", [("a\0", 1, 0), ("a", -1, 0), ("a", 1, 2**62), ("a", 1, -(2**62))])
async def test_a_cursor_made_on_purpose_is_refused_where_no_answer_could_have_given_it(
    api: ApiClient, place: tuple[str, int, int]
) -> None:
    check = hashlib.sha256(msgspec.msgpack.encode(("/v1/places", [], *place))).digest()[:12]
    cursor = urlsafe_b64encode(msgspec.msgpack.encode([*place, check])).decode().rstrip("=")
    answer = await api.get("/v1/places", cursor=cursor)

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "cursor")


def test_every_list_has_pages() -> None:
    for route in CLOCKED:
        parameters = parameters_of(route.query or Clocked)
        assert ("limit" in parameters) == ("cursor" in parameters), route.name
        assert ("next_cursor" in route.gives[200].__struct_fields__) == ("cursor" in parameters), route.name

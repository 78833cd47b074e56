"""Who may do what, how often, and what happens while Redis is away."""

from collections.abc import AsyncGenerator

import pytest
from httpx import Response

from services.api import keys as key_times
from services.api.app import every_route
from services.api.openapi_parameters import parameters_described
from services.api.routes import Route
from services.cli import key_store
from services.wiring import API_ROLE, open_pool
from tests.api_client import EXPLOSION, NO_REDIS, ApiClient, client, make_key, settings_for, together
from tests.api_story import address
from tests.waiting import until

pytestmark = pytest.mark.anyio

GUARDED = [route for route in every_route() if route.scope is not None]
PROBLEM = "application/problem+json"


@pytest.fixture
async def nobody(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url), anonymous=True) as made:
        yield made


async def _call(api: ApiClient, route: Route, key: str | None) -> Response:
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    # A stream has an end only where one is asked for.
    query = {"at_position": 0} if route.name == "follow_log" else None
    body: dict[str, object] | None = {} if route.body else None
    return await api.http.request(route.method, address(route), params=query, json=body, headers=headers)


async def test_without_a_key_every_guarded_route_answers_401_and_says_how_to_come_in(nobody: ApiClient) -> None:
    for route in GUARDED:
        answer = await _call(nobody, route, None)
        assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM), route.name
        assert answer.headers["www-authenticate"] == 'Bearer realm="conflictlog"'


async def test_a_key_without_the_scope_gets_403_and_one_with_it_alone_does_not(nobody: ApiClient) -> None:
    await nobody.fold()
    keys = {scope: await make_key(nobody.database_url, scope) for scope in ("read", "report", "assess", "operate")}
    for route in GUARDED:
        for scope, key in keys.items():
            answer = await _call(nobody, route, key)
            assert (answer.status_code == 403) is (scope != route.scope), (route.name, scope, answer.text)
            if answer.status_code == 403:
                challenge = answer.headers["www-authenticate"]
                assert challenge == f'Bearer realm="conflictlog", error="insufficient_scope", scope="{route.scope}"'


async def test_admin_may_do_everything(nobody: ApiClient) -> None:
    await nobody.fold()
    key = await make_key(nobody.database_url, "admin")

    for route in GUARDED:
        assert (await _call(nobody, route, key)).status_code not in {401, 403}, route.name


@pytest.mark.parametrize(
    "given", ["Bearer", "Bearer clk_short", "Basic dTpw", "Bearer clk_" + "x" * 43, "clk_" + "x" * 43]
)
async def test_a_key_that_is_not_good_is_refused_even_where_nobody_may_read(
    database_url: str, redis_url: str, given: str
) -> None:
    async with client(settings_for(database_url, redis_url, anonymous_reading=True), anonymous=True) as api:
        answer = await api.get("/v1/vocabulary", {"authorization": given})

    assert answer.status_code == 401
    assert "error=" in answer.headers["www-authenticate"]
    assert "x" * 43 not in answer.text


async def test_reading_without_a_key_is_a_setting_and_writing_never_is(database_url: str, redis_url: str) -> None:
    async with client(settings_for(database_url, redis_url, anonymous_reading=True), anonymous=True) as api:
        assert (await api.get("/v1/vocabulary")).status_code == 200
        assert (await api.post("/v1/occurrences", EXPLOSION)).status_code == 401


async def test_health_and_documentation_are_open_to_all(nobody: ApiClient) -> None:
    for path in ("/health/live", "/health/ready", "/openapi.json", "/docs", "/docs/problems"):
        assert (await nobody.get(path)).status_code == 200


async def test_a_revoked_key_stops_within_seconds(nobody: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_times, "KNOWN_FOR_S", 0.2)
    key = await make_key(nobody.database_url, "read")
    headers = {"authorization": f"Bearer {key}"}
    assert (await nobody.get("/v1/vocabulary", headers)).status_code == 200

    async with open_pool(nobody.database_url, API_ROLE, size=1) as pool:
        await key_store.revoke(pool, key[:12])

    async def refused() -> bool:
        return (await nobody.get("/v1/vocabulary", headers)).status_code == 401

    await until(refused, within_s=5)
    assert key_times.KNOWN_FOR_S < 5


async def test_every_counted_answer_says_what_is_left_and_the_one_too_many_when_to_come_back(
    database_url: str, redis_url: str
) -> None:
    async with client(settings_for(database_url, redis_url, rate_limit=5), "read") as api:
        answers = await together(*(api.get("/v1/vocabulary") for _ in range(8)))

    taken = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    # A minute may end between them, and then each of its two windows has its own limit.
    assert len(taken) >= 5
    assert len(taken) + len(refused) == 8
    assert all(answer.headers["ratelimit-policy"] == '"default";q=5;w=60' for answer in answers)
    assert {int(answer.headers["ratelimit"].split(";")[1].removeprefix("r=")) for answer in taken} >= set(range(5))
    for answer in refused:
        assert answer.headers["content-type"] == PROBLEM
        assert 1 <= int(answer.headers["retry-after"]) <= 60


async def test_limits_hold_across_processes_and_each_key_has_its_own(database_url: str, redis_url: str) -> None:
    settings = settings_for(database_url, redis_url, rate_limit=3)
    async with client(settings, "read") as one, client(settings, "read") as other:
        await together(*(one.get("/v1/vocabulary") for _ in range(6)))
        beyond = await other.get("/v1/vocabulary", one.headers)
        own = await other.get("/v1/vocabulary")

    assert beyond.status_code == 429 or beyond.headers["ratelimit"].startswith('"default";r=2')
    assert own.status_code == 200


async def test_guessing_keys_is_counted_by_address(database_url: str, redis_url: str) -> None:
    async with client(settings_for(database_url, redis_url, anonymous_rate_limit=3), anonymous=True) as api:
        guesses = [{"authorization": f"Bearer clk_{number:040}"} for number in range(8)]
        answers = await together(*(api.get("/v1/vocabulary", guess) for guess in guesses))

    assert {answer.status_code for answer in answers} == {401, 429}


async def test_while_redis_is_away_requests_go_on_and_it_is_logged_once(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with client(settings_for(database_url, NO_REDIS)) as api:
        await api.register_november()
        first = await api.post("/v1/occurrences", EXPLOSION, {"idempotency-key": '"a"'})
        again = await api.post("/v1/occurrences", EXPLOSION, {"idempotency-key": '"a"'})
        ready = await api.get("/health/ready")

    assert (first.status_code, again.content) == (201, first.content)
    assert "ratelimit" not in first.headers
    assert (ready.status_code, ready.json()["status"], ready.json()["redis"]) == (200, "degraded", {"status": "away"})
    assert [record.name for record in caplog.records if "not counted" in record.message] == ["conflictlog.api"]


async def test_without_redis_the_same_request_at_the_same_moment_is_still_recorded_once(database_url: str) -> None:
    settings = settings_for(database_url, NO_REDIS)
    async with client(settings) as one, client(settings) as other:
        await one.register_november()
        other.headers = one.headers
        key = {"idempotency-key": '"both"'}
        answers = await together(*(api.post("/v1/occurrences", EXPLOSION, key) for api in (one, other) * 3))
        log = await one.get("/v1/log", stream="occurrence-mine")

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert log.json()["total"] == 2


async def test_two_processes_tell_a_second_request_to_wait_for_the_first(database_url: str, redis_url: str) -> None:
    settings = settings_for(database_url, redis_url)
    async with client(settings) as one, client(settings) as other:
        await one.register_november()
        other.headers = one.headers
        key = {"idempotency-key": '"both"'}
        answers = await together(*(api.post("/v1/occurrences", EXPLOSION, key) for api in (one, other) * 8))

    assert {answer.status_code for answer in answers} <= {201, 409}
    for answer in answers:
        assert answer.status_code == 201 or answer.json()["type"] == "/docs/problems#still-running"


async def test_a_rebuild_asked_for_again_with_its_key_is_the_same_job(database_url: str, redis_url: str) -> None:
    settings = settings_for(database_url, redis_url)
    async with client(settings) as one, client(settings) as other:
        key = {"idempotency-key": '"r"'}
        path = "/v1/projections/strikes/rebuild"
        first, again = [await one.http.post(path, headers={**one.headers, **key}) for _ in range(2)]
        elsewhere = await one.http.post(path.replace("strikes", "hazards"), headers={**one.headers, **key})
        others = await other.http.post(path, headers={**other.headers, **key})
        without = await one.http.post(path, headers=one.headers)

    assert (first.status_code, again.status_code, again.json()) == (202, 202, first.json())
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
    assert (elsewhere.status_code, elsewhere.json()["type"]) == (422, "/docs/problems#idempotency-key-reused")
    assert len({answer.json()["job"] for answer in (first, others, without)}) == 3


async def test_origins_that_are_allowed_may_ask_from_a_browser(database_url: str, redis_url: str) -> None:
    settings = settings_for(database_url, redis_url, cors_origins=("https://map.example",), anonymous_reading=True)
    async with client(settings, anonymous=True) as api:
        asked = {"origin": "https://map.example", "access-control-request-method": "POST"}
        preflight = await api.http.options("/v1/occurrences", headers=asked)
        answer = await api.get("/v1/vocabulary", {"origin": "https://map.example"})
        other = await api.get("/v1/vocabulary", {"origin": "https://other.example"})

    assert preflight.headers["access-control-allow-origin"] == "https://map.example"
    allowed = set(preflight.headers["access-control-allow-headers"].lower().split(", "))
    described = [one for route in every_route() for one in parameters_described(route) if one["in"] == "header"]
    assert {"authorization", "content-type", *(one["name"].lower() for one in described)} <= allowed
    assert answer.headers["access-control-allow-origin"] == "https://map.example"
    assert "etag" in answer.headers["access-control-expose-headers"].lower()
    assert "access-control-allow-origin" not in other.headers


async def test_without_the_setting_no_origin_is_allowed(nobody: ApiClient) -> None:
    answer = await nobody.get("/health/live", {"origin": "https://map.example"})

    assert "access-control-allow-origin" not in answer.headers

"""Every route there is: for who may not see what is restricted, it answers as if nobody had reported it."""

import json
import re
from collections.abc import AsyncGenerator, Iterable
from typing import Any

import pytest
from httpx import Response

from services.api.app import every_route
from tests.api_client import ApiClient, client, make_key, settings_for
from tests.restricted_world import (
    ADDRESSES,
    DECISIONS,
    OPEN,
    RESTRICTED,
    SECRET,
    SECRET_POINT,
    SILENT,
    secrets,
)

pytestmark = pytest.mark.anyio

READING = {route.name: route for route in every_route() if route.method == "GET"}
ANSWERING = {name: asked for name, asked in DECISIONS.items() if not isinstance(asked, str)}

Answers = dict[tuple[str, str], Response]


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    settings = settings_for(database_url, redis_url, anonymous_reading=True, rate_limit=1_000_000)
    async with client(settings) as made:
        await made.record(OPEN)
        await made.fold()
        yield made


def test_every_route_that_reads_has_a_decision_about_what_is_restricted() -> None:
    assert DECISIONS.keys() == READING.keys()


def test_no_route_that_writes_is_open_to_who_may_only_read() -> None:
    writing = [route for route in every_route() if route.method != "GET"]

    assert {route.name for route in writing if route.scope in {None, "read", "read:restricted"}} == set()


async def _answers(api: ApiClient, headers: dict[str, str], more: dict[str, str | int] | None = None) -> Answers:
    """Ask every question that there is a decision about."""
    found: Answers = {}
    for name, questions in ANSWERING.items():
        for asked in questions:
            path = READING[name].path.replace("{id}", ADDRESSES.get(name, ""))
            answer = await api.http.get(path, params={**asked, **(more or {})}, headers=headers)
            found[name, str(sorted(asked.items()))] = answer
    return found


def _told(answers: Answers) -> dict[tuple[str, str], tuple[int, Any]]:
    """Give what was answered; the position that an answer is for grows with the log, whatever is told.

    A restricted place is on the map, where its parent is.
    """
    found: dict[tuple[str, str], tuple[int, Any]] = {}
    for asked, answer in answers.items():
        body: Any = re.sub(r"up to position \d+", "", answer.text)
        if "json" in answer.headers["content-type"]:
            body = json.loads(body)
            body.pop("position", None)
        if asked[0] == "control_map":
            body["features"] = [one for one in body["features"] if one["id"] not in {"shelter", "cellar"}]
        found[asked] = (answer.status_code, body)
    return found


def _leaks(answers: Iterable[Response]) -> list[str]:
    given = [answer.text + str(dict(answer.headers)) for answer in answers if SECRET not in str(answer.url)]
    return [text for text in given if SECRET in text.lower() or str(SECRET_POINT) in text]


async def test_who_may_not_see_it_is_answered_on_every_route_as_if_nobody_had_reported_it(api: ApiClient) -> None:
    before = _told(await _answers(api, {}))
    await api.record(secrets(RESTRICTED))
    await api.fold()

    after = await _answers(api, {})
    with_a_key = await _answers(api, {"authorization": f"Bearer {await make_key(api.database_url, 'read')}"})

    assert {asked for asked, told in _told(after).items() if told != before[asked]} == set()
    assert {asked for asked, told in _told(with_a_key).items() if told != before[asked]} == set()
    assert _leaks(after.values()) == []


async def test_who_has_the_scope_is_told_all_of_it(api: ApiClient) -> None:
    before = _told(await _answers(api, api.headers))
    await api.record(secrets(RESTRICTED))
    await api.fold()
    key = await make_key(api.database_url, "read", "read:restricted")

    after = _told(await _answers(api, {"authorization": f"Bearer {key}"}))

    changed = {name for (name, asked), told in after.items() if told != before[name, asked]}
    # So this world has something to hide on each of these routes.
    assert changed >= ANSWERING.keys() - SILENT


async def test_a_past_position_and_a_past_moment_do_not_show_what_is_restricted_now(api: ApiClient) -> None:
    before = _told(await _answers(api, {}, {"known_at": "2030-01-01"}))
    recorded = await api.record(secrets(None))
    await api.fold()
    shown = _told(await _answers(api, {}, {"known_at": "2030-01-01"}))
    for answer in recorded:
        collection = {"occurrence": "occurrences", "place": "places"}.get(answer["stream"].partition("-")[0])
        if collection is not None and answer["id"] != "cellar":
            await api.record([(f"/v1/{collection}/{answer['id']}/restriction", RESTRICTED)])
    head = recorded[-1]["position"]
    await api.fold()

    at_position = await _answers(api, {}, {"at_position": head, "known_at": "2030-01-01"})
    known = await _answers(api, {}, {"known_at": "2030-01-01"})

    assert shown != before
    for answers in (at_position, known):
        assert {asked for asked, told in _told(answers).items() if told != before[asked]} == set()
        assert _leaks(answers.values()) == []


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("/v1/occurrences/{id}", f"{SECRET}-strike"),
        ("/v1/occurrences/{id}/history", f"{SECRET}-strike"),
        ("/v1/claims/{id}", f"{SECRET}-strike.killed"),
        ("/v1/transfers/{id}", f"{SECRET}-deal.region"),
        ("/v1/reports/{id}", f"{SECRET}-report"),
        ("/v1/casualties?occurrence={id}", f"{SECRET}-strike"),
        ("/v1/casualties?occurrence=nothing-at-all,{id}", f"{SECRET}-strike"),
        ("/v1/casualties/evidence?occurrence={id}", f"{SECRET}-strike"),
        ("/v1/occurrences?id={id}", f"{SECRET}-strike"),
        ("/v1/log?stream=occurrence-{id}&type=claim.made", f"{SECRET}-strike"),
        ("/v1/log?stream=occurrence-{id}", f"{SECRET}-strike"),
        ("/v1/log?stream=report-{id}", f"{SECRET}-report"),
    ],
)
async def test_what_is_hidden_looks_exactly_like_what_is_not_there(api: ApiClient, path: str, hidden: str) -> None:
    await api.record(secrets(RESTRICTED))
    await api.fold()
    unknown = hidden.replace(SECRET, "zznobody")

    found = await api.http.get(path.replace("{id}", hidden))
    missing = await api.http.get(path.replace("{id}", unknown))

    assert found.text.replace(hidden, "?") == missing.text.replace(unknown, "?")
    assert (found.status_code, found.headers.keys()) == (missing.status_code, missing.headers.keys())


def test_the_routes_that_are_asked_about_one_thing_have_one_that_all_may_know() -> None:
    by_id = {name for name, route in READING.items() if "{id}" in route.path}

    assert by_id == ADDRESSES.keys()

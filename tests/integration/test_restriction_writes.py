"""What is restricted, for who may write but not see it: it is answered as what is not there, and nothing is kept."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec
import pytest
from httpx import Response

from services.api.recordings import RECORDINGS
from tests.api_client import ApiClient, client, make_key, settings_for
from tests.restricted_world import OPEN, RESTRICTED, SECRET, secrets

pytestmark = pytest.mark.anyio

HIDDEN, UNKNOWN = f"{SECRET}-strike", "nowhere-strike"
DEAL, NO_DEAL = f"{SECRET}-deal", "nowhere-deal"
COUNT: Mapping[str, object] = {
    "kind": "casualties",
    "effect": "killed",
    "count": {"best": 1},
    "claimant": "source:press",
}
BODIES: Mapping[str, Mapping[str, object]] = {
    # Under the name of one that it has.
    "make_claim": {**COUNT, "id": "killed", "report": "r1"},
    "cite_occurrence": {"report": "r1"},
    "amend_occurrence": {"changes": {"occurred": {"start": "2020-11-20"}}, "reason": "r"},
    "assess_occurrence": {"assessor": "me", "reason": "r", "effect": "killed", "count": {"best": 1}},
    "retract_occurrence": {"reason": "r"},
    "reinstate_occurrence": {"reason": "r"},
    "restrict_occurrence": {"reason": "r"},
    "release_occurrence": {"reason": "r"},
    "merge_occurrence": {"into": "open-strike", "reason": "r"},
    "unmerge_occurrence": {"reason": "r"},
    "cite_claim": {"report": "r1"},
    "supersede_claim": {"by": {**COUNT, "report": "r1"}},
    "withdraw_claim": {},
    "reschedule_transfer": {"due": "2020-12-01", "report": "r1"},
    "effect_transfer": {"occurrence": "open-strike"},
    "cancel_transfer": {"reason": "r"},
}
SUBJECTS = {
    "occurrence": (HIDDEN, UNKNOWN),
    "claim": (f"{HIDDEN}.killed", f"{UNKNOWN}.killed"),
    "transfer": (f"{DEAL}.region", f"{NO_DEAL}.region"),
}
ABOUT = {one.name: one for one in RECORDINGS if one.subject in SUBJECTS}


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url, rate_limit=1_000_000)) as made:
        await made.record(OPEN)
        await made.record(secrets(RESTRICTED))
        await made.fold()
        yield made


@pytest.fixture
async def blind(api: ApiClient) -> dict[str, str]:
    """Give the headers of a key that may write all there is to write, and see nothing of what is restricted."""
    return {"authorization": f"Bearer {await make_key(api.database_url, 'read', 'report', 'assess')}"}


def _said(answer: Response, name: str) -> tuple[int, str]:
    return answer.status_code, answer.text.replace(name, "…")


async def _head(api: ApiClient) -> int:
    return (await api.get("/v1/log", limit=1)).json()["total"]


def test_every_route_about_an_occurrence_is_among_them() -> None:
    assert BODIES.keys() == ABOUT.keys()


@pytest.mark.parametrize("name", sorted(BODIES))
async def test_what_is_written_about_it_is_answered_as_about_nothing(
    api: ApiClient, blind: dict[str, str], name: str
) -> None:
    head = await _head(api)
    hidden, unknown = SUBJECTS[ABOUT[name].subject or ""]
    for headers in (blind, blind | {"if-match": '"9"'}):
        answers = [
            _said(await api.post(ABOUT[name].path.replace("{id}", subject), BODIES[name], headers), part)
            for subject in (hidden, unknown)
            for part in (subject.partition(".")[0],)
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    assert await _head(api) == head


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/occurrences/open-strike/merge", {"into": "{}", "reason": "r"}),
        (
            "/v1/occurrences/open-strike/amendments",
            {"changes": {"links": [{"kind": "during", "occurrence": "{}"}]}, "reason": "r"},
        ),
        ("/v1/transfers/open-deal.village/effect", {"occurrence": "{}"}),
    ],
)
async def test_what_names_it_is_answered_as_what_names_nothing(
    api: ApiClient, blind: dict[str, str], path: str, body: Mapping[str, Any]
) -> None:
    head = await _head(api)
    sent = msgspec.json.encode(body).decode()
    alone = [
        _said(await api.post(path, msgspec.json.decode(sent.replace("{}", name)), blind), name)
        for name in (HIDDEN, UNKNOWN)
    ]
    lines = [
        msgspec.json.encode({"method": "POST", "path": path, "body": msgspec.json.decode(sent.replace("{}", name))})
        for name in (HIDDEN, UNKNOWN)
    ]
    in_batches = [
        _said(await api.raw("/v1/batch", line, content_type="application/x-ndjson", **blind), name)
        for line, name in zip(lines, (HIDDEN, UNKNOWN), strict=True)
    ]

    assert alone[0] == alone[1]
    assert alone[0][0] == 422
    assert in_batches[0] == in_batches[1]
    assert await _head(api) == head


async def test_a_report_of_nothing_else_can_neither_be_cited_nor_changed(api: ApiClient, blind: dict[str, str]) -> None:
    # Cited for something open it would be seen by all, its title included.
    head = await _head(api)
    for name in (f"{SECRET}-report", "nowhere-report"):
        cited = await api.post("/v1/occurrences/open-strike/citations", {"report": name}, blind)
        assert (cited.status_code, "there is no report" in cited.text) == (422, True)
        assert (await api.patch(f"/v1/reports/{name}", {"title": "t"}, blind)).status_code == 404
        assert (await api.post(f"/v1/reports/{name}/withdraw", {"reason": "r"}, blind)).status_code == 404
    assert await _head(api) == head


async def test_its_name_means_no_restricted_place(api: ApiClient, blind: dict[str, str]) -> None:
    await api.record(
        [("/v1/places", {"id": "open-house", "name": f"{SECRET} house", "kind": "town", "parent": "land"})]
    )
    told = {
        "kind": "clash",
        "report": "r1",
        "occurred": {"start": "2020-11-20"},
        "places": [{"name": f"{SECRET} house"}],
    }

    seeing = await api.post("/v1/occurrences", told)
    assert seeing.status_code == 422
    assert "shelter" in seeing.text
    assert (await api.post("/v1/occurrences", told, blind)).status_code == 201


async def test_who_reported_it_goes_on_telling_of_it(api: ApiClient, blind: dict[str, str]) -> None:
    told = {"kind": "clash", "id": "own", "report": "r1", "occurred": {"start": "2020-11-20"}, "restricted": RESTRICTED}
    assert (await api.post("/v1/occurrences", told, blind)).status_code == 201
    assert (await api.post("/v1/occurrences/own/claims", {**COUNT, "report": "r1"}, blind)).status_code == 201
    other = {"authorization": f"Bearer {await make_key(api.database_url, 'report')}"}
    assert (await api.post("/v1/occurrences/own/claims", {**COUNT, "report": "r1"}, other)).status_code == 404

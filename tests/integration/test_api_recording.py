"""Recording over HTTP: what a write answers, how it is known again, and what it is refused with."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from tests.api_client import AGREEMENT, ENTRY, EXPLOSION, ApiClient, client, settings_for, together

pytestmark = pytest.mark.anyio

PROBLEM = "application/problem+json"


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url)) as made:
        await made.register_november()
        yield made


async def test_a_creation_answers_201_with_its_address_and_what_it_came_to(api: ApiClient) -> None:
    answer = await api.post("/v1/occurrences", EXPLOSION)

    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/occurrences/mine"
    assert answer.headers["etag"] == '"2"'
    body = answer.json()
    assert (body["id"], body["stream"], body["version"]) == ("mine", "occurrence-mine", 2)
    assert [event["type"] for event in body["events"]] == ["occurrence.reported", "claim.made"]
    assert body["position"] == body["events"][-1]["position"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("citations", {"report": "r1"}),
        ("amendments", {"changes": {"details": {"kind": "explosion", "device": "ied"}}, "reason": "read again"}),
        ("assessments", {"assessor": "A", "reason": "two sources", "effect": "killed", "count": {"best": 1}}),
        ("retraction", {"reason": "did not happen"}),
    ],
)
async def test_what_is_said_about_an_occurrence_is_appended_to_its_stream(
    api: ApiClient, path: str, body: dict[str, Any]
) -> None:
    await api.record([("/v1/occurrences", EXPLOSION)])

    answer = await api.post(f"/v1/occurrences/mine/{path}", body)

    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["version"]) == ("mine", 3)


async def test_a_claim_has_an_address_of_its_own(api: ApiClient) -> None:
    await api.record([("/v1/occurrences", EXPLOSION)])
    claim = {"id": "hurt", "kind": "casualties", "claimant": "source:mod", "report": "r1", "effect": "wounded"}

    answer = await api.post("/v1/occurrences/mine/claims", {**claim, "count": {"low": 5}})

    assert answer.status_code == 201
    assert answer.json()["id"] == "mine.hurt"
    assert answer.headers["location"] == "/v1/claims/mine.hurt"


async def test_claims_are_cited_superseded_and_withdrawn(api: ApiClient) -> None:
    await api.record([("/v1/occurrences", EXPLOSION)])
    newer = {"kind": "casualties", "id": "two", "claimant": "source:mod", "report": "r1", "effect": "killed"}
    done = await api.record(
        [
            ("/v1/claims/mine.killed/citations", {"report": "r1", "reads": {"words": "one"}}),
            ("/v1/claims/mine.killed/supersede", {"by": {**newer, "count": {"best": 2}}}),
            ("/v1/claims/mine.two/withdraw", {"reason": "an error"}),
        ]
    )

    assert [answer["id"] for answer in done] == ["mine.killed", "mine.two", "mine.two"]
    refusal = await api.post("/v1/claims/mine.two/citations", {"report": "r1"})
    assert refusal.status_code == 409
    assert refusal.json()["type"] == "/docs/problems#claim-ended"


async def test_transfers_are_rescheduled_effected_and_cancelled(api: ApiClient) -> None:
    made = await api.record([("/v1/occurrences", AGREEMENT), ("/v1/occurrences", ENTRY)])
    transfer = "ceasefire." + (await _transfer_name(api, made[0]["position"]))
    await api.record(
        [
            (f"/v1/transfers/{transfer}/reschedule", {"due": "2020-11-25", "report": "r1"}),
            (f"/v1/transfers/{transfer}/effect", {"occurrence": "entry"}),
        ]
    )

    again = await api.post(f"/v1/transfers/{transfer}/effect", {"occurrence": "entry"})
    assert (again.status_code, again.json()["type"]) == (409, "/docs/problems#already-effected")
    await api.record([(f"/v1/transfers/{transfer}/cancel", {"reason": "called off"})])
    refused = await api.post(f"/v1/transfers/{transfer}/cancel", {"reason": "called off"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/docs/problems#transfer-cancelled")


async def _transfer_name(api: ApiClient, position: int) -> str:
    events = (await api.get("/v1/log", after=position - 1, limit=1)).json()["items"]
    return events[0]["data"]["details"]["terms"][0]["id"].rpartition(".")[2]


async def test_an_amendment_of_a_registry_entry_answers_200(api: ApiClient) -> None:
    answer = await api.patch("/v1/places/kalbajar", {"names": [{"name": "Karvachar", "language": "hy"}]})

    assert (answer.status_code, answer.json()["version"]) == (200, 2)


async def test_a_report_is_withdrawn_once(api: ApiClient) -> None:
    assert (await api.post("/v1/reports/r1/withdraw", {"reason": "retracted"})).status_code == 200

    again = await api.post("/v1/reports/r1/withdraw", {"reason": "retracted"})
    assert (again.status_code, again.json()["type"]) == (409, "/docs/problems#report-withdrawn")


async def test_retracting_merging_and_undoing_them_are_refused_where_they_cannot_be(api: ApiClient) -> None:
    await api.record([("/v1/occurrences", EXPLOSION), ("/v1/occurrences", ENTRY)])
    why = {"reason": "said again"}

    assert (await api.post("/v1/occurrences/mine/reinstatement", why)).status_code == 409
    await api.record([("/v1/occurrences/mine/retraction", why), ("/v1/occurrences/mine/reinstatement", why)])
    assert (await api.post("/v1/occurrences/mine/merge", {"into": "mine", **why})).status_code == 409
    await api.record([("/v1/occurrences/mine/merge", {"into": "entry", **why})])
    circle = await api.post("/v1/occurrences/entry/merge", {"into": "mine", **why})
    assert (circle.status_code, circle.json()["type"]) == (409, "/docs/problems#merge-refused")
    await api.record([("/v1/occurrences/mine/unmerge", why)])
    assert (await api.post("/v1/occurrences/mine/unmerge", why)).status_code == 409


async def test_the_same_idempotency_key_gets_the_first_answer_and_appends_nothing(api: ApiClient) -> None:
    key = {"idempotency-key": '"first"'}
    first = await api.post("/v1/occurrences", {**EXPLOSION, "id": None}, key)
    again = await api.post("/v1/occurrences", {**EXPLOSION, "id": None}, key)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await _head(api) == first.json()["position"]


async def test_the_order_of_members_does_not_make_another_request(api: ApiClient) -> None:
    key = {"idempotency-key": '"order"'}
    first = await api.post("/v1/occurrences", dict(EXPLOSION), key)
    again = await api.post("/v1/occurrences", dict(reversed([*EXPLOSION.items()])), key)

    assert again.content == first.content


async def test_an_idempotency_key_used_for_another_request_is_refused(api: ApiClient) -> None:
    key = {"idempotency-key": '"once"'}
    await api.post("/v1/occurrences", EXPLOSION, key)

    other = await api.post("/v1/occurrences", ENTRY, key)
    assert (other.status_code, other.json()["type"]) == (422, "/docs/problems#idempotency-key-reused")


async def test_the_same_request_at_the_same_moment_is_recorded_once(api: ApiClient) -> None:
    key = {"idempotency-key": '"both"'}
    before = await _head(api)
    answers = await together(*(api.post("/v1/occurrences", EXPLOSION, key) for _ in range(6)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert any(answer.status_code == 201 for answer in answers)
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"] == "/docs/problems#still-running"
            assert int(answer.headers["retry-after"]) >= 1
    assert await _head(api) == before + 2


@pytest.mark.parametrize(
    "key", ["", '""', '"open', "two words", '"x"; y', "«»".encode().decode("latin-1"), '"' + "k" * 256 + '"']
)
async def test_a_malformed_idempotency_key_is_refused(api: ApiClient, key: str) -> None:
    answer = await api.http.post(
        "/v1/occurrences",
        json=EXPLOSION,
        headers=httpx.Headers({**api.headers, "idempotency-key": key}, encoding="latin-1"),
    )

    assert (answer.status_code, answer.json()["type"]) == (400, "/docs/problems#bad-request")


async def test_an_external_id_with_other_content_is_a_conflict(api: ApiClient) -> None:
    external = {"external_id": {"dataset": "ucdp", "id": "1"}}
    first = await api.post("/v1/occurrences", {**EXPLOSION, **external})
    again = await api.post("/v1/occurrences", {**EXPLOSION, **external})
    other = await api.post("/v1/occurrences", {**EXPLOSION, **external, "quote": "other"})

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (other.status_code, other.json()["type"]) == (409, "/docs/problems#external-id-taken")


async def test_if_match_takes_the_present_version_only(api: ApiClient) -> None:
    first = await api.post("/v1/occurrences", EXPLOSION)
    path = "/v1/occurrences/mine/citations"

    taken = await api.post(path, {"report": "r1"}, {"if-match": first.headers["etag"]})
    assert taken.status_code == 200
    stale = await api.post(path, {"report": "r1"}, {"if-match": first.headers["etag"]})
    assert (stale.status_code, stale.json()["type"]) == (412, "/docs/problems#version-mismatch")
    assert (await api.post(path, {"report": "r1"}, {"if-match": "*"})).status_code == 200


@pytest.mark.parametrize(("tag", "status"), [("7", 400), ('"abc"', 412), ('W/"2"', 412), ('"1", "2"', 400)])
async def test_an_if_match_that_no_version_can_have_is_refused(api: ApiClient, tag: str, status: int) -> None:
    await api.record([("/v1/occurrences", EXPLOSION)])

    answer = await api.post("/v1/occurrences/mine/citations", {"report": "r1"}, {"if-match": tag})
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)


async def test_if_match_does_not_go_with_what_is_new(api: ApiClient) -> None:
    answer = await api.post("/v1/occurrences", EXPLOSION, {"if-match": '"1"'})

    assert answer.status_code == 400


async def test_every_unknown_id_of_a_request_is_listed_with_the_nearest_known(api: ApiClient) -> None:
    body = {
        **EXPLOSION,
        "report": "r9",
        "places": [{"place": "kalbajarr"}],
        "parties": [{"party": "azerbaijn", "role": "target"}],
    }
    answer = await api.post("/v1/occurrences", body)

    assert (answer.status_code, answer.json()["type"]) == (422, "/docs/problems#refused")
    found = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert set(found) == {"/report", "/places/0/place", "/parties/0/party"}
    assert "kalbajar" in found["/places/0/place"]


@pytest.mark.parametrize(
    "path", ["/v1/occurrences/none/retraction", "/v1/reports/none/withdraw", "/v1/claims/mine.none/withdraw",
             "/v1/claims/none/withdraw", "/v1/transfers/none.x/cancel", "/v1/occurrences/%00/retraction",
             "/v1/occurrences/N%C3%B8/retraction"],
)  # fmt: skip
async def test_an_unknown_id_in_the_path_is_404(api: ApiClient, path: str) -> None:
    await api.record([("/v1/occurrences", EXPLOSION)])
    answer = await api.post(path, {"reason": "x"})

    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


async def test_an_id_that_is_taken_is_refused(api: ApiClient) -> None:
    await api.record([("/v1/occurrences", EXPLOSION)])
    answer = await api.post("/v1/occurrences", {**EXPLOSION, "quote": "told otherwise"})

    assert (answer.status_code, answer.json()["type"]) == (409, "/docs/problems#id-taken")


async def _head(api: ApiClient) -> int:
    return (await api.get("/v1/log", limit=1)).json()["position"]

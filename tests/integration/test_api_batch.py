"""Batches over HTTP: many requests in one, each answered as if it were sent alone."""

import json
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any

import pytest
from httpx import Response
from psycopg_pool import PoolTimeout

from services.api import batch
from services.api.routes import Asked
from services.demo.commands import commands as demo_commands
from tests.api_client import ENTRY, EXPLOSION, NOVEMBER, ApiClient, client, make_key, settings_for

pytestmark = pytest.mark.anyio

NDJSON = "application/x-ndjson"
PROBLEM = "application/problem+json"
Json = dict[str, Any]


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url)) as made:
        await made.register_november()
        yield made


def line(path: str, body: Mapping[str, object], **members: object) -> bytes:
    return json.dumps({"path": path, "body": body, **members}, ensure_ascii=False).encode()


def occurrence(number: int, **changed: object) -> bytes:
    return line("/v1/occurrences", {**EXPLOSION, "id": f"x{number}", **changed})


async def send(
    api: ApiClient, lines: Iterable[bytes] | bytes, query: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    content = lines if isinstance(lines, bytes) else b"".join(one + b"\n" for one in lines)
    sent = {**api.headers, "content-type": NDJSON, **(headers or {})}
    return await api.http.post(f"/v1/batch{query}", content=content, headers=sent)


async def outcomes(api: ApiClient, lines: Iterable[bytes] | bytes, query: str = "", **headers: str) -> list[Json]:
    answer = await send(api, lines, query, {name.replace("_", "-"): value for name, value in headers.items()})
    assert (answer.status_code, answer.headers["content-type"]) == (200, NDJSON), answer.text
    return [json.loads(one) for one in answer.text.splitlines()]


async def head(api: ApiClient) -> int:
    return int((await api.get("/v1/log", limit=1)).json()["position"])


async def test_each_line_is_answered_with_what_its_request_came_to(api: ApiClient) -> None:
    before = await head(api)
    done = await outcomes(
        api,
        [
            occurrence(1),
            line("/v1/claims/x1.killed/citations", {"report": "r1", "reads": {"words": "one"}}),
            line("/v1/places/kalbajar", {"names": [{"name": "Karvachar"}]}, method="PATCH"),
        ],
    )
    assert done == [
        {"outcome": "taken", "line": 1, "status": 201, "id": "x1", "stream": "occurrence-x1", "version": 2,
         "position": before + 2, "repeated": False},
        {"outcome": "taken", "line": 2, "status": 200, "id": "x1.killed", "stream": "occurrence-x1", "version": 3,
         "position": before + 3, "repeated": False},
        {"outcome": "taken", "line": 3, "status": 200, "id": "kalbajar", "stream": "place-kalbajar", "version": 2,
         "position": before + 4, "repeated": False},
    ]  # fmt: skip
    assert await head(api) == before + 4


async def test_a_line_is_the_same_request_as_its_route_takes(api: ApiClient) -> None:
    alone = (await api.post("/v1/occurrences", EXPLOSION, {"idempotency-key": '"one"'})).json()
    again, keyed = await outcomes(
        api, [line("/v1/occurrences", EXPLOSION), line("/v1/occurrences", EXPLOSION, key="one")]
    )
    for found in (again, keyed):
        assert (found["status"], found["id"], found["position"], found["repeated"]) == (
            201,
            "mine",
            alone["position"],
            True,
        )


MIXED = (
    (occurrence(1), 201, ""),
    (b"{", 400, "invalid-body"),
    (b'{"path":"/v1/occurrences"}', 400, "invalid-body"),
    (line("/v1/strikes", {}), 404, "not-found"),
    (line("/v1/occurrences/x1/retraction", {"reason": "no"}, method="PATCH"), 404, "not-found"),
    (occurrence(2, report="none", parties=[{"party": "nobody", "role": "target"}]), 422, "refused"),
    (occurrence(3, details={"device": "hammer"}, occurred={"start": "yesterday"}), 400, "invalid-body"),
    (line("/v1/occurrences/unknown/retraction", {"reason": "no"}), 404, "unknown-id"),
    (line("/v1/occurrences/x1.y/retraction", {"reason": "no"}), 404, "unknown-id"),
    (line("/v1/occurrences/x1/retraction", {"reason": "no"}, if_match=7), 412, "version-mismatch"),
    (line("/v1/occurrences", EXPLOSION, if_match=7), 400, "bad-request"),
    (line("/v1/occurrences", EXPLOSION, unknown=7), 400, "invalid-body"),
    (b'{"path":"/v1/occurrences","body":{"kind":"other","quote":"\xff"}}', 400, "invalid-body"),
    (b'{"path":"/v1/occurrences","body":{"a":1,"a":2}}', 400, "invalid-body"),
    (occurrence(1, details={"device": "ied"}), 409, "id-taken"),
    (occurrence(4), 201, ""),
)
"""Lines, and what each comes to: its status and the type of its problem."""


async def test_a_line_that_is_refused_holds_up_no_other_and_is_told_all_its_faults(api: ApiClient) -> None:
    done = await outcomes(api, [sent for sent, _, _ in MIXED])
    assert [one["line"] for one in done] == list(range(1, len(MIXED) + 1))
    assert [(one["status"], one.get("type", "").partition("#")[2]) for one in done] == [wanted[1:] for wanted in MIXED]
    assert {error["pointer"] for error in done[5]["errors"]} == {"/body/report", "/body/parties/0/party"}
    assert {error["pointer"] for error in done[6]["errors"]} == {"/body/details/device", "/body/occurred/start"}
    assert all({"type", "title", "status", "detail"} <= set(one) for one in done if one["outcome"] == "refused")


async def test_the_demo_can_be_sent_as_one_batch_and_again_without_effect(database_url: str, redis_url: str) -> None:
    async with client(settings_for(database_url, redis_url)) as api:
        lines = [line(one.path, one.body, key=one.key) for one in demo_commands()]
        first = await outcomes(api, lines)
        assert [one for one in first if one["outcome"] != "taken"] == []
        at = await head(api)
        again = await outcomes(api, lines)
        assert all(one["repeated"] for one in again)
        assert [(one["id"], one["position"]) for one in again] == [(one["id"], one["position"]) for one in first]
        assert await head(api) == at


async def test_a_batch_that_was_cut_short_goes_on_where_it_stopped(api: ApiClient) -> None:
    lines = [occurrence(n, external_id={"dataset": "d", "id": str(n)}) for n in range(30)]
    await outcomes(api, lines[:12])
    done = await outcomes(api, lines)
    assert [one["repeated"] for one in done] == [True] * 12 + [False] * 18


async def test_with_an_idempotency_key_lines_without_ids_are_known_by_their_number(api: ApiClient) -> None:
    unnamed = {name: value for name, value in EXPLOSION.items() if name != "id"}
    lines = [line("/v1/occurrences", unnamed)] * 3
    first = await outcomes(api, lines, idempotency_key='"mine"')
    again = await outcomes(api, lines, idempotency_key='"mine"')
    assert len({one["id"] for one in first}) == 3
    assert [one["id"] for one in again] == [one["id"] for one in first]
    [other] = await outcomes(api, [line("/v1/occurrences", ENTRY)], idempotency_key='"mine"')
    assert (other["status"], other["type"]) == (422, "/docs/problems#idempotency-key-reused")


async def test_empty_lines_are_counted_and_left_out_and_the_last_needs_no_end(api: ApiClient) -> None:
    body = b"\n\r\n" + occurrence(1) + b"\r\n\n  \n" + occurrence(2)
    assert [(one["line"], one["status"]) for one in await outcomes(api, body)] == [(3, 201), (6, 201)]
    assert await outcomes(api, b"") == []
    assert await outcomes(api, b"\n\n") == []


async def test_a_line_that_is_too_long_is_refused_alone(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch.LINE, "limit", 2000)
    done = await outcomes(api, [occurrence(1), occurrence(2, quote="x" * 5000), occurrence(3)])
    assert [one["status"] for one in done] == [201, 413, 201]


async def test_lots_of_lines_see_what_earlier_lots_made(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "LOT_LINES", 3)
    lines = [occurrence(n) for n in range(10)]
    lines += [line(f"/v1/occurrences/x{n}/retraction", {"reason": "no"}) for n in range(10)]
    lines += [line(f"/v1/occurrences/x{n}/retraction", {"reason": "no"}) for n in range(2)]
    done = await outcomes(api, lines)
    assert [one["status"] for one in done] == [201] * 10 + [200] * 10 + [409] * 2


@pytest.mark.parametrize(("fault", "status"), [(ZeroDivisionError(), 500), (PoolTimeout(), 503)])
async def test_a_fault_of_ours_takes_no_outcome_back(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    monkeypatch.setattr(batch, "LOT_LINES", 3)
    hidden_from, asked = batch.hidden_from, 0

    async def failing(request: Asked) -> frozenset[str]:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise fault
        return await hidden_from(request)

    monkeypatch.setattr(batch, "hidden_from", failing)
    done = await outcomes(api, [occurrence(n) for n in range(8)])
    assert [(one["line"], one["status"]) for one in done] == [(n, 201 if n < 4 else status) for n in range(1, 7)]
    again = await outcomes(api, [occurrence(n) for n in range(8)])
    assert [one["repeated"] for one in again] == [True] * 3 + [False] * 5


async def test_a_batch_ends_at_its_largest_number_of_lines(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "LINES_MAX", 4)
    answer = await send(api, [occurrence(n) for n in range(10)])
    assert len(answer.text.splitlines()) == 4
    assert answer.headers["connection"] == "close"
    assert len(await outcomes(api, [occurrence(n) for n in range(4)])) == 4


async def test_atomic_lines_are_recorded_side_by_side(api: ApiClient) -> None:
    before = await head(api)
    done = await outcomes(
        api, [occurrence(1), line("/v1/occurrences/x1/retraction", {"reason": "no"}), occurrence(2)], "?atomic=true"
    )
    assert [(one["status"], one["position"] - before) for one in done] == [(201, 2), (200, 3), (201, 5)]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (b"{", 400),
        (line("/v1/occurrences/none/retraction", {"reason": "no"}), 404),
        (occurrence(9, report="none"), 422),
    ],
)
async def test_atomic_one_wrong_line_leaves_out_all(api: ApiClient, wrong: bytes, status: int) -> None:
    before = await head(api)
    done = await outcomes(api, [occurrence(1), wrong, occurrence(2)], "?atomic=true")
    assert [one["status"] for one in done] == [424, status, 424]
    assert done[0]["type"] == "/docs/problems#left-out"
    assert await head(api) == before
    assert [one["repeated"] for one in await outcomes(api, [occurrence(1)])] == [False]


@pytest.mark.parametrize(("limit", "told"), [("ATOMIC_LINES", "3 lines"), ("ATOMIC_EVENTS", "3 events")])
async def test_an_atomic_batch_has_a_largest_size(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, limit: str, told: str
) -> None:
    monkeypatch.setattr(batch, limit, 3)
    before = await head(api)
    answer = await send(api, [occurrence(n) for n in range(4)], "?atomic=true")
    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    assert told in answer.json()["detail"]
    assert await head(api) == before


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"content-type": "application/json"}, "", 415),
        ({"content-type": NDJSON, "content-encoding": "gzip"}, "", 415),
        ({"if-match": '"3"'}, "", 400),
        ({"idempotency-key": '"a'}, "", 400),
        ({}, "?atomic=perhaps", 400),
        ({}, "?atomic=true&atomic=true", 400),
        ({}, "?resume=1", 400),
    ],
)
async def test_what_is_no_batch_is_a_problem(
    api: ApiClient, headers: Mapping[str, str], query: str, status: int
) -> None:
    before = await head(api)
    answer = await send(api, [occurrence(1)], query, headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert await head(api) == before


async def test_a_line_needs_the_scope_that_its_route_needs(database_url: str, redis_url: str) -> None:
    async with client(settings_for(database_url, redis_url), "report", "read") as api:
        await api.record(NOVEMBER)
        assessment = {"assessor": "A", "reason": "two sources", "effect": "killed", "count": {"best": 1}}
        done = await outcomes(api, [occurrence(1), line("/v1/occurrences/x1/assessments", assessment)])
        assert [one["status"] for one in done] == [201, 403]
        api.headers = {"authorization": f"Bearer {await make_key(database_url, 'read')}"}
        assert (await send(api, [occurrence(2)])).status_code == 403
        api.headers = {}
        assert (await send(api, [occurrence(2)])).status_code == 401

"""A stream that cannot be read: who asks about it is told so, and everything else goes on."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncGenerator
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from services.api import batch
from services.cli.commands import main
from services.imports.ndjson import HttpDoor, take_file
from services.imports.summary import Summary
from services.wiring import open_log
from tests.api_client import EXPLOSION, ApiClient, client, make_key, settings_for
from tests.parking_cases import poison

pytestmark = pytest.mark.anyio

STREAM = "occurrence-mine"
_TAIL = ("tail", "--no-follow", "--json", "-n", "3")


class Poison(NamedTuple):
    """An event that cannot be taken into an occurrence, and the problem that it comes to."""

    kind: str
    data: bytes
    shape: int = 1
    slug: str = "unreadable-event"


UNTOLD = (
    Poison("occurrence.cited", b"{}", 9, "newer-event"),
    Poison("occurrence.cited", b"{}"),
    Poison("occurrence.cited", b"no JSON\n\xff"),
)
MISPLACED = (
    Poison("claim.withdrawn", b'{"claim":"mine.none","reason":"x"}'),
    Poison("place.amended", b'{"name":"Mine"}'),
)


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url)) as made:
        await made.register_november()
        await made.record(("/v1/occurrences", {**EXPLOSION, "id": name}) for name in ("mine", "other"))
        yield made


async def poisoned(api: ApiClient, event: Poison) -> int:
    async with open_log(api.database_url) as log:
        return await poison(log, STREAM, event.kind, event.data, shape=event.shape)


def problem(found: dict[str, Any]) -> tuple[int, str]:
    return found["status"], found["type"].partition("#")[2]


@pytest.mark.parametrize("event", [*UNTOLD, *MISPLACED])
async def test_whoever_asks_about_it_or_writes_to_it_is_told_so_and_where(api: ApiClient, event: Poison) -> None:
    position = await poisoned(api, event)
    await api.fold()
    told = [
        await api.get("/v1/occurrences/mine"),
        await api.post("/v1/occurrences/mine/retraction", {"reason": "no"}),
        await api.post("/v1/occurrences/other/merge", {"into": "mine", "reason": "the same"}),
    ]
    assert [problem(one.json()) for one in told] == [(503, event.slug)] * len(told)
    assert all(f"position {position}." in one.json()["detail"] and "retry-after" in one.headers for one in told)
    assert (await api.get("/v1/occurrences/other")).status_code == 200
    assert (await api.get("/v1/occurrences")).json()["parked_streams"] == 1
    assert "parked_streams" not in (await api.get("/v1/occurrences", at_position=position - 1)).json()
    head = await api.post("/v1/occurrences/other/retraction", {"reason": "no"})
    assert (head.status_code, head.json()["position"]) == (200, position + 1)


@pytest.mark.parametrize("event", [*UNTOLD, MISPLACED[1]])
async def test_its_history_is_not_told_in_part(api: ApiClient, event: Poison) -> None:
    await poisoned(api, event)
    await api.fold()
    assert problem((await api.get("/v1/occurrences/mine/history")).json()) == (503, event.slug)


@pytest.mark.parametrize("event", [*UNTOLD, *MISPLACED])
async def test_a_line_of_a_batch_that_is_about_it_waits_alone(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, event: Poison
) -> None:
    monkeypatch.setattr(batch, "LOT_LINES", 2)
    position = await poisoned(api, event)
    wanted = [(200, ""), (503, event.slug), (503, event.slug), (201, "")]
    atomic = await retracted(api, "?atomic=true")
    assert [one[:2] for one in atomic] == [(424, "left-out"), (503, event.slug), (503, event.slug), (424, "left-out")]
    done = await retracted(api)
    assert [one[:2] for one in done] == wanted
    assert all(f"position {position}." in one[2]["detail"] for one in done[1:3])
    again = await retracted(api)
    assert [one[:2] for one in again] == wanted
    assert [one[2].get("repeated") for one in again] == [True, None, None, True]


@pytest.mark.parametrize("event", [UNTOLD[0], UNTOLD[1]])
async def test_an_import_through_a_service_goes_on_beyond_a_line_about_it(api: ApiClient, event: Poison) -> None:
    await poisoned(api, event)
    api.http.headers.update(api.headers)
    lines = [
        json.dumps({"path": f"/v1/occurrences/{name}/retraction", "body": {"reason": "no"}}) + "\n"
        for name in ("mine", "other")
    ]
    summary = Summary("ndjson")

    await take_file(BytesIO("".join(lines).encode()), HttpDoor(api.http), summary, lambda _: None)

    assert (summary.rows, summary.recorded, [one.row for one in summary.refused]) == (2, 1, [1])


async def retracted(api: ApiClient, query: str = "") -> list[tuple[int, str, dict[str, Any]]]:
    """Send a batch of which the lines in the middle are about what cannot be read; gives what each came to."""
    lines = [
        {"path": "/v1/occurrences/other/retraction", "body": {"reason": "no"}, "key": "1"},
        {"path": "/v1/occurrences/mine/retraction", "body": {"reason": "no"}, "key": "2"},
        {"path": "/v1/occurrences/other/merge", "body": {"into": "mine", "reason": "the same"}, "key": "3"},
        {"path": "/v1/occurrences", "body": {**EXPLOSION, "id": "third"}, "key": "4"},
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    answer = await api.raw(f"/v1/batch{query}", content, content_type="application/x-ndjson")
    assert answer.status_code == 200, answer.text
    found = [json.loads(one) for one in answer.text.splitlines()]
    return [(one["status"], one.get("type", "").partition("#")[2], one) for one in found]


@pytest.mark.parametrize("data", [b"no JSON\n\xff", b'{"quote":"\xff"}', b'{\n"quote": 1}'])
async def test_followers_get_its_bytes_and_go_on(api: ApiClient, data: bytes) -> None:
    position = await poisoned(api, Poison("occurrence.cited", data))
    await api.record([("/v1/occurrences/other/retraction", {"reason": "no"})])
    paged = (await api.get("/v1/log", after=position - 2)).json()["items"]
    stream = await api.get("/v1/log/stream", after=position - 2, at_position=position + 1)
    pushed = [json.loads(line[6:]) for line in stream.text.split("\n") if line.startswith("data: ")]
    ran = await asyncio.to_thread(CliRunner().invoke, main, _TAIL, env={"DATABASE_URL": api.database_url})
    tailed = [json.loads(line) for line in ran.output.split("\n") if line]

    assert paged == pushed == tailed
    assert [int(item["sequence"]) for item in paged] == [position - 1, position, position + 1]
    assert [item["datacontenttype"].partition("/")[2] for item in paged] == ["json", "octet-stream", "json"]
    assert "data" not in paged[1]
    assert b64decode(paged[1]["data_base64"]) == data
    assert [sorted(item) for item in (paged[0], paged[2])] == [sorted({*paged[1], "data"} - {"data_base64"})] * 2


@pytest.mark.parametrize("data", [b"no JSON", b'{"until":"soon"}'])
async def test_a_restriction_whose_end_cannot_be_read_has_none(api: ApiClient, data: bytes) -> None:
    await poisoned(api, Poison("occurrence.restricted", data))
    await api.fold()
    api.headers = {"authorization": f"Bearer {await make_key(api.database_url, 'read')}"}
    assert [(await api.get(f"/v1/occurrences/{name}")).status_code for name in ("mine", "other")] == [404, 200]
    assert {item["subject"] for item in (await api.get("/v1/log", after=8)).json()["items"]} == {
        "occurrence",
        "occurrence-other",
    }

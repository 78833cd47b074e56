"""The interface as it is run: Granian, a process of its own, and HTTP on a socket."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.api_client import EXPLOSION, NOVEMBER, make_key
from tests.head_lock import head_held
from tests.ports import free_port
from tests.proxy import Proxy
from tests.waiting import until

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
PROBLEM = "application/problem+json"


@asynccontextmanager
async def _served(database_url: str, redis_url: str) -> AsyncGenerator[httpx.AsyncClient]:
    """Run `conflictlog api` with one worker, and give a client with a key of all scopes."""
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    command = [sys.executable, "-m", "services.cli", "api", "--port", str(port), "--workers", "1"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:

            async def answers() -> bool:
                try:
                    return (await http.get("/health/live")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(answers, within_s=30)
            yield http
    finally:
        process.terminate()
        async with asyncio.timeout(20):
            await process.wait()


@pytest.fixture
async def http(database_url: str, redis_url: str) -> AsyncGenerator[httpx.AsyncClient]:
    key = await make_key(database_url)
    async with _served(database_url, redis_url) as client:
        client.headers["authorization"] = f"Bearer {key}"
        for path, body in NOVEMBER:
            assert (await client.post(path, json=body)).status_code == 201
        yield client


async def _head(http: httpx.AsyncClient) -> int:
    return int((await http.get("/v1/log?limit=1")).json()["position"])


def _chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 65536 + 1):
        yield b" " * 65536


async def test_whatever_is_no_body_is_a_problem_and_nothing_is_stored(http: httpx.AsyncClient) -> None:
    before = await _head(http)
    json_type = {"content-type": "application/json"}
    tries: list[tuple[int, dict[str, str], bytes]] = [
        (415, {}, b"{}"),
        (415, {"content-type": "text/plain"}, b"{}"),
        (415, {"content-type": "application/x-www-form-urlencoded"}, b"a=b"),
        (415, {"content-type": "application/json; charset=latin-1"}, b"{}"),
        (415, {"content-type": "application/json-patch+json"}, b"{}"),
        (415, {**json_type, "content-encoding": "gzip"}, b"{}"),
        (400, json_type, b""),
        (400, json_type, b'{"kind":"strike","quote":"\xff"}'),
        (400, json_type, b'{"a":' * 5000 + b"1" + b"}" * 5000),
        (400, json_type, b"[" * 65),
        (400, json_type, b'{"kind":"other","quote":"\\u0000"}'),
        (400, json_type, b'{"kind":"other","report":"r1","occurred":{"start":123456789012345678901}}'),
        (400, {"content-type": "APPLICATION/JSON; charset=utf-8"}, b"null"),
        (413, json_type, b" " * 1_000_001),
    ]
    for status, headers, content in tries:
        answer = await http.post("/v1/occurrences", content=content, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), (headers, content[:40])
        body = answer.json()
        assert body["status"] == status
        assert body["type"].startswith("/docs/problems#")
        assert {"title", "detail"} <= set(body)
    assert await _head(http) == before


async def test_a_body_without_an_announced_length_is_cut_off_at_the_limit(http: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncGenerator[bytes]:
        for chunk in _chunks(3_000_000):
            yield chunk

    answer = await http.post("/v1/occurrences", content=chunks(), headers={"content-type": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    assert (await http.post("/v1/occurrences", json=EXPLOSION)).status_code == 201


async def test_a_method_that_an_address_does_not_take_is_405_with_those_it_takes(http: httpx.AsyncClient) -> None:
    for method, path, taken in (
        ("DELETE", "/v1/occurrences", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", "/v1/places/kalbajar", {"GET", "HEAD", "OPTIONS", "PATCH"}),
        ("POST", "/v1/strikes", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/v1/claims/a.b/withdraw", {"OPTIONS", "POST"}),
    ):
        answer = await http.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (405, PROBLEM)
        assert {one.strip() for one in answer.headers["allow"].split(",")} == taken


@pytest.mark.parametrize(
    "target", ["/v1/places?q=%FF", "/v1/places?q=%00", "/v1/%FF", "/v1/places/%FF", "/v1/places/a%2Fb", "/v1/places?%"]
)
async def test_what_is_no_text_in_an_address_is_a_problem(http: httpx.AsyncClient, target: str) -> None:
    answer = await http.get(target)

    assert answer.status_code in {400, 404}
    assert answer.headers["content-type"] == PROBLEM


async def test_head_and_conditional_requests_work_on_the_wire(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/vocabulary")
    head = await http.head("/v1/vocabulary")
    again = await http.get("/v1/vocabulary", headers={"if-none-match": answer.headers["etag"]})

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]
    assert (again.status_code, again.content) == (304, b"")


async def test_clients_that_hang_up_before_their_answer_fail_nobody(http: httpx.AsyncClient, database_url: str) -> None:
    def party(name: str) -> dict[str, str]:
        return {"id": name, "name": name, "kind": "state_force"}

    before = await _head(http)
    async with head_held(database_url) as lock:
        leaving = [await _sent(http, "/v1/parties", party(f"gone-{n}")) for n in range(4)]
        staying = [asyncio.create_task(http.post("/v1/parties", json=party(f"here-{n}"))) for n in range(4)]
        await lock.is_waited_for()
        # Once what was sent later is answered, all of those have arrived.
        for _ in range(3):
            assert (await http.get("/health/live")).status_code == 200
        for writer in leaving:
            writer.close()
            await writer.wait_closed()
    answers = await asyncio.gather(*staying)
    assert [answer.status_code for answer in answers] == [201] * 4

    async def all_told() -> bool:
        # What had arrived is recorded although nobody waits for the answer.
        log = (await http.get(f"/v1/log?after={before}")).json()
        return [int(event["sequence"]) for event in log["items"]] == list(range(before + 1, before + 9))

    await until(all_told)


async def _sent(http: httpx.AsyncClient, path: str, body: dict[str, str]) -> asyncio.StreamWriter:
    """Send a request on a connection of its own, and give the connection before anything is answered."""
    request = http.build_request("POST", path, json=body)
    _, writer = await asyncio.open_connection(request.url.host, request.url.port)
    fields = b"".join(name + b": " + value + b"\r\n" for name, value in request.headers.raw)
    writer.write(b"POST " + request.url.raw_path + b" HTTP/1.1\r\n" + fields + b"\r\n" + request.content)
    await writer.drain()
    return writer


@pytest.mark.long
async def test_postgres_away_is_503_with_a_time_to_come_back_and_it_comes_back_by_itself(
    database_url: str, redis_url: str
) -> None:
    key = await make_key(database_url)
    async with Proxy.open(database_url) as line, _served(line.url, redis_url) as http:
        http.headers["authorization"] = f"Bearer {key}"
        assert (await http.get("/v1/log")).status_code == 200
        line.closed = True
        line.hang_up()
        for answer in (await http.get("/v1/log"), await http.post("/v1/parties", json=NOVEMBER[0][1])):
            assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM), answer.text
            assert int(answer.headers["retry-after"]) >= 1
            assert "127.0.0.1" not in answer.text
        ready = await http.get("/health/ready")
        assert (ready.status_code, ready.json()["postgres"]) == (503, {"status": "away"})
        assert (await http.get("/health/live")).status_code == 200
        line.closed = False

        async def back() -> bool:
            return (await http.post("/v1/parties", json=NOVEMBER[0][1])).status_code == 201

        await until(back, within_s=30)

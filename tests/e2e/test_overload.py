"""More requests than may wait while nothing can be appended: those beyond are told so, and reading goes on."""

import asyncio
import json
import time
from collections import Counter

import psycopg
import pytest

from tests.e2e.instance import Service, served

pytestmark = pytest.mark.long

SENT = 2600
PARTY = {"name": "Crowd", "kind": "armed_group"}


async def _post(service: Service, number: int) -> tuple[int, bytes]:
    """Send a request on a connection of its own; gives the status and the heads of the answer."""
    body = json.dumps({**PARTY, "id": f"crowd-{number}"})
    host, _, port = service.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(
            f"POST /v1/parties HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {service.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
        )
        answer = await reader.read()
    finally:
        writer.close()
    head = answer.partition(b"\r\n\r\n")[0]
    return int(head.split(b" ", 2)[1]), head.lower()


async def _crowd(service: Service, locked: psycopg.Connection) -> tuple[list[tuple[int, bytes]], float]:
    """Send all requests while nothing can be appended; gives the answers, and how long a health check took then."""
    answers = [asyncio.create_task(_post(service, number)) for number in range(SENT)]
    await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
    start = time.monotonic()
    alive = await asyncio.to_thread(service.client.get, "/health/live")
    took = time.monotonic() - start
    assert alive.is_success
    locked.rollback()
    return await asyncio.gather(*answers), took


def test_who_comes_when_too_many_wait_is_told_to_come_back(database_url: str, redis_url: str) -> None:
    with served(database_url, redis_url) as [service], psycopg.connect(database_url) as locked:
        locked.execute("SELECT position FROM head FOR UPDATE")
        answers, took = asyncio.run(_crowd(service, locked))

        found = Counter(status for status, _ in answers)
        assert found.keys() == {201, 503}
        assert all(b"\nretry-after: 1" in head for status, head in answers if status == 503)
        assert took < 5
        assert service.head() == found[201]

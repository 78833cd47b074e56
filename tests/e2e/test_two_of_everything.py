"""Two interfaces and two workers on one database, and writers that say the same at the same moment through both."""

import asyncio
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any

import httpx
import pytest

from services.demo.commands import commands
from tests.e2e.closing_table import assert_closing_table, assert_corrections
from tests.e2e.instance import Service, served
from tests.e2e.loading import assert_taken_once, load_at_once
from tests.servers import new_database

COMMANDS = commands()
WRITERS = 8
ROUNDS = 6
REASON = {"reason": "tried"}

AGAIN = {"still-running", "changed-meanwhile"}

Asked = tuple[str, object, dict[str, str]]
"""A path, a body and headers."""


@pytest.fixture(scope="module")
def both(postgres_url: str, migrated_template: str, redis_server_url: str) -> Generator[list[Service]]:
    with (
        new_database(postgres_url, migrated_template) as database_url,
        served(database_url, redis_server_url, apis=2, workers=2) as services,
    ):
        yield services


def at_once(
    both: Sequence[Service], asked: Callable[[int], Asked], writers: Iterable[int] = range(WRITERS)
) -> list[httpx.Response]:
    """Send a request of each writer at the same moment, by turns through each interface."""

    async def sent() -> list[httpx.Response]:
        headers = {"Authorization": f"Bearer {both[0].key}"}
        async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
            requests: list[Any] = []
            for writer in writers:
                path, body, more = asked(writer)
                url = f"{both[writer % len(both)].url}{path}"
                requests.append(client.post(url, json=body, headers=more))
            return await asyncio.gather(*requests)

    return asyncio.run(sent())


def settled(both: Sequence[Service], asked: Callable[[int], Asked]) -> list[httpx.Response]:
    """Send requests at the same moment, and again those that are told to come again, until each has its answer."""
    answers: list[httpx.Response] = []
    waiting = list(range(WRITERS))
    for _ in range(WRITERS):
        told = dict(zip(waiting, at_once(both, asked, waiting), strict=True))
        waiting = [writer for writer, answer in told.items() if kind_of(answer) in AGAIN]
        answers += [answer for writer, answer in told.items() if writer not in waiting]
        if not waiting:
            return answers
    raise AssertionError(f"{len(waiting)} writers never got an answer")


def kind_of(answer: httpx.Response) -> str:
    """Give the status of a success, or the kind of a problem."""
    return str(answer.status_code) if answer.is_success else answer.json()["type"].partition("#")[2]


def kinds(answers: Sequence[httpx.Response]) -> Counter[str]:
    return Counter(map(kind_of, answers))


def source(name: str) -> dict[str, str]:
    return {"id": name, "name": name, "kind": "ngo"}


def test_two_workers_and_two_interfaces_answer_as_one(database_url: str, redis_url: str) -> None:
    with served(database_url, redis_url, apis=2, workers=2) as [one, other]:
        answers = load_at_once(one, COMMANDS)
        assert_taken_once(other, COMMANDS, answers)
        for service in (one, other):
            assert_closing_table(service.client, len(COMMANDS))
        seen = [service.client.get("/v1/control-map", params={"as_of": "2020-12-02"}) for service in (one, other)]
        assert seen[0].content == seen[1].content
        assert seen[0].headers["etag"] == seen[1].headers["etag"]
        assert_corrections(other.client)


def test_the_same_key_at_the_same_moment_is_recorded_once(both: list[Service]) -> None:
    before = both[0].head()
    for number in range(ROUNDS):
        key = {"idempotency-key": f'"same-{number}"'}
        # Without an id, so that each would be another source were they not known to be the same.
        body = {"name": f"Source {number}", "kind": "ngo"}
        answers = settled(both, lambda _, key=key, body=body: ("/v1/sources", body, key))
        assert kinds(answers) == {"201": WRITERS}
        assert len({answer.content for answer in answers}) == 1
        assert both[0].head() == both[1].head() == before + number + 1


def test_one_key_for_different_requests_belongs_to_one_of_them(both: list[Service]) -> None:
    before = both[0].head()
    for number in range(ROUNDS):
        key = {"idempotency-key": f'"one-key-{number}"'}
        answers = settled(
            both, lambda writer, key=key, number=number: ("/v1/sources", source(f"one-key-{number}-{writer}"), key)
        )
        assert kinds(answers) == {"201": 1, "idempotency-key-reused": WRITERS - 1}
        assert both[0].head() == before + number + 1


def test_one_id_with_different_content_belongs_to_one_of_them(both: list[Service]) -> None:
    before = both[0].head()
    for number in range(ROUNDS):
        answers = settled(
            both,
            lambda writer, number=number: (
                "/v1/sources",
                source(f"one-id-{number}") | {"name": f"By writer {writer}"},
                {},
            ),
        )
        assert kinds(answers)["201"] == 1
        assert kinds(answers)["id-taken"] == WRITERS - 1
        assert both[0].head() == before + number + 1


def test_retracting_and_reinstating_twice_at_once_happens_once(both: list[Service]) -> None:
    occurrence = register_occurrence(both[0], "clash-retracted")
    before = both[0].head()
    for number in range(ROUNDS):
        what, refused = [("retraction", "already-retracted"), ("reinstatement", "not-retracted")][number % 2]
        answers = at_once(both, lambda _, what=what: (f"/v1/occurrences/{occurrence}/{what}", REASON, {}))
        assert kinds(answers)["200"] == 1
        assert set(kinds(answers)) <= {"200", refused, "changed-meanwhile"}
        assert both[1].head() == before + number + 1
        assert_the_head_is_folded(both, before + number + 1)


def test_merging_two_into_each_other_at_once_never_makes_a_circle(both: list[Service]) -> None:
    for number in range(ROUNDS):
        pair = [register_occurrence(both[0], f"clash-{number}-{side}") for side in ("a", "b")]
        answers = at_once(
            both,
            lambda writer, pair=pair: (
                f"/v1/occurrences/{pair[writer % 2]}/merge",
                REASON | {"into": pair[1 - writer % 2]},
                {},
            ),
        )
        assert kinds(answers)["200"] == 1
        assert set(kinds(answers)) <= {"200", "merge-refused", "changed-meanwhile"}


def test_a_version_is_matched_by_one_writer_only(both: list[Service]) -> None:
    occurrence = register_occurrence(both[0], "clash-cited")
    for number in range(ROUNDS):
        version = {"if-match": f'"{number + 1}"'}
        answers = at_once(
            both, lambda _, version=version: (f"/v1/occurrences/{occurrence}/citations", {"report": "r1"}, version)
        )
        assert kinds(answers) == {"200": 1, "version-mismatch": WRITERS - 1}


def register_occurrence(service: Service, name: str) -> str:
    """Report an occurrence, and, the first time, what it refers to."""
    for path, body in (
        ("/v1/sources", source("s1")),
        ("/v1/reports", {"id": "r1", "source": "s1", "published_at": "2020-11-25", "title": "What happened"}),
        ("/v1/occurrences", {"kind": "clash", "id": name, "report": "r1", "occurred": {"start": "2020-11-25"}}),
    ):
        # The same content under the same key is answered as the first time.
        key = {"idempotency-key": f'"{body["id"]}"'}
        assert service.client.post(path, json=body, headers=key).status_code == 201
    return name


def assert_the_head_is_folded(both: Sequence[Service], position: int) -> None:
    """Check that both interfaces answer from the position on."""
    for service in both:
        answer = service.client.get("/v1/occurrences", params={"min_position": position, "wait_s": 30})
        assert (answer.status_code, answer.json()["position"]) == (200, position)

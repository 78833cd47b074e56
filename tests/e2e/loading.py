"""Loading the November 2020 set while things go wrong, as a reporter does who is told to try again."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from services.demo.commands import Command
from services.demo.order import Dependencies, dependencies
from tests.e2e.instance import Service
from tests.waiting import until

Event = Callable[[], object]
"""Something that is done to the service when so many commands were taken."""

WRITERS = 6
_TRY_FOR_S = 30.0
_AGAIN = {"/docs/problems#still-running", "/docs/problems#changed-meanwhile"}
"""The conflicts that tell a reporter to send the same request again."""


def load_at_once(
    service: Service, given: Sequence[Command], events: Mapping[int, Event] | None = None
) -> dict[str, httpx.Response]:
    """Send commands from several writers at the same moment, as far as they allow it, each until it is taken.

    Gives the answer to each by its key. While an event is under way nothing new is sent, what was sent goes on.
    """
    return asyncio.run(_loaded(service, given, events or {}))


def resend(service: Service, given: Sequence[Command]) -> dict[str, httpx.Response]:
    """Send commands again, one after the other; gives the answer to each by its key."""
    return {command.key: service.client.send(_request(service.client, command)) for command in given}


def assert_taken_once(service: Service, given: Sequence[Command], answers: Mapping[str, httpx.Response]) -> None:
    """Check that the log holds what was answered: every command, each once, and nothing else."""
    positions = {key: answer.json()["position"] for key, answer in answers.items()}
    assert sorted(positions.values()) == list(range(1, len(given) + 1))
    log = service.client.get("/v1/log", params={"limit": 10_000}).raise_for_status().json()
    events: list[dict[str, Any]] = log["items"]
    assert [int(event["sequence"]) for event in events] == list(range(1, len(given) + 1))
    assert len({event["id"] for event in events}) == len(given)
    answered = {(one["position"], one["type"]) for answer in answers.values() for one in answer.json()["events"]}
    assert {(int(event["sequence"]), event["type"]) for event in events} == answered
    for key, again in resend(service, given).items():
        assert (again.status_code, again.content) == (answers[key].status_code, answers[key].content)
        assert again.headers["idempotent-replayed"] == "true"
    assert service.head() == len(given)


async def _loaded(service: Service, given: Sequence[Command], events: Mapping[int, Event]) -> dict[str, httpx.Response]:
    async with httpx.AsyncClient(
        base_url=service.url, headers=service.client.headers, timeout=service.client.timeout, trust_env=False
    ) as client:
        load = _Load(client, given, events)
        async with asyncio.TaskGroup() as writers:
            for _ in range(WRITERS):
                writers.create_task(load.write())
        return load.answers


class _Load:
    """What is still to be sent, what was answered, and what happens when."""

    def __init__(self, client: httpx.AsyncClient, given: Sequence[Command], events: Mapping[int, Event]) -> None:
        self.answers: dict[str, httpx.Response] = {}
        self._client = client
        self._events = dict(events)
        self._waiting = [(command, dependencies(command)) for command in given]
        self._there: set[str] = set()
        self._changed = asyncio.Condition()

    async def write(self) -> None:
        """Send one command after the other, until there is none left."""
        while (found := await self._next()) is not None:
            command, brings = found
            answer = await self._taken(command)
            async with self._changed:
                self.answers[command.key] = answer
                self._there |= brings.provides
                if event := self._events.pop(len(self.answers), None):
                    event()
                self._changed.notify_all()

    async def _next(self) -> tuple[Command, Dependencies] | None:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._waiting or self._sendable() is not None)
            number = self._sendable()
            return None if number is None else self._waiting.pop(number)

    def _sendable(self) -> int | None:
        """Find the first that refers to nothing which is not there yet."""
        return next((number for number, (_, wants) in enumerate(self._waiting) if wants.needs <= self._there), None)

    async def _taken(self, command: Command) -> httpx.Response:
        """Send a command, with its key, until the answer is more than "try again"."""
        answers: list[httpx.Response] = []
        clock = asyncio.get_running_loop().time
        not_before = 0.0

        async def taken() -> bool:
            nonlocal not_before
            if clock() < not_before:
                return False
            try:
                answer = await self._client.send(_request(self._client, command))
            except httpx.TransportError:
                return False
            answers.append(answer)
            not_before = clock() + int(answer.headers.get("retry-after", "0"))
            assert answer.is_success or answer.status_code == 503 or answer.json()["type"] in _AGAIN, answer.text
            return answer.is_success

        await until(taken, _TRY_FOR_S)
        return answers[-1]


def _request(client: httpx.Client | httpx.AsyncClient, command: Command) -> httpx.Request:
    # The header is a structured field: a string in double quotes.
    headers = {"Idempotency-Key": f'"{command.key}"'}
    return client.build_request(command.method, command.path, json=command.body, headers=headers)

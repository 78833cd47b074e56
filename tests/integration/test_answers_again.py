"""`at_position=N` answers byte for byte what was answered when N was the head, whatever was told since.

Nothing differs, not even what is echoed: an answer states the position that it is derived from, however it was asked.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import cast

import pytest
from msgspec import structs

from services.api.app import every_route
from services.api.parts import Parts, keep
from services.api.queries import Positioned
from services.demo.commands import commands
from services.demo.order import shuffled
from services.wiring import open_log
from tests.api_client import ApiClient, client, settings_for
from tests.histories import Chance, append

pytestmark = pytest.mark.anyio

TIMES = ("", "as_of=2020-11-24&known_at=2020-11-20", "as_of=2020-12-02&known_at=2020-11-25T12:00:00Z")
"""How each answer is asked for: as all is now, projected, and back then."""

NAMED = {
    "occurrences": ("mine-madagiz", "strike-2020-11-25", "ceasefire-2020-11-10", "o0", "o1"),
    "claims": ("mine-madagiz.c12", "strike-2020-11-25.c23", "o0.c0", "o1.c0"),
    "control-map": ("kalbajar", "lachin", "lachin-corridor"),
    "transfers": ("ceasefire-2020-11-10.transfer-kalbajar", "o0.transfer", "o1.transfer"),
    "parties": ("azerbaijan", "israel"),
    "places": ("kalbajar", "syria"),
    "sources": ("sana", "sohr"),
    "reports": ("digest-2020-11-25", "r1"),
}
ASKED = {
    "occurrences": ("include=retracted,merged", "q=mine", "format=geojson", "limit=2"),
    "places": ("", "limit=3"),
    "casualties": ("group_by=affected_party,status,place,month", "group_by=claimant", "group_by=occurrence"),
    "casualty_evidence": ("",),
    "control_map": ("", "status=contested,held", "format=geojson"),
    "strike_counts": ("group_by=attacker,place", "group_by=day&from=2020-11-15"),
    "strike_window": ("window=P30D", "window=P7D&attacker=israel&responsibility=acknowledged,attributed,suspected"),
    "timeline": ("", "place=kalbajar"),
    "coverage": ("from=2020-11-01&to=2020-11-30",),
    "brief": ("from=2020-11-18&to=2020-11-25", "from=2020-11-01&to=2020-11-30&format=markdown&language=ru"),
    "resolve_place": ("name=Kalbajar",),
    "read_log": ("limit=500",),
    "checkpoint": (),
}
"""What is asked of a route beside the clocks; the checkpoint signs the head alone."""

LONG_LISTS = "limit=10000"


def _questions() -> list[str]:
    found: list[str] = []
    for route in every_route():
        if route.method != "GET" or route.query is None or not issubclass(route.query, Positioned):
            continue
        part = route.path.split("/")[2]
        paths = [route.path.replace("{id}", name) for name in NAMED[part]] if "{id}" in route.path else [route.path]
        fields = route.query.__struct_fields__
        given = [LONG_LISTS] if "cursor" in fields else [""]
        clocked = TIMES if "as_of" in fields else ("",)
        for path in paths:
            for query in ASKED.get(route.name, ("",)):
                base = [] if "limit=" in query else given
                found += [f"{path}?{'&'.join(filter(None, (query, *base, times)))}" for times in clocked]
    return found


QUESTIONS = _questions()


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    begun = datetime.now(UTC)
    async with client(settings_for(database_url, redis_url, rate_limit=10_000_000)) as made:
        # The end of a day, somewhere, changes an answer that names no moment: none may come between two of them.
        keep(made.app, structs.replace(cast("Parts", made.app.state.parts), now=lambda: begun))
        yield made


class Remembered:
    """What was answered while the log grew."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api
        self._answers: dict[tuple[int, str], bytes] = {}

    async def ask(self) -> None:
        """Ask everything at the head."""
        await self._api.fold()
        position = (await self._api.get("/v1/parties")).json()["position"]
        for path in QUESTIONS:
            self._answers[position, path] = await self._body(path)

    async def ask_again(self) -> list[str]:
        """Give the questions that are answered otherwise for the same position now."""
        return [
            f"{path} at {position}"
            for (position, path), before in self._answers.items()
            if await self._body(f"{path}&at_position={position}") != before
        ]

    @property
    def told(self) -> set[str]:
        """The questions that were answered at least once: with a name not registered yet, one is refused."""
        return {path for (_, path), body in self._answers.items() if body.startswith(b"200")}

    async def _body(self, path: str) -> bytes:
        answer = await self._api.get(path)
        assert answer.status_code in {200, 400, 404}, (path, answer.text)
        # What is not there is told in words that name the address; that it is not there must not change.
        return b"200 " + answer.content if answer.status_code == 200 else str(answer.status_code).encode()


@pytest.mark.parametrize("seed", [pytest.param(7, marks=pytest.mark.long), pytest.param(8, marks=pytest.mark.long)])
async def test_november_told_in_any_order_is_answered_again_as_it_was(api: ApiClient, seed: int) -> None:
    order = shuffled(commands(), seed)
    remembered = Remembered(api)
    steps = 4
    for nth in range(steps):
        part = order[nth * len(order) // steps : (nth + 1) * len(order) // steps]
        await api.record((command.path, command.body) for command in part)
        await remembered.ask()
    await api.record(
        [
            ("/v1/occurrences/mine-madagiz/retraction", {"reason": "told twice", "published_at": "2020-11-24"}),
            ("/v1/occurrences/strike-2020-11-25/merge", {"into": "strike-2020-11-18", "reason": "the same"}),
        ]
    )
    await api.fold()

    assert await remembered.ask_again() == []
    # With a known_at some were not known yet; without, every question has its answer at the end.
    assert {path for path in QUESTIONS if not _of_chance(path) and "known_at" not in path} <= remembered.told


@pytest.mark.parametrize("seed", [3, pytest.param(4, marks=pytest.mark.long)])
async def test_a_history_of_chance_is_answered_again_as_it_was(api: ApiClient, seed: int) -> None:
    chance, ids = Chance(seed, streams=12), Random(seed)
    remembered = Remembered(api)
    async with open_log(api.database_url) as log:
        for size in (40, 60, 60):
            await append(log, chance.say(size), ids)
            await remembered.ask()
        await append(log, chance.say(80), ids)
    await api.fold()

    assert await remembered.ask_again() == []
    assert {path for path in QUESTIONS if "/o0" in path} & remembered.told


def _of_chance(path: str) -> bool:
    return any(f"/{name}" in path for name in ("o0", "o1", "r1"))


def _names_of(paths: Sequence[str]) -> set[str]:
    return {path.partition("?")[0] for path in paths}


def test_every_answer_that_has_a_position_is_asked_for() -> None:
    asked = _names_of(QUESTIONS)
    for route in every_route():
        if route.method == "GET" and route.query is not None and issubclass(route.query, Positioned):
            start, _, rest = route.path.partition("{id}")
            there = [path for path in asked if path.startswith(start) and path.endswith(rest)]
            assert there or route.name == "checkpoint", route.path

"""The control map and transfers, answered from the tables at each of the three clocks."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import Random
from typing import TypeAlias
from uuid import uuid4

import msgspec
import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.codec import new_event
from events.log import Append, StreamWrite
from events.occurrence_events import OccurrenceReported, OccurrenceRetracted
from projections.control_map.control import Control
from projections.control_map.queries import (
    ControlMapQuery,
    TransferQuery,
    control_history,
    control_map,
    transfer,
    transfers,
)
from projections.control_map.rows import CONTROL_MAP
from projections.generation_postgres import Generations
from projections.runner_postgres import Runner
from projections.subjects import Catalogue
from services.wiring import API_ROLE, WORKER_ROLE, open_log, open_pool
from tests.cases import moment
from tests.control_cases import (
    AGREEMENT,
    ARMENIAN,
    AZERBAIJAN,
    PEACEKEEPERS,
    Told,
    at_position,
    control,
    karabakh,
    november,
)

pytestmark = pytest.mark.anyio

Connection: TypeAlias = AsyncConnection[TupleRow]

NOVEMBER = november()
RETRACTED = ("lachin", OccurrenceRetracted(reason="untrue", published_at=moment("2020-12-10")))
EVERYTHING = ControlMapQuery(place=("azerbaijan",))


@asynccontextmanager
async def _folded(url: str, told: Told) -> AsyncGenerator[Connection]:
    """Append what was told in this order, fold it, and give a reader."""
    catalogue = Catalogue(registries=(), occurrences=(CONTROL_MAP,))
    versions: dict[str, int] = {}
    async with open_log(url) as log, open_pool(url, WORKER_ROLE) as worker, open_pool(url, API_ROLE) as api:
        for name, event in told:
            write = StreamWrite(f"occurrence-{name}", versions.get(name, 0), (new_event(event, uuid4()),))
            await log.append(Append(writes=(write,)))
            versions[name] = versions.get(name, 0) + 1
        await Generations(worker, log, catalogue).prepare()
        await Runner(worker, log, catalogue).drain()
        async with api.connection() as connection:
            yield connection


async def _controls(
    connection: Connection, query: ControlMapQuery, position: int, *, as_of: str, known_at: str | None = None
) -> dict[str, Control]:
    answer = await control_map(connection, karabakh(), at_position(position, as_of, known_at), query)
    return {feature.id: feature.properties for feature in answer.features}


async def test_the_map_answers_at_each_of_the_three_clocks(database_url: str) -> None:
    told = [*NOVEMBER, RETRACTED]
    async with _folded(database_url, told) as connection:

        async def holder(position: int, as_of: str, known_at: str | None = None) -> tuple[str, ...]:
            found = await _controls(connection, EVERYTHING, position, as_of=as_of, known_at=known_at)
            return found["lachin-corridor"].controllers

        head = len(told)
        assert await holder(head - 1, "2020-12-02") == (PEACEKEEPERS,)
        assert await holder(head, "2020-12-02") == (ARMENIAN,)
        assert await holder(head, "2020-12-02", "2020-12-09") == (PEACEKEEPERS,)
        assert await holder(head, "2020-11-30", "2020-12-09") == (ARMENIAN,)


async def test_the_map_is_what_the_pure_resolution_says_whatever_part_is_read(database_url: str) -> None:
    told = [*NOVEMBER, RETRACTED]
    order = [one for one in told if isinstance(one[1], OccurrenceReported)]
    rest = [one for one in told if one not in order]
    Random(3).shuffle(rest)
    async with _folded(database_url, [*order, *rest]) as connection:
        for as_of, known_at in (("2020-11-24", None), ("2020-11-24", "2020-11-12"), ("2020-12-02", "2020-12-05")):
            whole = await _controls(
                connection,
                ControlMapQuery(kind=("district", "corridor", "village")),
                99,
                as_of=as_of,
                known_at=known_at,
            )
            assert len(whole) == 7
            for place, found in whole.items():
                alone = await _controls(connection, ControlMapQuery(place=(place,)), 99, as_of=as_of, known_at=known_at)
                expected = control(told, place, as_of, known_at)
                assert alone[place] == found
                assert (found.controllers, found.since, found.pending_transfer, found.inherited_from) == (
                    expected.controllers,
                    expected.since,
                    expected.pending_transfer,
                    expected.inherited_from,
                )


async def test_a_feature_says_what_it_rests_on_and_where_to_read_it(database_url: str) -> None:
    async with _folded(database_url, NOVEMBER) as connection:
        answer = await control_map(
            connection, karabakh(), at_position(99, "2020-12-02"), ControlMapQuery(place=("lachin",))
        )

    body = msgspec.json.decode(msgspec.json.encode(answer))
    assert (body["type"], body["as_of"], body["known_at"], body["position"]) == (
        "FeatureCollection",
        "2020-12-02",
        None,
        99,
    )
    corridor = next(one for one in body["features"] if one["id"] == "lachin-corridor")
    assert corridor["type"] == "Feature"
    assert corridor["geometry"] is None
    assert corridor["properties"]["place"] == "lachin-corridor"
    assert corridor["properties"]["kind"] == "corridor"
    assert corridor["properties"]["since_precision"] == "day"
    assert corridor["properties"]["links"]["occurrences"] == [f"/v1/occurrences/{AGREEMENT}", "/v1/occurrences/lachin"]
    assert corridor["properties"]["links"]["reports"] == ["/v1/reports/azmod-2020-12-01", "/v1/reports/joint-statement"]
    assert corridor["properties"]["basis"]["positions"] == [1, 8]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (ControlMapQuery(), {"agdam", "kalbajar", "lachin", "lachin-corridor"}),
        (ControlMapQuery(kind=("corridor",)), {"lachin-corridor"}),
        (ControlMapQuery(kind=("village",)), {"istisu", "minkend", "zabukh"}),
        (ControlMapQuery(party=(PEACEKEEPERS,)), {"lachin-corridor"}),
        (ControlMapQuery(party=("armenia",), status=("held",)), set[str]()),
        (ControlMapQuery(place=("lachin",), party=(AZERBAIJAN,)), {"lachin", "minkend"}),
        (ControlMapQuery(place=("azerbaijan",), kind=("country",)), {"azerbaijan"}),
        (ControlMapQuery(status=("unknown",)), {"azerbaijan"}),
        (ControlMapQuery(bbox=(45.0, 38.0, 48.0, 41.0)), set[str]()),
    ],
)
async def test_filters_choose_among_places(database_url: str, query: ControlMapQuery, expected: set[str]) -> None:
    async with _folded(database_url, NOVEMBER) as connection:
        assert set(await _controls(connection, query, 99, as_of="2020-12-02")) == expected


async def test_a_history_is_of_one_place_as_known_then(database_url: str) -> None:
    async with _folded(database_url, NOVEMBER) as connection:
        clocks = at_position(99, "2020-12-31", "2020-11-22")
        agdam = await control_history(connection, karabakh(), clocks, "agdam")
        kalbajar = await control_history(connection, karabakh(), clocks, "kalbajar")
        nowhere = await control_history(connection, karabakh(), clocks, "atlantis")

    assert agdam is not None
    assert agdam.projected
    assert [(one.from_, one.to, one.controllers) for one in agdam.spans] == [
        ("1993-01-01", "2020-11-20", (ARMENIAN,)),
        ("2020-11-20", None, (AZERBAIJAN,)),
    ]
    assert kalbajar is not None
    assert len(kalbajar.spans) == 1
    assert nowhere is None


async def test_transfers_are_listed_by_status_and_place_and_page_by_page(database_url: str) -> None:
    async with _folded(database_url, NOVEMBER) as connection:
        clocks = at_position(99, "2020-12-02", "2020-11-30")
        everything = await transfers(connection, karabakh(), clocks, TransferQuery())
        overdue = await transfers(connection, karabakh(), clocks, TransferQuery(status=("overdue",)))
        village = await transfers(connection, karabakh(), clocks, TransferQuery(place=("istisu",)))
        first = await transfers(connection, karabakh(), clocks, TransferQuery(limit=2))
        second = await transfers(connection, karabakh(), clocks, TransferQuery(limit=2, cursor=first.next_cursor))

    assert [one.id for one in everything.items] == [f"{AGREEMENT}.{one}" for one in ("agdam", "kalbajar", "lachin")]
    assert [one.id for one in overdue.items] == [f"{AGREEMENT}.lachin"]
    assert [one.id for one in village.items] == [f"{AGREEMENT}.kalbajar"]
    assert [*first.items, *second.items] == everything.items
    assert (first.total, second.next_cursor) == (3, None)


async def test_one_transfer_says_how_it_came_to_be_due_and_what_carried_it_out(database_url: str) -> None:
    async with _folded(database_url, NOVEMBER) as connection:
        name = f"{AGREEMENT}.kalbajar"
        found = await transfer(connection, karabakh(), at_position(99, "2020-11-25"), name)
        waiting = await transfer(connection, karabakh(), at_position(99, "2020-11-25", "2020-11-12"), name)
        early = await transfer(connection, karabakh(), at_position(99, "2020-11-09"), name)

    body = msgspec.json.decode(msgspec.json.encode(found))
    assert (body["from"], body["to"], body["status"], body["due"]) == (ARMENIAN, AZERBAIJAN, "effected", "2020-11-25")
    assert (body["rescheduled_from"], body["former_dues"]) == ("2020-11-15", ["2020-11-15"])
    assert (body["agreement"], body["effected_by"]) == (AGREEMENT, ["kalbajar"])
    assert [(one["of"], one["report"]) for one in body["citations"]] == [
        ("agreement", "joint-statement"),
        ("reschedule", "aide-2020-11-15"),
    ]
    assert waiting is not None
    assert (waiting.status, str(waiting.due), waiting.rescheduled_from) == ("overdue", "2020-11-15", None)
    assert early is None

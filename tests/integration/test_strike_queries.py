from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import uuid4

import msgspec
import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.codec import new_event
from events.log import Append, StreamWrite
from events.occurrence_events import ClaimMade, OccurrenceEvent, OccurrenceRetracted
from projections.clocks import Clocks
from projections.generation_postgres import Generations
from projections.runner_postgres import Runner
from projections.strikes.counts import Grouping
from projections.strikes.matching import StrikeQuery
from projections.strikes.queries import Page, counts, strikes, trailing
from projections.strikes.rows import STRIKES
from projections.subjects import Catalogue
from services.wiring import API_ROLE, WORKER_ROLE, open_log, open_pool
from tests.strike_cases import NOW, on_the_18th, on_the_21st, on_the_25th, syria

pytestmark = pytest.mark.anyio

Connection: TypeAlias = AsyncConnection[TupleRow]
ISRAEL_ON_SYRIA = StrikeQuery(attacker=("israel",), place=("syria",))
RETRACTED = OccurrenceRetracted(reason="false", published_at=datetime(2020, 11, 27, tzinfo=UTC))


@asynccontextmanager
async def _folded(url: str) -> AsyncGenerator[Connection]:
    """Append the strikes of November, the first of them retracted last, fold them, and give a reader."""
    catalogue = Catalogue(registries=(), occurrences=(STRIKES,))
    async with open_log(url) as log, open_pool(url, WORKER_ROLE) as worker, open_pool(url, API_ROLE) as api:
        for name, events in (("strike-25", on_the_25th()), ("strike-18", on_the_18th()), ("strike-21", on_the_21st())):
            await log.append(_writes(name, 0, events))
        await log.append(_writes("strike-18", 2, [RETRACTED]))
        await Generations(worker, log, catalogue).prepare()
        await Runner(worker, log, catalogue).drain()
        async with api.connection() as connection:
            yield connection


def _writes(name: str, expected: int, events: Sequence[OccurrenceEvent]) -> Append:
    said = [
        msgspec.structs.replace(event, claim=f"{name}.c") if isinstance(event, ClaimMade) else event for event in events
    ]
    return Append(
        writes=(StreamWrite(f"occurrence-{name}", expected, tuple(new_event(event, uuid4()) for event in said)),)
    )


def _clocks(position: int, as_of: str = "2020-11-25", known_at: str | None = None) -> Clocks:
    return Clocks(position=position, now=NOW, as_of=as_of, known_at=known_at)


async def test_a_window_is_answered_at_each_of_the_three_clocks(database_url: str) -> None:
    async with _folded(database_url) as connection:

        async def days(clocks: Clocks) -> list[int]:
            answer = await trailing(connection, syria(), clocks, ISRAEL_ON_SYRIA, "P7D")
            assert answer.count == len(answer.strikes)
            return [strike.date.day for strike in answer.strikes]

        assert await days(_clocks(6)) == [18, 25]
        assert await days(_clocks(7)) == [25]
        assert await days(_clocks(7, known_at="2020-11-26")) == [18, 25]
        assert await days(_clocks(7, known_at="2020-11-24")) == [18]
        assert await days(_clocks(6, "2020-11-24")) == [18]
        assert await days(_clocks(2)) == [25]


async def test_a_window_says_what_it_covers_and_what_each_strike_rests_on(database_url: str) -> None:
    async with _folded(database_url) as connection:
        answer = await trailing(connection, syria(), _clocks(6), ISRAEL_ON_SYRIA, "P7D")

    body = msgspec.to_builtins(answer)
    assert {name: body[name] for name in ("window", "from", "to", "tz", "count", "as_of", "position")} == {
        "window": "P7D",
        "from": "2020-11-18",
        "to": "2020-11-25",
        "tz": "Asia/Damascus",
        "count": 2,
        "as_of": "2020-11-25",
        "position": 6,
    }
    second = body["strikes"][1]
    assert (second["ordinal"], second["days_since_previous"], second["previous"]) == (2, 7, "strike-18")
    assert second["areas_shared_with_previous"] == ("quneitra", "rif-dimashq")
    assert (second["claims"], second["reports"]) == (("strike-25.c",), ("afp", "report-sohr"))


async def test_the_list_is_given_page_by_page(database_url: str) -> None:
    query = StrikeQuery(responsibility=("acknowledged", "attributed", "suspected"))
    async with _folded(database_url) as connection:
        first = await strikes(connection, syria(), _clocks(6), query, Page(limit=2))
        second = await strikes(connection, syria(), _clocks(6), query, Page(limit=2, cursor=first.next_cursor))
        nothing = await strikes(connection, syria(), _clocks(6), StrikeQuery(weapon=("drone",)), Page())

    assert [strike.occurrence for strike in first.items] == ["strike-18", "strike-21"]
    assert [strike.occurrence for strike in second.items] == ["strike-25"]
    assert (first.total, second.total, second.next_cursor) == (3, 3, None)
    assert (nothing.items, nothing.total, nothing.next_cursor) == ([], 0, None)


async def test_counts_and_filters_agree_with_the_list(database_url: str) -> None:
    async with _folded(database_url) as connection:
        by_place = await counts(connection, syria(), _clocks(6), ISRAEL_ON_SYRIA, Grouping(group_by=("place",)))
        query = StrikeQuery(from_="2020-11-24", to="2020-11-25", weapon=("airstrike",), target_party=("iran",))
        by_day = await counts(connection, syria(), _clocks(6), query, Grouping(group_by=("day",)))

    assert by_place.total == 2
    assert {row.place: row.count for row in by_place.rows} == {"quneitra": 2, "rif-dimashq": 2}
    assert [(row.day, row.count) for row in by_day.rows] == [("2020-11-24", 0), ("2020-11-25", 1)]
    assert msgspec.to_builtins(by_day)["from"] == "2020-11-24"


async def test_the_earliest_and_the_latest_moments_can_be_asked(database_url: str) -> None:
    query = StrikeQuery(from_="0001-01-01", to="9999-12-31", attacker=("israel",))
    async with _folded(database_url) as connection:
        answer = await strikes(connection, syria(), _clocks(6, "9999-12-31"), query, Page())

    assert [strike.occurrence for strike in answer.items] == ["strike-18", "strike-25"]


@pytest.mark.parametrize("cursor", ["", "1", "2020-11-18~", "2020-11-18~x~strike", "a~b~c"])
def test_a_cursor_that_no_answer_gave_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        Page(cursor=cursor)

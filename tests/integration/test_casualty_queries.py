"""Casualties as read from their tables, on all three clocks."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import uuid4

import msgspec
import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.claims import ResponsibilityClaim
from events.codec import new_event
from events.details import Clash, Explosion, Strike
from events.log import Append, StreamWrite
from events.occurrence_events import ClaimCited, OccurrenceEvent, OccurrenceRetracted
from events.values import ExternalId, Reads
from projections.casualties.queries import EvidencePage, casualties, evidence
from projections.casualties.question import CasualtyQuery
from projections.casualties.rows import CASUALTIES
from projections.clocks import Clocks
from projections.generation_postgres import Generations
from projections.runner_postgres import Runner
from projections.subjects import Catalogue
from services.wiring import API_ROLE, WORKER_ROLE, open_log, open_pool
from tests.cases import a_party, a_place, cited, claim, place, registry, reported, when
from tests.casualty_cases import Range, at_least, of, people, says

pytestmark = pytest.mark.anyio

Connection: TypeAlias = AsyncConnection[TupleRow]
NOW = datetime(2021, 1, 1, tzinfo=UTC)
VIEW = registry(
    a_place("syria", "country"),
    a_place("quneitra", "province", "syria"),
    a_place("rif-dimashq", "province", "syria"),
    a_place("azerbaijan", "country"),
    a_place("madagiz", "village", "azerbaijan"),
    a_party("iran"),
    a_party("militias", "iran"),
    a_party("syria-state"),
    a_party("syrian-armed-forces", "syria-state"),
    a_party("israel"),
    a_party("idf", "israel"),
)

STRIKE: list[OccurrenceEvent] = [
    reported(
        Strike(weapon="airstrike"),
        when("2020-11-25", zone="Asia/Damascus"),
        cited("age", "2020-11-25"),
        place("quneitra", "target"),
        place("rif-dimashq", "target"),
    ),
    says("strike.c1", people(0, scope="denial"), "sana", "age"),
    says("strike.c2", people(at_least(8), "militias", status="combatant"), "sohr", "win", "2020-11-26"),
    ClaimCited(claim="strike.c2", citation=cited("post", "2020-11-27"), reads=Reads(words="nationality unknown")),
    claim(
        "strike.c3", ResponsibilityClaim(party="idf", degree="attributed"), "source:sana", cited("age", "2020-11-25")
    ),
]
MINE: list[OccurrenceEvent] = [
    msgspec.structs.replace(
        reported(Explosion(device="mine"), when("2020-11-23"), cited("mod", "2020-11-23"), place("madagiz")),
        external_id=ExternalId(dataset="notes", id="1"),
    ),
    says("mine.c1", people(1, "syrian-armed-forces"), "mod", "mod-1", "2020-11-23"),
    says("mine.c2", people(5, effect="wounded"), "mod", "mod-1", "2020-11-23"),
    OccurrenceRetracted(reason="false", published_at=datetime(2020, 12, 10, tzinfo=UTC)),
]
TOMORROW: list[OccurrenceEvent] = [
    reported(Clash(), when("2021-01-02"), cited("seer", "2020-12-31")),
    says("tomorrow.c1", people(9), "seer", "seer-1", "2020-12-31"),
]
BEFORE_RETRACTION, HEAD = 8, 11


@asynccontextmanager
async def _folded(url: str) -> AsyncGenerator[Connection]:
    """Append a strike, a mine explosion that is retracted, and a clash of the next day, fold them, give a reader."""
    catalogue = Catalogue(registries=(), occurrences=(CASUALTIES,))
    async with open_log(url) as log, open_pool(url, WORKER_ROLE) as worker, open_pool(url, API_ROLE) as api:
        for name, events in (("strike", STRIKE), ("mine", MINE), ("tomorrow", TOMORROW)):
            await log.append(_writes(name, events))
        await Generations(worker, log, catalogue).prepare()
        await Runner(worker, log, catalogue).drain()
        async with api.connection() as connection:
            yield connection


def _writes(name: str, events: Sequence[OccurrenceEvent]) -> Append:
    new = tuple(new_event(event, uuid4()) for event in events)
    return Append(writes=(StreamWrite(f"occurrence-{name}", 0, new),))


def _clocks(position: int = HEAD, as_of: str | None = None, known_at: str | None = None) -> Clocks:
    return Clocks(position=position, now=NOW, as_of=as_of, known_at=known_at)


async def _killed(connection: Connection, clocks: Clocks, query: CasualtyQuery | None = None) -> Range:
    row = of((await casualties(connection, VIEW, clocks, query or CasualtyQuery())).totals)
    return row.low, row.best, row.high


async def test_casualties_are_answered_at_each_of_the_three_clocks(database_url: str) -> None:
    async with _folded(database_url) as connection:
        assert await _killed(connection, _clocks()) == (0, 0, None)
        assert await _killed(connection, _clocks(BEFORE_RETRACTION)) == (1, 1, None)
        assert await _killed(connection, _clocks(known_at="2020-12-09")) == (1, 1, None)
        assert await _killed(connection, _clocks(known_at="2020-11-25")) == (1, 1, 1)
        assert await _killed(connection, _clocks(known_at="2020-12-09", as_of="2020-11-24")) == (1, 1, 1)
        assert await _killed(connection, _clocks(as_of="2021-01-02")) == (9, 9, None)
        assert await _killed(connection, _clocks(1)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("query", "killed"),
    [
        (CasualtyQuery(claimant=("source:sohr",)), (8, 8, None)),
        (CasualtyQuery(claimant=("source:sana",)), (0, 0, 0)),
        (CasualtyQuery(kind=("explosion",)), (1, 1, 1)),
        (CasualtyQuery(device=("mine",), weapon=("drone",)), (0, 0, 0)),
        (CasualtyQuery(weapon=("airstrike",), claimant=("source:sohr",)), (8, 8, None)),
        (CasualtyQuery(attacker=("israel",), claimant=("source:sohr",)), (8, 8, None)),
        (CasualtyQuery(attacker=("israel",), responsibility=("acknowledged",)), (0, 0, 0)),
        (CasualtyQuery(affected_party=("iran",), claimant=("source:sohr",)), (8, 8, None)),
        (CasualtyQuery(status=("combatant",), claimant=("source:sohr",)), (8, 8, None)),
        (CasualtyQuery(status=("civilian",)), (0, 0, 0)),
        (CasualtyQuery(place=("azerbaijan",)), (1, 1, 1)),
        (CasualtyQuery(place=("syria",), claimant=("source:sohr",)), (8, 8, None)),
        (CasualtyQuery(dataset=("notes",)), (1, 1, 1)),
        (CasualtyQuery(occurrence=("mine",)), (1, 1, 1)),
        (CasualtyQuery(from_="2020-11-23", to="2020-11-23"), (1, 1, 1)),
        (CasualtyQuery(from_="2020-11-24", claimant=("source:sohr",)), (8, 8, None)),
        # In Damascus the 25th begins at 22:00 UTC of the 24th.
        (CasualtyQuery(to="2020-11-24T21:59:00Z"), (1, 1, 1)),
        (CasualtyQuery(from_="2020-11-24T22:00:00Z", claimant=("source:sohr",)), (8, 8, None)),
        (CasualtyQuery(day=("2020-11-23", "2020-11-22")), (1, 1, 1)),
        (CasualtyQuery(month=("2020-11",), day=("2020-11-23",)), (1, 1, 1)),
        (CasualtyQuery(year=("2019",)), (0, 0, 0)),
        (CasualtyQuery(week=("2020-W48",), device=("mine",)), (1, 1, 1)),
    ],
)
async def test_each_filter_is_applied(database_url: str, query: CasualtyQuery, killed: Range) -> None:
    async with _folded(database_url) as connection:
        assert await _killed(connection, _clocks(BEFORE_RETRACTION), query) == killed


async def test_an_answer_states_its_clocks_and_a_row_leads_to_its_evidence(database_url: str) -> None:
    async with _folded(database_url) as connection:
        query = CasualtyQuery(group_by=("affected_party",), effect=("killed",))
        answer = await casualties(connection, VIEW, _clocks(as_of="2020-11-30"), query)

    body = msgspec.to_builtins(answer)
    assert (body["as_of"], body["known_at"], body["position"]) == ("2020-11-30", None, HEAD)
    (row,) = body["rows"]
    assert {name: row[name] for name in ("affected_party", "effect", "low", "best", "high", "contested")} == {
        "affected_party": "militias",
        "effect": "killed",
        "low": 0,
        "best": 0,
        "high": None,
        "contested": True,
    }
    assert row["evidence"] == {
        "href": "/v1/casualties/evidence?effect=killed&as_of=2020-11-30&affected_party=militias",
        "occurrences": ["strike"],
        "claims": ["strike.c1", "strike.c2"],
        "complete": True,
    }
    assert "status" not in row


async def test_the_evidence_lists_claims_with_all_their_citations_page_by_page(database_url: str) -> None:
    async with _folded(database_url) as connection:
        query = CasualtyQuery(effect=("killed",), affected_party=("iran",))
        first = await evidence(connection, VIEW, _clocks(), query, EvidencePage(limit=1))
        second = await evidence(connection, VIEW, _clocks(), query, EvidencePage(limit=1, cursor=first.next_cursor))
        none = await evidence(connection, VIEW, _clocks(), CasualtyQuery(kind=("clash",)), EvidencePage())

    assert [item.claim for item in (*first.items, *second.items)] == ["strike.c1", "strike.c2"]
    assert (first.total, second.total, second.next_cursor, none.items, none.total) == (2, 2, None, [], 0)
    (told,) = second.items
    assert (told.href, told.occurrence_href) == ("/v1/claims/strike.c2", "/v1/occurrences/strike")
    assert [cited.citation.report for cited in told.citations] == ["win", "post"]
    assert told.citations[1].reads == Reads(words="nationality unknown")


async def test_by_now_whole_days_count_so_that_an_answer_changes_only_as_a_day_ends(database_url: str) -> None:
    async with _folded(database_url) as connection:
        assert await _killed(connection, Clocks(position=HEAD, now=datetime(2021, 1, 2, tzinfo=UTC))) == (9, 9, None)
        assert await _killed(connection, Clocks(position=HEAD, now=datetime(2021, 1, 1, 23, 59, tzinfo=UTC))) == (
            0,
            0,
            None,
        )


def test_a_cursor_that_no_answer_gave_is_refused() -> None:
    with pytest.raises(ValueError, match="cursor"):
        EvidencePage(cursor="elsewhere")

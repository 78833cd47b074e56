"""What is settled when rows are written and added up by the database equals what is heard voice by voice."""

import csv
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias, get_args
from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.codec import new_event
from events.details import Clash, Strike
from events.log import Append, StreamWrite
from events.occurrence import Occurrence
from events.occurrence_events import OccurrenceEvent, OccurrenceReported
from events.registry import Party, Place
from events.values import Count, ExternalId, PlaceAt
from projections.casualties.queries import casualties
from projections.casualties.question import CasualtyQuery, Grouping
from projections.casualties.rows import CASUALTIES
from projections.clocks import Clocks
from projections.generation_postgres import Generations
from projections.registry_view import RegistryView
from projections.runner_postgres import Runner
from projections.subjects import Catalogue
from services.wiring import API_ROLE, WORKER_ROLE, open_log, open_pool
from tests.cases import RECORDED_AT, a_party, a_place, cited, folded, place, registry, reported, when
from tests.casualty_cases import at_least, of, people, says, tally

pytestmark = pytest.mark.anyio

SYRIA = Path("../shared/data/ucdp_ged_syria_2016-2018.csv")
Connection: TypeAlias = AsyncConnection[TupleRow]
Stream: TypeAlias = tuple[str, Sequence[OccurrenceEvent]]
CLOCKS = Clocks(position=10**6, now=RECORDED_AT)
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)

ODD_PLACES: tuple[Place, ...] = (
    a_place("country", "country"),
    a_place("north", "province", "country"),
    a_place("south", "province", "country"),
    a_place("town", "town", "north"),
)
ODD_PARTIES: tuple[Party, ...] = (
    a_party("state"),
    a_party("army", "state"),
    a_party("guard", "state"),
    a_party("rebels"),
)


def first(start: str, *where: PlaceAt, end: str | None = None) -> OccurrenceReported:
    return reported(Strike(weapon="drone"), when(start, end), cited("first", "2020-11-20"), *where)


def odd() -> list[Stream]:
    """Give occurrences that one claimant speaks of, and one that two do, each odd in another way."""
    two_places = [
        first("2020-11-30", place("town"), place("south"), end="2020-12-02"),
        says("two-places.a", people(at_least(3), "army"), "x"),
        says("two-places.b", people(Count(high=4), "guard", status="civilian"), "x"),
        says("two-places.c", people(5, effect="wounded"), "x"),
    ]
    roughly = [
        first("2020-12-01", PlaceAt(place="town", precision="country")),
        says("roughly.a", people(Count(low=9, best=5, high=7), scope="total"), "y"),
        says("roughly.b", people(Count(best=2), "army", "rebels"), "y"),
    ]
    nowhere = [
        first("2020-12-01"),
        says("nowhere.a", people(Count(words="heavy losses"), "rebels"), "x"),
        says("nowhere.b", people(Count(words="many", open_ended=True)), "x"),
    ]
    words = [
        first("2020-12-05", place("north")),
        says("words.a", people(Count(words="heavy losses"), "rebels"), "x"),
        says("words.b", people(Count(low=1, best=2, high=3), scope="total"), "x"),
    ]
    voices = [
        first("2020-12-01", place("town")),
        says("voices.a", people(3, "army"), "x"),
        says("voices.b", people(None, scope="denial"), "y"),
    ]
    return [
        ("two-places", two_places),
        ("roughly", roughly),
        ("nowhere", nowhere),
        ("words", words),
        ("voices", voices),
    ]


def ucdp(rows: int) -> Iterator[tuple[Stream, dict[str, str]]]:
    """Read events of UCDP's: four parts with best only, and a total."""
    with SYRIA.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if number >= rows:
                return
            name = f"ucdp-{row['id']}"
            cites = cited("ged", "2019-06-01")
            told = OccurrenceReported(
                details=Clash(),
                occurred=when(row["date_start"][:10], row["date_end"][:10], "Asia/Damascus"),
                places=(PlaceAt(place=_slug(row["adm_1"] or "country")),),
                claimant="source:ucdp",
                citation=cites,
                external_id=ExternalId(dataset="ucdp-ged", id=row["id"]),
            )
            sides = _slug(row["side_a"]), _slug(row["side_b"])
            parts = [
                people(Count(best=int(row["deaths_a"])), sides[0], status="combatant"),
                people(Count(best=int(row["deaths_b"])), sides[1], status="combatant"),
                people(Count(best=int(row["deaths_civilians"])), status="civilian"),
                people(Count(best=int(row["deaths_unknown"]))),
                people(Count(low=int(row["low"]), best=int(row["best"]), high=int(row["high"])), scope="total"),
            ]
            claims = [says(f"{name}.c{n}", part, "ucdp", "ged", "2019-06-01") for n, part in enumerate(parts)]
            yield (name, [told, *claims]), row


def _slug(text: str) -> str:
    return "-".join(
        "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text.lower()).split()
    )


def _view(rows: Sequence[dict[str, str]]) -> RegistryView:
    provinces = {_slug(row["adm_1"]) for row in rows if row["adm_1"]}
    sides = {_slug(row[side]) for row in rows for side in ("side_a", "side_b")}
    return registry(
        *ODD_PLACES,
        *(a_place(province, "province", "country") for province in sorted(provinces)),
        *ODD_PARTIES,
        *(a_party(side) for side in sorted(sides)),
    )


@asynccontextmanager
async def _read(url: str, streams: Sequence[Stream]) -> AsyncGenerator[Connection]:
    catalogue = Catalogue(registries=(), occurrences=(CASUALTIES,))
    async with open_log(url) as log, open_pool(url, WORKER_ROLE) as worker, open_pool(url, API_ROLE) as api:
        for name, events in streams:
            new = tuple(new_event(event, uuid4()) for event in events)
            await log.append(Append(writes=(StreamWrite(f"occurrence-{name}", 0, new),)))
        await Generations(worker, log, catalogue).prepare()
        await Runner(worker, log, catalogue).drain()
        async with api.connection() as connection:
            yield connection


def _folded(streams: Sequence[Stream]) -> list[Occurrence]:
    found: list[Occurrence] = []
    position = 1
    for name, events in streams:
        found.append(folded(name, events, first=position))
        position += len(events)
    return found


QUERIES = [
    CasualtyQuery(),
    *(CasualtyQuery(group_by=(grouping,)) for grouping in GROUPINGS),
    CasualtyQuery(group_by=("month", "year")),
    CasualtyQuery(group_by=("week", "month")),
    CasualtyQuery(group_by=("affected_party", "status", "place"), party_level="top"),
    CasualtyQuery(group_by=("status",), affected_party=("state",)),
    CasualtyQuery(affected_party=("state", "rebels"), effect=("killed",)),
    CasualtyQuery(status=("unspecified",)),
    CasualtyQuery(place=("north",), group_by=("status",)),
    CasualtyQuery(group_by=("place",), level="country"),
    CasualtyQuery(group_by=("place",), level="place", effect=("killed", "wounded")),
    CasualtyQuery(group_by=("claimant", "month"), claimant=("source:x",)),
]


async def _compare(connection: Connection, occurrences: Sequence[Occurrence], view: RegistryView) -> None:
    # Where each place counts is learned the first time and added up in the database the second.
    for query in (*QUERIES, *(query for query in QUERIES if query.place or "place" in query.group_by)):
        answer = await casualties(connection, view, CLOCKS, query)
        heard = tally(occurrences, query, view)

        assert answer.rows == heard.rows(), query
        assert answer.totals == heard.totals(), query
        assert answer.not_located == heard.not_located(), query


async def test_odd_occurrences_count_the_same_whichever_way(database_url: str) -> None:
    streams = odd()
    async with _read(database_url, streams) as connection:
        await _compare(connection, _folded(streams), registry(*ODD_PLACES, *ODD_PARTIES))


async def test_what_is_read_afterwards_in_the_same_snapshot_is_planned_as_before(database_url: str) -> None:
    asked = "SELECT name, setting FROM pg_settings WHERE name IN ('enable_sort', 'enable_nestloop', 'work_mem')"
    async with _read(database_url, odd()) as connection, connection.transaction():
        before = await (await connection.execute(asked)).fetchall()
        await casualties(connection, registry(*ODD_PLACES, *ODD_PARTIES), CLOCKS, CasualtyQuery())
        assert await (await connection.execute(asked)).fetchall() == before


@pytest.mark.skipif(not SYRIA.exists(), reason=f"{SYRIA} is not here")
async def test_real_events_count_the_same_whichever_way_and_as_their_columns_add_up(database_url: str) -> None:
    told = list(ucdp(400))
    streams, rows = [stream for stream, _ in told], [row for _, row in told]
    view, occurrences = _view(rows), _folded(streams)
    async with _read(database_url, streams) as connection:
        await _compare(connection, occurrences, view)
        total = of((await casualties(connection, view, CLOCKS, CasualtyQuery())).totals)

    assert (total.low, total.best, total.high) == tuple(
        sum(int(row[column]) for row in rows) for column in ("low", "best", "high")
    )
    assert total.occurrences == len(rows)

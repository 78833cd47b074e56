"""What is registered is found by id, by what it is, and by any of its names."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from events import registry_events as r
from events.values import Name
from events.words import PlaceKind
from projections.clocks import Clocks
from projections.registry.queries import (
    NameQuery,
    RegistryQuery,
    ReportQuery,
    list_registered,
    list_reports,
    one_registered,
    resolve_name,
)
from projections.registry.told import ToldPlace, ToldReport
from projections.snapshot_postgres import Moment, Snapshots
from services.wiring import API_ROLE, open_pool
from tests.cases import moment
from tests.projected import Parts, parts, say

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BAKU = "Asia/Baku"


def at(position: int) -> Clocks:
    return Clocks(position=position, now=NOW)


async def november(held: Parts) -> None:
    await say(held, "place-azerbaijan", r.PlaceRegistered(name="Azerbaijan", kind="country", time_zone=BAKU))
    names = (Name(name="Кельбаджар", language="ru"), Name(name="K'arvacharr"), Name(name="Kelbajar"))
    both: tuple[tuple[str, PlaceKind], ...] = (("kalbajar", "district"), ("kalbajar-town", "town"))
    for one, kind in both:
        said = r.PlaceRegistered(name="Kalbajar", kind=kind, parent="azerbaijan", names=names, time_zone=BAKU)
        await say(held, f"place-{one}", said)
    await say(held, "place-gali", r.PlaceRegistered(name="Gali", kind="town", time_zone=BAKU))
    await say(held, "party-israel", r.PartyRegistered(name="Israel", kind="state"))
    await say(held, "party-idf", r.PartyRegistered(name="IDF", kind="state_force", member_of=("israel",)))
    await say(held, "source-sana", r.SourceRegistered(name="SANA", kind="state_media", aligned_with="syria"))
    for day in range(1, 6):
        published = f"2020-11-0{day}"
        filed = r.ReportFiled(
            source="sana", published=published, published_at=moment(published), title=f"Day {day}", language="en"
        )
        await say(held, f"report-r{day}", filed)


@asynccontextmanager
async def answers(url: str) -> AsyncGenerator[tuple[Parts, Snapshots]]:
    async with parts(url) as held, open_pool(url, API_ROLE) as pool:
        await november(held)
        await held.runner().drain()
        yield held, Snapshots(pool)


async def test_lists_are_filtered_and_paged_by_id(database_url: str) -> None:
    async with answers(database_url) as (_, snapshots), snapshots.take([]) as snapshot:
        cases: list[tuple[RegistryQuery, list[str]]] = [
            (RegistryQuery(category="place"), ["azerbaijan", "gali", "kalbajar", "kalbajar-town"]),
            (RegistryQuery(category="place", kinds=["town"]), ["gali", "kalbajar-town"]),
            (RegistryQuery(category="place", belongs_to=["azerbaijan"]), ["kalbajar", "kalbajar-town"]),
            (RegistryQuery(category="place", q="КЕЛЬБ"), ["kalbajar", "kalbajar-town"]),
            (RegistryQuery(category="party", belongs_to=["israel"]), ["idf"]),
            (RegistryQuery(category="source", aligned_with=["syria"]), ["sana"]),
            (RegistryQuery(category="source", q="50%"), []),
        ]
        for query, expected in cases:
            listed = await list_registered(snapshot.connection, snapshot.registry, at(snapshot.position), query)
            assert [one.id for one in listed.items] == expected, query
            assert (listed.total, listed.next_cursor) == (len(expected), None)
        seen: list[str] = []
        cursor: str | None = None
        while len(seen) == 0 or cursor is not None:
            query = RegistryQuery(category="place", limit=3, cursor=cursor)
            page = await list_registered(snapshot.connection, snapshot.registry, at(snapshot.position), query)
            seen += [one.id for one in page.items]
            cursor = page.next_cursor
            assert page.total == 4
        assert seen == ["azerbaijan", "gali", "kalbajar", "kalbajar-town"]


async def test_reports_are_filtered_by_when_they_were_published(database_url: str) -> None:
    async with answers(database_url) as (held, snapshots):
        await say(held, "report-r3", r.ReportWithdrawn(reason="an error", published_at=moment("2020-12-01")))
        await held.runner().drain()
        async with snapshots.take([]) as snapshot:
            cases: list[tuple[ReportQuery, list[str]]] = [
                (ReportQuery(sources=["sana"], first=moment("2020-11-02"), last=moment("2020-11-03")), ["r2", "r3"]),
                (ReportQuery(q="day 4"), ["r4"]),
                (ReportQuery(languages=["ja"]), []),
                (ReportQuery(withdrawn=True), ["r3"]),
                (ReportQuery(withdrawn=False, limit=2), ["r1", "r2"]),
            ]
            for query, expected in cases:
                listed = await list_reports(snapshot.connection, at(snapshot.position), query)
                assert [one.id for one in listed.items] == expected, query


async def test_one_is_told_as_it_stood_at_the_position(database_url: str) -> None:
    async with answers(database_url) as (held, snapshots):
        before = await held.log.head()
        await say(held, "place-gali", r.PlaceAmended(parent="azerbaijan", names=(Name(name="Qalı"),)))
        await held.runner().drain()
        async with snapshots.take([]) as snapshot:
            now = await one_registered(snapshot.connection, snapshot.registry, at(before + 1), ("place", "gali"))
            then = await one_registered(snapshot.connection, snapshot.registry, at(before), ("place", "gali"))
            assert now is not None
            assert then is not None
            assert isinstance(now.item, ToldPlace)
            assert isinstance(then.item, ToldPlace)
            assert (now.item.version, now.item.parent) == (2, "azerbaijan")
            assert [one.name for one in now.item.names] == ["Qalı"]
            assert (then.item.version, then.item.parent, then.item.names) == (1, None, ())
            report = await one_registered(snapshot.connection, snapshot.registry, at(before), ("report", "r1"))
            assert report is not None
            assert isinstance(report.item, ToldReport)
            assert await one_registered(snapshot.connection, snapshot.registry, at(before), ("report", "r9")) is None


async def test_a_name_leads_to_its_place_or_to_all_of_them_or_to_the_nearest(database_url: str) -> None:
    async with answers(database_url) as (held, snapshots):

        async def resolve(query: NameQuery, position: int | None = None) -> tuple[bool, list[str], list[str]]:
            async with snapshots.take([], Moment(at_position=position)) as snapshot:
                found = await resolve_name(snapshot.connection, snapshot.registry, at(snapshot.position), query)
                return found.resolved, [one.id for one in found.places], [one.place for one in found.nearest]

        assert await resolve(NameQuery(name="кельбаджар")) == (False, ["kalbajar", "kalbajar-town"], [])
        assert await resolve(NameQuery(name="Karvacharr", kind="district")) == (True, ["kalbajar"], [])
        town = NameQuery(name="KELBAJAR", kind="town", parent="Azerbaijan")
        assert await resolve(town) == (True, ["kalbajar-town"], [])
        assert await resolve(NameQuery(name="Kelbajar", parent="armenia")) == (False, [], ["kalbajar", "kalbajar-town"])
        assert await resolve(NameQuery(name="Kalbajjar")) == (False, [], ["kalbajar", "kalbajar-town"])
        before = await held.log.head()
        await say(held, "place-gali", r.PlaceAmended(names=(Name(name="Magadiz"),)))
        await held.runner().drain()
        assert await resolve(NameQuery(name="Magadiz"), before) == (False, [], [])
        assert await resolve(NameQuery(name="Magadiz")) == (True, ["gali"], [])

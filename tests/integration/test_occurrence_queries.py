"""Occurrences are found by what happened, where, to whom and who told of it, at every mix of the three clocks."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from msgspec import structs

from events import occurrence_events as o
from events import registry_events as r
from events.claims import CasualtiesClaim, ResponsibilityClaim
from events.details import Agreement, ControlChange, Explosion, Statement, Strike
from events.values import Count, ExternalId, PlaceAt
from events.words import PlaceKind
from projections.clocks import Clocks
from projections.occurrences.answers import OccurrenceQuery as Asked
from projections.occurrences.answers import Page, UnresolvedPlaces
from projections.occurrences.one import history, one_claim, one_occurrence
from projections.occurrences.queries import claimants, every_occurrence, occurrences
from projections.occurrences.unresolved_postgres import unresolved_places
from projections.occurrences.words import SEARCHED_MAX, lexemes, phrase
from projections.paging import Slice
from projections.snapshot_postgres import Snapshot, Snapshots
from services.wiring import API_ROLE, open_pool
from tests.cases import cited, claim, moment, party, place, reported, when
from tests.projected import Parts, parts, say

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def november(held: Parts) -> None:
    """Tell of a mine, a strike, and a statement told later of an earlier day."""
    baku = "Asia/Baku"
    await say(held, "place-azerbaijan", r.PlaceRegistered(name="Azerbaijan", kind="country", time_zone=baku))
    kalbajar = r.PlaceRegistered(
        name="Kalbajar", kind="district", parent="azerbaijan", point=(46.0, 40.1), time_zone=baku
    )
    await say(held, "place-kalbajar", kalbajar)
    await say(held, "place-damascus", r.PlaceRegistered(name="Damascus", kind="city", time_zone="Asia/Damascus"))
    await say(held, "party-israel", r.PartyRegistered(name="Israel", kind="state"))
    await say(held, "party-idf", r.PartyRegistered(name="IDF", kind="state_force", member_of=("israel",)))
    await say(held, "source-sana", r.SourceRegistered(name="SANA", kind="state_media"))
    filed = r.ReportFiled(source="sana", published="2020-11-25", published_at=moment("2020-11-25"))
    await say(held, "report-sana", filed)

    mine = reported(Explosion(device="mine"), when("2020-11-23", zone=baku), cited("tass", "2020-11-24"))
    near = PlaceAt(name="Magadiz", kind="village", role="location")
    await say(held, "occurrence-mine", structs.replace(mine, places=(place("kalbajar"), near)))
    strike = reported(
        Strike(weapon="airstrike"),
        when("2020-11-25"),
        cited("sana", "2020-11-25"),
        place("damascus", "target"),
        party("idf", "attacker"),
    )
    await say(held, "occurrence-strike", strike)
    killed = CasualtiesClaim(effect="killed", count=Count(low=8, open_ended=True))
    await say(held, "occurrence-strike", claim("strike.c1", killed, "source:sohr", cited("sohr", "2020-11-26")))
    said = reported(Statement(words="They will be settled"), when("2020-11-20"), cited("anf", "2020-11-28"))
    release = ExternalId(dataset="made-up", id="17")
    await say(held, "occurrence-said", structs.replace(said, external_id=release))


@asynccontextmanager
async def answers(url: str) -> AsyncGenerator[tuple[Parts, Snapshots]]:
    async with parts(url) as held, open_pool(url, API_ROLE) as pool:
        await november(held)
        await held.runner().drain()
        yield held, Snapshots(pool)


def clocks(snapshot: Snapshot, as_of: str | None = None, known_at: str | None = None) -> Clocks:
    return Clocks(position=snapshot.position, now=NOW, as_of=as_of, known_at=known_at)


async def found(
    snapshots: Snapshots, query: Asked | None = None, as_of: str | None = None, known_at: str | None = None
) -> Sequence[str]:
    """Give the ids of what is listed, having seen that the stream of all gives the same."""
    query = query or Asked()
    async with snapshots.take(["occurrences"]) as snapshot:
        moment_of = clocks(snapshot, as_of, known_at)
        listed = await occurrences(snapshot.connection, snapshot.registry, moment_of, query, Page())
        streamed = every_occurrence(snapshot.connection, snapshot.registry, moment_of, query)
        assert [one async for one in streamed] == listed.items
        assert listed.total == len(listed.items)
        return [one.id for one in listed.items]


async def test_a_change_or_an_agreement_is_found_by_those_whom_its_details_alone_name(database_url: str) -> None:
    async with answers(database_url) as (held, snapshots):
        for name in ("armenia", "azerbaijan"):
            await say(held, f"party-{name}", r.PartyRegistered(name=name, kind="state"))
        change = ControlChange(from_party="armenia", to_party="azerbaijan", manner="capture", places=("kalbajar",))
        agreed = Agreement(signatories=("armenia", "azerbaijan"))
        for name, details in (("taken", change), ("peace", agreed)):
            first = reported(details, when("2020-11-25"), cited("sana", "2020-11-25"))
            await say(held, f"occurrence-{name}", first)
        await held.runner().drain()

        assert await found(snapshots, Asked(place=("azerbaijan",), role=("target",))) == ["taken"]
        assert await found(snapshots, Asked(party=("azerbaijan",))) == ["taken", "peace"]
        assert await found(snapshots, Asked(party=("armenia",), role=("from",))) == ["taken"]
        assert await found(snapshots, Asked(party=("armenia",), role=("signatory",))) == ["peace"]


async def test_each_filter_finds_what_it_names_and_nothing_else(database_url: str) -> None:
    async with answers(database_url) as (_, snapshots):
        cases: list[tuple[Asked, list[str]]] = [
            (Asked(), ["mine", "strike", "said"]),
            (Asked(kind=("strike", "statement")), ["strike", "said"]),
            (Asked(place=("azerbaijan",)), ["mine"]),
            (Asked(place=("damascus",), role=("target",)), ["strike"]),
            (Asked(place=("damascus",), role=("origin",)), []),
            (Asked(party=("israel",)), ["strike"]),
            (Asked(party=("israel",), role=("attacker",)), ["strike"]),
            (Asked(party=("israel",), role=("target",)), []),
            (Asked(role=("location",)), ["mine"]),
            (Asked(role=("attacker",)), ["strike"]),
            (Asked(bbox=(45.0, 39.0, 47.0, 41.0)), ["mine"]),
            (Asked(bbox=(0.0, 0.0, 1.0, 1.0)), []),
            (Asked(from_="2020-11-24"), ["strike"]),
            (Asked(to="2020-11-23"), ["mine", "said"]),
            (Asked(from_="2020-11-22T20:00:00Z", to="2020-11-23T19:59:59Z"), ["mine"]),
            (Asked(from_="2020-11-23T20:00:00Z", to="2020-11-24"), []),
            (Asked(precision=("week",)), []),
            (Asked(source=("sana",)), ["strike"]),
            (Asked(claimant=("source:sohr",)), ["strike"]),
            (Asked(external_id="17"), ["said"]),
            (Asked(external_id="made-up:17"), ["said"]),
            (Asked(dataset=("made-up",)), ["said"]),
            (Asked(q="Magadíz"), ["mine"]),
            (Asked(q="will be SETTLED"), ["said"]),
            (Asked(q="will be sett"), ["said"]),
            (Asked(q="be will settled"), []),
            (Asked(q="100%"), []),
            (Asked(q="'"), []),
            (Asked(ids=("mine", "said")), ["mine", "said"]),
        ]
        for asked, expected in cases:
            assert await found(snapshots, asked) == expected, asked


async def test_each_clock_bounds_what_is_found(database_url: str) -> None:
    async with answers(database_url) as (_, snapshots):
        assert await found(snapshots, known_at="2020-11-24") == ["mine"]
        assert await found(snapshots, known_at="2020-11-26") == ["mine", "strike"]
        assert await found(snapshots, as_of="2020-11-23") == ["mine", "said"]
        assert await found(snapshots, as_of="2020-11-22") == ["said"]
        assert await found(snapshots, Asked(claimant=("source:sohr",)), known_at="2020-11-25") == []


async def test_retracted_and_merged_ones_are_found_on_request_only(database_url: str) -> None:
    async with answers(database_url) as (held, snapshots):
        retracted = o.OccurrenceRetracted(reason="an error", published_at=moment("2020-12-01"))
        await say(held, "occurrence-mine", retracted)
        await say(held, "occurrence-said", o.OccurrenceMerged(into="strike", reason="the same"))
        await held.runner().drain()
        assert await found(snapshots) == ["strike"]
        assert await found(snapshots, Asked(include=("retracted",))) == ["mine", "strike"]
        assert await found(snapshots, Asked(include=("retracted", "merged"))) == ["mine", "strike", "said"]
        assert await found(snapshots, known_at="2020-11-30") == ["mine", "strike"]


async def test_pages_stand_still_while_the_log_grows(database_url: str) -> None:
    async with answers(database_url) as (held, snapshots):
        seen: list[str] = []
        cursor: str | None = None
        begun: int | None = None
        for _ in range(3):
            async with snapshots.take(["occurrences"]) as snapshot:
                begun = begun or snapshot.position
                at = Clocks(position=begun, now=NOW)
                page = Page(limit=1, cursor=cursor)
                listed = await occurrences(snapshot.connection, snapshot.registry, at, Asked(), page)
                seen += [one.id for one in listed.items]
                cursor = listed.next_cursor
            again = reported(Strike(), when("2020-11-25"), cited("sana", "2020-11-25"))
            await say(held, f"occurrence-later-{len(seen)}", again)
            await held.runner().drain()
        assert (seen, cursor) == (["mine", "strike", "said"], None)


async def test_one_occurrence_is_told_with_its_claims_and_citations(database_url: str) -> None:
    async with answers(database_url) as (held, snapshots):
        blamed = claim(
            "strike.c2",
            ResponsibilityClaim(party="israel", degree="attributed"),
            "source:sana",
            cited("sana", "2020-11-25"),
        )
        await say(
            held, "occurrence-strike", blamed, o.ClaimCited(claim="strike.c1", citation=cited("afp", "2020-11-27"))
        )
        await held.runner().drain()
        async with snapshots.take(["occurrences"]) as snapshot:
            now = await one_occurrence(held.log, snapshot.registry, clocks(snapshot), "strike")
            assert now is not None
            assert (now.version, now.occurrence.claimants) == (4, ("source:sana", "source:sohr"))
            assert [(one.id, [cite.report for cite in one.citations]) for one in now.claims] == [
                ("strike.c2", ["sana"]),
                ("strike.c1", ["sohr", "afp"]),
            ]
            then = await one_occurrence(held.log, snapshot.registry, clocks(snapshot, known_at="2020-11-25"), "strike")
            assert then is not None
            assert [one.id for one in then.claims] == ["strike.c2"]
            assert (
                await one_occurrence(held.log, snapshot.registry, clocks(snapshot, known_at="2020-11-24"), "strike")
                is None
            )
            assert await one_occurrence(held.log, snapshot.registry, clocks(snapshot), "no-such") is None
            told = await one_claim(held.log, clocks(snapshot), "strike.c1")
            assert told is not None
            assert (told.occurrence, told.counts) == ("strike", True)
            assert await one_claim(held.log, clocks(snapshot), "strike.c9") is None


async def test_a_history_keeps_what_was_retracted(database_url: str) -> None:
    async with answers(database_url) as (held, snapshots):
        retracted = o.OccurrenceRetracted(reason="an error", published_at=moment("2020-12-01"))
        await say(held, "occurrence-strike", retracted)
        await held.runner().drain()
        async with snapshots.take(["occurrences"]) as snapshot:
            told = await history(held.log, clocks(snapshot), "strike")
            then = await history(held.log, clocks(snapshot, known_at="2020-11-30"), "strike")
            assert told is not None
            assert then is not None
            assert [one.type for one in told.items] == ["occurrence.reported", "claim.made", "occurrence.retracted"]
            assert [one.type for one in then.items] == ["occurrence.reported", "claim.made"]
            assert await history(held.log, clocks(snapshot), "no-such") is None


KINDS: dict[str, PlaceKind] = {"magadiz-town": "town", "madagiz": "village"}


async def unresolved(snapshot: Snapshot) -> UnresolvedPlaces:
    return await unresolved_places(snapshot.connection, snapshot.registry, clocks(snapshot), Slice())


async def test_a_place_stored_as_written_is_listed_with_who_bears_its_name_by_now(database_url: str) -> None:
    async with answers(database_url) as (held, snapshots):
        async with snapshots.take(["occurrences"]) as snapshot:
            [before] = (await unresolved(snapshot)).items
        seen: list[list[list[str]]] = []
        for place, kind in KINDS.items():
            alias = r.PlaceRegistered(name="MAGADIZ", kind=kind, time_zone="Asia/Baku")
            await say(held, f"place-{place}", alias)
            await held.runner().drain()
            async with snapshots.take(["occurrences"]) as snapshot:
                seen.append([one.borne_by for one in (await unresolved(snapshot)).items])
        assert (before.names, before.kinds, before.occurrences, before.borne_by) == (
            ["Magadiz"],
            ["village"],
            ["mine"],
            [],
        )
        assert seen == [[["magadiz-town"]], []]


async def test_claimants_are_listed_with_what_they_claim(database_url: str) -> None:
    async with answers(database_url) as (_, snapshots), snapshots.take(["occurrences"]) as snapshot:
        [sohr] = (await claimants(snapshot.connection, clocks(snapshot))).items
        assert (sohr.claimant, sohr.claims, sohr.occurrences) == ("source:sohr", 1, 1)


async def test_the_longest_text_of_the_most_words_can_be_searched(database_url: str) -> None:
    text = "".join(map(chr, range(0x20000, 0x20000 + 2 * SEARCHED_MAX)))
    async with open_pool(database_url, API_ROLE) as pool, pool.connection() as connection:
        asked = {"words": lexemes(text), "phrase": phrase(text[40:50])}
        cursor = await connection.execute(b"SELECT %(words)s::tsvector @@ %(phrase)s::tsquery", asked)
        assert await cursor.fetchall() == [(True,)]

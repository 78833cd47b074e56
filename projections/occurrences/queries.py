"""Answers about occurrences: found in the tables, told in full from their own streams."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString, cast

import msgspec
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from events.statements import statements
from projections.clocks import Clocks
from projections.occurrences.answers import (
    Claimant,
    Claimants,
    OccurrenceList,
    OccurrenceQuery,
    Page,
)
from projections.occurrences.conditions import asks_where, conditions
from projections.occurrences.similar import (
    SEARCHED_MAX,
    Candidate,
    Similar,
    SimilarList,
    may_be_same,
    placed,
    weigh,
)
from projections.occurrences.timeline import Point, Timeline, entry_of, point_of
from projections.occurrences.told import Told
from projections.paging import Slice, number_of
from projections.registry_view import RegistryView

Connection = AsyncConnection[TupleRow]

_SQL = statements(Path(__file__).with_suffix(".sql"))
_TOLD = msgspec.json.Decoder(Told)
_STREAM_ROWS = 500


async def occurrences(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: OccurrenceQuery, page: Page
) -> OccurrenceList:
    """Give a page of the occurrences asked for; raises CursorError, and ValueError for a time that is none."""
    names, asked = conditions(registry, clocks, query, await _words(connection, clocks, query))
    after = number_of(page.cursor)
    where = ("from_where", *names)
    sent = {**asked, "after": after, "limit": page.limit + 1}
    rows = await _rows(connection, ("select_page", *where, "page"), sent)
    [(total,)] = await _rows(connection, ("count", *where), sent)
    kept = rows[: page.limit]
    return OccurrenceList(
        items=[_told(told, registry) for _, told in kept],
        next_cursor=str(kept[-1][0]) if len(rows) > len(kept) else None,
        total=total,
        **clocks.echoed,
    )


async def timeline(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: OccurrenceQuery, page: Page
) -> Timeline:
    """Give a page of what happened, oldest first; raises CursorError, and ValueError for a time that is none."""
    names, asked = conditions(registry, clocks, query, await _words(connection, clocks, query))
    where = ("from_where", *names)
    after = point_of(page.cursor)
    place = {"after_day": None, "after_moment": None, "after": None}
    if after is not None:
        place = {"after_day": after.day, "after_moment": after.moment, "after": after.number}
    rows = await _rows(
        connection, ("select_timeline", *where, "timeline_page"), {**asked, **place, "limit": page.limit + 1}
    )
    [(total,)] = await _rows(connection, ("count", *where), asked)
    kept = rows[: page.limit]
    behind = {**asked, "numbers": [row[0] for row in kept]}
    claims = dict(await _rows(connection, ("claims_behind",), behind))
    reports = dict(await _rows(connection, ("reports_behind",), behind))
    last = Point(kept[-1][1], kept[-1][3], kept[-1][0]) if len(rows) > len(kept) else None
    return Timeline(
        items=[
            entry_of(
                (first, until), _told(text, registry), tuple(claims.get(number, ())), tuple(reports.get(number, ()))
            )
            for number, first, until, _, text in kept
        ],
        next_cursor=None if last is None else last.cursor,
        total=total,
        **clocks.echoed,
    )


async def every_occurrence(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: OccurrenceQuery
) -> AsyncGenerator[Told]:
    """Give all occurrences asked for, in constant memory; raises ValueError for a time that is none."""
    names, asked = conditions(registry, clocks, query, await _words(connection, clocks, query))
    async with connection.cursor(name="every_occurrence") as cursor:
        cursor.itersize = _STREAM_ROWS
        await cursor.execute(_joined(("select_page", "from_where", *names, "all")), asked)
        async for _, told in cursor:
            yield _told(told, registry)


async def similar(
    connection: Connection, registry: RegistryView, clocks: Clocks, occurrence: str, page: Slice
) -> SimilarList | None:
    """Give what may be the same as an occurrence, None where nothing of it was known; raises CursorError."""
    names, asked = conditions(registry, clocks, OccurrenceQuery())
    moment = {"known": clocks.known, "position": clocks.position}
    rows = await _rows(connection, ("subject", "from_where", "this_one"), {**moment, "id": occurrence})
    found = await _candidates(connection, registry, moment, rows)
    if not found:
        return None
    [subject] = found
    words = [word for (word,) in await _rows(connection, ("words",), moment)]
    where = ("subject", "from_where", *names, "may_be_same")
    rows = await _rows(connection, where, {**asked, **may_be_same(subject, registry, words)})
    others = await _candidates(connection, registry, moment, rows[:SEARCHED_MAX])
    weighed, cursor = page.of(items := weigh(subject, others, registry))
    numbers = [one.number for one in weighed]
    told = dict(await _rows(connection, ("told", "from_where", "these"), {**moment, "numbers": numbers}))
    return SimilarList(
        id=occurrence,
        items=[
            Similar(occurrence=_told(told[one.number], registry), score=one.score, reasons=one.reasons)
            for one in weighed
        ],
        next_cursor=cursor,
        total=len(items),
        complete=len(rows) <= SEARCHED_MAX,
        **clocks.echoed,
    )


async def _candidates(
    connection: Connection, registry: RegistryView, moment: Mapping[str, Any], rows: Sequence[TupleRow]
) -> list[Candidate]:
    """Give occurrences as they are weighed, with the words and reports behind them."""
    datasets = [source.id for source in registry.sources.values() if source.said.kind == "dataset"]
    behind = {**moment, "datasets": datasets, "numbers": [row[0] for row in rows]}
    reports = await _rows(connection, ("reports_of",), behind)
    found: list[Candidate] = []
    for (*columns, kept, named), (told,) in zip(rows, reports, strict=True):
        places, names = placed(kept, registry)
        parties = tuple(party for party in named if ":" not in party)
        found.append(Candidate(*columns, places=places, names=names, parties=parties, reports=tuple(told)))
    return found


async def claimants(connection: Connection, clocks: Clocks) -> Claimants:
    """Give everyone whose claims stand about occurrences that count."""
    rows = await _rows(connection, ("claimants_told",), {"known": clocks.known, "position": clocks.position})
    items = [
        Claimant(
            claimant=claimant,
            claims=claims,
            occurrences=told_of,
            first_published_at=cast("datetime", first),
            last_published_at=cast("datetime", last),
        )
        for claimant, claims, told_of, first, last in rows
    ]
    return Claimants(items=items, **clocks.echoed)


async def _words(connection: Connection, clocks: Clocks, query: OccurrenceQuery) -> list[str]:
    if not asks_where(query):
        return []
    moment = {"known": clocks.known, "position": clocks.position}
    return [word for (word,) in await _rows(connection, ("words",), moment)]


def _told(text: str, registry: RegistryView) -> Told:
    told = _TOLD.decode(text)
    told.places = registry.located(told.places)
    return told


async def _rows(connection: Connection, names: Sequence[str], asked: Mapping[str, Any]) -> list[TupleRow]:
    return await (await connection.execute(_joined(names), asked)).fetchall()


def _joined(names: Sequence[str]) -> sql.SQL:
    return sql.SQL(cast("LiteralString", "\n".join(_SQL[name].decode() for name in names)))

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
    UnresolvedPlace,
    UnresolvedPlaces,
)
from projections.occurrences.conditions import conditions
from projections.occurrences.similar import (
    SEARCHED_MAX,
    Candidate,
    Similar,
    SimilarList,
    may_be_same,
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
    names, asked = conditions(registry, clocks, query)
    after = number_of(page.cursor)
    where = ("from_where", *names)
    sent = {**asked, "after": after, "limit": page.limit + 1}
    rows = await _rows(connection, ("select_page", *where, "page"), sent)
    [(total,)] = await _rows(connection, ("count", *where), sent)
    kept = rows[: page.limit]
    return OccurrenceList(
        items=[_TOLD.decode(told) for _, told in kept],
        next_cursor=str(kept[-1][0]) if len(rows) > len(kept) else None,
        total=total,
        **clocks.echoed,
    )


async def timeline(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: OccurrenceQuery, page: Page
) -> Timeline:
    """Give a page of what happened, oldest first; raises CursorError, and ValueError for a time that is none."""
    names, asked = conditions(registry, clocks, query)
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
            entry_of((first, until), _TOLD.decode(told), tuple(claims.get(number, ())), tuple(reports.get(number, ())))
            for number, first, until, _, told in kept
        ],
        next_cursor=None if last is None else last.cursor,
        total=total,
        **clocks.echoed,
    )


async def every_occurrence(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: OccurrenceQuery
) -> AsyncGenerator[Told]:
    """Give all occurrences asked for, in constant memory; raises ValueError for a time that is none."""
    names, asked = conditions(registry, clocks, query)
    async with connection.cursor(name="every_occurrence") as cursor:
        cursor.itersize = _STREAM_ROWS
        await cursor.execute(_joined(("select_page", "from_where", *names, "all")), asked)
        async for _, told in cursor:
            yield _TOLD.decode(told)


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
    where = ("subject", "from_where", *names, "may_be_same")
    rows = await _rows(connection, where, {**asked, **may_be_same(subject, registry)})
    others = await _candidates(connection, registry, moment, rows[:SEARCHED_MAX])
    weighed, cursor = page.of(items := weigh(subject, others, registry))
    numbers = [one.number for one in weighed]
    told = dict(await _rows(connection, ("told", "from_where", "these"), {**moment, "numbers": numbers}))
    return SimilarList(
        id=occurrence,
        items=[
            Similar(occurrence=_TOLD.decode(told[one.number]), score=one.score, reasons=one.reasons) for one in weighed
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
    words = await _rows(connection, ("words_behind",), behind)
    return [
        Candidate(
            *columns,
            *(tuple(name for name in named if ":" not in name) for named in (places, parties)),
            *map(tuple, said),
        )
        for (*columns, places, parties), said in zip(rows, words, strict=True)
    ]


async def unresolved_places(connection: Connection, clocks: Clocks) -> UnresolvedPlaces:
    """Give the places stored as written, each name once however it was spelt, and who bears it by now."""
    moment = {"known": clocks.known, "position": clocks.position}
    rows = await _rows(connection, ("unresolved",), moment)
    bearing: dict[str, list[str]] = {}
    for folded, place in await _rows(connection, ("bearing",), {**moment, "folded": [row[0] for row in rows]}):
        bearing.setdefault(folded, []).append(place)
    items = [
        UnresolvedPlace(
            names=names,
            kinds=kinds or [],
            parents=parents or [],
            count=count,
            occurrences=first,
            borne_by=list(dict.fromkeys(bearing.get(folded, []))),
        )
        for folded, count, names, kinds, parents, first in rows
    ]
    return UnresolvedPlaces(items=items, **clocks.echoed)


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


async def _rows(connection: Connection, names: Sequence[str], asked: Mapping[str, Any]) -> list[TupleRow]:
    return await (await connection.execute(_joined(names), asked)).fetchall()


def _joined(names: Sequence[str]) -> sql.SQL:
    return sql.SQL(cast("LiteralString", "\n".join(_SQL[name].decode() for name in names)))

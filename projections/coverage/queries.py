"""Coverage, read from the reports and from what cites them, in a transaction with one snapshot."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, LiteralString, cast

from msgspec import Struct, structs
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from events.statements import statements
from events.times import is_date
from projections.clocks import Clocks
from projections.coverage.answers import (
    Carried,
    Coverage,
    CoveragePeriod,
    CoverageQuery,
    Period,
    SourceCoverage,
    Span,
    Told,
    longest_silence,
    period_of,
    refuse_too_much,
    series,
    span_of,
)
from projections.paging import Slice
from projections.registry_view import RegistryView

Connection = AsyncConnection[TupleRow]

_SQL = {name: text.decode() for name, text in statements(Path(__file__).with_suffix(".sql")).items()}
# No day at all is a span that ends before it begins.
_NEVER = {"first": date.max, "last": date.min}


async def coverage(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: CoverageQuery, page: Slice
) -> Coverage:
    """Give how much each source told, a page of sources; raises CursorError, and ValueError for too wide a question."""
    asked = _asked(registry, clocks, query)
    ends = [last for _, _, last, _ in await _rows(connection, "sources", asked | _NEVER)]
    span = span_of(query, _last(clocks, max(ends, default=None)))
    asked |= _NEVER if span is None else {"first": span.first, "last": span.last}
    heard = {
        source: _Heard(first, last, days or ())
        for source, first, last, days in await _rows(connection, "sources", asked)
    }
    everyone = sorted(heard.keys() | set(query.source))
    sources, next_cursor = page.of(everyone)
    refuse_too_much(query, span, len(sources))
    found = _Found(span, query.period, await _cells(connection, query, asked), await _carried(connection, asked))
    return Coverage(
        from_=None if span is None else span.first,
        to=None if span is None else span.last,
        period=query.period,
        all_sources=found.series(None),
        items=[found.source(source, heard.get(source, _Heard()), registry) for source in sources],
        next_cursor=next_cursor,
        total=len(everyone),
        **clocks.echoed,
    )


async def reports_by_source(
    connection: Connection, registry: RegistryView, clocks: Clocks, first: date, last: date
) -> Mapping[str, int]:
    """Give how many reports each source published from one day to another, of those that published any."""
    asked = _asked(registry, clocks, CoverageQuery()) | {"first": first, "last": last}
    counted = await _rows(connection, "reports", asked)
    return {source: reports for source, start, reports, _ in counted if source is not None and start is None}


class _Heard(Struct, frozen=True):
    """The first and last day of a source's reports, and those of the days covered on which there were any."""

    first: date | None = None
    last: date | None = None
    days: Sequence[date] = ()


class _Found(Struct, frozen=True):
    """What was read: cells by source and period's name, both None for all, and who is carried by each source."""

    span: Span | None
    period: Period
    cells: Mapping[str | None, Mapping[str | None, Told]]
    carried: Mapping[str, list[Carried]]

    def series(self, source: str | None) -> list[CoveragePeriod]:
        told = {name: one for name, one in self.cells.get(source, {}).items() if name is not None}
        return series(told, self.span, self.period)

    def source(self, source: str, heard: _Heard, registry: RegistryView) -> SourceCoverage:
        entry = registry.sources.get(source)
        until = None if self.span is None else self.span.last
        # A span that ends before the last report has no silence to count.
        since = None if heard.last is None or until is None else max(0, (until - heard.last).days)
        return SourceCoverage(
            source=source,
            name=None if entry is None else entry.said.name,
            kind=None if entry is None else entry.said.kind,
            first_day=heard.first,
            last_day=heard.last,
            days_since_last=since,
            longest_silence=longest_silence(frozenset(heard.days), self.span),
            claimants=self.carried.get(source, []),
            series=self.series(source),
            **structs.asdict(self.cells.get(source, {}).get(None, Told())),
        )


async def _cells(
    connection: Connection, query: CoverageQuery, asked: Mapping[str, Any]
) -> Mapping[str | None, Mapping[str | None, Told]]:
    cells: dict[str | None, dict[str | None, Told]] = {}
    for source, start, reports, withdrawn in await _rows(connection, "reports", asked):
        name = None if start is None else period_of(start, query.period)
        cells.setdefault(source, {})[name] = Told(reports=reports, withdrawn=withdrawn)
    for source, start, claims, occurrences in await _rows(connection, "carried", asked):
        name = None if start is None else period_of(start, query.period)
        cells[source][name] = structs.replace(cells[source][name], claims=claims, occurrences=occurrences)
    return cells


async def _carried(connection: Connection, asked: Mapping[str, Any]) -> Mapping[str, list[Carried]]:
    carried: dict[str, list[Carried]] = {}
    for source, claimant, claims, occurrences in await _rows(connection, "claimants", asked):
        carried.setdefault(source, []).append(Carried(claimant=claimant, claims=claims, occurrences=occurrences))
    return carried


def _asked(registry: RegistryView, clocks: Clocks, query: CoverageQuery) -> dict[str, Any]:
    whole_days = clocks.as_of is None or is_date(clocks.as_of)
    return {
        "known": clocks.known,
        "position": clocks.position,
        "as_of": None if whole_days else clocks.as_of_in("UTC"),
        "as_of_day": clocks.as_of if whole_days else None,
        "now": clocks.now,
        "asked": list(query.source) or None,
        "sources": list(registry.sources),
        "zones": [source.said.time_zone for source in registry.sources.values()],
        "unit": query.period,
    }


def _last(clocks: Clocks, reported: date | None) -> date | None:
    """Give the day up to which silence counts: that of the clocks, as far as they are given, else the last heard of."""
    if clocks.as_of is None and clocks.known_at is None:
        return reported
    return clocks.day_in("UTC")


async def _rows(connection: Connection, name: str, asked: Mapping[str, Any]) -> Sequence[TupleRow]:
    query = sql.SQL(cast("LiteralString", f"{_SQL['known']}\n{_SQL[name]}"))
    return await (await connection.execute(query, asked)).fetchall()

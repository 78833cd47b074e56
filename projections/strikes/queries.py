"""Answers about strikes, read on a connection that is inside a transaction with one snapshot."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct, structs
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.statements import statements
from events.times import EVER, FOREVER, end_of, parse, start_of, zone_named
from projections.clocks import Clocks
from projections.registry_view import RegistryView
from projections.strikes.answers import StrikeCounts, StrikeList, StrikeWindow, strike_of
from projections.strikes.counts import Grouping, counted, days_covered
from projections.strikes.matching import LOCAL, StrikeQuery, StrikeRow, asked_for, order, placed, tz_of, zone_of
from projections.strikes.told import Told
from projections.strikes.trail import in_window, steps
from projections.strikes.windows import window

Connection = AsyncConnection[TupleRow]

_CURSOR = re.compile(r"\d{4}-\d{2}-\d{2}~[0-9T:.+-]{32}~[a-z0-9_-]{1,120}\Z", re.ASCII)
_SQL = statements(Path(__file__).with_suffix(".sql"))
_TOLD = msgspec.json.Decoder(Told)
# No zone is farther from UTC.
_ZONES_APART = timedelta(days=1)


class Page(Struct, frozen=True, kw_only=True):
    """How many at most, and after which `next_cursor`."""

    limit: int = 100
    cursor: str | None = None

    def __post_init__(self) -> None:
        """Refuse a cursor that was not given by an answer."""
        if self.cursor is not None and _CURSOR.match(self.cursor) is None:
            raise ValueError("`cursor` is none that an answer gave")


async def strikes(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: StrikeQuery, page: Page
) -> StrikeList:
    """Give the strikes asked for, oldest first, one page of them."""
    found = await _found(connection, registry, clocks, query)
    tz = tz_of(query, registry)
    after = [strike for strike in found if page.cursor is None or _cursor(strike, tz) > page.cursor]
    shown = after[: page.limit]
    told = await _told(connection, clocks, shown)
    return StrikeList(
        as_of=clocks.as_of,
        known_at=clocks.known_at,
        position=clocks.position,
        projected=clocks.projected,
        items=[strike_of(strike, told[strike.number], query, registry) for strike in shown],
        next_cursor=_cursor(shown[-1], tz) if shown and len(after) > len(shown) else None,
        total=len(found),
    )


async def counts(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: StrikeQuery, grouping: Grouping
) -> StrikeCounts:
    """Give how many strikes there are under each value of what they are grouped by; a series has its zeros."""
    found = await _found(connection, registry, clocks, query)
    days = days_covered(found, query, registry, clocks)
    return StrikeCounts(
        as_of=clocks.as_of,
        known_at=clocks.known_at,
        position=clocks.position,
        projected=clocks.projected,
        group_by=grouping.group_by,
        from_=None if days is None else days.first,
        to=None if days is None else days.last,
        tz=tz_of(query, registry),
        level=query.level,
        total=len(found),
        rows=counted(found, grouping, query, registry, days),
    )


async def trailing(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: StrikeQuery, asked: str
) -> StrikeWindow:
    """Give the strikes of a window such as P7D that ends at `as_of`; raises ValueError for other durations."""
    tz = tz_of(query, registry)
    days = window(asked, clocks.day_in(zone_of(tz).key))
    found = await _found(connection, registry, clocks, query)
    if tz == LOCAL and found:
        # The day of the last one may have begun in its place and not yet in UTC.
        days = structs.replace(days, last=max(days.last, found[-1].day_in(tz)))
    inside = steps(found, days, tz)
    told = await _told(connection, clocks, [step.strike for step in inside])
    return StrikeWindow(
        as_of=clocks.as_of,
        known_at=clocks.known_at,
        position=clocks.position,
        projected=clocks.projected,
        window=asked,
        from_=days.first,
        to=days.last,
        tz=tz,
        count=len(inside),
        strikes=[in_window(step, told, query, registry) for step in inside],
    )


async def _found(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: StrikeQuery
) -> Sequence[StrikeRow]:
    cursor = await connection.execute(
        _SQL["strikes"],
        {
            "known": clocks.known,
            "position": clocks.position,
            "since": _since(query),
            "until": _until(query, clocks),
            "weapons": list(query.weapon) or None,
            "attackers": _members(query.attacker, registry) or None,
        },
    )
    found = [placed(StrikeRow(*values), registry) async for values in cursor]
    return asked_for(found, query, registry, clocks)


async def _told(connection: Connection, clocks: Clocks, found: Sequence[StrikeRow]) -> dict[int, Told]:
    if not found:
        return {}
    cursor = await connection.execute(
        _SQL["told"],
        {"numbers": [strike.number for strike in found], "known": clocks.known, "position": clocks.position},
    )
    return {number: _TOLD.decode(text) async for number, text in cursor}


def _cursor(strike: StrikeRow, tz: str) -> str:
    day, moment, occurrence = order(strike, tz)
    return f"{day.isoformat()}~{moment.astimezone(UTC).isoformat(timespec='microseconds')}~{occurrence}"


def _members(groups: Sequence[str], registry: RegistryView) -> list[str]:
    members = [party for party in registry.parties if any(registry.party_in(party, group) for group in groups)]
    return sorted({*groups, *members})


def _since(query: StrikeQuery) -> datetime:
    said = EVER if query.from_ is None else start_of(parse(query.from_), zone_named("UTC"))
    return max(said, EVER + _ZONES_APART) - _ZONES_APART


def _until(query: StrikeQuery, clocks: Clocks) -> datetime:
    asked = FOREVER if query.to is None else end_of(parse(query.to), zone_named("UTC"))
    return min(asked, clocks.as_of_in("UTC"), FOREVER - _ZONES_APART) + _ZONES_APART

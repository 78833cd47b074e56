"""The log itself: its events in order, for those who follow it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar.response.base import ASGIResponse
from msgspec import UNSET, Meta, Struct, UnsetType
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.codec import TAGS
from events.log import RecordedEvent
from events.statements import statements
from projections.clocks import Answered
from projections.snapshot_postgres import BeyondHeadError, NotYetThereError
from projections.veil import Veil
from services.api.answers import ENCODER, respond
from services.api.queries import Limit, Positioned, read_query
from services.api.reading import reader_of
from services.api.routes import Asked, Route
from services.api.withheld import as_seen, released
from services.cloud_events import CloudEvent

_SQL = statements(Path(__file__).with_suffix(".sql"))
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_ROUND_S = 0.02

After = Annotated[int, Meta(ge=0, le=2**53 - 1, description="Events after this position.", examples=[100])]
LogCursor = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,15}$(?!\n)",
        description="The `next_cursor` of the page before, which is the `after` of the next.",
        examples=["100"],
    ),
]
EventType = Annotated[str, Meta(max_length=100, extra_json_schema={"enum": sorted(TAGS)}, examples=["claim.made"])]
Stream = Annotated[
    str,
    Meta(
        pattern=r"^(party|place|source|report|occurrence)-[a-z0-9][a-z0-9_-]{0,119}$(?!\n)",
        description="A stream: what it is about and its id.",
        examples=["occurrence-mine-madagiz"],
    ),
]


def refuse_unknown_types(types: Sequence[str]) -> None:
    """Raise ValueError for types that no event has."""
    if unknown := sorted(set(types) - set(TAGS)):
        raise ValueError(f"no event is of type {', '.join(unknown)}; there are {', '.join(TAGS)}")


class LogQuery(Positioned, frozen=True, kw_only=True):
    """Which events: after a position, of these types, of these streams."""

    after: After = 0
    cursor: LogCursor | None = None
    limit: Limit = 100
    type: tuple[EventType, ...] = ()
    stream: tuple[Stream, ...] = ()

    def __post_init__(self) -> None:
        """Refuse types that no event has."""
        refuse_unknown_types(self.type)
        if self.cursor is not None and self.after:
            raise ValueError("give either `after` or `cursor`")

    @property
    def start(self) -> int:
        """The position after which the page begins."""
        return self.after if self.cursor is None else int(self.cursor)


class LogPage(Answered, kw_only=True):
    """Events in order; `total` is how many there are after `after`, `next_cursor` the `after` of the next page.

    `released`, where there are any: the earlier events of what is released by an event that stands in this page, or
    would without the filters, with the reports that it cites. They were withheld when their own page was read.
    """

    items: list[CloudEvent]
    next_cursor: str | None
    total: int
    released: list[CloudEvent] | UnsetType = UNSET


async def read_log(asked: Asked) -> ASGIResponse:
    """Give events in the order of their positions."""
    query = read_query(asked.request, LogQuery)
    async with asked.parts.pool.connection() as connection:
        until, recorded_at = await _bounds(connection, query)
        # After the head: what is restricted up to there is known here.
        veil = await asked.parts.snapshots.veil(connection, reader_of(asked))
        sent = Wanted(query.start, until, query.type, query.stream).sent(query.limit + 1, veil)
        found = await events_between(connection, sent)
        total = await _total(connection, sent, filtered=bool(query.type or query.stream))
        shown = found[: query.limit]
        more = len(found) > len(shown)
        public_url = asked.parts.settings.public_url
        free: list[CloudEvent] = []
        if not asked.caller.may("read:restricted"):
            covered = {**sent, "until": shown[-1].position if more else until}
            free = await released(connection, covered, veil, public_url)
    page = LogPage(
        as_of=None,
        known_at=None,
        position=until,
        items=[as_seen(event, veil, public_url) for event in shown],
        next_cursor=str(shown[-1].position) if more else None,
        total=total,
        released=free or UNSET,
    )
    links = [("next", _next(asked, query, shown[-1].position))] if more else []
    return respond(asked.request, ENCODER.encode(page), modified=recorded_at, links=links)


class Wanted(Struct, frozen=True):
    """Which events are asked for: those between two positions, of these types and these streams; none: of all."""

    after: int
    until: int
    types: tuple[str, ...]
    streams: tuple[str, ...]

    def sent(self, limit: int, veil: Veil) -> dict[str, Any]:
        """Give the parameters of the statements; unfiltered, every position is there, else nothing withheld."""
        filtered = bool(self.types or self.streams)
        return {
            "after": self.after,
            "until": self.until,
            "limit": limit,
            "types": list(self.types) or None,
            "streams": list(self.streams) or None,
            "withheld": veil.streams if filtered and veil else None,
        }


async def events_between(connection: AsyncConnection[TupleRow], sent: Mapping[str, Any]) -> list[RecordedEvent]:
    """Give up to `limit` events `after` a position and `until` one, of `types` and `streams`, both null for all."""
    cursor = await connection.execute(_SQL["events"], sent, binary=True)
    return [RecordedEvent(*row) for row in await cursor.fetchall()]


async def sizes_between(connection: AsyncConnection[TupleRow], sent: Mapping[str, Any]) -> list[int]:
    """Give how many bytes each of the same events has."""
    return [row[0] for row in await (await connection.execute(_SQL["sizes"], sent, binary=True)).fetchall()]


async def _bounds(connection: AsyncConnection[TupleRow], query: LogQuery) -> tuple[int, datetime]:
    """Give the last position to be shown and when it was recorded, waiting for it if it is asked for."""
    deadline = asyncio.get_running_loop().time() + query.wait_s
    while True:
        [(head, recorded_at)] = await (await connection.execute(_SQL["head"])).fetchall()
        if head >= (query.min_position or 0):
            break
        if asyncio.get_running_loop().time() >= deadline:
            raise NotYetThereError(query.min_position or 0, head)
        await asyncio.sleep(_ROUND_S)
    if query.at_position is None or query.at_position == head:
        return head, recorded_at
    if query.at_position > head:
        raise BeyondHeadError(query.at_position, head)
    rows = await (await connection.execute(_SQL["recorded_at"], {"position": query.at_position})).fetchall()
    return query.at_position, rows[0][0] if rows else _BEGINNING


async def _total(connection: AsyncConnection[TupleRow], sent: Mapping[str, Any], *, filtered: bool) -> int:
    if not filtered:
        return max(0, sent["until"] - sent["after"])
    [(total,)] = await (await connection.execute(_SQL["count"], sent)).fetchall()
    return total


def _next(asked: Asked, query: LogQuery, after: int) -> str:
    pairs = [*(("type", one) for one in query.type), *(("stream", one) for one in query.stream)]
    until = [] if query.at_position is None else [("at_position", query.at_position)]
    path: str = asked.request.scope["path"]
    return f"{path}?{urlencode([('after', after), ('limit', query.limit), *pairs, *until])}"


LOG_ROUTES = (
    Route(
        method="GET",
        path="/v1/log",
        name="read_log",
        tag="log",
        summary="Events in order, as CloudEvents 1.0",
        description="""Positions are gapless and commit in order: who has read up to N has seen all of 1 to N.

        What is restricted is `withheld` from readers without the scope `read:restricted`: its position and leaf hash
        are there, so that there is no gap, and nothing else of it. Under a filter it stands in no page. When it is
        released, by hand or by the clock, an event says so, and that event's page gives the earlier ones in `released`.
        """,
        scope="read",
        act=read_log,
        query=LogQuery,
        gives={200: LogPage},
        refuses=(BeyondHeadError, NotYetThereError),
    ),
)

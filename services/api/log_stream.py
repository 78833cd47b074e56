"""The log as it grows: Server-Sent Events, from a position on, and then as they are recorded."""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from itertools import accumulate
from time import monotonic

import msgspec
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from projections.snapshot_postgres import BeyondHeadError
from services.api.errors import BadRequestError, NoCredentialsError, UnavailableError
from services.api.growth import AWAY
from services.api.headers import headers_of, value_of
from services.api.log import (
    After,
    EventType,
    Stream,
    Wanted,
    events_between,
    refuse_unknown_types,
    sizes_between,
)
from services.api.queries import AtPosition, Query, read_query
from services.api.reading import reader_of
from services.api.replies import Reply
from services.api.routes import Asked, Route
from services.api.withheld import as_seen, released
from services.cloud_events import CloudEvent

EVENT_STREAM = "text/event-stream"

HEARTBEAT_S = 15.0
PAGE = 50
PAGE_BYTES = 100_000
"""How many events are held for one follower at a time, and how many bytes, where one alone does not have more."""

# So much of the log is looked through at once for events of a rare type.
_SPAN = 10_000
_AGAIN_S = 0.5
_ID = re.compile(r"[0-9]{1,16}\Z")
_BEGIN = b"retry: 1000\n: the log, from here on\n\n"
_HEARTBEAT = b": heartbeat\n\n"


class FollowQuery(Query, frozen=True, kw_only=True):
    """Which events: after a position, of these types, of these streams; the stream ends with `at_position`."""

    after: After = 0
    at_position: AtPosition | None = None
    type: tuple[EventType, ...] = ()
    stream: tuple[Stream, ...] = ()

    def __post_init__(self) -> None:
        """Refuse types that no event has."""
        refuse_unknown_types(self.type)


async def follow_log(asked: Asked) -> ASGIResponse:
    """Begin a stream of events."""
    query = read_query(asked.request, FollowQuery)
    asked.parts.growth.refuse_crowd()
    after = _last_event_id(asked)
    after = query.after if after is None else after
    head = await asked.parts.growth.head()
    # What the reader has is not of this log, or not yet: to wait for it would lose what comes before.
    if (beyond := max(after, query.at_position or 0)) > head:
        raise BeyondHeadError(beyond, head)
    headers = {
        **headers_of(asked.request),
        "content-type": EVENT_STREAM,
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }
    if asked.request.method == "HEAD":
        return Reply(200, headers)
    return Flowing(headers, _told(asked, query, after))


def _last_event_id(asked: Asked) -> int | None:
    """Give the position that a reader who comes back has seen last; it overrules what stands in the address."""
    given = value_of(asked.request, b"last-event-id").strip()
    if not given:
        return None
    if not _ID.match(given):
        raise BadRequestError("`Last-Event-ID` takes the `id` of an event of this stream: a position.")
    return int(given)


async def _told(asked: Asked, query: FollowQuery, after: int) -> AsyncGenerator[bytes]:
    """Give the stream piece by piece, each made when the one before it was taken."""
    growth, last = asked.parts.growth, query.at_position
    async with growth.followed():
        yield _BEGIN
        due = monotonic() + HEARTBEAT_S
        while last is None or after < last:
            try:
                reached, lines = await _page(asked, query, after)
            except AWAY:
                reached, lines = after, b""
                await asyncio.sleep(_AGAIN_S)
            if lines:
                yield lines
            left = due - monotonic()
            if reached == after and left > 0:
                await growth.beyond(after, left)
            after = reached
            if monotonic() >= due:
                if not await _may_go_on(asked):
                    return
                yield _HEARTBEAT
                due = monotonic() + HEARTBEAT_S


async def _page(asked: Asked, query: FollowQuery, after: int) -> tuple[int, bytes]:
    """Give the next events as they are sent, and how far that is in the log."""
    growth = asked.parts.growth
    async with growth.reading, asked.parts.pool.connection() as connection:
        ends = [await growth.head_by(connection), after + _SPAN, query.at_position]
        until = min(end for end in ends if end is not None)
        # After the head: what is restricted up to there is known here.
        veil = await asked.parts.snapshots.veil(connection, reader_of(asked))
        sent = Wanted(after, until, query.type, query.stream).sent(PAGE, veil)
        sizes = await sizes_between(connection, sent) if until > after else []
        fit = sum(size <= PAGE_BYTES for size in accumulate(sizes))
        found = await events_between(connection, {**sent, "limit": max(1, fit)}) if sizes else []
        # Where as many are there as are taken at most, there may be more.
        more = len(sizes) == PAGE or len(found) < len(sizes)
        reached = found[-1].position if more else max(after, until)
        public_url = asked.parts.settings.public_url
        free: list[CloudEvent] = []
        if reached > after and not asked.caller.may("read:restricted"):
            free = await released(connection, {**sent, "until": reached}, veil, public_url)
    # What is released comes before the event that releases it, without an id: who loses it between is told it again.
    lines = [b"event: released\ndata: %b\n\n" % msgspec.json.encode(event) for event in free]
    lines += [
        b"id: %d\ndata: %b\n\n" % (event.position, msgspec.json.encode(as_seen(event, veil, public_url)))
        for event in found
    ]
    return reached, b"".join(lines)


async def _may_go_on(asked: Asked) -> bool:
    """Tell whether the key that the stream began with may still read."""
    try:
        return (await asked.parts.keys.caller(asked.request)).may("read")
    except NoCredentialsError:
        return False
    except (UnavailableError, *AWAY):
        return True


class Flowing(ASGIResponse):
    """An answer that is sent piece by piece, for as long as the reader is there."""

    def __init__(self, headers: Mapping[str, str], pieces: AsyncGenerator[bytes]) -> None:
        """Keep what is sent."""
        self._headers = headers
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, until it ends or the reader leaves."""
        del scope
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            # One cancellation may be lost where it meets a connection's return to its pool.
            while not sending.done():
                sending.cancel()
                await asyncio.wait((sending,), timeout=_AGAIN_S)
        if not sending.cancelled() and (error := sending.exception()) is not None:
            raise error

    async def _send(self, send: Send) -> None:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self._headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with aclosing(self._pieces) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


LOG_STREAM_ROUTES = (
    Route(
        method="GET",
        path="/v1/log/stream",
        name="follow_log",
        tag="log",
        summary="Events as they are recorded, as Server-Sent Events",
        description=(
            "Replays what comes after `Last-Event-ID`, or else `after`, and goes on as the log grows: each event once, "
            "in order. `id` is the position, `data` the event as CloudEvents 1.0; a comment comes at least every 15 "
            "seconds. With `at_position` it ends there. To go on after a break, ask again with the last `id` seen. "
            "What is withheld is told as in `/v1/log`, and comes as `event: released`, without `id`, in the end."
        ),
        scope="read",
        act=follow_log,
        query=FollowQuery,
        gives={200: str},
        media=EVENT_STREAM,
        refuses=(BeyondHeadError, UnavailableError),
    ),
)

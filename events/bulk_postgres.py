"""Writing many requests to PostgreSQL at once: all of them in one transaction, their events by COPY."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.errors import ReadOnlySqlTransaction, UniqueViolation
from psycopg.rows import TupleRow

from events.append_postgres import Connect
from events.log import (
    Append,
    Appended,
    EventIdTakenError,
    KeyTakenError,
    LogError,
    LogUnavailableError,
    StaleStreamError,
    leaf_hash,
    refuse_clashes,
)
from events.statements import statements

_SQL = statements(Path(__file__).with_suffix(".sql"))
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5
_AWAY = (OperationalError, InterfaceError, ReadOnlySqlTransaction, OSError)
_COLUMN_TYPES = ("int8", "text", "int8", "uuid", "text", "int4", "bytea", "timestamptz", "bytea")


class BulkWriter:
    """Keeps one connection for appends of many requests, and makes one at a time.

    The counter is held while the events are copied in: one append of thousands of events makes all others wait for as
    long. Where an answer is lost, it is looked up whether the events are there. After `give_up_s` without an answer
    LogUnavailableError is raised.
    """

    def __init__(self, connect: Connect, *, give_up_s: float) -> None:
        """Keep how to connect; nothing is opened yet."""
        self._connect = connect
        self._give_up_s = give_up_s
        self._connection: AsyncConnection[TupleRow] | None = None
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def write(self, requests: Sequence[Append]) -> Sequence[Appended]:
        """Append the requests; see events.log.EventLog.append_all for the promises."""
        refuse_clashes(requests)
        if not requests:
            return []
        async with self._turn:
            try:
                return await self._write(requests)
            except LogError:
                raise
            except BaseException:
                # Whoever was waiting went away, or something is amiss: nothing may be left open on the connection.
                await self.close()
                raise

    async def _write(self, requests: Sequence[Append]) -> Sequence[Appended]:
        deadline = time.monotonic() + self._give_up_s
        pause = _FIRST_PAUSE_S
        in_doubt = False
        while True:
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    return await self._write_once(requests, in_doubt=in_doubt)
            except (*_AWAY, TimeoutError) as error:
                await self.close()
                in_doubt = True
                if time.monotonic() + pause >= deadline:
                    raise LogUnavailableError(f"the log's storage does not answer: {error}") from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def _write_once(self, requests: Sequence[Append], *, in_doubt: bool) -> Sequence[Appended]:
        connection = self._connection
        if connection is None:
            connection = self._connection = await self._connect()
        if in_doubt and (done := await _found(connection, requests)) is not None:
            # After a lost answer, our own events are those of this very call.
            return done
        try:
            async with connection.transaction():
                return await _append(connection, requests)
        except UniqueViolation as error:
            return await _repeated(connection, requests, error)


async def _append(connection: AsyncConnection[TupleRow], requests: Sequence[Append]) -> Sequence[Appended]:
    """Take positions, check what the requests stand on, and put everything there."""
    counts = [sum(len(write.events) for write in request.writes) for request in requests]
    cursor = await connection.execute(_SQL["take_positions"], {"count": sum(counts)})
    [(base, moment)] = await cursor.fetchall()
    if (stale := await _stale(connection, _stands_on(requests))) is not None:
        raise stale
    await _copy(connection, requests, base, moment)
    lasts = [base + last for last in accumulate(counts)]
    firsts = [last - count + 1 for last, count in zip(lasts, counts, strict=True)]
    if any(request.keys or request.names for request in requests):
        await connection.execute(_SQL["put_keys_and_names"], _keys_and_names(requests, firsts, lasts))
    return [
        Appended(first, last, {write.stream: write.expected + len(write.events) for write in request.writes})
        for request, first, last in zip(requests, firsts, lasts, strict=True)
    ]


async def _copy(connection: AsyncConnection[TupleRow], requests: Sequence[Append], base: int, moment: datetime) -> None:
    position = base
    async with connection.cursor() as cursor, cursor.copy(_SQL["copy_events"]) as copy:
        copy.set_types(_COLUMN_TYPES)
        for request in requests:
            for write in request.writes:
                for version, event in enumerate(write.events, write.expected + 1):
                    position += 1
                    leaf = leaf_hash(write.stream, version, moment, event)
                    of_event = (event.event_id, event.type, event.schema_version, event.data)
                    await copy.write_row((position, write.stream, version, *of_event, moment, leaf))


def _stands_on(requests: Sequence[Append]) -> Mapping[str, int]:
    """Give the streams that must be in the log at a version, new ones left out: UNIQUE (stream, version) sees to them.

    Raises StaleStreamError where a request does not stand on what one before it writes.
    """
    asked: dict[str, int] = {}
    reached: dict[str, int] = {}
    for request in requests:
        stands = [*request.expects.items(), *((write.stream, write.expected) for write in request.writes)]
        for stream, version in stands:
            if reached.setdefault(stream, version) != version:
                raise StaleStreamError(stream, version, reached[stream])
            asked.setdefault(stream, version)
        reached |= {write.stream: write.expected + len(write.events) for write in request.writes}
    only_read = {stream for request in requests for stream in request.expects}
    return {stream: version for stream, version in asked.items() if version > 0 or stream in only_read}


async def _stale(connection: AsyncConnection[TupleRow], stands: Mapping[str, int]) -> StaleStreamError | None:
    if not stands:
        return None
    asked = {"streams": list(stands), "versions": list(stands.values())}
    row = await (await connection.execute(_SQL["stale"], asked)).fetchone()
    return None if row is None else StaleStreamError(*row)


async def _repeated(
    connection: AsyncConnection[TupleRow], requests: Sequence[Append], error: UniqueViolation
) -> Sequence[Appended]:
    """Give where the events stand already; raises what it is instead that another append had before."""
    if (done := await _found(connection, requests)) is not None:
        return [Appended(one.first_position, one.last_position, one.versions, repeated=True) for one in done]
    keys = [key.key for request in requests for key in request.keys]
    row = await (await connection.execute(_SQL["taken_key"], {"key": keys})).fetchone()
    if row is not None:
        raise KeyTakenError(*row) from error
    begun = {write.stream: 0 for request in requests for write in request.writes if write.expected == 0}
    stale = await _stale(connection, begun)
    raise stale or error


async def _found(connection: AsyncConnection[TupleRow], requests: Sequence[Append]) -> Sequence[Appended] | None:
    """Give where the requests' events stand, None if none of them is there; raises EventIdTakenError for some."""
    sent = _sent(requests)
    rows = await (await connection.execute(_SQL["found_events"], sent)).fetchall()
    if not rows:
        return None
    first = rows[0][1]
    ids = sent["event_id"]
    if len(rows) < len(ids):
        raise EventIdTakenError(ids[rows[0][0] - 1])
    done: list[Appended] = []
    for nth, position, same in rows:
        if not same or position != first + nth - 1:
            raise EventIdTakenError(ids[nth - 1])
    for request in requests:
        last = first + sum(len(write.events) for write in request.writes) - 1
        done.append(
            Appended(first, last, {write.stream: write.expected + len(write.events) for write in request.writes})
        )
        first = last + 1
    return done


def _sent(requests: Sequence[Append]) -> dict[str, Any]:
    """Lay the events out in columns, in the order of their positions."""
    writes = [write for request in requests for write in request.writes]
    events = [event for write in writes for event in write.events]
    return {
        "stream": [write.stream for write in writes for _ in write.events],
        "version": [write.expected + nth for write in writes for nth in range(1, len(write.events) + 1)],
        "event_id": [event.event_id for event in events],
        "type": [event.type for event in events],
        "schema_version": [event.schema_version for event in events],
        "data": [event.data for event in events],
    }


def _keys_and_names(requests: Sequence[Append], firsts: Sequence[int], lasts: Sequence[int]) -> dict[str, Any]:
    keys = [
        (key.key, key.request_sha256, first, last)
        for request, first, last in zip(requests, firsts, lasts, strict=True)
        for key in request.keys
    ]
    names = [
        (name.folded, name.place, first)
        for request, first in zip(requests, firsts, strict=True)
        for name in request.names
    ]
    return {
        "key": [key for key, _, _, _ in keys],
        "key_sha256": [sha256 for _, sha256, _, _ in keys],
        "key_first": [first for _, _, first, _ in keys],
        "key_last": [last for _, _, _, last in keys],
        "folded": [folded for folded, _, _ in names],
        "place": [place for _, place, _ in names],
        "name_first": [first for _, _, first in names],
    }

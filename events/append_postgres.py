"""Writing a batch of requests to PostgreSQL: one statement if all goes well, else an outcome for each."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias, cast
from uuid import UUID

from psycopg import AsyncConnection, Error, InterfaceError, OperationalError
from psycopg.errors import ReadOnlySqlTransaction, UniqueViolation
from psycopg.rows import TupleRow

from events.group_commit import Outcome
from events.log import (
    Append,
    Appended,
    EventIdTakenError,
    KeyTakenError,
    LogUnavailableError,
    StaleStreamError,
)
from events.statements import statements

Connect: TypeAlias = Callable[[], Awaitable[AsyncConnection[TupleRow]]]
"""Opens a connection in autocommit mode, as the role that may append."""

_SQL = statements(Path(__file__).with_suffix(".sql"))
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5
# So many batches after one in which something was refused are checked at once.
_CHECKED = 8
_PARTS = {"stands": "stands_stream", "keyed": "key", "named": "folded"}
_REPEATED = ("repeated_events", "repeated_key")
_AWAY = (OperationalError, InterfaceError, ReadOnlySqlTransaction, OSError)

_Arrays: TypeAlias = dict[str, Any]
_Range: TypeAlias = tuple[int, int]


class BatchWriter:
    """Keeps one connection, on which nothing but appends is ever run.

    Where an answer is lost the batch is sent again with the same event ids, checked under the lock, so that what was
    committed is found and not written twice. After `give_up_s` without an answer it raises LogUnavailableError.
    """

    def __init__(self, connect: Connect, *, give_up_s: float) -> None:
        """Keep how to connect; nothing is opened yet."""
        self._connect = connect
        self._give_up_s = give_up_s
        self._connection: AsyncConnection[TupleRow] | None = None
        self._checking = 0

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def write(self, requests: Sequence[Append]) -> Sequence[Outcome]:
        """Append a batch; see events.group_commit.WriteBatch for the promises."""
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

    async def _write_once(self, requests: Sequence[Append], *, in_doubt: bool) -> Sequence[Outcome]:
        connection = self._connection
        if connection is None:
            connection = self._connection = await self._connect()
        # Where something was refused lately, something of this batch may well be: it is checked at once.
        if not (in_doubt or self._checking or any(request.expects for request in requests)):
            outcomes = await _append_batch(connection, requests)
            if outcomes is not None:
                return outcomes
        outcomes = await _append_checked(connection, requests, in_doubt=in_doubt)
        refused = any(not isinstance(outcome, Appended) or outcome.repeated for outcome in outcomes)
        self._checking = _CHECKED if refused else max(0, self._checking - 1)
        return outcomes


async def _append_batch(connection: AsyncConnection[TupleRow], requests: Sequence[Append]) -> Sequence[Outcome] | None:
    """Append all requests in one statement, None if any of them cannot be appended as it is."""
    try:
        arrays = _in_offsets(requests)
        parts = tuple(part for part, needed in _PARTS.items() if arrays[needed])
        cursor = await connection.execute(_batch_of(parts), arrays, prepare=True)
        moved = await cursor.fetchone()
    except UniqueViolation:
        return None
    if moved is None:
        return None
    first = cast("int", moved[0]) + 1
    outcomes: list[Outcome] = []
    for request in requests:
        last = first + sum(len(write.events) for write in request.writes) - 1
        outcomes.append(Appended(first, last, _versions(request)))
        first = last + 1
    return outcomes


@lru_cache
def _batch_of(parts: tuple[str, ...]) -> bytes:
    """Give the statement with some of its parts: each that is there costs time, though it may have nothing to do."""
    filled = {part: _SQL[part].decode() if part in parts else "" for part in _PARTS}
    return _SQL["append_batch"].decode().format(**filled).encode()


async def _append_checked(
    connection: AsyncConnection[TupleRow],
    requests: Sequence[Append],
    *,
    in_doubt: bool,
) -> Sequence[Outcome]:
    """Append what may be appended, each request checked under the lock."""
    cursor = await connection.execute(_SQL["append_checked"], _by_request(requests))
    rows = await cursor.fetchall()
    found = {cast("int", row[0]): row[1:] for row in rows}
    repeated = [(row[1], row[2]) for row in found.values() if row[0] in _REPEATED]
    versions = await _versions_within(connection, repeated)
    return [_outcome(request, found[number], versions, in_doubt=in_doubt) for number, request in enumerate(requests)]


async def _versions_within(
    connection: AsyncConnection[TupleRow], ranges: Sequence[_Range]
) -> Mapping[_Range, Mapping[str, int]]:
    """Give what earlier requests wrote, by the positions they stand at."""
    found: dict[_Range, dict[str, int]] = {one: {} for one in ranges}
    if ranges:
        asked = {"firsts": [first for first, _ in found], "lasts": [last for _, last in found]}
        for first, last, stream, version in await (await connection.execute(_SQL["versions_within"], asked)).fetchall():
            found[first, last][stream] = version
    return found


def _outcome(
    request: Append, row: TupleRow, versions: Mapping[_Range, Mapping[str, int]], *, in_doubt: bool
) -> Outcome:
    outcome, first, last, subject, expected, actual = row
    match outcome:
        case "appended":
            return Appended(first, last, _versions(request))
        case "repeated_events" | "repeated_key":
            # After a lost answer, our own events are those of this very call.
            ours = in_doubt and outcome == "repeated_events"
            return Appended(first, last, versions[first, last], repeated=not ours)
        case "key_taken":
            return KeyTakenError(subject, first)
        case "event_id_taken":
            return EventIdTakenError(UUID(subject))
        case "stale":
            return StaleStreamError(subject, expected, actual)
        case _:
            raise Error(f"append_checked gave an unknown outcome: {outcome}")


def _versions(request: Append) -> dict[str, int]:
    return {write.stream: write.expected + len(write.events) for write in request.writes}


def _event_arrays(requests: Sequence[Append]) -> _Arrays:
    """Lay the batch's events out in columns, in the order of their positions."""
    writes = [write for request in requests for write in request.writes]
    events = [event for write in writes for event in write.events]
    return {
        "stream": [write.stream for write in writes for _ in write.events],
        "version": [write.expected + nth for write in writes for nth in range(1, len(write.events) + 1)],
        "event_id": [event.event_id for event in events],
        "type": [event.type for event in events],
        "schema_version": [event.schema_version for event in events],
        "data": [event.data for event in events],
        "key": [key.key for request in requests for key in request.keys],
        "key_sha256": [key.request_sha256 for request in requests for key in request.keys],
        "folded": [name.folded for request in requests for name in request.names],
        "place": [name.place for request in requests for name in request.names],
    }


def _in_offsets(requests: Sequence[Append]) -> _Arrays:
    """Say where keys and names belong by the offset of their request's events in the batch."""
    arrays = _event_arrays(requests)
    stands = [write for request in requests for write in request.writes if write.expected > 0]
    firsts: list[int] = []
    lasts: list[int] = []
    last = 0
    for request in requests:
        firsts.append(last + 1)
        last += sum(len(write.events) for write in request.writes)
        lasts.append(last)
    return arrays | {
        "count": last,
        "stands_stream": [write.stream for write in stands],
        "stands_version": [write.expected for write in stands],
        "key_first": [first for first, request in zip(firsts, requests, strict=True) for _ in request.keys],
        "key_last": [last for last, request in zip(lasts, requests, strict=True) for _ in request.keys],
        "name_first": [first for first, request in zip(firsts, requests, strict=True) for _ in request.names],
    }


def _by_request(requests: Sequence[Append]) -> _Arrays:
    """Say what belongs together by the request's number in the batch."""
    expects = [
        (number, stream, version)
        for number, request in enumerate(requests)
        for stream, version in (
            *((write.stream, write.expected) for write in request.writes),
            *request.expects.items(),
        )
    ]
    return _event_arrays(requests) | {
        "request": [n for n, request in enumerate(requests) for write in request.writes for _ in write.events],
        "expect_request": [number for number, _, _ in expects],
        "expect_stream": [stream for _, stream, _ in expects],
        "expect_version": [version for _, _, version in expects],
        "key_request": [number for number, request in enumerate(requests) for _ in request.keys],
        "name_request": [number for number, request in enumerate(requests) for _ in request.names],
    }

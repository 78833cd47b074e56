"""The log in PostgreSQL; the promises are those of events.log.EventLog."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from events.append_postgres import BatchWriter, Connect
from events.bulk_postgres import BulkWriter
from events.group_commit import Announce, GroupCommit, GroupLimits
from events.log import Append, Appended, KnownRequest, LogUnavailableError, RecordedEvent
from events.names import fold
from events.statements import statements
from events.streams_postgres import StreamReads

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[TupleRow]]

_SQL = statements(Path(__file__).with_suffix(".sql"))
_REMEMBERED_STREAMS = 250_000


class PostgresLog:
    """The log in PostgreSQL: a connection that appends in groups, one for many at once, and a pool that reads.

    `announce` is called after each batch with the new head, never inside the transaction; its failure costs nothing.
    While it is slow, heads are left out, never the newest.
    """

    def __init__(
        self,
        reads: Pool,
        connect: Connect,
        *,
        announce: Announce | None = None,
        limits: GroupLimits | None = None,
        give_up_s: float = 10.0,
    ) -> None:
        """Keep the pool that reads and how to connect for appending; nothing is opened yet."""
        self._reads = reads
        self._writer = BatchWriter(connect, give_up_s=give_up_s)
        self._group = GroupCommit(self._writer.write, limits=limits or GroupLimits(), announce=announce)
        self._bulk = BulkWriter(connect, give_up_s=give_up_s)
        self._streams = StreamReads(self._rows)
        self._seen: set[str] = set()

    async def close(self) -> None:
        """Wait for the appends that were taken, then close the appending connections."""
        await self._group.close()
        await self._writer.close()
        await self._streams.close()
        await self._bulk.close()

    async def append(self, request: Append) -> Appended:
        """Append one request's events, together with what other callers append at the same moment."""
        done = await self._group.submit(request)
        self._remember(done.versions)
        return done

    async def append_all(self, requests: Sequence[Append]) -> Sequence[Appended]:
        """Append the events of many requests at adjacent positions, in their order: all of them, or none."""
        done = await self._bulk.write(requests)
        if done:
            self._group.advance(done[-1].last_position)
        return done

    async def head(self) -> int:
        """Give the last position, 0 for an empty log."""
        [(position,)] = await self._rows("head", {})
        return position

    async def read(self, *, after: int = 0, limit: int = 1000) -> Sequence[RecordedEvent]:
        """Give up to `limit` events with positions above `after`, in order."""
        return [RecordedEvent(*row) for row in await self._rows("read", {"after": after, "limit": limit})]

    async def read_streams(
        self,
        streams: Sequence[str],
        *,
        up_to: int | None = None,
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        """Give the events of each stream in version order, up to a position; absent streams give an empty one."""
        if up_to is None:
            return await self._streams.read(streams)
        found: dict[str, list[RecordedEvent]] = {stream: [] for stream in streams}
        for row in await self._rows("read_streams", {"streams": list(found), "up_to": up_to}):
            event = RecordedEvent(*row)
            found[event.stream].append(event)
        return found

    async def existing(self, streams: Sequence[str]) -> frozenset[str]:
        """Give those of the streams that have a first event; what was found once is not asked again."""
        asked = set(streams)
        unknown = asked - self._seen
        if unknown:
            found: set[str] = {row[0] for row in await self._rows("existing", {"streams": list(unknown)})}
            self._remember(found)
            return frozenset((asked - unknown) | found)
        return frozenset(asked)

    async def known_requests(self, keys: Sequence[str]) -> Mapping[str, KnownRequest]:
        """Give what is kept under each key that is taken."""
        return {row[0]: KnownRequest(*row[1:]) for row in await self._rows("known_requests", {"keys": list(keys)})}

    async def keys_from(self, prefix: str, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Give up to `limit` taken keys that start with a prefix and come after one, in order of code points."""
        asked = {"prefix": prefix, "after": max(prefix, after), "inclusive": after < prefix, "limit": limit}
        return [row[0] for row in await self._rows("keys_from", asked)]

    async def places_named(self, folded: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Give, for each folded name, the ids of all places that were ever given it."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for name, place in await self._rows("places_named", {"folded": list(folded)}):
            found[name].add(place)
        return {name: frozenset(found[name]) for name in folded}

    async def nearest(self, stream: str, limit: int = 3) -> Sequence[str]:
        """Give the streams of the same category whose names are most like this one, nearest first."""
        category, _, name = stream.partition("-")
        asked = {"stream": stream, "category": category, "name": name, "folded": fold(name), "limit": limit}
        return [row[0] for row in await self._rows("nearest", asked)]

    def _remember(self, streams: Mapping[str, int] | set[str]) -> None:
        """Keep names of streams that exist: nothing is ever unregistered."""
        if len(self._seen) + len(streams) > _REMEMBERED_STREAMS:
            self._seen.clear()
        self._seen.update(streams)

    async def _rows(self, statement: str, asked: Mapping[str, Any]) -> list[TupleRow]:
        try:
            async with self._reads.connection() as connection:
                cursor = await connection.execute(_SQL[statement], asked, binary=True)
                return await cursor.fetchall()
        except OperationalError as error:
            raise LogUnavailableError(f"the log's storage does not answer: {error}") from error

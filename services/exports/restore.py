"""Filling an empty database with an exported log: the same positions, bytes and hashes, and so the same answers."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from psycopg import AsyncConnection
from psycopg.errors import LockNotAvailable, UniqueViolation
from psycopg.rows import TupleRow

from events.append_postgres import Connect
from events.log import RecordedEvent
from events.lookups import keys_of, names_of
from events.statements import statements
from services.exports.exported import DamagedExportError, Exported, ExportError, Seal

_SQL = statements(Path(__file__).with_suffix(".sql"))
_COLUMN_TYPES = ("int8", "text", "int8", "uuid", "text", "int4", "bytea", "timestamptz", "bytea")
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class NotEmptyError(ExportError):
    """The database holds events already; an export is restored into an empty one only."""

    def __init__(self, position: int) -> None:
        """Keep where its log stands."""
        super().__init__(f"the log holds {position} events already: an export is restored into an empty one only")
        self.position = position


class Restored(Struct, frozen=True):
    """What was restored: how many events, and the root of their tree in hexadecimal."""

    events: int
    root: str


async def restore(connect: Connect, export: Exported, on_progress: Callable[[int], None] | None = None) -> Restored:
    """Restore a log in one transaction: all of it, or nothing.

    Each event is hashed anew, and the tree must be the one that the export names. Request keys and place names are
    derived from the events; one that cannot be read has none, for its hash proves that the log held those very bytes.
    `on_progress` is told each position reached. Raises NotEmptyError or another ExportError.
    """
    if export.span.after != 0:
        raise ExportError(f"the export begins after position {export.span.after}; only a whole log can be restored")
    seal = Seal(export.span)
    connection = await connect()
    try:
        async with connection.transaction():
            [(position,)] = await (await connection.execute(_SQL["take_head"])).fetchall()
            if position > 0:
                raise NotEmptyError(position)
            for page in export.pages():
                for event in page:
                    seal.check(event)
                await _put(connection, page)
                if on_progress is not None:
                    on_progress(page[-1].position)
            seal.close(export.sealed())
            await _finish(connection, seal)
    except UniqueViolation as error:
        raise DamagedExportError("the export names an event id, a version or a request key twice") from error
    except LockNotAvailable as error:
        raise ExportError("the log is being filled or written to by another process: see what comes of that") from error
    finally:
        await connection.close()
    return Restored(seal.sealed.events, seal.sealed.root or "")


async def _finish(connection: AsyncConnection[TupleRow], seal: Seal) -> None:
    row = await (await connection.execute(_SQL["stream_with_a_gap"])).fetchone()
    if row is not None:
        raise DamagedExportError(f"a version of the stream {row[0]} is missing")
    last = seal.last
    moment = _BEGINNING if last is None else last.recorded_at
    await connection.execute(_SQL["set_head"], {"position": seal.sealed.events, "recorded_at": moment})


async def _put(connection: AsyncConnection[TupleRow], page: Sequence[RecordedEvent]) -> None:
    async with connection.cursor() as cursor, cursor.copy(_SQL["copy_events"]) as copy:
        copy.set_types(_COLUMN_TYPES)
        for one in page:
            of_event = (one.event_id, one.type, one.schema_version, one.data, one.recorded_at, one.leaf_hash)
            await copy.write_row((one.position, one.stream, one.version, *of_event))
    keys = [row for event in page for row in keys_of(event)]
    if keys:
        key, sha256, first, last = map(list, zip(*keys, strict=True))
        await connection.execute(_SQL["put_keys"], {"key": key, "sha256": sha256, "first": first, "last": last})
    names = [row for event in page for row in names_of(event)]
    if names:
        folded, place, position = map(list, zip(*names, strict=True))
        await connection.execute(_SQL["put_names"], {"folded": folded, "place": place, "position": position})

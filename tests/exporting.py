"""Exporting in tests: to a path, in the format that its name asks for, and what is compared afterwards."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from events.bulk import BulkRecorder
from events.log import EventLog, RecordedEvent
from events.log_postgres import PostgresLog
from events.recorder import Receipt
from projections.veil import OPEN, Veil
from services.exports.export import Format, Written, export, written_to
from services.ids import RandomIds
from services.wiring import open_log, open_pool
from tests.requests_said import everything_said

_ROWS = {
    "request_key": b"SELECT * FROM request_key ORDER BY key",
    "place_name": b"SELECT * FROM place_name ORDER BY folded, place",
    "head": b"SELECT * FROM head",
}


def form_of(name: str) -> Format:
    return "ndjson" if ".ndjson" in name else "parquet"


async def exported(log: EventLog, path: Path, *, after: int = 0, last: int | None = None, veil: Veil = OPEN) -> Written:
    with written_to(path, form_of(path.name)) as writer:
        return await export(log, writer, span=(after, last), veil=veil, on_progress=_unseen)


def _unseen(done: int, total: int) -> None:
    assert 0 < done <= total


def left_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def whole(log: EventLog) -> list[RecordedEvent]:
    return list(await log.read(limit=1_000_000))


async def derived(url: str) -> dict[str, list[Any]]:
    """Give what is kept beside the events: keys, names and the head."""
    async with open_pool(url, "conflictlog_api", size=1) as pool, pool.connection() as connection:
        return {table: await (await connection.execute(_ROWS[table])).fetchall() for table in _ROWS}


@asynccontextmanager
async def said_log(url: str) -> AsyncGenerator[PostgresLog]:
    """Give a log in which something of every sort was said."""
    async with open_log(url) as log:
        done = await BulkRecorder(log, RandomIds()).record(everything_said())
        assert sum(isinstance(one, Receipt) for one in done) > 60
        yield log

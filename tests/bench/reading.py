"""Reading the whole log: by a worker that is behind, by a rebuild, and by nothing but a decoder."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count

import msgspec
import psycopg
from psycopg import AsyncConnection

from events.codec import TAGS
from events.occurrence_events import ClaimMade, OccurrenceReported
from services.settings import variable
from tests.bench.measuring import Measure
from tests.bench.rebuilding import Rebuilding
from tests.bench.system import Database, System, append_all, at_head, held_back, process

_COPY_OUT = b"COPY (SELECT position, stream, type, data FROM event ORDER BY position) TO STDOUT (FORMAT BINARY)"
_TOY = ("toy_occurrence", "toy_claim", "toy_control")
_DECODERS = {tag: msgspec.json.Decoder(kind) for tag, kind in TAGS.items()}


@asynccontextmanager
async def reading_measures(system: System, events: int, page: int) -> AsyncGenerator[Sequence[Measure]]:
    """Give the measures over a log of so many events, to which each round adds a page that a worker must catch up."""
    async with system.beside("reading") as database:
        await append_all(database, list(system.history.pages(events)))
        _make_toy(database)
        addresses = {variable("database_url"): database.worker, variable("redis_url"): system.redis_url}
        with process("services.cli", "worker", "--roles", "follow", **addresses):
            await at_head(database)
            firsts = count(events, page)

            async def catch_up() -> Mapping[str, float]:
                async with held_back(database):
                    before = await _head(database)
                    await append_all(database, list(system.history.pages(page, next(firsts))))
                    added = await _head(database) - before
                begun = time.perf_counter()
                await at_head(database)
                return {"catch_up": added / (time.perf_counter() - begun)}

            async def rebuild() -> Mapping[str, float]:
                done = await _rebuilt(database, system)
                rate = await _head(database) / done.seconds
                return {"rebuild": rate, "rebuild_toy": rate, "rebuild_memory": done.peak_mb}

            async def copy_out() -> Mapping[str, float]:
                begun = time.perf_counter()
                read = sum(1 for _ in _decoded(database))
                return {"copy_out_decode": read / (time.perf_counter() - begun)}

            async def toy_fold() -> Mapping[str, float]:
                begun = time.perf_counter()
                read = _fold_toy(database)
                return {"toy_fold": read / (time.perf_counter() - begun)}

            yield [copy_out, catch_up, toy_fold, rebuild]


async def _head(database: Database) -> int:
    async with await AsyncConnection.connect(database.superuser) as connection:
        [(position,)] = await (await connection.execute(b"SELECT position FROM head")).fetchall()
        return int(position)


async def _rebuilt(database: Database, system: System) -> Rebuilding:
    """Rebuild three projections in a process of its own, as a worker does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bench.rebuilding", database.worker, system.redis_url),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return msgspec.json.decode(out, type=Rebuilding)


def _decoded(database: Database) -> Iterator[tuple[int, str, object]]:
    """Give every event, decoded to its type."""
    with psycopg.connect(database.superuser) as connection, connection.cursor().copy(_COPY_OUT) as copy:
        copy.set_types(["int8", "text", "text", "bytea"])
        for position, stream, kind, data in copy.rows():
            yield position, stream, _DECODERS[kind].decode(data)


def _make_toy(database: Database) -> None:
    with psycopg.connect(database.superuser) as connection:
        for table in _TOY:
            columns = "position bigint, stream text, said_on text, told text, party text"
            connection.execute(f"CREATE TABLE {table} ({columns})".encode())


def _fold_toy(database: Database) -> int:
    """Fold the log in one pass into a row an event in three tables, each with an index; nothing is ever corrected."""
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _TOY}
    read = 0
    for position, stream, said in _decoded(database):
        read += 1
        match said:
            case OccurrenceReported(details=details, occurred=occurred, parties=parties, claimant=claimant):
                start = occurred.start
                rows["toy_occurrence"].append((position, stream, start, type(details).__name__, claimant))
                rows["toy_control"] += [(position, stream, start, party.role, party.party) for party in parties]
            case ClaimMade(claim=claim, content=content, claimant=claimant):
                rows["toy_claim"].append((position, stream, type(content).__name__, claim, claimant))
            case _:
                pass
    with psycopg.connect(database.superuser) as connection:
        for table, held in rows.items():
            connection.execute(f"TRUNCATE {table}; DROP INDEX IF EXISTS {table}_party".encode())
            with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
                for row in held:
                    copy.write_row(row)
            connection.execute(f"CREATE INDEX {table}_party ON {table} (party, said_on)".encode())
    return read

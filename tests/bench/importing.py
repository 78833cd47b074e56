"""Taking in many requests at once, beside COPY of the rows that they come to, and appending meanwhile."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import psycopg

from events.addressing import request_hash
from events.bulk import BulkRecorder
from events.command import Command, RequestBody
from events.log import RecordedEvent
from events.requests import OccurrenceRequest
from services.api.bodies import normalised
from services.ids import RandomIds
from services.settings import variable
from tests.bench.append import TABLE, Do, ported
from tests.bench.measuring import Measure, quantile
from tests.bench.system import System, at_head

_COPY_IN = b"COPY raw (stream, version, event_id, type, schema_version, data) FROM STDIN (FORMAT BINARY)"
_TYPES = ["text", "int8", "uuid", "text", "int4", "bytea"]
_AT_ONCE = 2000
_TIMES_AS_MANY = 5
_CALLERS = 8
_PAUSE_S = 0.05


@asynccontextmanager
async def import_measures(system: System, requests: int) -> AsyncGenerator[Sequence[Measure]]:
    """Give the measures, each of so many requests, with the workers following what is taken in."""
    lines = list(islice(cycle(system.history.bodies), requests))
    decoder: msgspec.json.Decoder[RequestBody] = msgspec.json.Decoder(OccurrenceRequest)
    _make_table(system)
    async with system.log() as log:
        recorder = BulkRecorder(log, RandomIds())

        async def take_in() -> Mapping[str, float]:
            await at_head(system.database)
            before = await log.head()
            begun = time.perf_counter()
            for first in range(0, len(lines), _AT_ONCE):
                bodies = [decoder.decode(line) for line in lines[first : first + _AT_ONCE]]
                for outcome in await recorder.record([_command(body) for body in bodies]):
                    if isinstance(outcome, Exception):
                        raise outcome
            return {"import": (await log.head() - before) / (time.perf_counter() - begun)}

        async def copy_in() -> Mapping[str, float]:
            await at_head(system.database)
            head = await log.head()
            events = await log.read(after=max(0, head - 2 * requests), limit=2 * requests)
            return {"copy_in": _copied_in(system, events)}

        append = ported(system, log)

        async def live() -> Mapping[str, float]:
            await at_head(system.database)
            taken = await _beside_an_import(system, lines * _TIMES_AS_MANY, append)
            return {"append_import": quantile(taken, 0.5), "append_import.p99": quantile(taken, 0.99)}

        yield [take_in, copy_in, live]
        await at_head(system.database)


async def _beside_an_import(system: System, lines: Sequence[bytes], append: Do) -> Sequence[float]:
    """Append from a few callers as long as a file is imported, and give how long each append took, in milliseconds."""
    taken: list[float] = []
    with TemporaryDirectory() as directory:
        file = Path(directory) / "requests.ndjson"
        file.write_bytes(b"".join(b'{"path":"/v1/occurrences","body":%b}\n' % line for line in lines))
        importing = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "services.cli", "import", "ndjson", str(file), "--json"),
            stdout=asyncio.subprocess.DEVNULL,
            env=os.environ | {variable("database_url"): system.database.api},
        )

        async def caller() -> None:
            while importing.returncode is None:
                begun = time.perf_counter()
                await append()
                taken.append(1000 * (time.perf_counter() - begun))
                await asyncio.sleep(_PAUSE_S)

        await asyncio.gather(importing.wait(), *(caller() for _ in range(_CALLERS)))
    if importing.returncode:
        raise RuntimeError("the requests were not imported")
    return taken


def _command(body: RequestBody) -> Command:
    sha256 = request_hash("POST", "/v1/occurrences", normalised(body))
    return Command(body=body, subject=None, sha256=sha256, by="import", idempotency_key=None, if_match=None)


def _make_table(system: System) -> None:
    with psycopg.connect(system.database.superuser) as connection:
        connection.execute(TABLE.encode())


def _copied_in(system: System, events: Sequence[RecordedEvent]) -> float:
    """Copy rows into an empty table with the same indexes as the log has, in one transaction; gives rows a second."""
    rows = [(one.stream, one.version, one.event_id, one.type, one.schema_version, one.data) for one in events]
    with psycopg.connect(system.database.superuser) as connection:
        connection.execute(b"TRUNCATE raw")
        begun = time.perf_counter()
        with connection.cursor().copy(_COPY_IN) as copy:
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)
        connection.commit()
        return len(rows) / (time.perf_counter() - begun)

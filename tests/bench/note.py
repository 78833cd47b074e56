"""The `eventsourcing` library from PyPI on the same server, as a note: another promise, so not a target."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from tests.bench.measuring import Measure
from tests.bench.system import System, at_head


def note_measure(system: System, seconds: float) -> Measure:
    """Give the measure: eight threads, each of which appends one event after the other to new streams."""
    data = [template.events[0][1] for template in system.history.templates]

    def work(recorder: PostgresApplicationRecorder, end: float) -> int:
        done = 0
        while time.perf_counter() < end:
            name: UUID = uuid4()
            recorder.insert_events([StoredEvent(name, 1, "occurrence.reported", data[done % len(data)])])
            done += 1
        return done

    async def once() -> Mapping[str, float]:
        await at_head(system.database)
        said = conninfo_to_dict(system.database.superuser)
        store = PostgresDatastore(
            dbname=str(said["dbname"]),
            host=str(said["host"]),
            port=str(said["port"]),
            user=str(said["user"]),
            password=str(said["password"]),
            pool_size=8,
            schema="public",
        )
        recorder = PostgresApplicationRecorder(store, events_table_name="note")
        recorder.create_table()
        begun = time.perf_counter()
        with ThreadPoolExecutor(8) as pool:
            loop = asyncio.get_running_loop()
            ran = [loop.run_in_executor(pool, work, recorder, begun + seconds) for _ in range(8)]
            done = sum(await asyncio.gather(*ran))
        store.close()
        return {"note_eventsourcing_8": done / (time.perf_counter() - begun)}

    return once

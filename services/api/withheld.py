"""The log as a reader may see it: what is withheld from them, and what is given to them once it is released."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import structs
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.log import RecordedEvent
from events.statements import statements
from projections.veil import Veil
from services.api.reading import reader_of
from services.api.routes import Asked
from services.cloud_events import CloudEvent, cloud_event, withheld_event

_SQL = statements(Path(__file__).with_suffix(".sql"))
_CITED = re.compile(rb'"report":"([a-z0-9][a-z0-9_-]{0,119})"')


def as_seen(event: RecordedEvent, veil: Veil, public_url: str) -> CloudEvent:
    """Give an event of the log as the reader may see it."""
    if veil.hides(event.stream):
        return withheld_event(event, public_url, subject_known=False)
    if veil.mentions(event.data):
        return withheld_event(event, public_url, subject_known=True)
    return cloud_event(event, public_url)


async def hidden_from(asked: Asked) -> frozenset[str]:
    """Give the streams that who asks may not know of, neither when they read nor when they write."""
    reader = reader_of(asked)
    if reader.restricted:
        return frozenset()
    async with asked.parts.pool.connection() as connection:
        return frozenset((await asked.parts.snapshots.veil(connection, reader)).streams)


async def released(
    connection: AsyncConnection[TupleRow], asked: Mapping[str, Any], veil: Veil, public_url: str
) -> list[CloudEvent]:
    """Give the earlier events of what is released between two positions, and those of the reports that they cite.

    They are given as far as they fit the same filters, and are not restricted anew.
    """
    found = await _events(connection, "released", asked)
    cited = sorted({f"report-{name.decode()}" for event in found for name in _CITED.findall(event.data)})
    reports = await _events(connection, "cited", {**asked, "reports": cited}) if cited else []
    return [
        structs.replace(cloud_event(event, public_url), released=True)
        for event in sorted([*reports, *found], key=lambda event: event.position)
        if (asked["types"] is None or event.type in asked["types"])
        and (asked["streams"] is None or event.stream in asked["streams"])
        and not (veil.hides(event.stream) or veil.mentions(event.data))
    ]


async def _events(connection: AsyncConnection[TupleRow], name: str, asked: Mapping[str, Any]) -> list[RecordedEvent]:
    cursor = await connection.execute(_SQL[name], asked, binary=True)
    return [RecordedEvent(*row) for row in await cursor.fetchall()]

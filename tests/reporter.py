"""A reporter who sends requests into a log in memory, as the API would."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import cast
from uuid import UUID

import msgspec

from events import registry_requests as registry
from events import requests as asked
from events.addressing import request_hash
from events.command import Command, RequestBody
from events.facts import fold_occurrence, fold_registered
from events.log_memory import MemoryLog
from events.occurrence import Occurrence
from events.recorder import Receipt, Recorder
from events.registry import Registered


class CountedIds:
    """Ids in the order in which they are asked for."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def event_id(self) -> UUID:
        return UUID(int=next(self._numbers))

    def suffix(self) -> str:
        return f"x{next(self._numbers)}"


def ticking(start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> Iterator[datetime]:
    return (start + timedelta(seconds=second) for second in count())


class Reporter:
    """Sends requests; `body` is what the JSON of a request holds."""

    def __init__(self) -> None:
        clock = ticking()
        self.log = MemoryLog(lambda: next(clock))
        self.recorder = Recorder(self.log, CountedIds())

    async def send(
        self,
        kind: object,
        body: Mapping[str, object],
        subject: str | None = None,
        *,
        key: str | None = None,
        if_match: int | None = None,
    ) -> Receipt:
        request: RequestBody = msgspec.convert(body, cast("type[RequestBody]", kind))
        sent = request_hash("POST", f"/{subject}", msgspec.json.encode(body, order="deterministic"))
        return await self.recorder.record(
            Command(body=request, subject=subject, sha256=sent, by="tester", idempotency_key=key, if_match=if_match)
        )

    async def register_november(self) -> None:
        """Register what the tests speak of: three parties, a district and its town, a source and its report."""
        for party in ("azerbaijan", "armenian-forces", "russian-peacekeepers"):
            await self.send(registry.RegisterParty, {"id": party, "name": party, "kind": "state_force"})
        await self.send(
            registry.RegisterPlace,
            {"id": "azerbaijan", "name": "Azerbaijan", "kind": "country", "time_zone": "Asia/Baku"},
        )
        for name, kind in (("kalbajar", "district"), ("kalbajar-town", "town")):
            await self.send(
                registry.RegisterPlace,
                {
                    "id": name,
                    "name": "Kəlbəcər",
                    "kind": kind,
                    "parent": "azerbaijan",
                    "names": [{"name": "Kalbajar", "language": "en"}],
                },
            )
        await self.send(
            registry.RegisterSource, {"id": "mod", "name": "MoD", "kind": "official", "time_zone": "Asia/Baku"}
        )
        await self.send(registry.FileReport, {"id": "r1", "source": "mod", "published_at": "2020-11-25"})

    async def report(self, body: Mapping[str, object], *, key: str | None = None) -> Receipt:
        return await self.send(asked.OccurrenceRequest, body, key=key)

    async def occurrence(self, name: str) -> Occurrence:
        stream = f"occurrence-{name}"
        return fold_occurrence((await self.log.read_streams([stream]))[stream])

    async def registered(self, stream: str) -> Registered:
        return fold_registered((await self.log.read_streams([stream]))[stream])


ENTRY: Mapping[str, object] = {
    "kind": "control_change",
    "id": "entry",
    "report": "r1",
    "occurred": {"start": "2020-11-25"},
    "places": [{"place": "kalbajar", "role": "target"}],
    "details": {"from": "armenian-forces", "to": "azerbaijan", "manner": "entry"},
}
EXPLOSION: Mapping[str, object] = {
    "kind": "explosion",
    "id": "mine",
    "report": "r1",
    "occurred": {"start": "2020-11-23"},
    "places": [{"place": "kalbajar"}],
    "details": {"device": "mine"},
    "claims": [{"id": "killed", "kind": "casualties", "effect": "killed", "count": {"low": 1, "best": 1, "high": 1}}],
}
AGREEMENT: Mapping[str, object] = {
    "kind": "agreement",
    "id": "ceasefire",
    "report": "r1",
    "occurred": {"start": "2020-11-10T00:00:00+03:00", "precision": "exact"},
    "details": {
        "ceasefire": True,
        "terms": [{"kind": "transfer", "place": "kalbajar", "to": "azerbaijan", "due": "2020-11-15"}],
    },
}

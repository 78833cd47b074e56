"""Events of an older shape: their bytes stay, and every reader takes them for the newest."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from events.codec import VERSIONS, decode
from events.details import Displacement
from events.log import Append, NewEvent, StreamWrite
from events.occurrence_events import OccurrenceReported
from services.exports.export import exported_in
from services.exports.restore import restore
from services.verification.run import verify
from services.wiring import loading
from tests.api_client import NO_REDIS, client, settings_for
from tests.exporting import exported, whole
from tests.projected import Parts, digests, parts

pytestmark = pytest.mark.anyio

OLD = (
    b'{"details":{"kind":"displacement","returning":true},"occurred":{"start":"2020-11-14","zone":"Asia/Baku",'
    b'"start_at":"2020-11-13T20:00:00Z","end_at":"2020-11-14T19:59:59.999999Z"},"places":[{"place":"kalbajar"}],'
    b'"claimant":"source:mod","citation":{"report":"r1","published_at":"2020-11-25T19:59:59.999999Z"}}'
)
NEW = {
    "kind": "displacement",
    "id": "new",
    "report": "r1",
    "occurred": {"start": "2020-11-14"},
    "places": [{"place": "kalbajar"}],
    "details": {"returning": True},
}


def _quietly(_what: str, _done: int, _total: int) -> None:
    """Take no note of how far a verification is."""


async def _tell(held: Parts, url: str) -> None:
    """Append one event as version 1 had it, and have the same said today."""
    async with client(settings_for(url, NO_REDIS)) as api:
        await api.register_november()
        event = NewEvent(uuid4(), "occurrence.reported", 1, OLD)
        await held.log.append(Append(writes=(StreamWrite("occurrence-old", 0, (event,)),)))
        await api.record([("/v1/occurrences", NEW)])


async def test_both_shapes_are_folded_served_verified_and_carried_elsewhere_alike(
    database_url: str, other_url: str, tmp_path: Path
) -> None:
    async with parts(database_url) as held:
        await _tell(held, database_url)
        await held.runner().drain()
        read = {event.stream: event for event in await whole(held.log)}
        assert (read["occurrence-old"].schema_version, read["occurrence-old"].data) == (1, OLD)
        assert read["occurrence-new"].schema_version == VERSIONS["occurrence.reported"] == 2
        for event in (read["occurrence-old"], read["occurrence-new"]):
            said = decode(event)
            assert isinstance(said, OccurrenceReported)
            assert said.details == Displacement(movement="return")
        assert (await verify(database_url, [], _quietly)).ok

        await exported(held.log, tmp_path / "log.ndjson")
        await restore(loading(other_url), exported_in(tmp_path / "log.ndjson"))
        async with parts(other_url) as other:
            await other.runner().drain()
            assert await whole(other.log) == await whole(held.log)
            assert await digests(other) == await digests(held)


async def test_both_shapes_are_answered_alike_and_the_log_shows_each_as_it_was_written(database_url: str) -> None:
    async with parts(database_url) as held, client(settings_for(database_url, NO_REDIS)) as api:
        await _tell(held, database_url)
        await api.fold()
        found = (await api.get("/v1/displacement?movement=return")).json()["items"]
        movements = [one["movement"] for one in found]
        assert [one["occurrence"] for one in movements] == ["new", "old"]
        assert [(one["movement"], one["returning"], one["destinations"]) for one in movements] == [
            ("return", True, ["kalbajar"])
        ] * 2
        old, new = await asyncio.gather(*(api.get(f"/v1/occurrences/{one}") for one in ("old", "new")))
        assert old.json()["occurrence"]["details"] == new.json()["occurrence"]["details"]
        [item] = (await api.get("/v1/occurrences/old/history")).json()["items"]
        assert (item["schema_version"], item["data"]["details"]) == (1, {"kind": "displacement", "returning": True})
        log = (await api.get("/v1/log?stream=occurrence-old")).json()["items"]
        assert [one["data"]["details"] for one in log] == [{"kind": "displacement", "returning": True}]

        wrong = {**NEW, "id": "wrong", "details": {"returning": True, "movement": "expulsion"}}
        refused = await api.post("/v1/occurrences", wrong)
        assert (refused.status_code, [one["pointer"] for one in refused.json()["errors"]]) == (
            422,
            ["/details/returning"],
        )

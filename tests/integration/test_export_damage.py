"""An export that does not hold what was written to it is refused, and leaves nothing."""

import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from events.log import RecordedEvent
from events.log_postgres import PostgresLog
from services.exports.export import exported_in
from services.exports.exported import DamagedExportError, Seal, Sealed, Span
from services.exports.restore import restore
from services.wiring import loading, open_log
from tests.exporting import derived, exported, said_log, whole

pytestmark = pytest.mark.anyio


@pytest.fixture
async def log(database_url: str) -> AsyncIterator[PostgresLog]:
    async with said_log(database_url) as log:
        yield log


Damage = Callable[[list[str]], list[str]]


def changed(line: str, **members: object) -> str:
    return json.dumps({**json.loads(line), **members}, ensure_ascii=False, separators=(",", ":"))


DAMAGES: dict[str, Damage] = {
    "a byte of the data changed": lambda lines: [*lines[:5], lines[5].replace('"data":{"', '"data":{ "'), *lines[6:]],
    "another time": lambda lines: [*lines[:5], changed(lines[5], recorded_at="2020-01-01T00:00:00Z"), *lines[6:]],
    "another stream": lambda lines: [*lines[:5], changed(lines[5], stream="party-x"), *lines[6:]],
    "another id": lambda lines: [*lines[:5], changed(lines[5], event_id=json.loads(lines[6])["event_id"]), *lines[6:]],
    "a hash changed": lambda lines: [*lines[:5], changed(lines[5], leaf_hash="00" * 32), *lines[6:]],
    "no hash": lambda lines: [*lines[:5], changed(lines[5], leaf_hash="xyz"), *lines[6:]],
    "an event missing": lambda lines: [*lines[:5], *lines[6:]],
    "an event twice": lambda lines: [*lines[:5], lines[5], *lines[5:]],
    "two exchanged": lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]],
    "cut short": lambda lines: lines[:-1],
    "cut short by an event": lambda lines: [*lines[:-2], lines[-1]],
    "half a line": lambda lines: [*lines[:8], lines[8][:50], *lines[9:]],
    "another end": lambda lines: [*lines[:-1], changed(lines[-1], root="00" * 32)],
    "something behind the end": lambda lines: [*lines, lines[5]],
    "another span": lambda lines: [changed(lines[0], last=1_000_000), *lines[1:]],
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
async def test_a_damaged_export_is_refused_and_leaves_nothing(
    other_url: str, log: PostgresLog, tmp_path: Path, damage: Damage
) -> None:
    path = tmp_path / "log.ndjson"
    await exported(log, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    damaged = damage(lines)
    assert damaged != lines
    path.write_text("\n".join(damaged) + "\n", encoding="utf-8")
    with pytest.raises(DamagedExportError):
        await restore(loading(other_url), exported_in(path))
    async with open_log(other_url) as other:
        assert await other.head() == 0
        assert await whole(other) == []
    assert (await derived(other_url))["request_key"] == []


async def test_a_packed_export_with_any_byte_flipped_is_refused_and_leaves_nothing(
    other_url: str, log: PostgresLog, tmp_path: Path
) -> None:
    path = tmp_path / "log.ndjson.gz"
    await exported(log, path)
    packed = path.read_bytes()
    # Its head, its beginning, everywhere inside it, and the sum at its end.
    for at in {0, 2, 10, *range(12, len(packed) - 8, len(packed) // 20), len(packed) - 7}:
        path.write_bytes(bytes([*packed[:at], packed[at] ^ 0xFF, *packed[at + 1 :]]))
        with pytest.raises(DamagedExportError):
            await restore(loading(other_url), exported_in(path))
    async with open_log(other_url) as other:
        assert await other.head() == 0


async def test_a_version_that_is_missing_is_noticed_although_all_hashes_hold(other_url: str, log: PostgresLog) -> None:
    class Without:
        """The log without the first event of one stream, hashed and sealed as if there had never been one."""

        def __init__(self, events: list[RecordedEvent]) -> None:
            self._events = events
            self.span = Span(0, len(events))

        def pages(self) -> Iterator[list[RecordedEvent]]:
            yield self._events

        def sealed(self) -> Sealed:
            seal = Seal(self.span)
            for event in self._events:
                seal.check(event)
            return seal.sealed

    events = [event for event in await whole(log) if (event.stream, event.version) != ("place-q", 1)]
    moved = [_at(event, position) for position, event in enumerate(events, 1)]
    with pytest.raises(DamagedExportError, match="version of the stream place-q"):
        await restore(loading(other_url), Without(moved))


def _at(event: RecordedEvent, position: int) -> RecordedEvent:
    return RecordedEvent(
        position, event.stream, event.version, event.event_id, event.type, event.schema_version, event.data,
        event.recorded_at, event.leaf_hash,
    )  # fmt: skip


async def test_a_packed_export_that_is_cut_is_damaged(other_url: str, log: PostgresLog, tmp_path: Path) -> None:
    path = tmp_path / "log.ndjson.gz"
    await exported(log, path)
    assert gzip.decompress(path.read_bytes()).count(b"\n") == await log.head() + 2
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DamagedExportError):
        await restore(loading(other_url), exported_in(path))

"""An exported log, restored into an empty database, is the same log and gives the same answers."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from events.bulk import BulkRecorder
from events.log_postgres import PostgresLog
from events.merkle import Frontier
from events.recorder import Receipt
from projections.catalogue import CATALOGUE
from projections.digest_postgres import Digest, digest
from projections.generation_postgres import Generations
from projections.page import Target
from projections.runner_postgres import Runner
from services.exports import parquet
from services.exports.export import export, exported_in, written_to
from services.exports.exported import ExportError
from services.exports.restore import NotEmptyError, Restored, restore
from services.ids import RandomIds
from services.wiring import WORKER_ROLE, loading, open_log, open_pool
from tests.events_said import append, new_event
from tests.exporting import derived, exported, form_of, left_in, said_log, whole
from tests.head_lock import head_held
from tests.parking_cases import poison
from tests.requests_said import everything_said

pytestmark = pytest.mark.anyio

FORMS = pytest.mark.parametrize("name", ["log.ndjson", "log.ndjson.gz", "log"])


@pytest.fixture
async def log(database_url: str) -> AsyncIterator[PostgresLog]:
    async with said_log(database_url) as log:
        yield log


async def digests(url: str) -> dict[str, Digest]:
    """Fold all projections, and give the digest of each."""
    async with (
        open_pool(url, WORKER_ROLE, size=2) as pool,
        open_pool(url, WORKER_ROLE, size=2) as reads,
        open_log(url, reads=reads) as log,
    ):
        await Generations(pool, log, CATALOGUE).prepare()
        await Runner(pool, log, CATALOGUE).drain()
        head = await log.head()
        async with pool.connection() as connection:
            return {
                one.name: await digest(connection, Target(one, 1, head, head), head) for one in CATALOGUE.projections
            }


@FORMS
async def test_a_restored_log_is_the_same_and_gives_the_same_answers(
    database_url: str, other_url: str, log: PostgresLog, tmp_path: Path, name: str
) -> None:
    written = await exported(log, tmp_path / name)
    restored = await restore(loading(other_url), exported_in(tmp_path / name))
    assert restored == Restored(written.events, written.root or "")
    async with open_log(other_url) as other:
        assert await whole(other) == await whole(log)
        tree = Frontier()
        for event in await whole(other):
            tree.append(event.leaf_hash)
        assert tree.root.hex() == written.root
    assert await derived(other_url) == await derived(database_url)
    found = await digests(other_url)
    assert found == await digests(database_url)
    filled = {name for name, tables in found.items() if any(rows for rows, _ in tables.values())}
    assert {"control_map", "casualties", "strikes", "occurrences"} <= filled


async def test_a_restored_log_goes_on_where_it_stopped(other_url: str, log: PostgresLog, tmp_path: Path) -> None:
    await exported(log, tmp_path / "log.ndjson")
    await restore(loading(other_url), exported_in(tmp_path / "log.ndjson"))
    async with open_log(other_url) as other:
        head = await other.head()
        said = [one for one in everything_said() if one.idempotency_key]
        again = await BulkRecorder(other, RandomIds()).record(said)
        assert all(one.repeated for one in again if isinstance(one, Receipt))
        assert await other.head() == head
        assert (await other.append(append("occurrence-new"))).first_position == head + 1


UNREAD = (b'{"reason":"\xff"}', b"[" * 20_000)


@FORMS
@pytest.mark.parametrize(
    "data", [b"{}", b"", b'{"a":\n1}', b' {"a":1} ', bytes(range(256)), "ナゴルノ".encode(), *UNREAD]
)
async def test_bytes_of_any_sort_are_exported_as_they_are(
    database_url: str, tmp_path: Path, name: str, data: bytes
) -> None:
    async with open_log(database_url) as log:
        await log.append(append("occurrence-a", 0, new_event(data), new_event()))
        await exported(log, tmp_path / name)
        assert [event for page in exported_in(tmp_path / name).pages() for event in page] == await whole(log)


POISON = (
    ("place-kalbajar", "place.amended", b"{}x"),
    ("place-kalbajar", "place.amended", b'{"names":7,"request":[]}'),
    ("place-kalbajar", "place.amended", b'{"name":"%b"}' % (b"x" * 1001)),
    ("place-kalbajar", "place.amended", b'{"name":"a\\u0000b"}'),
    ("place-ghost", "place.named", b"\xff\n"),
    ("occurrence-mine", "occurrence.cited", b"[" * 20_000),
    ("occurrence-mine", "occurrence.cited", b'{"request":{"sha256":"none","keys":["k1"]}}'),
    ("occurrence-mine", "occurrence.cited", b'{"request":{"sha256":"00","keys":["k2"],"events":0}}'),
    ("occurrence-mine", "occurrence.cited", b'{"request":{"sha256":"00","keys":["","k\\u00003"]}}'),
)


@FORMS
async def test_what_nobody_can_read_is_restored_as_it_was(
    log: PostgresLog, database_url: str, other_url: str, tmp_path: Path, name: str
) -> None:
    for stream, kind, data in POISON:
        await poison(log, stream, kind, data)
    await exported(log, tmp_path / name)
    await restore(loading(other_url), exported_in(tmp_path / name))
    async with open_log(other_url) as other:
        assert await whole(other) == await whole(log)
    assert await derived(other_url) == await derived(database_url)


@FORMS
async def test_an_export_of_no_events_restores_an_empty_log(
    database_url: str, other_url: str, tmp_path: Path, name: str
) -> None:
    async with open_log(database_url) as log:
        await exported(log, tmp_path / name)
    assert (await restore(loading(other_url), exported_in(tmp_path / name))).events == 0
    assert await derived(other_url) == await derived(database_url)


async def test_a_database_that_holds_events_is_left_alone(log: PostgresLog, database_url: str, tmp_path: Path) -> None:
    await exported(log, tmp_path / "log.ndjson")
    before = await whole(log)
    with pytest.raises(NotEmptyError):
        await restore(loading(database_url), exported_in(tmp_path / "log.ndjson"))
    assert await whole(log) == before


async def test_a_log_that_another_process_is_filling_is_left_to_it(
    other_url: str, log: PostgresLog, tmp_path: Path
) -> None:
    await exported(log, tmp_path / "log.ndjson")
    async with head_held(other_url):
        with pytest.raises(ExportError, match="by another process"):
            await restore(loading(other_url), exported_in(tmp_path / "log.ndjson"))


async def test_a_range_is_exported_but_not_restored(other_url: str, log: PostgresLog, tmp_path: Path) -> None:
    written = await exported(log, tmp_path / "log", after=10, last=20)
    assert (written.events, written.root) == (10, None)
    export_ = exported_in(tmp_path / "log")
    assert [event.position for page in export_.pages() for event in page] == list(range(11, 21))
    with pytest.raises(ExportError, match="only a whole log"):
        await restore(loading(other_url), export_)


@pytest.mark.parametrize(("after", "last"), [(0, 10_000), (20, 10)])
async def test_a_range_that_the_log_does_not_have_is_refused(
    log: PostgresLog, tmp_path: Path, after: int, last: int
) -> None:
    with pytest.raises(ExportError, match="the log stands at position"):
        await exported(log, tmp_path / "log.ndjson", after=after, last=last)
    assert left_in(tmp_path) == []


async def test_parquet_stands_in_files_by_ranges_of_positions(
    log: PostgresLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "PART", 50)
    monkeypatch.setattr(parquet.ParquetWriter.__init__, "__defaults__", (50,))
    head = await log.head()
    await exported(log, tmp_path / "log", after=20)
    names = left_in(tmp_path / "log")
    assert names[:2] == [f"events-{first:020}-{last:020}.parquet" for first, last in ((21, 50), (51, 100))]
    assert names[-2].endswith(f"-{head:020}.parquet")
    assert names[-1] == "manifest.json"
    read = [event for page in exported_in(tmp_path / "log").pages() for event in page]
    assert read == (await whole(log))[20:]


@pytest.mark.parametrize("content", [b"", b"\n", b'{"path":"/v1/parties"}\n', b"\xff\xfe"])
async def test_what_is_no_export_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.ndjson"
    path.write_bytes(content)
    with pytest.raises(ExportError, match="no export of a log"):
        exported_in(path)
    with pytest.raises(ExportError, match="no export of a log"):
        exported_in(tmp_path)


async def test_an_export_of_a_later_format_asks_for_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "log.ndjson"
    path.write_bytes(b'{"conflictlog":"log","after":0,"last":3,"format_version":2}\n')
    with pytest.raises(ExportError, match="upgrade"):
        exported_in(path)


@FORMS
async def test_an_export_that_fails_leaves_no_file_and_one_that_exists_is_kept(
    log: PostgresLog, tmp_path: Path, name: str
) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt(f"at {done} of {total}")

    with pytest.raises(KeyboardInterrupt), written_to(tmp_path / name, form_of(name)) as writer:
        await export(log, writer, on_progress=stop)
    assert left_in(tmp_path) == []
    await exported(log, tmp_path / name)
    with pytest.raises(ExportError, match="exists already"):
        await exported(log, tmp_path / name)


@FORMS
async def test_of_two_exports_to_one_path_the_first_that_is_done_stands_whole(
    log: PostgresLog, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    begun = written_to(path, form_of(name))
    writer = begun.__enter__()
    await exported(log, path)
    await export(log, writer, span=(0, 5), on_progress=lambda _done, _total: None)
    with pytest.raises(ExportError, match="exists already"):
        begun.__exit__(None, None, None)
    assert left_in(tmp_path) == [name]
    assert [event for page in exported_in(path).pages() for event in page] == await whole(log)


@FORMS
async def test_an_export_is_on_the_disk_before_it_stands_at_its_path(
    log: PostgresLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    synced: dict[int, bool] = {}
    path, fsync = tmp_path / name, os.fsync

    def noted(descriptor: int) -> None:
        synced[os.fstat(descriptor).st_ino] = path.exists()
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    await exported(log, path)
    parts = [path, *(path.iterdir() if path.is_dir() else ())]
    assert synced == {inode(one): False for one in parts} | {inode(tmp_path): True}


def inode(path: Path) -> int:
    return path.stat().st_ino


async def test_without_pyarrow_parquet_says_what_to_install(
    log: PostgresLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match="pip install"):
        await exported(log, tmp_path / "log")
    assert left_in(tmp_path) == []

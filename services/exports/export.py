"""Writing an export: whole, or not at all."""

import gzip
import os
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Literal, Protocol, cast

from msgspec import Struct

from events.log import EventLog, RecordedEvent
from projections.veil import OPEN, Veil
from services.exports.exported import Exported, ExportError, Seal, Sealed, Span, pages_of, withheld
from services.exports.ndjson import NdjsonExport, NdjsonWriter, is_packed
from services.exports.parquet import ParquetExport, ParquetWriter

Format = Literal["ndjson", "parquet"]


class Writer(Protocol):
    """Writes an export in one format."""

    def begin(self, span: Span) -> None:
        """Say what follows."""
        ...

    def add(self, page: Sequence[RecordedEvent]) -> None:
        """Write events."""
        ...

    def seal(self, sealed: Sealed) -> None:
        """Say how it ends."""
        ...


class Written(Struct, frozen=True):
    """What was exported; `root` is null where it does not begin with the first event.

    `withheld` is of how many of the events no more than the leaf.
    """

    after: int
    last: int
    events: int
    root: str | None
    withheld: int = 0


async def export(
    log: EventLog,
    writer: Writer,
    *,
    span: tuple[int, int | None] = (0, None),
    veil: Veil = OPEN,
    on_progress: Callable[[int, int], None],
) -> Written:
    """Export the events after a position, up to and with another: by default all that the log holds now.

    Each event is hashed anew; of what is under the veil the hash alone is written. `on_progress` is told how many of
    how many positions are written. Raises ExportError.
    """
    head = await log.head()
    after, last = span[0], head if span[1] is None else span[1]
    if not after <= last <= head:
        raise ExportError(f"the log stands at position {head}: nothing can be exported from {after} to {last}")
    exported = Span(after, last)
    seal = Seal(exported)
    writer.begin(exported)
    kept = 0
    async for page in pages_of(log, exported):
        for event in page:
            seal.check(event)
        under = {event.position for event in page if veil.hides(event.stream) or veil.mentions(event.data)}
        kept += len(under)
        writer.add([withheld(event) if event.position in under else event for event in page] if under else page)
        on_progress(page[-1].position - after, last - after)
    writer.seal(seal.sealed)
    return Written(after, last, seal.sealed.events, seal.sealed.root, kept)


@contextmanager
def written_to(path: Path, form: Format) -> Generator[Writer]:
    """Give what writes to a path, at which the export stands once the block has ended well, and else nothing.

    It is on the disk then. Who exports to the same path meanwhile writes under another name.
    """
    _refuse_existing(path)
    if form == "ndjson" and not path.parent.is_dir():
        raise ExportError(f"{path.parent} is no directory: make it first, or name another")
    begun = path.with_name(f"{path.name}.{token_hex(4)}.part")
    try:
        if form == "parquet":
            begun.mkdir(parents=True)
            writer = ParquetWriter(begun)
            try:
                yield writer
            finally:
                writer.close()
        else:
            with begun.open("xb") as raw, _packed(path, raw) as file:
                yield NdjsonWriter(file)
        for one in [*begun.iterdir(), begun] if form == "parquet" else [begun]:
            _sync(one)
        _refuse_existing(path)
        begun.rename(path)
        with suppress(OSError):  # A directory that may be written need not be one that may be read.
            _sync(path.parent)
    finally:
        _remove(begun)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise ExportError(f"{path} exists already: name another, or remove it")


def _sync(path: Path) -> None:
    """Have a file or a directory stand on the disk as it is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def exported_in(path: Path) -> Exported:
    """Open the export at a path: a directory holds Parquet, a file NDJSON; raises ExportError where it is none."""
    return ParquetExport(path) if path.is_dir() else NdjsonExport(path)


def _packed(path: Path, raw: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile("", "wb", fileobj=raw, mtime=0)) if is_packed(path) else raw


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

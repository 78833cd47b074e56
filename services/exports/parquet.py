"""Exports as Parquet: a directory of files, each with a range of positions, and a file that seals them.

pyarrow reads and writes them; it is large, so that only who wants Parquet installs it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from events.log import RecordedEvent
from services.exports.exported import FORMAT_VERSION, PAGE, DamagedExportError, ExportError, Sealed, Span

PART = 100_000
"""How many positions a file holds."""

MANIFEST = "manifest.json"

_DIGITS = 20


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a directory holds; it is written last."""

    span: Span
    sealed: Sealed
    files: tuple[str, ...]


class ParquetWriter:
    """Writes an export into a directory that is there and empty; raises ExportError where pyarrow is not installed."""

    def __init__(self, directory: Path, part: int = PART) -> None:
        """Keep the directory; nothing is written yet."""
        self._arrow, self._parquet = _libraries()
        self._directory = directory
        self._part = part
        self._schema = _schema(self._arrow)
        self._span = Span(0, 0)
        self._files: list[str] = []
        self._writer: Any = None
        self._room = 0

    def begin(self, span: Span) -> None:
        """Take which events follow."""
        self._span = span

    def add(self, page: Sequence[RecordedEvent]) -> None:
        """Write events, each to the file of its range."""
        while page:
            if self._room == 0:
                self._next(page[0].position)
            now, page = page[: self._room], page[self._room :]
            self._room -= len(now)
            columns = zip(*(_row(event) for event in now), strict=True)
            arrays = [
                self._arrow.array(column, type=field.type) for column, field in zip(columns, self._schema, strict=True)
            ]
            self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def seal(self, sealed: Sealed) -> None:
        """Say how it ends."""
        self.close()
        manifest = Manifest(self._span, sealed, tuple(self._files))
        (self._directory / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))

    def close(self) -> None:
        """Close the file that is being written."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _next(self, first: int) -> None:
        """Begin the next file, which ends where a range does."""
        self.close()
        last = min((first - 1) // self._part * self._part + self._part, self._span.last)
        name = f"events-{first:0{_DIGITS}}-{last:0{_DIGITS}}.parquet"
        self._writer = self._parquet.ParquetWriter(self._directory / name, self._schema, compression="zstd")
        self._files.append(name)
        self._room = last - first + 1


class ParquetExport:
    """An export in a directory."""

    def __init__(self, directory: Path) -> None:
        """Read what the directory holds; raises ExportError where it is no export."""
        _, self._parquet = _libraries()
        self._directory = directory
        try:
            self._manifest = msgspec.json.decode((directory / MANIFEST).read_bytes(), type=Manifest)
        except (OSError, msgspec.DecodeError) as error:
            raise ExportError(f"{directory} is no export of a log: its {MANIFEST} cannot be read") from error
        self.span = self._manifest.span
        if self.span.format_version != FORMAT_VERSION:
            raise ExportError(
                f"{directory} is an export of format version {self.span.format_version}: upgrade to read it"
            )

    def pages(self) -> Iterator[Sequence[RecordedEvent]]:
        """Give its events in order."""
        for name in self._manifest.files:
            path = self._directory / Path(name).name
            try:
                with self._parquet.ParquetFile(path) as file:
                    for batch in file.iter_batches(batch_size=PAGE):
                        yield [
                            _event(row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
                        ]
            except (OSError, ValueError) as error:
                raise DamagedExportError(f"{path} cannot be read: {error}") from error

    def sealed(self) -> Sealed:
        """Say how it ends."""
        return self._manifest.sealed


def _libraries() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ExportError("Parquet needs pyarrow: pip install 'conflictlog[parquet]', or export as ndjson") from error


def _schema(arrow: Any) -> Any:  # noqa: ANN401  the library has no types, and need not be there
    return arrow.schema(
        [
            arrow.field("position", arrow.int64(), nullable=False),
            arrow.field("stream", arrow.string(), nullable=False),
            arrow.field("version", arrow.int64(), nullable=False),
            arrow.field("event_id", arrow.string(), nullable=False),
            arrow.field("type", arrow.string(), nullable=False),
            arrow.field("schema_version", arrow.int32(), nullable=False),
            # As text, which queries can look into; bytes that are none stand in the other column.
            arrow.field("data", arrow.string()),
            arrow.field("data_bytes", arrow.binary()),
            arrow.field("recorded_at", arrow.timestamp("us", tz="UTC"), nullable=False),
            arrow.field("leaf_hash", arrow.binary(32), nullable=False),
        ]
    )


def _row(event: RecordedEvent) -> tuple[Any, ...]:
    try:
        text, raw = event.data.decode(), None
    except UnicodeDecodeError:
        text, raw = None, event.data
    return (
        event.position,
        event.stream,
        event.version,
        str(event.event_id),
        event.type,
        event.schema_version,
        text,
        raw,
        event.recorded_at,
        event.leaf_hash,
    )


def _event(row: tuple[Any, ...]) -> RecordedEvent:
    position, stream, version, event_id, kind, schema_version, text, raw, recorded_at, leaf = row
    return RecordedEvent(
        position=position,
        stream=stream,
        version=version,
        event_id=UUID(event_id),
        type=kind,
        schema_version=schema_version,
        data=raw if text is None else text.encode(),
        recorded_at=recorded_at.astimezone(UTC),
        leaf_hash=leaf,
    )

"""Exports as NDJSON: a line that says what follows, one line for each event, and a line that seals them."""

import gzip
import zlib
from base64 import b64decode, b64encode
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeVar, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from events.log import RecordedEvent
from services.cloud_events import json_on_one_line
from services.exports.exported import FORMAT_VERSION, PAGE, DamagedExportError, ExportError, Sealed, Span


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event. `data` is its exact JSON; bytes that are no JSON on one line stand in `data_base64` instead."""

    position: int
    stream: str
    version: int
    event_id: UUID
    type: str
    schema_version: int
    recorded_at: datetime
    leaf_hash: str
    data: Raw | UnsetType = UNSET
    data_base64: str | UnsetType = UNSET


_Shape = TypeVar("_Shape")

_ENCODER = msgspec.json.Encoder()
_LINE = msgspec.json.Decoder(Line)
_SPAN = msgspec.json.Decoder(Span)
_SEALED = msgspec.json.Decoder(Sealed)
_END = b'{"conflictlog":"end"'


class NdjsonWriter:
    """Writes an export to a file that is open."""

    def __init__(self, file: BinaryIO) -> None:
        """Keep the file; nothing is written yet."""
        self._file = file

    def begin(self, span: Span) -> None:
        """Say what follows."""
        self._write(span)

    def add(self, page: Sequence[RecordedEvent]) -> None:
        """Write events."""
        for event in page:
            self._write(_line(event))

    def seal(self, sealed: Sealed) -> None:
        """Say how it ends."""
        self._write(sealed)

    def _write(self, line: Struct) -> None:
        self._file.write(_ENCODER.encode(line))
        self._file.write(b"\n")


class NdjsonExport:
    """An export in a file, packed if its name ends in `.gz`."""

    def __init__(self, path: Path) -> None:
        """Read what the file holds; raises ExportError where it is no export."""
        self._path = path
        self._sealed: Sealed | None = None
        with _unpacked(path) as file:
            first = file.readline(10_000)
        try:
            self.span = _SPAN.decode(first)
        except msgspec.DecodeError as error:
            raise ExportError(f"{path} is no export of a log: its first line does not say so") from error
        if self.span.format_version != FORMAT_VERSION:
            raise ExportError(f"{path} is an export of format version {self.span.format_version}: upgrade to read it")

    def pages(self) -> Iterator[Sequence[RecordedEvent]]:
        """Give its events in order."""
        page: list[RecordedEvent] = []
        with _unpacked(self._path) as file:
            file.readline()
            for number, line in enumerate(file, 2):
                if line.startswith(_END):
                    self._sealed = _decoded(_SEALED, line, number)
                    break
                page.append(_event(_decoded(_LINE, line, number), number))
                if len(page) == PAGE:
                    yield page
                    page = []
            if file.read(1):
                raise DamagedExportError(f"{self._path}: something stands behind the end")
        if page:
            yield page

    def sealed(self) -> Sealed:
        """Say how it ends."""
        if self._sealed is None:
            raise DamagedExportError(f"{self._path} is cut short: its last line is missing")
        return self._sealed


def is_packed(path: Path) -> bool:
    """Tell whether a file of this name is packed by gzip."""
    return path.suffix == ".gz"


def opened(path: Path) -> BinaryIO:
    """Open a file for reading, unpacked."""
    return cast("BinaryIO", gzip.open(path, "rb")) if is_packed(path) else path.open("rb")


@contextmanager
def _unpacked(path: Path) -> Generator[BinaryIO]:
    """Open a file, and tell of one that is damaged as it is read, in whatever way."""
    with opened(path) as file:
        try:
            yield file
        except (EOFError, OSError, zlib.error) as error:
            raise DamagedExportError(f"{path} cannot be unpacked to its end: {error}") from error


def _line(event: RecordedEvent) -> Line:
    raw = json_on_one_line(event.data)
    return Line(
        position=event.position,
        stream=event.stream,
        version=event.version,
        event_id=event.event_id,
        type=event.type,
        schema_version=event.schema_version,
        recorded_at=event.recorded_at,
        leaf_hash=event.leaf_hash.hex(),
        data=UNSET if raw is None else raw,
        data_base64=b64encode(event.data).decode() if raw is None else UNSET,
    )


def _event(line: Line, number: int) -> RecordedEvent:
    if (line.data is UNSET) == (line.data_base64 is UNSET):
        raise DamagedExportError(f"line {number} holds no event: it has no data, or has them twice")
    try:
        leaf = bytes.fromhex(line.leaf_hash)
        data = (
            b64decode(line.data_base64, validate=True) if isinstance(line.data_base64, str) else bytes(line.data or b"")
        )
    except ValueError as error:
        raise DamagedExportError(f"line {number} holds no event: {error}") from error
    return RecordedEvent(
        position=line.position,
        stream=line.stream,
        version=line.version,
        event_id=line.event_id,
        type=line.type,
        schema_version=line.schema_version,
        data=data,
        recorded_at=line.recorded_at,
        leaf_hash=leaf,
    )


def _decoded(decoder: "msgspec.json.Decoder[_Shape]", line: bytes, number: int) -> _Shape:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, ValueError) as error:
        raise DamagedExportError(f"line {number} cannot be read: {error}") from error

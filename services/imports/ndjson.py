"""NDJSON: one request a line, taken as `POST /v1/batch` takes it, straight into a log or through that very door."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import BinaryIO, Protocol

import httpx
import msgspec

from events.bulk import BulkRecorder
from events.codec import UnknownEventError, UnreadableEventError
from events.command import Command
from events.log import EventLog, LogError
from events.recorder import Ids, Receipt
from events.refusals import RefusalError
from services.api.batch_lines import LINE, LineOutcome, LineRefused, LineTaken, command_of, refusal, taken
from services.api.errors import ApiError
from services.api.keys import Caller
from services.api.ndjson import NDJSON, Lines
from services.api.problem_kinds import KINDS
from services.api.problems import PAGE
from services.api.recordings import Recording
from services.imports.bodies import BY
from services.imports.summary import Refusal, Summary

LOT_LINES = 1000
LOT_BYTES = 4_000_000

Numbered = tuple[int, bytes | None]
"""A line's number in its file, and its bytes; None where it is too long."""

_PART = 1 << 20
_BOM = b"\xef\xbb\xbf"
_IMPORTER = Caller(BY, frozenset({"admin"}), "")
_OUTCOME = msgspec.json.Decoder(LineOutcome)
# What is wrong then is the stream that the line is about, not the service.
_OF_THE_LINE = frozenset(f"{PAGE}#{KINDS[error].slug}" for error in (UnknownEventError, UnreadableEventError))


class DoorClosedError(Exception):
    """The service, or the log's storage, took no more; what was taken before stays."""


class Door(Protocol):
    """Takes lines in their order, and answers each. Raises DoorClosedError."""

    async def take(self, lot: Sequence[Numbered]) -> Sequence[LineOutcome]:
        """Take some lines."""
        ...


class LogDoor:
    """The way straight into a log."""

    def __init__(self, log: EventLog, ids: Ids) -> None:
        """Record into this log, with fresh ids from there."""
        self._bulk = BulkRecorder(log, ids)

    async def take(self, lot: Sequence[Numbered]) -> Sequence[LineOutcome]:
        """Take some lines."""
        outcomes: dict[int, LineOutcome] = {}
        read: list[tuple[int, Recording, Command]] = []
        for number, raw in lot:
            try:
                read.append((number, *command_of(raw, _IMPORTER, None if raw is None else key_of(raw))))
            except (ApiError, RefusalError) as error:
                outcomes[number] = refusal(number, error)
        done = await self._bulk.record([command for _, _, command in read])
        for (number, recording, _), outcome in zip(read, done, strict=True):
            if isinstance(outcome, LogError):
                raise DoorClosedError(f"line {number} and those after it were not taken: {outcome}") from outcome
            of_line = taken(number, recording, outcome) if isinstance(outcome, Receipt) else refusal(number, outcome)
            outcomes[number] = of_line
        return [outcomes[number] for number, _ in lot]


class HttpDoor:
    """The way through a service."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """Send with this client, which knows the address and the key."""
        self._client = client

    async def take(self, lot: Sequence[Numbered]) -> Sequence[LineOutcome]:
        """Take some lines."""
        # A line that is too long is sent as one that the service finds to be none.
        sent = b"\n".join(b"{" if raw is None else with_key(raw) for _, raw in lot)
        answer = await self._client.post("/v1/batch", content=sent, headers={"content-type": NDJSON})
        if not answer.is_success:
            raise DoorClosedError(f"line {lot[0][0]} and those after it were not taken: {_reason(answer)}")
        outcomes = [_OUTCOME.decode(line) for line in answer.content.splitlines()]
        if len(outcomes) < len(lot) or any(map(_is_closed, outcomes)):
            raise DoorClosedError(f"of the lines from {lot[0][0]} on only some were taken: send them again")
        return [
            msgspec.structs.replace(outcome, line=number) for outcome, (number, _) in zip(outcomes, lot, strict=True)
        ]


async def take_file(file: BinaryIO, door: Door, summary: Summary, on_progress: Callable[[int], None]) -> None:
    """Take all lines of a file; taken again, or after an interruption, it appends nothing twice.

    A line without a key is known by its bytes, so that the same line twice is one request. `on_progress` is told how
    many bytes were read. Raises DoorClosedError.
    """
    for lot in _lots(file):
        for outcome in await door.take(lot):
            count(outcome, summary)
        on_progress(file.tell())


def count(outcome: LineOutcome, summary: Summary) -> None:
    """Count a line by what became of it."""
    summary.rows += 1
    if not isinstance(outcome, LineTaken):
        wrong = outcome.errors or ()
        told = "; ".join(f"{one.pointer}: {one.detail}" if one.pointer else one.detail for one in wrong)
        summary.refused.append(Refusal(outcome.line, told or outcome.detail))
        return
    summary.position = max(summary.position, outcome.position)
    if outcome.repeated:
        summary.repeated += 1
    else:
        summary.recorded += 1


def _is_closed(outcome: LineOutcome) -> bool:
    """Tell whether the service, and not the line alone, is why a line was not taken."""
    failed = outcome.status >= httpx.codes.INTERNAL_SERVER_ERROR
    return failed and not (isinstance(outcome, LineRefused) and outcome.type in _OF_THE_LINE)


def key_of(raw: bytes) -> str:
    """Give the key under which a line is known again that brings none."""
    return f"line:{sha256(raw).hexdigest()[:32]}"


def with_key(raw: bytes) -> bytes:
    """Give a line with a key; what cannot be read is left for the service to refuse."""
    try:
        line = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return raw
    return raw if "key" in line else msgspec.json.encode({**line, "key": key_of(raw)})


def _lots(file: BinaryIO) -> Iterator[list[Numbered]]:
    lines = Lines(LINE.limit)
    lot: list[Numbered] = []
    size = 0
    for number, raw in _numbered(file, lines):
        lot.append((number, raw))
        size += len(raw or b"")
        if len(lot) >= LOT_LINES or size >= LOT_BYTES:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _numbered(file: BinaryIO, lines: Lines) -> Iterator[Numbered]:
    part = file.read(_PART).removeprefix(_BOM)
    while part:
        yield from lines.feed(part)
        part = file.read(_PART)
    yield from lines.rest()


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, LookupError, TypeError):
        return f"the service answered {answer.status_code}"

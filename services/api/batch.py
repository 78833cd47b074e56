"""Batches: many requests in one, a line each, answered with one line each."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated

import msgspec
from litestar.response.base import ASGIResponse
from msgspec import Meta, Struct, structs

from events.bulk import BulkRecorder, Taken
from events.command import Command
from events.log import LogBusyError, LogUnavailableError, StaleStreamError
from events.recorder import Receipt
from events.refusals import LeftOutError, RefusalError, UnknownError
from services.api.batch_lines import LINE, LineOutcome, command_of, refusal, taken
from services.api.errors import ApiError, BadBodyError, BadRequestError, TooLargeError, WrongMediaTypeError
from services.api.headers import headers_of, received
from services.api.ndjson import NDJSON, Lines, Spooled, parts_of_body
from services.api.nearest import with_nearest
from services.api.parts import Request
from services.api.preconditions import idempotency_key, version_to_match
from services.api.queries import Query, read_query
from services.api.recordings import Recording
from services.api.routes import Asked, Route
from services.api.withheld import hidden_from
from services.ids import RandomIds

LOT_LINES = 250
LOT_BYTES = 4_000_000
ATOMIC_LINES = 1000
ATOMIC_BYTES = 8_000_000
ATOMIC_EVENTS = 5000
LINES_MAX = 1_000_000

_MEDIA = re.compile(
    r"\s*application/(x-ndjson|ndjson|jsonl)\s*(?:;\s*charset\s*=\s*\"?utf-?8\"?\s*)?;?\s*\Z", re.IGNORECASE
)
_READ_AT_A_TIME = 5
_ENCODER = msgspec.json.Encoder()

Numbered = tuple[int, bytes | None]
"""A line's number, and its bytes; None where it was too long."""


class BatchQuery(Query, frozen=True, kw_only=True):
    """How a batch is taken."""

    atomic: Annotated[
        bool,
        Meta(
            description=f"Record all lines or none: at most {ATOMIC_LINES} lines, {ATOMIC_BYTES} bytes and "
            f"{ATOMIC_EVENTS} events."
        ),
    ] = False


class _Read(Struct, frozen=True):
    """A line as its route reads it, or why it cannot be read."""

    number: int
    request: tuple[Recording, Command] | Exception


async def record_batch(asked: Asked) -> ASGIResponse:
    """Take lines as they arrive, lot by lot; the answer is sent when all of them are taken."""
    query = read_query(asked.request, BatchQuery)
    _refuse_other_media(asked.request)
    if version_to_match(asked.request) is not None:
        raise BadRequestError("`If-Match` goes with one stream; a line names its own as `if_match`.")
    key = idempotency_key(asked.request)
    answer = Spooled()
    try:
        lots = _Lots(asked.request)
        await (_take_together if query.atomic else _take_in_lots)(asked, lots, key, answer)
    except BaseException:
        answer.close()
        raise
    headers = {**headers_of(asked.request), "cache-control": "no-store"}
    # What was not read would be taken for the next request on the connection.
    return answer.with_headers(headers if lots.at_end else {**headers, "connection": "close"})


class _Lots:
    """The lines of a body, as many at a time as are decided together."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.at_end = False

    async def each(self) -> AsyncGenerator[list[Numbered]]:
        lines = Lines(LINE.limit)
        lot: list[Numbered] = []
        size = 0
        async for part in parts_of_body(self._request):
            for number, line in lines.feed(part):
                if number > LINES_MAX:
                    yield lot
                    return
                lot.append((number, line))
                size += len(line or b"")
                if len(lot) >= LOT_LINES or size >= LOT_BYTES:
                    yield lot
                    lot, size = [], 0
        self.at_end = True
        lot += lines.rest()
        yield lot


async def _take_in_lots(asked: Asked, lots: _Lots, key: str | None, answer: Spooled) -> None:
    bulk = BulkRecorder(asked.parts.log, RandomIds(), give_way=_give_way)
    async with aclosing(lots.each()) as each:
        async for lot in each:
            before = answer.lines
            try:
                read = await _read(asked, lot, key)
                commands = [one.request[1] for one in read if not isinstance(one.request, Exception)]
                outcomes = await bulk.record(commands)
                await _tell(asked, read, outcomes, answer)
            except Exception as error:
                # What was told of is recorded, and whoever sent it must learn so.
                if answer.lines == 0:
                    raise
                failed = refusal(0, error)
                for number, _ in lot[answer.lines - before :]:
                    answer.write(_ENCODER.encode(structs.replace(failed, line=number)))
                return
            if any(isinstance(outcome, LogUnavailableError) for outcome in outcomes):
                # What was not read gets no line: the batch is to be sent again from the first that was not taken.
                return


async def _take_together(asked: Asked, lots: _Lots, key: str | None, answer: Spooled) -> None:
    lines: list[Numbered] = []
    size = 0
    async with aclosing(lots.each()) as each:
        async for lot in each:
            lines += lot
            size += sum(len(line or b"") for _, line in lot)
            _refuse_larger("lines", len(lines), ATOMIC_LINES)
            _refuse_larger("bytes", size, ATOMIC_BYTES)
    read = await _read(asked, lines, key)
    commands = [one.request[1] for one in read if not isinstance(one.request, Exception)]
    _refuse_larger("events", sum(1 + len(getattr(one.body, "claims", ())) for one in commands), ATOMIC_EVENTS)
    if len(commands) < len(read):
        outcomes: Sequence[Taken] = [LeftOutError()] * len(commands)
    else:
        outcomes = await BulkRecorder(asked.parts.log, RandomIds(), give_way=_give_way).record_together(commands)
    await _tell(asked, read, outcomes, answer)


async def _read(asked: Asked, lines: Sequence[Numbered], key: str | None) -> Sequence[_Read]:
    """Read lines as their routes do."""
    read: list[_Read] = []
    hidden = await hidden_from(asked)
    for nth, (number, raw) in enumerate(lines):
        if nth % _READ_AT_A_TIME == 0:
            await _give_way()
        try:
            by = None if key is None else f"{key}/{number}"
            recording, command = command_of(raw, asked.caller, by, asked.parts.now())
        except (ApiError, RefusalError) as error:
            read.append(_Read(number, error))
        else:
            read.append(_Read(number, (recording, structs.replace(command, hidden=hidden))))
    return read


async def _tell(asked: Asked, read: Sequence[_Read], outcomes: Sequence[Taken], answer: Spooled) -> None:
    """Write one line for each that was read."""
    left = iter(outcomes)
    for one in read:
        if isinstance(one.request, Exception):
            answer.write(_ENCODER.encode(refusal(one.number, one.request)))
            continue
        match next(left):
            case Receipt() as receipt:
                answer.write(_ENCODER.encode(taken(one.number, one.request[0], receipt)))
            case UnknownError() as error:
                answer.write(_ENCODER.encode(refusal(one.number, await with_nearest(asked.parts.log, error))))
            case error:
                answer.write(_ENCODER.encode(refusal(one.number, error)))


def _refuse_other_media(request: Request) -> None:
    headers = received(request)
    if not _MEDIA.match(headers.get(b"content-type", "")):
        raise WrongMediaTypeError(f"A batch must be sent as `Content-Type: {NDJSON}`.", headers={"accept": NDJSON})
    if headers.get(b"content-encoding", "identity").strip().lower() != "identity":
        raise WrongMediaTypeError("The body must not be packed.", headers={"accept-encoding": "identity"})


def _refuse_larger(what: str, size: int, limit: int) -> None:
    if size > limit:
        # What was not read would be taken for the next request on the connection.
        raise TooLargeError(f"With `atomic=true` a batch has at most {limit} {what}.", headers={"connection": "close"})


async def _give_way() -> None:
    await asyncio.sleep(0)


BATCH_ROUTES = (
    Route(
        method="POST",
        path="/v1/batch",
        name="record_batch",
        tag="recording",
        summary="Record many requests, one a line, in their order",
        description=(
            "Each line is what would be sent to another recording route, and comes to the same as if it were; each "
            "gets one line of answer, in the same order. Lines are recorded as they arrive, and a later line may refer "
            "to an earlier one; with `atomic=true` all are recorded, or none. A line that has a `key` or an external "
            "id, or gives what it makes an `id`, may be sent again: a batch that was cut short is resumed by sending "
            "it again. With an `Idempotency-Key` each line without a key is known by it and its number. Where the log "
            f"stops answering or a fault of ours ends it, and after {LINES_MAX} lines, the rest is not read, and gets "
            "no answer."
        ),
        scope="report",
        act=record_batch,
        query=BatchQuery,
        line=LINE,
        gives={200: LineOutcome},
        media=NDJSON,
        refuses=(
            BadRequestError,
            BadBodyError,
            TooLargeError,
            WrongMediaTypeError,
            StaleStreamError,
            LogBusyError,
            LogUnavailableError,
            LeftOutError,
        ),
    ),
)

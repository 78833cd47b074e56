"""Rows that the tables refuse: which stream they come from, so that it alone is parked."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from psycopg import ProgrammingError

from events.log import EventLog
from projections.diff import Batch, Closed, Record
from projections.folding import Folded
from projections.page import Parked, Step, Target
from projections.parked_postgres import text
from projections.replay_postgres import replay
from projections.rows_postgres import Connection, write
from projections.subjects import Catalogue


class Refused(Struct, frozen=True):
    """What a page parks, and why those projections stop whose tables took nothing of it."""

    stopped: Mapping[str, str]
    parked: Sequence[Parked]
    waiting: Sequence[Step]


async def write_apart(
    connection: Connection, log: EventLog, catalogue: Catalogue, page: Folded, refused: Mapping[str, Exception]
) -> Refused:
    """Write what can be written of the projections whose rows were refused, and park the streams of what cannot.

    A projection stops where the fault lies in its tables whatever the rows.
    """
    stopped: dict[str, str] = {}
    parked = list(page.parked)
    waiting = list(page.waiting)
    for target in page.targets:
        name = target.projection.name
        if name not in refused:
            continue
        try:
            batch = page.batches[name]
            async with connection.transaction():
                numbers = await _refused(connection, target, batch, sorted(_numbers(target, batch)), refused[name])
        except ProgrammingError as error:
            stopped[name] = text(f"{type(error).__name__}: {error}")
            parked = [one for one in parked if one.projection != name]
            waiting = [one for one in waiting if one.projection != name]
            continue
        for stream in [page.numbers[number] for number in numbers]:
            parked = [one for one in parked if (one.projection, one.stream) != (name, stream)]
            waiting = [one for one in waiting if (one.projection, one.stream) != (name, stream)]
            replayed = await replay(connection, log, catalogue, target, _steps(page, target, stream))
            parked += replayed.parked
            waiting += replayed.waiting
    return Refused(stopped, parked, waiting)


def _steps(page: Folded, target: Target, stream: str) -> list[Step]:
    """Give what the page tells of a stream."""
    name = target.projection.name
    return [
        Step(name, stream, sent.first, sent.last)
        for sent in page.page
        if stream in sent.streams and target.takes(sent.last)
    ]


async def _refused(
    connection: Connection, target: Target, batch: Batch, numbers: Sequence[int], error: Exception
) -> Sequence[int]:
    """Write a refused batch in halves, and those that are refused in halves again; gives the numbers left over.

    Raises ProgrammingError where the tables take nothing, whatever it is.
    """
    if isinstance(error, ProgrammingError):
        raise error
    if len(numbers) == 1:
        return numbers
    found: list[int] = []
    middle = len(numbers) // 2
    for half in (numbers[:middle], numbers[middle:]):
        part = _Part(batch, frozenset(half))
        refused = await write(connection, [target], {target.projection.name: part})
        for why in refused.values():
            found += await _refused(connection, target, part, half, why)
    return found


def _numbers(target: Target, batch: Batch) -> set[int]:
    tables = [table.name for table in target.projection.tables]
    closed = chain.from_iterable(batch.closed(table) for table in tables)
    opened = chain.from_iterable(batch.opened(table) for table in tables)
    return {row.number for row in closed} | {int(str(record[0])) for record in opened}


class _Part(Batch):
    """What a batch changes in the rows of some subjects."""

    def __init__(self, batch: Batch, numbers: Collection[int]) -> None:
        super().__init__(())
        self._whole = batch
        self._numbers = numbers

    @property
    def empty(self) -> bool:
        return False

    def closed(self, table: str) -> list[Closed]:
        return [row for row in self._whole.closed(table) if row.number in self._numbers]

    def opened(self, table: str) -> list[Record]:
        return [record for record in self._whole.opened(table) if record[0] in self._numbers]

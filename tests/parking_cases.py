"""What cannot be folded: projections that fail at some occurrences, and releases that lack words."""

from collections.abc import Callable, Iterable, Sequence
from uuid import uuid4

import pytest
from msgspec import structs

from events.codec import READERS
from events.known import Known
from events.log import Append, EventLog, NewEvent, StreamWrite
from projections.catalogue import CATALOGUE
from projections.parking_postgres import Decided, Parking
from projections.subjects import Catalogue
from projections.table import OccurrenceProjection, Row, Table
from tests.projected import Parts, digests

ME = Decided("me", "to see what happens")


class Fragile:
    """A projection that fails at the occurrences that `broken` is true of."""

    def __init__(self, whole: OccurrenceProjection, broken: Callable[[str], bool]) -> None:
        self.name = whole.name
        self.version = whole.version
        self.schema = whole.schema
        self.tables: Sequence[Table] = whole.tables
        self._whole = whole
        self._broken = broken

    def rows(self, known: Known) -> Iterable[Row]:
        if self._broken(known.id):
            raise ZeroDivisionError(known.id)
        return self._whole.rows(known)


def fragile(name: str, broken: Callable[[str], bool]) -> Catalogue:
    """Give the catalogue with one projection that fails."""
    found = [Fragile(one, broken) if one.name == name else one for one in CATALOGUE.occurrences]
    return structs.replace(CATALOGUE, occurrences=tuple(found))


def forget(monkeypatch: pytest.MonkeyPatch, *types: str) -> None:
    """Be a release that does not know these types of events yet."""
    for known in [known for known in READERS if known[0] in types]:
        monkeypatch.delitem(READERS, known)


def parking(held: Parts, catalogue: Catalogue = CATALOGUE) -> Parking:
    return Parking(held.pool, held.log, catalogue)


async def where(held: Parts) -> set[tuple[str, str, int]]:
    """Give what is parked: stream, projection and position."""
    return {(one.stream, one.projection, one.position) for one in await parking(held).listed()}


async def equals_a_fresh_fold(held: Parts) -> None:
    """See that no table differs from one that is filled from the first event on, and that nothing is parked."""
    assert await where(held) == set()
    head = await held.log.head()
    for name, found in (await digests(held)).items():
        rebuilt = await held.generations.rebuild(name, switch=False)
        assert (rebuilt.position, rebuilt.digest) == (head, found), name


async def poison(
    log: EventLog, stream: str, kind: str = "occurrence.divined", data: bytes = b"{}", *, shape: int = 1
) -> int:
    """Append an event that cannot be read to a stream, by default one that no release knows; gives its position."""
    version = len((await log.read_streams([stream]))[stream])
    event = NewEvent(uuid4(), kind, shape, data)
    return (await log.append(Append(writes=(StreamWrite(stream, version, (event,)),)))).last_position

"""Gazetteers: places registered with their names, codes and outlines, and what known ones lack of these added."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from events.command import Command
from events.names import fold
from events.registry_requests import AmendPlace, FileReport, RegisterSource
from events.values import Name
from services.imports.bodies import command
from services.imports.entry import Entry, RowError
from services.imports.wanted import Names, WantedPlace

Numbered = tuple[int, object]


class Gazetteer:
    """A file of places, each record read by one function."""

    sources: Sequence[RegisterSource] = ()
    reports: Sequence[FileReport] = ()

    def __init__(self, records: Callable[[], Iterable[Numbered]], read: Callable[[object], WantedPlace]) -> None:
        """Take what gives the records with their numbers, and what reads one; it raises RowError."""
        self._records = records
        self._read = read

    def entries(self) -> Iterator[Entry]:
        """Give an entry for each place; one that cannot be read says why."""
        for number, record in self._records():
            try:
                place = self._read(record)
            except RowError as error:
                yield Entry(row=number, quarantined=str(error))
                continue
            if not fold(place.name):
                yield Entry(row=number, quarantined=f"{place.name!r} names no place")
            else:
                yield Entry(row=number, places=(place,), commands=partial(completed, place))


def completed(wanted: WantedPlace, names: Names) -> Sequence[Command]:
    """Give the amendment of a known place by what it lacks, none where it has all."""
    known = names.known.get(wanted)
    if known is None:
        return ()
    called = {name.name for name in known.names}
    given = (*(Name(name=one) for one in (wanted.name, *wanted.aliases)), *wanted.names)
    further = tuple({name.name: name for name in given if name.name not in called}.values())
    codes = {register: code for register, code in wanted.codes if register not in known.codes}
    geometry = None if known.outlined else wanted.geometry
    point = None if known.point is not None else wanted.point
    if not (further or codes or geometry or point):
        return ()
    body = AmendPlace(names=further, external_ids=codes, geometry=geometry, point=point)
    return (command(body, subject=known.id),)

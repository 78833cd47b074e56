"""What a format gives for each row of a file: what it names, what it comes to, and what is to be said about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct, field

from events.command import Command
from events.registry_requests import FileReport, RegisterSource
from services.imports.wanted import Names, WantedParty, WantedPlace

Commands = Callable[[Names], Sequence[Command]]


class Entry(Struct, frozen=True, kw_only=True):
    """One row: what it names, and the commands that it comes to once that is known by id.

    `report` is what they rest on, filed with the first that says anything new. `flags` are what is worth telling about
    the row; one that is `quarantined` comes to nothing, for this reason. An `optional` one comes to nothing where what
    it is about is not on record.
    """

    row: int
    commands: Commands | None = None
    report: FileReport | None = None
    places: tuple[WantedPlace, ...] = ()
    parties: tuple[WantedParty, ...] = ()
    flags: tuple[str, ...] = ()
    quarantined: str | None = None
    optional: bool = False


class Release(Struct, frozen=True, kw_only=True):
    """Which publication of a dataset a file is; without a name it is older than any that has one."""

    dataset: str
    name: str | None
    published_at: str


class Covered(Struct):
    """What a file of a release has told of so far: its ids, and its countries, each with the years that it has rows of.

    A release that names the first and last of its `months` covers those alone, and is known by months, not by years.
    """

    months: tuple[str, str] | None = None
    ids: set[str] = field(default_factory=set[str])
    areas: set[tuple[WantedPlace, str]] = field(default_factory=set[tuple[WantedPlace, str]])

    def take(self, country: WantedPlace, day: str) -> None:
        """Take in that the file has a row of a country that began on a day."""
        self.areas.add((country, day[: len("2024")] if self.months is None else day[: len("2024-03")]))

    @property
    def span(self) -> tuple[str, str]:
        """The first and the last year, or month, that the file is about."""
        periods = [period for _, period in self.areas]
        return self.months or (min(periods, default=""), max(periods, default=""))


class Importing(Protocol):
    """One file, read in one format."""

    @property
    def sources(self) -> Sequence[RegisterSource]:
        """Those whom the file speaks for, registered first."""
        ...

    @property
    def reports(self) -> Sequence[FileReport]:
        """The publications that the file is, filed first."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Give one entry after the other; raises FormatError where the file is none of this format."""
        ...


class FormatError(Exception):
    """The file is none of this format; the message says what it lacks."""


class RowError(ValueError):
    """A row says what cannot be; the message says what."""


Row = Mapping[str, str]

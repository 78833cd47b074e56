"""Settled figures, already added up by the database under the columns that are grouped by."""

from array import array
from collections.abc import Iterable
from datetime import date
from sys import byteorder

from msgspec import Struct

from events.words import Effect
from projections.casualties.figure import Figure
from projections.casualties.marks import is_inconsistent, is_open_ended, unstated_in
from projections.casualties.question import PERIODS, CasualtyQuery, Period


class Cell(Struct, frozen=True):
    """The columns of the statement `cells`; what is not grouped by is None."""

    effect: Effect
    claimant: str | None
    kind: str | None
    weapon: str | None
    device: str | None
    attackers: str | None
    dataset: str | None
    occurrence: str | None
    spot: int | None
    targets: str | None
    day: date | None
    people: str | None
    status: str | None
    low: int | None
    best: int | None
    high: int | None
    marks: int
    in_words: int
    numbers: bytes
    spanning: bytes | None
    occurrences: str | None
    claims: str | None

    @property
    def figure(self) -> Figure:
        """The sum, as `summed` would give it."""
        unstated, open_ended = frozenset(unstated_in(self.marks)), is_open_ended(self.marks)
        return Figure(
            low=None if "low" in unstated else self.low,
            best=self.best,
            high=None if "high" in unstated or open_ended else self.high,
            open_ended=open_ended,
            bounds_inconsistent=is_inconsistent(self.marks),
            unstated=unstated,
            in_words=self.in_words,
            claims=frozenset(self.claims.split()) if self.claims else frozenset(),
        )


def unit_of(query: CasualtyQuery) -> Period | None:
    """Give the period that all the periods grouped by can be told from; None where none is."""
    asked: list[Period] = [period for period in PERIODS if period in query.group_by]
    if not asked:
        return None
    # Weeks do not lie within months, nor within years.
    return "day" if asked[0] == "week" and len(asked) > 1 else asked[0]


def numbers_in(packed: bytes | None) -> Iterable[int]:
    """Read occurrences' numbers, each of which comes in eight bytes with the highest first."""
    numbers = array("q", packed or b"")
    if byteorder == "little":
        numbers.byteswap()
    return numbers

"""Settled figures, already added up by the database under the columns that are grouped by."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from events.words import Effect
from projections.casualties.figure import Bound, Figure
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
    open_ended: bool
    no_low: bool
    no_best: bool
    no_high: bool
    inconsistent: bool
    in_words: int
    numbers: bytes
    spanning: bytes | None
    occurrences: str | None
    claims: str | None

    @property
    def figure(self) -> Figure:
        """The sum, as `summed` would give it."""
        missing: Iterable[tuple[Bound, bool]] = (
            ("low", self.no_low),
            ("best", self.no_best),
            ("high", self.no_high),
        )
        return Figure(
            low=None if self.no_low else self.low,
            best=self.best,
            high=None if self.no_high or self.open_ended else self.high,
            open_ended=self.open_ended,
            bounds_inconsistent=self.inconsistent,
            unstated=frozenset(bound for bound, is_missing in missing if is_missing),
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
    """Read occurrences' numbers; in which byte order is all one, as they are only told apart."""
    return memoryview(packed).cast("q") if packed else ()

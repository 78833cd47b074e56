"""The days of a brief, and the moment at which it stands."""

from datetime import date, timedelta

from msgspec import Struct, structs

from events.times import end_of, zone_named
from projections.clocks import Clocks

DEFAULT_DAYS = 7
"""A brief covers the last day and this many before it, as a window of P7D does."""


class Period(Struct, frozen=True):
    """The first and the last day of a brief, both inside; raises ValueError for one that ends before it begins."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse a period of no days."""
        if self.last < self.first:
            raise ValueError(f"`from` {self.first} is after `to` {self.last}")

    @property
    def before(self) -> "Period":
        """The period of the same length just before; cut at the first day that there is."""
        room = min((self.last - self.first).days, max(0, (self.first - date.min).days - 1))
        until = self.first - timedelta(days=min(1, (self.first - date.min).days))
        return Period(until - timedelta(days=room), until)


def period(first: date | None, last: date | None, clocks: Clocks) -> Period:
    """Give the period asked for; left out, its end is the day of the clocks, and its start seven days before."""
    until = last or clocks.day_in("UTC")
    return Period(first or until - timedelta(days=min(DEFAULT_DAYS, (until - date.min).days)), until)


def at_end(asked: Period, clocks: Clocks) -> Clocks:
    """Give the clocks of a brief: `as_of` is the end of its last day, unless that asked for, or now, is earlier."""
    end = end_of(asked.last, zone_named("UTC"))
    earlier = clocks.as_of_in("UTC") < end if clocks.as_of is not None else clocks.known_at is None and clocks.now < end
    return clocks if earlier else structs.replace(clocks, as_of=asked.last.isoformat())

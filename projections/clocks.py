"""The three clocks of a question, and how an answer states them."""

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from events.known import ALL_KNOWN
from events.times import end_of, parse, zone_named


class Clocks(Struct, frozen=True, kw_only=True):
    """The moment an answer is for: when it was so, when it was known, and over which events.

    `as_of` and `known_at` are as asked, None where left out. `now` is the clock's reading, used only where
    both are left out. `position` is the last event that the answer is derived from.
    """

    position: int
    now: datetime
    as_of: str | None = None
    known_at: str | None = None

    @property
    def known(self) -> datetime:
        """The last moment of publication that counts, in UTC; a bare date is the end of that day in UTC."""
        return ALL_KNOWN if self.known_at is None else end_of(parse(self.known_at), zone_named("UTC"))

    def as_of_in(self, zone: str) -> datetime:
        """Give the last moment of validity that counts, in UTC; a bare date is the end of that day in the zone."""
        if self.as_of is not None:
            return end_of(parse(self.as_of), zone_named(zone))
        return self.now if self.known_at is None else self.known

    def day_in(self, zone: str) -> date:
        """Give the local day on which the answer ends."""
        try:
            return self.as_of_in(zone).astimezone(zone_named(zone)).date()
        except OverflowError:
            # East of UTC the last microsecond of the year 9999 lies in a year that has no name.
            return date.max

    @property
    def echoed(self) -> dict[str, Any]:
        """The members that every answer states of itself, see Answered."""
        return {
            "as_of": self.as_of,
            "known_at": self.known_at,
            "position": self.position,
            "projected": self.projected,
        }

    @property
    def projected(self) -> bool:
        """Tell whether the answer reaches beyond what was known: `as_of` is later than a given `known_at`."""
        return self.as_of is not None and self.known_at is not None and self.as_of_in("UTC") > self.known


class Answered(Struct, kw_only=True):
    """What every answer states of itself; `projected`: it is for a later moment than it was known at."""

    as_of: Annotated[str | None, Meta(description="Valid time as asked; null is now, or the given known_at.")]
    known_at: Annotated[str | None, Meta(description="Publication time as asked; null bounds nothing.")]
    position: Annotated[int, Meta(description="The log position that the answer is derived from.")]
    projected: bool = False
    parked_streams: Annotated[
        int | UnsetType,
        Meta(description="How many streams could not be folded on: the answer lacks their latest events."),
    ] = UNSET


def refuse_reversed(first: str | None, last: str | None) -> None:
    """Raise ValueError for what is no date or time, and for a span that ends before it begins whatever the zone.

    Nothing lies in such a span: an answer about it would pass for a finding.
    """
    ends = [parse(said) for said in (first, last) if said is not None]
    if len(ends) > 1 and type(ends[0]) is type(ends[1]) and ends[1] < ends[0]:
        raise ValueError(f"`from` {first} is after `to` {last}")

"""When something happened, as rows keep it and questions bound it."""

from datetime import date, datetime

from msgspec import Struct

from events.known import Known
from events.times import end_of, local_day, parse, start_of, zone_named
from projections.clocks import Clocks


class Lasting(Struct, frozen=True):
    """The first and the last moment at which it was, or may have been, and the zone in which its days are read."""

    start_at: datetime
    end_at: datetime
    zone: str

    @property
    def first_day(self) -> date:
        """The local day on which it began."""
        return local_day(self.start_at, zone_named(self.zone))

    @property
    def last_day(self) -> date:
        """The local day on which it ended."""
        return local_day(self.end_at, zone_named(self.zone))

    def begun(self, clocks: Clocks) -> bool:
        """Tell whether it had begun at `as_of`."""
        return self.start_at <= clocks.as_of_in(self.zone)

    def overlaps(self, first: str | None, last: str | None) -> bool:
        """Tell whether it shares a moment with a span; a bare date is a day where it happened."""
        zone = zone_named(self.zone)
        if last is not None and end_of(parse(last), zone) < self.start_at:
            return False
        return first is None or start_of(parse(first), zone) <= self.end_at


class Between(Struct, frozen=True, kw_only=True):
    """A span that is asked for, both ends inside; raises ValueError for a date or a time that does not exist."""

    from_: str | None = None
    to: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no time, and a span that ends before it begins."""
        zone = zone_named("UTC")
        first = None if self.from_ is None else start_of(parse(self.from_), zone)
        last = None if self.to is None else end_of(parse(self.to), zone)
        if first is not None and last is not None and last < first:
            raise ValueError(f"`from` {self.from_} is after `to` {self.to}")


def lasting(known: Known) -> Lasting:
    """Give when an occurrence was.

    Where only one end is known, that stands for the other too, and where neither is, when it became known.
    """
    occurred = known.occurred
    start = occurred.start_at or occurred.end_at or known.published_at
    return Lasting(start, max(start, occurred.end_at or start), occurred.zone)

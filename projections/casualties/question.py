"""What may be asked of casualty tallies: filters, and what they are grouped by."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal, get_args

from msgspec import Struct

from events.times import is_date
from events.words import Degree, Device, Effect, OccurrenceKind, Status, Weapon
from projections.clocks import refuse_reversed
from projections.registry_view import Level

Grouping = Literal[
    "affected_party", "status", "effect", "kind", "weapon", "device", "attacker", "place", "claimant", "dataset",
    "occurrence", "day", "week", "month", "year",
]  # fmt: skip
Period = Literal["day", "week", "month", "year"]
PartyLevel = Literal["top", "leaf"]

PERIODS: tuple[Period, ...] = ("day", "week", "month", "year")
EFFECTS: tuple[Effect, ...] = get_args(Effect)

Span = tuple[date, date]
"""A first and a last day, both inside."""

_WEEK = re.compile(r"(\d{4})-W(\d{2})\Z", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII)
_YEAR = re.compile(r"(\d{4})\Z", re.ASCII)


class CasualtyQuery(Struct, frozen=True, kw_only=True):
    """Which figures are asked for; several values of one member are alternatives, none is no filter.

    Parties stand for their members, places for what lies in them. `from_` and `to` are dates, both inside and whole
    in each place's own zone, or times; they go by the start of what happened. `level` and `party_level` say what
    places and parties are rolled up to; `responsibility`, how firmly an attacker must be held to be one. Of those who
    were displaced it is those who had to leave that count, or with `came_back` those who came back.
    Raises ValueError for a period, a date or a time that does not exist.
    """

    group_by: tuple[Grouping, ...] = ()
    affected_party: tuple[str, ...] = ()
    status: tuple[Status, ...] = ()
    effect: tuple[Effect, ...] = ()
    kind: tuple[OccurrenceKind, ...] = ()
    weapon: tuple[Weapon, ...] = ()
    device: tuple[Device, ...] = ()
    attacker: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    claimant: tuple[str, ...] = ()
    dataset: tuple[str, ...] = ()
    occurrence: tuple[str, ...] = ()
    day: tuple[str, ...] = ()
    week: tuple[str, ...] = ()
    month: tuple[str, ...] = ()
    year: tuple[str, ...] = ()
    from_: str | None = None
    to: str | None = None
    level: Level = "province"
    party_level: PartyLevel = "leaf"
    responsibility: tuple[Degree, ...] = ("acknowledged", "attributed")
    came_back: bool = False

    def __post_init__(self) -> None:
        """Refuse what names no time, and a span that ends before it begins."""
        spans(self)
        refuse_reversed(self.from_, self.to)

    def periods(self, period: Period) -> tuple[str, ...]:
        """Give the periods of one length that are asked for, as written."""
        return {"day": self.day, "week": self.week, "month": self.month, "year": self.year}[period]

    @property
    def by_people(self) -> bool:
        """Tell whether it is "asked by side or status", so that parts answer."""
        return bool(self.affected_party or self.status) or not {"affected_party", "status"}.isdisjoint(self.group_by)


def spans(query: CasualtyQuery) -> tuple[Span, ...]:
    """Give the spans of local days that are asked for by periods and by bare dates."""
    asked: tuple[Span, ...] = ((date.min, date.max),)
    for period in PERIODS:
        if query.periods(period):
            asked = _overlaps(asked, (span_of(period, said) for said in query.periods(period)))
    first = date.fromisoformat(query.from_) if query.from_ is not None and is_date(query.from_) else date.min
    last = date.fromisoformat(query.to) if query.to is not None and is_date(query.to) else date.max
    return _overlaps(asked, ((first, last),))


def span_of(period: Period, said: str) -> Span:
    """Give the days of a period: 2020-11-25, ISO 8601's 2020-W48, 2020-11, 2020. Raises ValueError for others."""
    try:
        if period == "day" and is_date(said):
            return date.fromisoformat(said), date.fromisoformat(said)
        if period == "week" and (week := _WEEK.match(said)):
            first = date.fromisocalendar(int(week[1]), int(week[2]), 1)
            return first, first + timedelta(days=6)
        if period == "month" and (month := _MONTH.match(said)):
            first = date(int(month[1]), int(month[2]), 1)
            return first, _before(first.year + first.month // 12, first.month % 12 + 1)
        if period == "year" and (year := _YEAR.match(said)):
            return date(int(year[1]), 1, 1), date(int(year[1]), 12, 31)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{said!r} is no {period} that exists") from error
    raise ValueError(f"{said!r} is no {period}: write 2020-11-25, 2020-W48, 2020-11 or 2020")


def period_of(period: Period, day: date) -> str:
    """Name the period that a day lies in, as `span_of` reads it."""
    match period:
        case "day":
            return day.isoformat()
        case "week":
            year, week, _ = day.isocalendar()
            return f"{year:04}-W{week:02}"
        case "month":
            return f"{day.year:04}-{day.month:02}"
        case "year":
            return f"{day.year:04}"


def _before(year: int, month: int) -> date:
    return date.max if year > date.max.year else date(year, month, 1) - timedelta(days=1)


def _overlaps(one: Iterable[Span], other: Iterable[Span]) -> tuple[Span, ...]:
    others = tuple(other)
    found = {(max(a[0], b[0]), min(a[1], b[1])) for a in one for b in others}
    return tuple(sorted(span for span in found if span[0] <= span[1]))

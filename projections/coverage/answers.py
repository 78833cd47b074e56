"""What is answered about coverage: reports, and what they carry, per source and day."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from events.times import is_date
from projections.clocks import Answered

Period = Literal["day", "week", "month"]

CELLS_MAX = 100_000
"""The most cells of one page: periods times sources."""

DAYS_SHOWN = 30
"""The days covered where no `from` is asked for."""


class CoverageQuery(Struct, frozen=True, kw_only=True):
    """Which sources, over which days, both inside; each day is one in its source's zone.

    Left out, `to` is the day of `as_of` or `known_at`, else that of the last report, and `from` 29 days before.
    Raises ValueError for what is no date.
    """

    source: tuple[str, ...] = ()
    from_: str | None = None
    to: str | None = None
    period: Period = "day"

    def __post_init__(self) -> None:
        """Refuse what is no day, and a span that ends before it begins."""
        for name, said in (("from", self.from_), ("to", self.to)):
            if said is not None and not is_date(said):
                raise ValueError(f"`{name}` takes a date: coverage is counted in whole days")
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise ValueError(f"`from` {self.from_} is after `to` {self.to}")


class Told(Struct, frozen=True, kw_only=True):
    """How many reports were published, and of how many claims and occurrences that count they tell."""

    reports: int = 0
    withdrawn: Annotated[int, Meta(description="Of the reports, those that their source took back.")] = 0
    claims: int = 0
    occurrences: int = 0


class CoveragePeriod(Told, frozen=True, kw_only=True):
    """One day, ISO 8601 week, or month; also one on which nothing was told."""

    period: str


class Carried(Struct, frozen=True, kw_only=True):
    """A claimant whose claims a source's reports carry."""

    claimant: str
    claims: int
    occurrences: int


class SourceCoverage(Told, frozen=True, kw_only=True):
    """One source over the days covered; a claim counts once in each period, and once in the whole.

    Its first and last day are those of all its reports, wherever they lie. `days_since_last` are counted to the last
    day covered, `longest_silence` in days inside the span, so that a source that fell silent shows.
    """

    source: str
    name: str | None
    kind: str | None
    first_day: date | None
    last_day: date | None
    days_since_last: int | None
    longest_silence: int
    claimants: list[Carried]
    series: list[CoveragePeriod]


class Coverage(Answered, kw_only=True, rename={"from_": "from"}):
    """Coverage per source, in order of their ids; `all_sources` is the same over every source asked for.

    Every source that has ever been heard is listed, also one that told nothing in these days.
    `from` and `to` are null where no report is known.
    """

    from_: date | None
    to: date | None
    period: Period
    all_sources: list[CoveragePeriod]
    items: list[SourceCoverage]
    next_cursor: str | None
    total: int


class Span(Struct, frozen=True):
    """The days covered, both inside."""

    first: date
    last: date


def span_of(query: CoverageQuery, last: date | None) -> Span | None:
    """Give the days covered; `last` is the last one that there can be anything to tell of.

    None where that leaves nothing.
    """
    until = last if query.to is None else date.fromisoformat(query.to)
    if last is not None and until is not None:
        until = min(until, last)
    if until is None:
        return None
    if query.from_ is not None:
        first = date.fromisoformat(query.from_)
    else:
        first = until - timedelta(days=min(DAYS_SHOWN - 1, (until - date.min).days))
    return Span(first, until) if first <= until else None


def series(told: Mapping[str, Told], span: Span | None, period: Period) -> list[CoveragePeriod]:
    """Give what was told in each period of a span, by the periods' names; those with nothing are zeros."""
    names = () if span is None else (_name(number, period) for number in _numbers(span, period))
    return [CoveragePeriod(period=name, **structs.asdict(told.get(name, Told()))) for name in names]


def _numbers(span: Span, period: Period) -> range:
    """Number the days of a span, or the weeks or months that it reaches into: weeks by their Mondays."""
    first, last = span.first, span.last
    match period:
        case "day":
            return range(first.toordinal(), last.toordinal() + 1)
        case "week":
            return range(first.toordinal() - first.weekday(), last.toordinal() + 1, 7)
        case "month":
            return range(12 * first.year + first.month - 1, 12 * last.year + last.month)


def _name(number: int, period: Period) -> str:
    day = date(number // 12, number % 12 + 1, 1) if period == "month" else date.fromordinal(number)
    return period_of(day, period)


def period_of(day: date, period: Period) -> str:
    """Name the day, the ISO 8601 week or the month that a day lies in."""
    match period:
        case "day":
            return day.isoformat()
        case "week":
            year, week, _ = day.isocalendar()
            return f"{year:04}-W{week:02}"
        case "month":
            return day.isoformat()[:7]


def longest_silence(heard: Collection[date], span: Span | None) -> int:
    """Give the most days in a row, inside a span, on which nothing was published; `heard` are the others."""
    if span is None:
        return 0
    days = [day.toordinal() for day in heard if span.first <= day <= span.last]
    ends = [span.first.toordinal() - 1, *sorted(days), span.last.toordinal() + 1]
    return max(after - before - 1 for before, after in pairwise(ends))


def refuse_too_much(query: CoverageQuery, span: Span | None, sources: int) -> None:
    """Raise ValueError where a page would have more than 100,000 cells."""
    periods = 0 if span is None else len(_numbers(span, query.period))
    if periods * sources > CELLS_MAX:
        raise ValueError(
            f"{periods} {query.period}s of {sources} sources are more than {CELLS_MAX} cells:"
            " narrow `from` and `to`, ask for a longer `period`, or for fewer sources with `limit`"
        )

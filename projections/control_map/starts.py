"""From when a statement counts, and between which moments its start lies at its precision."""

from datetime import date, datetime

from msgspec import Struct

from events.times import EVER, end_of, end_of_period, local_day, parse, start_of, zone_named
from events.values import Interval


class Start(Struct, frozen=True):
    """When a statement begins: from `at` on it counts; the start lies between `low` and `high`, both included."""

    at: datetime
    low: datetime
    high: datetime


def start_of_change(occurred: Interval, published_at: datetime) -> Start:
    """Give the start of a change of control.

    "At `exact` and `day` an interval is a duration, at coarser precision an uncertainty": the end then bounds the
    start too.
    """
    coarse = occurred.precision not in {"exact", "day"}
    return _start(occurred, published_at, occurred.end_at if coarse and occurred.end is not None else None)


def start_of_claim(valid: Interval | None, published_at: datetime) -> Start:
    """Give the start of a control claim; the end of its span is what it speaks of, never an uncertainty."""
    if valid is None:
        return Start(published_at, EVER, published_at)
    return _start(valid, published_at, None)


def _start(span: Interval, published_at: datetime, latest: datetime | None) -> Start:
    """An unknown start lies anywhere up to the first moment that the statement surely speaks of, and counts then."""
    if span.start is None or span.start_at is None:
        surely = min(span.end_at or published_at, published_at)
        return Start(surely, EVER, surely)
    said = parse(span.start)
    if isinstance(said, datetime) and span.precision == "exact":
        return Start(said, said, said)
    zone = zone_named(span.zone)
    day = local_day(said, zone) if isinstance(said, datetime) else said
    if latest is None:
        # UCDP calls a date within the year, but not the month, its coarsest.
        whole_year = span.precision == "longer"
        latest = end_of(date(day.year, 12, 31), zone) if whole_year else end_of_period(said, span.precision, zone)
    return Start(span.start_at, start_of(day, zone), max(span.start_at, latest))

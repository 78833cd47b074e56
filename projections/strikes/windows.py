"""Trailing windows: spans of whole local days that end at the day of `as_of`."""

import calendar
import re
from datetime import date, timedelta

from msgspec import Struct

_DURATION = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?\Z", re.ASCII)
_DIGITS_MAX = 12


class Window(Struct, frozen=True):
    """A window as asked for, and its first and last day, both of which belong to it."""

    asked: str
    first: date
    last: date


def window(asked: str, last: date) -> Window:
    """Give the window of an ISO 8601 duration that ends on a day.

    "Closed at both ends in whole local days, P7D to 25 November covers 18 to 25 November." Years and months are
    calendar arithmetic: P1M to 31 March begins on the last day of February.
    Raises ValueError for anything but whole days, weeks, months and years, and for a start before the year 1.
    """
    found = _DURATION.match(asked) if len(asked) <= _DIGITS_MAX else None
    if found is None:
        raise ValueError(f"{asked[:40]!r} is no duration in whole days, weeks, months or years (P7D, P2W, P1M, P1Y)")
    years, months, weeks, days = (int(number or 0) for number in found.groups())
    try:
        first = _months_before(last, 12 * years + months) - timedelta(days=7 * weeks + days)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"a window of {asked} to {last} begins before the year 1") from error
    return Window(asked, first, last)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    if year < date.min.year:
        raise ValueError(f"{months} months before {day} there is no date")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))

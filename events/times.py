"""Dates and times as sources write them, and the instants they stand for."""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FOREVER = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
"""Later than anything said; what stays open ends here."""

EVER = datetime.min.replace(tzinfo=UTC)
"""Earlier than anything said."""

LAST_MICROSECOND = time(23, 59, 59, 999999)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}([.]\d+)?)?([Zz]|[+-]\d{2}:\d{2})\Z", re.ASCII)


def is_date(text: str) -> bool:
    """Tell whether the text is a bare ISO 8601 date."""
    return _DATE.match(text) is not None


def parse(text: str) -> date | datetime:
    """Read a bare date, or an RFC 3339 time with its offset (seconds may be left out, and count to the microsecond).

    Raises ValueError, with what is expected, for anything else: a naive time, a number, a day that does not exist.
    """
    try:
        if is_date(text):
            return date.fromisoformat(text)
        if _TIME.match(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no date or time that exists") from error
    raise ValueError(f"{text!r} is neither a date (2020-11-25) nor a time with its offset (2020-11-25T06:00:00+04:00)")


def zone_named(name: str) -> ZoneInfo:
    """Give the IANA time zone; raises ValueError when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone") from error


def start_of(said: date | datetime, zone: ZoneInfo) -> datetime:
    """Give the first instant of what was said, in UTC."""
    if isinstance(said, datetime):
        return said
    try:
        return datetime.combine(said, time.min, zone).astimezone(UTC)
    except OverflowError:  # The first day that there is begins in the east before it.
        return EVER


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Give the day of a moment in a zone; at the two ends of the calendar the day that there is."""
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        return moment.date()


def end_of(said: date | datetime, zone: ZoneInfo) -> datetime:
    """Give the last instant of what was said, in UTC; that of a day is its last microsecond."""
    if isinstance(said, datetime):
        return said
    # Counted back from the next midnight: a day on which the clock changes has not 24 hours.
    if said == date.max:
        return FOREVER
    return datetime.combine(said + timedelta(days=1), time.min, zone).astimezone(UTC) - timedelta(microseconds=1)


def end_of_period(said: date | datetime, precision: str, zone: ZoneInfo) -> datetime:
    """Give the last instant that a start alone can mean at a precision: its day, its week, its month."""
    if isinstance(said, datetime) and precision == "exact":
        return said
    day = local_day(said, zone) if isinstance(said, datetime) else said
    match precision:
        case "week":
            return end_of(day + min(timedelta(days=6), date.max - day), zone)
        case "month":
            return end_of(day.replace(day=calendar.monthrange(day.year, day.month)[1]), zone)
        case _:
            return end_of(day, zone)

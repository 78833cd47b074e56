"""A timeline: occurrences in the order in which they happened, and where a page of it ends."""

import re
from datetime import UTC, date, datetime
from typing import TypeAlias

from msgspec import Struct

from projections.clocks import Answered
from projections.evidence import Links, links
from projections.occurrences.told import Told
from projections.paging import CursorError

Day: TypeAlias = date

_CURSOR = re.compile(r"(\d{4}-\d{2}-\d{2})~([0-9T:.+-]{32})~(\d{1,18})\Z", re.ASCII)


class Entry(Struct, kw_only=True):
    """What happened; `date` and `until` are its first and its last local day, or the days it may have been on.

    `claims` are those that stand, `reports` all that tell of it or of a claim about it, by id.
    """

    date: date
    until: Day
    occurrence: Told
    claims: tuple[str, ...]
    reports: tuple[str, ...]
    links: Links


class Timeline(Answered, kw_only=True):
    """A page of entries, oldest first."""

    items: list[Entry]
    next_cursor: str | None
    total: int


class Point(Struct, frozen=True):
    """A row's place in the order: its first day, its first moment, its number."""

    day: date
    moment: datetime
    number: int

    @property
    def cursor(self) -> str:
        """The cursor of the page that comes after it."""
        moment = self.moment.astimezone(UTC).isoformat(timespec="microseconds")
        return f"{self.day.isoformat()}~{moment}~{self.number}"


def point_of(cursor: str | None) -> Point | None:
    """Read a cursor; raises CursorError."""
    if cursor is None:
        return None
    found = _CURSOR.match(cursor)
    try:
        return Point(date.fromisoformat(found[1]), datetime.fromisoformat(found[2]), int(found[3])) if found else _no()
    except ValueError:
        return _no()


def entry_of(days: tuple[date, date], told: Told, claims: tuple[str, ...], reports: tuple[str, ...]) -> Entry:
    """Put an entry together."""
    return Entry(
        date=days[0],
        until=days[1],
        occurrence=told,
        claims=claims,
        reports=reports,
        links=links(told.id, claims, reports),
    )


def _no() -> Point:
    raise CursorError("that is no cursor of this list")

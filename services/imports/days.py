"""Reading the days that tables give, in the ways in which people write one."""

import re
from datetime import date, datetime

_TIME = r"(?:[T ]\d{1,2}:\d{2}.*)?"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){_TIME}")
# Between dots the day comes first wherever days are written so; between slashes it depends on who writes.
_DAY_FIRST = re.compile(rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){_TIME}")
_ADDED = re.compile(r"\[[^\]]*\]|(?<=\d)(?:st|nd|rd|th)\b|(?<=\bsep)t\b", re.IGNORECASE)
"""What a day is written with beside itself: a footnote, what makes its number an ordinal, a longer short form."""

_FORMS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d-%b-%y", "%d-%b-%Y", "%d-%B-%Y")


def day_of(cell: str) -> date | None:
    """Read a day, with or without a time behind it where it is in numbers; None for anything else."""
    text = " ".join(_ADDED.sub("", cell).split()).strip(" .,")
    if (found := _YEAR_FIRST.fullmatch(text) or _DAY_FIRST.fullmatch(text)) is not None:
        try:
            return date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            return None
    text = " ".join(text.replace(".", " ").replace(",", " ").split())
    for form in _FORMS:
        try:
            # A day has no zone; it is read in the place's.
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - see above
        except ValueError:
            continue
    return None

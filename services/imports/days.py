"""Reading the days that tables give, in the ways in which people write one."""

import re
from datetime import date, datetime

_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{1,2}:\d{2}.*)?")
_FORMS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d-%b-%y", "%d-%b-%Y", "%d-%B-%Y")


def day_of(cell: str) -> date | None:
    """Read a day, with or without a time behind it where it is of ISO 8601; None for anything else."""
    text = " ".join(cell.replace(".", " ").replace(",", " ").split())
    if (iso := _ISO.fullmatch(text)) is not None:
        try:
            return date.fromisoformat(iso[1])
        except ValueError:
            return None
    for form in _FORMS:
        try:
            # A day has no zone; it is read in the place's.
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - see above
        except ValueError:
            continue
    return None

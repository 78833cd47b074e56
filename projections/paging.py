"""Where a page of a list ends; the edge ties that to the list, so that readers get it as an opaque cursor."""

from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")


class CursorError(ValueError):
    """What was sent as a cursor is none that an answer ever gave."""


class Slice(Struct, frozen=True, kw_only=True):
    """How many at most, and after which `next_cursor`, of a list that is read whole."""

    limit: int = 100
    cursor: str | None = None

    def of(self, items: Sequence[T]) -> tuple[list[T], str | None]:
        """Give this page of a list, and the cursor of the next, None for the last; raises CursorError."""
        after = number_of(self.cursor)
        end = after + self.limit
        return list(items[after:end]), str(end) if end < len(items) else None


def number_of(cursor: str | None) -> int:
    """Read a cursor that is a number, 0 for none; raises CursorError."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()):
        raise CursorError(f"{cursor[:80]!r} is no cursor of this list")
    return int(cursor)

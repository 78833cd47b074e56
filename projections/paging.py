"""Where a page of a list ends; the edge ties that to the list, so that readers get it as an opaque cursor."""


class CursorError(ValueError):
    """What was sent as a cursor is none that an answer ever gave."""


def number_of(cursor: str | None) -> int:
    """Read a cursor that is a number, 0 for none; raises CursorError."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()):
        raise CursorError(f"{cursor[:80]!r} is no cursor of this list")
    return int(cursor)

"""Rows as the text that PostgreSQL reads."""

from collections.abc import Callable
from datetime import date
from typing import cast

from projections.diff import Record


class _Values(dict[object, str]):
    """Texts of values, each made once: most values stand in many rows of a page.

    Values that are equal have one text: True is 1, which PostgreSQL reads as either.
    """

    def __init__(self, text_of: Callable[[object], str]) -> None:
        """Begin with no text; `text_of` makes it."""
        super().__init__()
        self._text_of = text_of

    def __missing__(self, value: object) -> str:
        """Make the text of a value that was not met before."""
        text = self._text_of(value)
        # Not kept for numbers such as 1.0, which would stand for 1.
        if not isinstance(value, float):
            self[value] = text
        return text

    def texts(self, record: Record) -> list[str]:
        """Give the text of each value of a row."""
        try:
            return list(map(self.__getitem__, record))
        except TypeError:
            # Lists cannot be looked up.
            return [self[_unchanging(value)] for value in record]


class Texts(_Values):
    """Rows as COPY reads them in its text format."""

    def __init__(self) -> None:
        """Begin with no text."""
        super().__init__(lambda value: "\\N" if value is None else _escaped(_plain(value)))

    def row(self, record: Record) -> str:
        """Give a row, its end included."""
        return "\t".join(self.texts(record)) + "\n"


class Literals(_Values):
    """Rows as they stand in a statement; each value is a quoted literal, whatever its type."""

    def __init__(self) -> None:
        """Begin with no text."""
        super().__init__(lambda value: "NULL" if value is None else _literal(_plain(value)))

    def row(self, record: Record) -> str:
        """Give a row."""
        return f"({','.join(self.texts(record))})"


def _unchanging(value: object) -> object:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


def _plain(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return "1" if value else "0"
        case int() | float() | date():
            return str(value)
        case tuple():
            members = cast("tuple[object, ...]", value)
            return "{" + ",".join("NULL" if one is None else _quoted(_plain(one)) for one in members) + "}"
        case _:
            raise TypeError(f"no column holds a {type(value).__name__}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _literal(text: str) -> str:
    """Quote a literal, in which a backslash is a sign like others: connections have standard_conforming_strings on."""
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text

"""What a projection is to its runner: tables, and the rows that a subject has in them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from events.known import Known
from events.registry import Registered

OPEN = 2**63 - 1
"""The `to_position` of a row that holds at the head."""


class Table(Struct, frozen=True):
    """A table of derived rows: its name, alone in all projections, and its own columns in order.

    Before its own columns each table has `number bigint` (the subject's first position), `key text`,
    `known_from timestamptz`, `known_to timestamptz`, `from_position bigint` and `to_position bigint`.
    A row answers for every (known_at, at_position) inside the rectangle
    known_from ≤ known_at < known_to, from_position ≤ at_position < to_position.

    Readers do not see the rows of what is restricted, unless the table is `open_to_all`: then whoever reads it sees to
    it that they see no more than they may.
    """

    name: str
    columns: tuple[str, ...]
    open_to_all: bool = False


class Row(Struct, frozen=True):
    """One derived row. `key` tells it from the subject's other rows of that table; `values` are its own columns.

    Values are text, numbers, booleans, aware datetimes, dates, tuples of these for arrays, and None;
    JSON is given as its text. A table has its columns in the order of its rows.
    """

    table: str
    key: str
    values: tuple[object, ...]


class OccurrenceProjection(Protocol):
    """An answer folded from occurrences: for each, as known at a moment, the rows it has.

    `rows` is pure: no clock, no chance, no other subject. What stands in other streams (place ancestry,
    party parents, the transfer that a change fulfils) is joined when the answer is read.
    `schema` is the file that creates the tables; the runner sets the search path to the generation's schema.
    `version` grows with every change of what the rows mean, which builds a new generation.
    """

    name: str
    version: int
    schema: Path
    tables: Sequence[Table]

    def rows(self, known: Known) -> Iterable[Row]:
        """Give the rows of an occurrence as known at one moment, keys unique in each table."""
        ...


class RegistryProjection(Protocol):
    """The same for what is registered, which follows position only (known from ever, for ever)."""

    name: str
    version: int
    schema: Path
    tables: Sequence[Table]

    def rows(self, registered: Registered) -> Iterable[Row]:
        """Give the rows of a party, place, source or report."""
        ...

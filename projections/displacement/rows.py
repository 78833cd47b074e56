"""The rows that a movement of people has: one, as long as the occurrence counts."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from events.known import Known
from projections.displacement.told import told
from projections.lasting import lasting
from projections.table import OccurrenceProjection, Row, Table

TABLE = Table("displacement", ("occurrence", "start_at", "end_at", "zone", "told"))


class DisplacementRows:
    """Displacements, and whatever else people are said to have fled from; retracted and merged ones have no row."""

    name = "displacement"
    version = 2
    schema = Path(__file__).with_name("tables.sql")
    tables: Sequence[Table] = (TABLE,)

    def rows(self, known: Known) -> Iterable[Row]:
        """Give the row of a movement as known at one moment."""
        kept = told(known) if known.counts else None
        if kept is None:
            return ()
        when = lasting(known)
        values = (known.id, when.start_at, when.end_at, when.zone, msgspec.json.encode(kept).decode())
        return (Row(TABLE.name, known.id, values),)


DISPLACEMENT: OccurrenceProjection = DisplacementRows()

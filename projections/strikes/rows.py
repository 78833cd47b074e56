"""The rows that a strike has: one, as long as the occurrence counts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from events.details import Strike
from events.known import Known
from events.times import is_date
from projections.naming import word_of
from projections.strikes.told import target_parties, told
from projections.table import OccurrenceProjection, Row, Table

TABLE = Table(
    "strike",
    (
        "occurrence",
        "moment",
        "whole_day",
        "last_moment",
        "zone",
        "precision",
        "weapon",
        "attackers",
        "degrees",
        "target_parties",
        "target_places",
        "place_precisions",
        "told",
    ),
)


class StrikeRows:
    """Strikes: "an occurrence in which a party attacks by air, drone, missile, rocket or artillery".

    A series of strikes in one night is one occurrence, and so one row. Retracted and merged ones have none.
    """

    name = "strikes"
    version = 3
    schema = Path(__file__).with_name("tables.sql")
    tables: Sequence[Table] = (TABLE,)

    def rows(self, known: Known) -> Iterable[Row]:
        """Give the row of a strike as known at one moment."""
        if not isinstance(known.details, Strike) or not known.counts:
            return ()
        moment, whole_day = _moment(known)
        kept = told(known, known.details)
        struck = sorted({(word, at.precision) for at in kept.places if (word := word_of(at)) is not None})
        values = (
            known.id,
            moment,
            whole_day,
            max(moment, known.occurred.end_at or moment),
            known.occurred.zone,
            known.occurred.precision,
            known.details.weapon,
            tuple(attacker.party for attacker in kept.attackers),
            tuple(attacker.degree for attacker in kept.attackers),
            target_parties(known),
            tuple(word for word, _ in struck),
            tuple(precision for _, precision in struck),
            msgspec.json.encode(kept).decode(),
        )
        return (Row(TABLE.name, known.id, values),)


def _moment(known: Known) -> tuple[datetime, bool]:
    """Give when it began, and whether that was told as a whole day.

    Where the start is unknown it is the end, and where that is unknown too, the day it was published: the last
    moment at which it can have been.
    """
    occurred = known.occurred
    if occurred.start_at is not None:
        return occurred.start_at, occurred.start is not None and is_date(occurred.start)
    if occurred.end_at is not None:
        return occurred.end_at, occurred.end is not None and is_date(occurred.end)
    return known.published_at, False


STRIKES: OccurrenceProjection = StrikeRows()

"""When what an event says of an occurrence was made known."""

from datetime import datetime
from typing import assert_never

from events import occurrence_events as said


def published_at(event: said.OccurrenceEvent, recorded_at: datetime) -> datetime | None:
    """Give the moment from which an event bears on what is known; None for our own work, which always does.

    "Retractions, withdrawals, supersessions, amendments, transfer events carry their own `published_at` (else the
    time they were recorded); merges, assessments and registry edits are our own work and apply at every `known_at`."
    """
    match event:
        case (
            said.OccurrenceReported(citation=citation)
            | said.OccurrenceCited(citation=citation)
            | said.ClaimMade(citation=citation)
            | said.ClaimCited(citation=citation)
            | said.TransferRescheduled(citation=citation)
        ):
            return citation.published_at
        case (
            said.OccurrenceAmended(published_at=moment)
            | said.OccurrenceRetracted(published_at=moment)
            | said.OccurrenceReinstated(published_at=moment)
            | said.ClaimSuperseded(published_at=moment)
            | said.ClaimWithdrawn(published_at=moment)
            | said.TransferEffected(published_at=moment)
            | said.TransferCancelled(published_at=moment)
        ):
            return moment or recorded_at
        case (
            said.OccurrenceMerged()
            | said.OccurrenceUnmerged()
            | said.OccurrenceAssessed()
            | said.OccurrenceRestricted()
            | said.OccurrenceReleased()
        ):
            return None
        case _:
            assert_never(event)

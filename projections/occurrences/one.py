"""One occurrence, one claim, a history: told from the occurrence's own events, as known at a moment."""

from datetime import datetime

import msgspec
from msgspec import UNSET

from events.codec import MisplacedEventError, decode
from events.facts import fold_occurrence
from events.known import Known, as_known
from events.log import EventLog, RecordedEvent
from events.occurrence import Occurrence
from events.occurrence_events import OccurrenceEvent
from events.publication import published_at
from projections.clocks import Clocks
from projections.occurrences.answers import ClaimAnswer, HistoryAnswer, HistoryEvent, OccurrenceAnswer
from projections.occurrences.told import (
    told,
    told_assessments,
    told_citations,
    told_claim,
    told_transfer,
)
from projections.registry_view import RegistryView


async def one_occurrence(
    log: EventLog, registry: RegistryView, clocks: Clocks, occurrence: str
) -> OccurrenceAnswer | None:
    """Give an occurrence with its claims and citations, None where nothing of it was known then."""
    folded, known = await _known(log, clocks, occurrence)
    if folded is None or known is None:
        return None
    kept = told(known)
    kept.places = registry.located(kept.places)
    return OccurrenceAnswer(
        id=known.id,
        stream=f"occurrence-{known.id}",
        version=folded.version,
        occurrence=kept,
        citations=told_citations(known.citations),
        claims=tuple(map(told_claim, known.claims)),
        transfers=tuple(map(told_transfer, known.transfers)),
        assessments=told_assessments(known),
        restricted=folded.restriction or UNSET,
        **clocks.echoed,
    )


async def one_claim(log: EventLog, clocks: Clocks, claim: str) -> ClaimAnswer | None:
    """Give a claim with its citations, None where it was not known then."""
    _, known = await _known(log, clocks, claim.partition(".")[0])
    for one in () if known is None else known.claims:
        if known is not None and one.id == claim:
            counts = known.counts and one.stands
            return ClaimAnswer(id=claim, occurrence=known.id, counts=counts, claim=told_claim(one), **clocks.echoed)
    return None


async def history(log: EventLog, clocks: Clocks, occurrence: str) -> HistoryAnswer | None:
    """Give an occurrence's events that were known then, oldest first; None where there are none."""
    stream = f"occurrence-{occurrence}"
    events = (await log.read_streams([stream], up_to=clocks.position))[stream]
    items = [item for event in events if _was_known(item := _history_event(event), clocks.known)]
    return HistoryAnswer(id=occurrence, stream=stream, items=items, **clocks.echoed) if items else None


async def _known(log: EventLog, clocks: Clocks, occurrence: str) -> tuple[Occurrence | None, Known | None]:
    stream = f"occurrence-{occurrence}"
    events = (await log.read_streams([stream], up_to=clocks.position))[stream]
    folded = fold_occurrence(events) if events else None
    return folded, None if folded is None else as_known(folded, clocks.known)


def _history_event(event: RecordedEvent) -> HistoryEvent:
    said = decode(event)
    if not isinstance(said, OccurrenceEvent):
        raise MisplacedEventError(event)
    return HistoryEvent(
        position=event.position,
        version=event.version,
        event_id=event.event_id,
        type=event.type,
        schema_version=event.schema_version,
        recorded_at=event.recorded_at,
        published_at=published_at(said, event.recorded_at),
        data=msgspec.Raw(event.data),
    )


def _was_known(item: HistoryEvent, known_at: datetime) -> bool:
    return item.published_at is None or item.published_at <= known_at

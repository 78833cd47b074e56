"""Decisions about transfers: what rescheduling, effecting and cancelling them comes to."""

from events import occurrence_events as said
from events import requests as asked
from events.decision import Citable, Decision, Facts, Write, cite, published, refuse
from events.details import Agreement, ControlChange, TransferTerm
from events.occurrence import Occurrence, TransferEvents
from events.refusals import AlreadyEffectedError, Fault, TransferCancelledError, UnknownError

_NOTHING_SAID = TransferEvents([], [], [])


def reschedule(body: asked.RescheduleTransfer, subject: str, facts: Facts) -> Decision:
    """Put a transfer off, or bring it forward."""
    agreement, _ = _transfer(subject, facts)
    citation = cite(Citable(body.report, body.published_at, body.quote, body.locator), facts)
    return _appended(agreement, said.TransferRescheduled(transfer=subject, due=body.due, citation=citation))


def effect(body: asked.EffectTransfer, subject: str, facts: Facts) -> Decision:
    """Say which change of control carried a transfer out; one that was cancelled is refused."""
    agreement, events = _transfer(subject, facts)
    if events.cancelled:
        raise TransferCancelledError(f"the transfer {subject!r} was cancelled")
    change = facts.occurrence(body.occurrence)
    if not isinstance(change.reported.details, ControlChange):
        refuse([Fault("/occurrence", f"{body.occurrence!r} is no control_change")])
    if any(fact.occurrence == body.occurrence for fact in events.effected):
        raise AlreadyEffectedError(f"{subject!r} is effected by {body.occurrence!r} already")
    event = said.TransferEffected(
        transfer=subject, occurrence=body.occurrence, published_at=published(body.published_at)
    )
    return _appended(agreement, event)


def cancel(body: asked.CancelTransfer, subject: str, facts: Facts) -> Decision:
    """Say that a transfer will not take place; raises TransferCancelledError when it was said before."""
    agreement, events = _transfer(subject, facts)
    if events.cancelled:
        raise TransferCancelledError(f"the transfer {subject!r} is cancelled already")
    event = said.TransferCancelled(transfer=subject, reason=body.reason, published_at=published(body.published_at))
    return _appended(agreement, event)


def _transfer(subject: str, facts: Facts) -> tuple[Occurrence, TransferEvents]:
    agreement = facts.occurrences.get(subject.partition(".")[0])
    if agreement is None or subject not in transfer_ids(agreement):
        raise UnknownError("transfer", subject)
    return agreement, agreement.transfers.get(subject, _NOTHING_SAID)


def is_cancelled(transfer: str, facts: Facts) -> bool:
    """Tell whether it was said of a transfer that it will not take place."""
    agreement = facts.occurrences.get(transfer.partition(".")[0])
    return agreement is not None and bool(agreement.transfers.get(transfer, _NOTHING_SAID).cancelled)


def transfer_ids(agreement: Occurrence) -> frozenset[str]:
    """Give the ids of the transfers that an occurrence ever agreed on."""
    told = [agreement.reported.details, *(fact.changes.details for fact in agreement.amendments)]
    return frozenset(
        term.id
        for details in told
        if isinstance(details, Agreement)
        for term in details.terms
        if isinstance(term, TransferTerm) and term.id is not None
    )


def _appended(agreement: Occurrence, event: said.OccurrenceEvent) -> Decision:
    write = Write(f"occurrence-{agreement.id}", agreement.version, (event,))
    return Decision(writes=(write,))

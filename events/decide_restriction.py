"""Decisions about who may see what: restricting an occurrence or a place, and releasing it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias, assert_never

from events import occurrence_events as o
from events import registry_events as r
from events import restriction_requests as asked
from events.decision import Decision, Facts, Write, published
from events.occurrence import Restriction
from events.refusals import EmbargoShortenedError, NotRestrictedError, UnknownError
from events.values import Embargo

Body: TypeAlias = asked.RestrictOccurrence | asked.ReleaseOccurrence | asked.RestrictPlace | asked.ReleasePlace


def decide(body: Body, subject: str, facts: Facts) -> Decision:
    """Say what a request comes to; raises UnknownError, NotRestrictedError or EmbargoShortenedError."""
    match body:
        case asked.RestrictOccurrence():
            _refuse_shorter(body, facts.occurrence(subject).restriction)
            return _said(f"occurrence-{subject}", facts, o.OccurrenceRestricted(**members(body)))
        case asked.ReleaseOccurrence():
            _refuse_unrestricted(facts.occurrence(subject).restriction, subject)
            return _said(f"occurrence-{subject}", facts, o.OccurrenceReleased(reason=body.reason))
        case asked.RestrictPlace():
            _refuse_shorter(body, _of_place(subject, facts))
            return _said(f"place-{subject}", facts, r.PlaceRestricted(**members(body)))
        case asked.ReleasePlace():
            _refuse_unrestricted(_of_place(subject, facts), subject)
            return _said(f"place-{subject}", facts, r.PlaceReleased(reason=body.reason))
        case _:
            assert_never(body)


def members(embargo: Embargo) -> Mapping[str, Any]:
    """Give the members of the event that a request for a restriction comes to."""
    return {"reason": embargo.reason, "until": published(embargo.until)}


def _of_place(subject: str, facts: Facts) -> Restriction | None:
    place = facts.places.get(subject)
    if place is None:
        raise UnknownError("place", subject)
    return place.restriction


def _refuse_shorter(embargo: Embargo, before: Restriction | None) -> None:
    """Refuse what would let readers see it sooner: whoever may restrict may not therefore release."""
    if before is None:
        return
    until = published(embargo.until)
    if until is not None and (before.until is None or until < before.until):
        raise EmbargoShortenedError(f"it is restricted {_words(before.until)} already; release it to end that sooner")


def _words(until: datetime | None) -> str:
    return "until it is released" if until is None else f"until {until.isoformat()}"


def _refuse_unrestricted(before: Restriction | None, subject: str) -> None:
    if before is None:
        raise NotRestrictedError(f"{subject!r} is not restricted")


def _said(stream: str, facts: Facts, event: o.OccurrenceEvent | r.RegistryEvent) -> Decision:
    return Decision(writes=(Write(stream, facts.versions[stream], (event,)),))

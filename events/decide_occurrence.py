"""Decisions about occurrences: what reporting, citing, correcting, retracting and merging come to."""

from collections.abc import Sequence
from typing import cast

from msgspec import structs

from events import occurrence_events as said
from events import requests as asked
from events.decide_claim import Voice, claimant_of, claims_made
from events.decide_restriction import members
from events.decide_transfer import is_cancelled
from events.decision import Citable, Decision, Facts, Write, cite, published, refuse
from events.details import Agreement, ControlChange, Details, Displacement, Exclusion, Term, TransferTerm, in_full
from events.names import fold
from events.occurrence import Occurrence
from events.refusals import AlreadyRetractedError, Fault, MergeError, NotRetractedError
from events.registry import Place
from events.values import Interval, Link, Occurred, PlaceAt, interval

_PLACE_OF_ACTION = ("target", "location")


def report(body: asked.OccurrenceBody, new_id: str, facts: Facts) -> Decision:
    """Take in that something happened, with the claims that come with it; raises FaultyError with every fault."""
    places, faults = _places(body.places, facts, "/places")
    details, wrong = _details(cast("Details", body.details), new_id, places)
    wrong += _cancelled(details, facts.occurrences.get(new_id), facts)
    citing = Citable(body.report, body.published_at, body.quote, body.locator)
    claimant = claimant_of(body, f"source:{facts.reports[body.report].said.source}")
    claims = list(claims_made(body.claims, new_id, Voice(claimant, citing), facts))
    refuse([*faults, *wrong, *(fault for _, found in claims for fault in found)])
    first = said.OccurrenceReported(
        details=details,
        occurred=_interval(body.occurred, details, places, facts),
        places=places,
        parties=body.parties,
        claimant=claimant,
        citation=cite(citing, facts),
        links=body.links,
        external_id=body.external_id,
    )
    kept = () if body.restricted is None else (said.OccurrenceRestricted(**members(body.restricted)),)
    return Decision(writes=(Write(f"occurrence-{new_id}", 0, (first, *(made for made, _ in claims), *kept)),))


def cite_occurrence(body: asked.CiteOccurrence, subject: str, facts: Facts) -> Decision:
    """Take in another report of the same thing."""
    citation = cite(Citable(body.report, body.published_at, body.quote, body.locator), facts)
    return _appended(facts.occurrence(subject), said.OccurrenceCited(citation=citation, reads=body.reads))


def amend(body: asked.AmendOccurrence, subject: str, facts: Facts) -> Decision:
    """Correct an occurrence."""
    occurrence = facts.occurrence(subject)
    changes = body.changes
    faults: list[Fault] = []
    places = None
    if changes.places is not None:
        places, faults = _places(changes.places, facts, "/changes/places")
    standing = places if places is not None else occurrence.places
    details = None
    if changes.details is not None:
        details, wrong = _details(changes.details, subject, standing)
        wrong += _cancelled(details, occurrence, facts)
        faults += [Fault(f"/changes{fault.pointer}", fault.detail) for fault in wrong]
    faults += _to_itself(changes.links, subject)
    refuse(faults)
    event = said.OccurrenceAmended(
        changes=said.Changes(
            details=details,
            occurred=None
            if changes.occurred is None
            else _interval(changes.occurred, details or occurrence.details, standing, facts),
            places=places,
            parties=changes.parties,
            links=changes.links,
        ),
        reason=body.reason,
        published_at=published(body.published_at),
    )
    return _appended(occurrence, event)


def assess(body: asked.AssessOccurrence, subject: str, facts: Facts) -> Decision:
    """Take in an analyst's judgement."""
    occurrence = facts.occurrence(subject)
    if body.adopts is not None and body.adopts not in occurrence.claims:
        refuse([Fault("/adopts", f"{body.adopts!r} is no claim of {subject!r}")])
    event = said.OccurrenceAssessed(
        assessor=body.assessor,
        reason=body.reason,
        adopts=body.adopts,
        affected=tuple(sorted(body.affected)),
        status=body.status,
        effect=body.effect,
        count=body.count,
    )
    return _appended(occurrence, event)


def retract(body: asked.RetractOccurrence, subject: str, facts: Facts) -> Decision:
    """Take an occurrence back; raises AlreadyRetractedError when it was before."""
    occurrence = facts.occurrence(subject)
    if occurrence.retracted:
        raise AlreadyRetractedError(f"the occurrence {subject!r} is retracted already")
    event = said.OccurrenceRetracted(reason=body.reason, published_at=published(body.published_at))
    return _appended(occurrence, event)


def reinstate(body: asked.ReinstateOccurrence, subject: str, facts: Facts) -> Decision:
    """Let a retracted occurrence stand again."""
    occurrence = facts.occurrence(subject)
    if not occurrence.retracted:
        raise NotRetractedError(f"the occurrence {subject!r} is not retracted")
    event = said.OccurrenceReinstated(reason=body.reason, published_at=published(body.published_at))
    return _appended(occurrence, event)


def merge(body: asked.MergeOccurrence, subject: str, facts: Facts) -> Decision:
    """Let another occurrence count for both, told on both streams; raises MergeError for a circle and for a chain."""
    occurrence, into = facts.occurrence(subject), facts.occurrence(body.into)
    if occurrence.merged_into is not None:
        raise MergeError(f"{subject!r} is merged into {occurrence.merged_into!r} already; unmerge it first")
    if subject in (body.into, into.merged_into):
        raise MergeError(f"merging {subject!r} into {body.into!r} would lead in a circle")
    if into.merged_into is not None:
        raise MergeError(f"{body.into!r} is itself merged into {into.merged_into!r}; merge {subject!r} into that one")
    if occurrence.absorbed:
        others = ", ".join(map(repr, occurrence.absorbed))
        raise MergeError(f"{others} would count by a chain through {subject!r}; unmerge first what is merged into it")
    event = said.OccurrenceMerged(into=body.into, reason=body.reason)
    return _on_both(occurrence, event, into, structs.replace(event, absorbed=subject))


def unmerge(body: asked.UnmergeOccurrence, subject: str, facts: Facts) -> Decision:
    """Let a merged occurrence count by itself again."""
    occurrence = facts.occurrence(subject)
    if occurrence.merged_into is None:
        raise MergeError(f"{subject!r} is not merged into another")
    into = facts.occurrence(occurrence.merged_into)
    event = said.OccurrenceUnmerged(reason=body.reason)
    return _on_both(occurrence, event, into, structs.replace(event, absorbed=subject))


def _on_both(one: Occurrence, event: said.OccurrenceEvent, other: Occurrence, echo: said.OccurrenceEvent) -> Decision:
    """Write two streams, so that of two merges that touch the same occurrence the second is decided anew."""
    return Decision(writes=(*_appended(one, event).writes, *_appended(other, echo).writes))


def _appended(occurrence: Occurrence, event: said.OccurrenceEvent) -> Decision:
    write = Write(f"occurrence-{occurrence.id}", occurrence.version, (event,))
    return Decision(writes=(write,))


def _interval(occurred: Occurred, details: Details, places: Sequence[PlaceAt], facts: Facts) -> Interval:
    """Read when it happened in the time zone of the place where it did: a target or location first.

    What only a change of control itself names is one too. Of a place that is known by no name, what it lies in tells
    the zone.
    """
    known = [(place.role not in _PLACE_OF_ACTION, place.place or place.parent) for place in places]
    known += [(False, place) for place in details.named] if isinstance(details, ControlChange) else []
    where = next((place for _, place in sorted(known, key=lambda one: one[0]) if place is not None), None)
    return interval(occurred, "UTC" if where is None else facts.places[where].said.time_zone)


def _places(given: Sequence[asked.PlaceRef], facts: Facts, pointer: str) -> tuple[tuple[PlaceAt, ...], list[Fault]]:
    """Find the places given by name: one match is it, several are a fault, none stays as written."""
    faults: list[Fault] = []
    places: list[PlaceAt] = []
    for number, ref in enumerate(given):
        if ref.name is None:
            places.append(PlaceAt(place=ref.place, role=ref.role, precision=ref.precision))
            continue
        matches = [place for place in facts.named.get(fold(ref.name), ()) if _matches(place, ref, facts)]
        if len(matches) > 1:
            faults.append(Fault(f"{pointer}/{number}/name", _several(ref.name, matches)))
        found = matches[0].id if len(matches) == 1 else None
        places.append(
            PlaceAt(place=found, role=ref.role, precision=ref.precision)
            if found
            else PlaceAt(name=ref.name, kind=ref.kind, parent=ref.parent, role=ref.role, precision=ref.precision)
        )
    return tuple(places), faults


def _several(name: str, matches: Sequence[Place]) -> str:
    """List the places that a name may mean, with what tells them from each other."""
    listed = ", ".join(
        f"{place.id} ({place.said.kind}{f' in {place.said.parent}' if place.said.parent else ''})"
        for place in sorted(matches, key=lambda one: one.id)
    )
    return f"{name!r} names several places: {listed}; give `place`, or `kind` or `parent` beside the name"


def _matches(place: Place, ref: asked.PlaceRef, facts: Facts) -> bool:
    if ref.kind is not None and place.said.kind != ref.kind:
        return False
    return ref.parent is None or ref.parent in _above(place, facts)


def _above(place: Place, facts: Facts) -> set[str]:
    found: set[str] = set()
    edge = [place]
    while edge:
        parents = {up for below in edge for up in (*below.said.within, below.said.parent or "") if up} - found
        found |= parents
        edge = [facts.places[up] for up in parents if up in facts.places]
    return found


def _details(details: Details, occurrence: str, places: Sequence[PlaceAt]) -> tuple[Details, list[Fault]]:
    """Give each transfer its id, and refuse changes and transfers of no place at all."""
    match details:
        case ControlChange():
            acted_on = [place for place in places if place.role in _PLACE_OF_ACTION]
            if not (acted_on or details.named):
                return details, [Fault("/places", "a change of control needs a place, as target or location")]
            told = structs.replace(
                details,
                place=None,
                places=details.named,
                excluding=_excluding(details.excluding),
                fulfils=details.transfers,
            )
            return told, []
        case Agreement():
            return _with_transfer_ids(details, occurrence)
        case Displacement():
            try:
                return in_full(details), []
            except ValueError as error:
                return details, [Fault("/details/returning", str(error))]
        case _:
            return details, []


def _cancelled(details: Details, before: Occurrence | None, facts: Facts) -> list[Fault]:
    """Find the cancelled transfers that a change is now said to fulfil; what it was told to fulfil before stands."""
    told = [] if before is None else [before.reported.details, *(fact.changes.details for fact in before.amendments)]
    known = {transfer for one in told if isinstance(one, ControlChange) for transfer in one.transfers}
    named = details.transfers if isinstance(details, ControlChange) else ()
    return [
        Fault("/details/fulfils", f"the transfer {transfer!r} was cancelled")
        for transfer in named
        if transfer not in known and is_cancelled(transfer, facts)
    ]


def _to_itself(links: Sequence[Link] | None, subject: str) -> list[Fault]:
    return [
        Fault(f"/changes/links/{number}/occurrence", f"{subject!r} cannot be linked to itself")
        for number, link in enumerate(links or ())
        if link.occurrence == subject
    ]


def _with_transfer_ids(details: Agreement, occurrence: str) -> tuple[Agreement, list[Fault]]:
    faults: list[Fault] = []
    terms: list[Term] = []
    taken: set[str] = set()
    for number, term in enumerate(details.terms):
        if not isinstance(term, TransferTerm):
            terms.append(term)
            continue
        pointer = f"/details/terms/{number}"
        places = _gathered(term.place, term.places)
        if not places:
            faults.append(Fault(f"{pointer}/places", "a transfer needs a place"))
        name = term.id or "-".join(["transfer", *places])[:120]
        transfer = name if "." in name else f"{occurrence}.{name}"
        if transfer.partition(".")[0] != occurrence:
            faults.append(Fault(f"{pointer}/id", f"a transfer of {occurrence!r} is named {occurrence}.<name>"))
        if transfer in taken:
            faults.append(Fault(f"{pointer}/id", f"{transfer!r} stands twice in this agreement"))
        taken.add(transfer)
        excluding = _excluding(term.excluding)
        terms.append(structs.replace(term, id=transfer, place=None, places=places, excluding=excluding))
    return structs.replace(details, terms=tuple(terms)), faults


def _excluding(given: Sequence[Exclusion]) -> tuple[Exclusion, ...]:
    return tuple(Exclusion(one.place, one.party) for one in given)


def _gathered(place: str | None, places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*((place,) if place else ()), *places)))

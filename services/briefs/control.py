"""Who controls what: changes of the period, what was agreed and is pending or overdue, and who holds it at the end."""

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import assert_never

from events.details import Agreement, ControlChange, Exclusion
from projections.control_map.answers import TransferItem
from projections.control_map.control import Control
from projections.occurrences.timeline import Entry
from services.briefs.answers import Section, Sentence
from services.briefs.draft import Draft


def control(draft: Draft) -> Section:
    """Write the section."""
    found, tongue = draft.found, draft.tongue
    sentences = [
        *(_agreed(draft, entry) for entry in found.agreements.items),
        *draft.left_out(len(found.agreements.items), found.agreements.total, "/v1/timeline?kind=agreement"),
        *(_changed(draft, entry) for entry in found.changes.items),
        *draft.left_out(len(found.changes.items), found.changes.total, "/v1/timeline?kind=control_change"),
        *(sentence for transfer in found.transfers for sentence in _put_off(draft, transfer)),
        *(_waiting(draft, transfer) for transfer in found.transfers if _is_waiting(transfer)),
        *(_held(draft, place) for place in found.control if place.status != "unknown"),
        *(_held(draft, place) for place in found.claimed if place not in found.control),
    ]
    if not found.changes.total:
        sentences.insert(0, Sentence(text=tongue.say("No change of control was reported.")))
    note = tongue.say("An agreement moves no control; only what is reported to have happened does.")
    return Section(topic="control", title=tongue.say("Control"), note=note, sentences=tuple(sentences))


def _agreed(draft: Draft, entry: Entry) -> Sentence:
    tongue, known = draft.tongue, draft.known[entry.occurrence.id]
    signatories = tongue.parties(party.party for party in known.who if party.role == "signatory")
    clauses = [tongue.say("{when}: agreement.", when=tongue.when(known.occurred))]
    if signatories:
        clauses = [tongue.say("{when}: agreement of {parties}.", when=tongue.when(known.occurred), parties=signatories)]
    if isinstance(known.details, Agreement) and known.details.ceasefire:
        clauses.append(tongue.say("A ceasefire is part of it."))
    clauses += [draft.voices(known), *draft.accounts(known)]
    return draft.sentence(clauses, draft.links(known.id, entry.claims, entry.reports))


def _changed(draft: Draft, entry: Entry) -> Sentence:
    known = draft.known[entry.occurrence.id]
    clauses = [_change(draft, entry), draft.voices(known)]
    links = draft.links(known.id, entry.claims, entry.reports)
    if isinstance(known.details, ControlChange):
        clauses.append(_excluded(draft, known.details.excluding))
    for transfer in draft.found.transfers:
        if known.id in transfer.effected_by:
            clauses.append(_effected(draft, transfer))
            links.append(draft.transfer(transfer.id))
    return draft.sentence([*clauses, *draft.accounts(known)], links)


def _change(draft: Draft, entry: Entry) -> str:
    tongue, known = draft.tongue, draft.known[entry.occurrence.id]
    details = known.details
    if not isinstance(details, ControlChange):
        return tongue.when(known.occurred)
    named = tuple(dict.fromkeys((*details.places, *((details.place,) if details.place else ()))))
    said = {
        "when": tongue.when(known.occurred),
        "places": tongue.places(named) if named else draft.where(known.places),
        "manner": tongue.term("manner", details.manner),
    }
    if details.to_party is None:
        if details.from_party is None:
            return tongue.say("{when}: {places} vacated ({manner}).", **said)
        former = tongue.party(details.from_party)
        return tongue.say("{when}: {places} vacated by {former} ({manner}).", former=former, **said)
    holder = tongue.party(details.to_party)
    if details.from_party is None:
        return tongue.say("{when}: {places} came under {holder} ({manner}).", holder=holder, **said)
    former = tongue.party(details.from_party)
    return tongue.say(
        "{when}: {places} passed from {former} to {holder} ({manner}).", former=former, holder=holder, **said
    )


def _effected(draft: Draft, transfer: TransferItem) -> str:
    tongue = draft.tongue
    if transfer.due is None:
        return tongue.say("This carried out what was agreed.")
    due = tongue.day(transfer.due)
    if not transfer.former_dues:
        return tongue.say("This carried out what was agreed for {due}.", due=due)
    former = tongue.day(transfer.former_dues[0])
    return tongue.say("This carried out what was agreed for {due}, first for {former}.", due=due, former=former)


def _put_off(draft: Draft, transfer: TransferItem) -> Iterator[Sentence]:
    """Tell of each postponement that was first published in the period, with all that tell of it in the period."""
    tongue, period = draft.tongue, draft.found.period
    told = [citation for citation in transfer.citations if citation.of == "reschedule"]
    moved = [list(citations) for _, citations in groupby(told, key=lambda citation: citation.due)]
    moves = list(pairwise([*transfer.former_dues, *((transfer.due,) if transfer.due else ())]))
    # The first may have told of the only day there was, which moved nothing.
    for (former, due), citations in zip(moves, moved[len(moved) - len(moves) :], strict=False):
        published = [one for one in citations if period.first <= one.published_at.date() <= period.last]
        if citations[0] not in published:
            continue
        text = tongue.say(
            "{places}: what was due on {former} was moved to {due}.",
            places=tongue.places(transfer.places),
            former=tongue.day(former),
            due=tongue.day(due),
        )
        yield draft.sentence(
            [text], [draft.transfer(transfer.id), *(draft.report(citation.report) for citation in published)]
        )


def _is_waiting(transfer: TransferItem) -> bool:
    return transfer.status in {"scheduled", "overdue", "partly_effected"}


def _waiting(draft: Draft, transfer: TransferItem) -> Sentence:
    tongue = draft.tongue
    places, holder = tongue.places(transfer.places), tongue.party(transfer.to_party)
    if transfer.due is None:
        text = tongue.say("{places}: to pass to {holder}; no day is agreed.", places=places, holder=holder)
    else:
        due = tongue.day(transfer.due)
        text = tongue.say("{places}: to pass to {holder} by {due}.", places=places, holder=holder, due=due)
    clauses = [text, _standing(draft, transfer), _excluded(draft, transfer.excluded)]
    if transfer.former_dues:
        clauses.append(tongue.say("It was first due on {former}.", former=tongue.day(transfer.former_dues[0])))
    links = [draft.transfer(transfer.id), *draft.links(transfer.agreement)]
    return draft.sentence(clauses, [*links, *(draft.report(citation.report) for citation in transfer.citations)])


def _standing(draft: Draft, transfer: TransferItem) -> str:
    tongue = draft.tongue
    if transfer.status == "partly_effected":
        if transfer.overdue:
            return tongue.say("Overdue: only a part is reported to have passed.")
        return tongue.say("So far only a part is reported to have passed.")
    if transfer.overdue:
        return tongue.say("Overdue: no report says that it has happened.")
    return tongue.say("Pending.")


def _excluded(draft: Draft, exclusions: tuple[Exclusion, ...]) -> str:
    tongue = draft.tongue
    return tongue.joined(
        tongue.say(
            "Not included: {place}, which goes to {party}.",
            place=tongue.place(exclusion.place),
            party=tongue.party(exclusion.party),
        )
        for exclusion in exclusions
    )


def _held(draft: Draft, place: Control) -> Sentence:
    basis, tongue = place.basis, draft.tongue
    clauses = _state(draft, place)
    if place.inherited_from is not None:
        clauses.append(
            tongue.say("This is said of {place}, in which it lies.", place=tongue.place(place.inherited_from))
        )
    links = [link for one in basis.occurrences for link in draft.links(one)]
    links += [link for claim in basis.claims for link in draft.links(claim.partition(".")[0], (claim,))]
    return draft.sentence(clauses, [*links, *(draft.report(report) for report in basis.reports)])


def _state(draft: Draft, place: Control) -> list[str]:
    tongue, name = draft.tongue, draft.tongue.place(place.place)
    holders = tongue.parties(place.controllers)
    match place.status:
        case "held":
            if place.since is None:
                return [
                    tongue.say("At the end of the period {place} is held by {holders}.", place=name, holders=holders)
                ]
            since = tongue.since(place.since, place.since_precision, draft.found.registry.zone_of(place.place))
            return [
                tongue.say(
                    "At the end of the period {place} is held by {holders}, since {since}.",
                    place=name,
                    holders=holders,
                    since=since,
                )
            ]
        case "contested":
            clauses = [tongue.say("At the end of the period {place} is contested.", place=name)]
            for claimant, parties in (place.holders_by_claimant or {}).items():
                who = tongue.parties(parties) if parties else tongue.say("nobody")
                clauses.append(
                    tongue.say("{claimant} names {holders}.", claimant=tongue.claimant(claimant), holders=who)
                )
            if place.disputed_by:
                by = tongue.claimants(place.disputed_by)
                clauses.append(tongue.say("Disputed by {claimant}.", claimant=by))
            return clauses
        case "vacated":
            return [tongue.say("At the end of the period {place} is vacated: nobody is said to hold it.", place=name)]
        case "unknown":
            return [tongue.say("Who holds {place} at the end of the period is not known.", place=name)]
        case _:
            assert_never(place.status)

"""What lies in the ground and who had to leave."""

from projections.displacement.answers import Movement
from projections.displacement.told import Figure
from projections.hazards.answers import Hazard
from services.briefs.answers import Section, Sentence
from services.briefs.draft import Draft
from services.displacement import Moved

_AGENCY = frozenset({"agency"})


def hazards(draft: Draft) -> Section:
    """Write the section on contamination and clearance."""
    found, tongue = draft.found.hazards, draft.tongue
    sentences = [
        *(_hazard(draft, hazard) for hazard in found.items),
        *draft.left_out(len(found.items), found.total, "/v1/hazards?level=district"),
    ]
    if not found.total:
        sentences.append(Sentence(text=tongue.say("Nothing.")))
    note = tongue.say("That clearance is reported does not say that nothing is left.")
    return Section(topic="hazards", title=tongue.say("Explosive hazards"), note=note, sentences=tuple(sentences))


def displacement(draft: Draft) -> Section:
    """Write the section on people who left and came back."""
    found, tongue = draft.found.displaced, draft.tongue
    sentences = [
        *(_moved(draft, moved) for moved in found.items),
        *draft.left_out(len(found.items), found.total, "/v1/displacement?level=district"),
    ]
    if not found.total:
        sentences.append(Sentence(text=tongue.say("Nothing.")))
    return Section(topic="displacement", title=tongue.say("Displacement"), note=None, sentences=tuple(sentences))


def _hazard(draft: Draft, hazard: Hazard) -> Sentence:
    tongue, known = draft.tongue, draft.known[hazard.occurrence]
    head = draft.at(tongue.when(known.occurred), draft.where(hazard.places))
    devices = tongue.terms("device", hazard.devices)
    match hazard.kind:
        case "contamination":
            clauses = [tongue.say("{head}: {devices} are reported to lie there.", head=head, devices=devices)]
        case "clearance":
            clauses = [tongue.say("{head}: clearance of {devices}.", head=head, devices=devices)]
        case "explosion":
            clauses = [tongue.say("{head}: explosion ({devices}).", head=head, devices=devices)]
    agencies = [party.party for party in hazard.parties if party.role in _AGENCY]
    if agencies:
        clauses.append(tongue.say("Carried out by: {parties}.", parties=tongue.parties(agencies)))
    clauses += draft.involved(hazard.parties, _AGENCY)
    if hazard.items is not None:
        clauses.append(tongue.say("Items: {number}.", number=draft.amount(hazard.items)))
    if hazard.area_m2 is not None:
        clauses.append(tongue.say("Area: {number} m².", number=tongue.number(hazard.area_m2)))
    clauses += [tongue.say("{words}.", words=draft.quoted(quote)) for quote in hazard.quotes]
    clauses += [draft.voices(known), *draft.accounts(known)]
    return draft.sentence(clauses, draft.links(known.id, hazard.claims, hazard.reports))


def _moved(draft: Draft, moved: Moved) -> Sentence:
    tongue, movement = draft.tongue, moved.movement
    known = draft.known[movement.occurrence]
    clauses = [_movement(draft, movement)]
    if moved.people is not None:
        clauses.append(tongue.say("People: {number}.", number=draft.figure(moved.people)))
    clauses += [_figure(draft, figure) for figure in movement.figures]
    clauses += [tongue.say("{words}.", words=draft.quoted(quote)) for quote in movement.quotes]
    clauses += [draft.voices(known), *draft.accounts(known)]
    return draft.sentence(clauses, draft.links(known.id, movement.claims, movement.reports))


def _movement(draft: Draft, movement: Movement) -> str:
    tongue, known = draft.tongue, draft.known[movement.occurrence]
    head = draft.at(tongue.when(known.occurred), draft.where(movement.places))
    what = tongue.term("movement", movement.movement or "departure")
    clauses = [tongue.say("{head}: {what}.", head=head, what=what)]
    return tongue.joined([*clauses, *draft.ways(movement.places)])


def _figure(draft: Draft, figure: Figure) -> str:
    tongue = draft.tongue
    claimant = tongue.claimant(figure.claimant)
    if figure.scope == "denial":
        return tongue.say("{claimant}: nobody moved.", claimant=claimant)
    side = tongue.parties(figure.affected) if figure.affected else ""
    number = draft.amount(figure.count)
    if not side:
        return tongue.say("{claimant}: {number}.", claimant=claimant, number=number)
    return tongue.say("{claimant}: {number}, {side}.", claimant=claimant, number=number, side=side)

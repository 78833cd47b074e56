"""Who struck whom, how often: each strike with its place among the attacker's strikes of the period."""

from projections.strikes.answers import Strike, StrikeInWindow
from projections.strikes.matching import LOCAL
from services.briefs.answers import Section, Sentence
from services.briefs.draft import Draft


def strikes(draft: Draft) -> Section:
    """Write the section."""
    found, tongue = draft.found, draft.tongue
    sentences = [
        *(_total(draft, attacker, number) for attacker, number in found.counted.items()),
        *(_strike(draft, strike) for strike in found.strikes.items),
        *draft.left_out(len(found.strikes.items), found.strikes.total, _EVERY_ONE),
    ]
    if not found.strikes.total:
        sentences.append(Sentence(text=tongue.say("No strike was reported.")))
    note = tongue.say("Counted are strikes whose attacker acknowledged them or is said outright to have made them.")
    return Section(topic="strikes", title=tongue.say("Strikes"), note=note, sentences=tuple(sentences))


_EVERY_ONE = f"/v1/strikes?tz={LOCAL}&responsibility=acknowledged,attributed,suspected,disputed,unknown"


def _total(draft: Draft, attacker: str, number: int) -> Sentence:
    text = draft.tongue.some(
        "{party}: {n} strike in the period.", "{party}: {n} strikes in the period.", number,
        party=draft.tongue.party(attacker),
    )  # fmt: skip
    href, title = f"/v1/strikes?attacker={attacker}&tz={LOCAL}", draft.tongue.say("the whole list")
    return draft.sentence([text], [draft.more(href, title, draft.found.period)])


def _strike(draft: Draft, strike: Strike) -> Sentence:
    tongue, known = draft.tongue, draft.known[strike.occurrence]
    head = draft.at(tongue.when(known.occurred), draft.where(strike.places))
    clauses = [tongue.say("{head}: {what}.", head=head, what=tongue.term("weapon", strike.weapon))]
    if strike.target_parties:
        clauses.append(tongue.say("Struck: {parties}.", parties=tongue.parties(strike.target_parties)))
    clauses += _responsible(draft, strike)
    origin = draft.direction(known.places)
    if origin:
        clauses.append(tongue.say("Said to have come from the direction of {places}.", places=origin))
    clauses += [*_sizes(draft, strike), draft.voices(known), *draft.accounts(known)]
    return draft.sentence(clauses, draft.links(known.id, strike.claims, strike.reports))


def _sizes(draft: Draft, strike: Strike) -> list[str]:
    tongue = draft.tongue
    return [
        "" if strike.sorties is None else tongue.say("Sorties: {number}.", number=draft.amount(strike.sorties)),
        "" if strike.munitions is None else tongue.say("Munitions: {number}.", number=draft.amount(strike.munitions)),
    ]


def _responsible(draft: Draft, strike: Strike) -> list[str]:
    tongue = draft.tongue
    if not strike.attackers:
        return [tongue.say("Nobody is said to have made it, so it is not counted.")]
    clauses: list[str] = []
    for attacker in strike.attackers:
        counted = draft.found.ordinals.get((attacker.party, strike.occurrence))
        if counted is None:
            clauses.append(tongue.say("Not counted as a strike by {party}.", party=tongue.party(attacker.party)))
        else:
            clauses += _ordinal(draft, attacker.party, counted)
        # Where claims name the attacker the accounts say who does; else it is the report itself.
        if all(attribution.claim is None for attribution in attacker.attributions):
            clauses.append(
                tongue.say(
                    "Responsibility: {party} — {degree} ({claimants}).",
                    party=tongue.party(attacker.party),
                    degree=tongue.term("degree", attacker.degree),
                    claimants=tongue.claimants(one.claimant for one in attacker.attributions),
                )
            )
    return clauses


def _ordinal(draft: Draft, attacker: str, strike: StrikeInWindow) -> list[str]:
    tongue = draft.tongue
    total = tongue.number(draft.found.counted[attacker])
    ordinal, party = tongue.number(strike.ordinal), tongue.party(attacker)
    clauses = [
        tongue.say("Strike {ordinal} of {total} by {party} in the period.", ordinal=ordinal, total=total, party=party)
    ]
    if strike.days_since_previous is not None:
        clauses.append(
            tongue.some("{n} day after the one before.", "{n} days after the one before.", strike.days_since_previous)
        )
    if strike.areas_shared_with_previous:
        areas = tongue.places(strike.areas_shared_with_previous)
        clauses.append(tongue.say("Hit again: {places}.", places=areas))
    return clauses

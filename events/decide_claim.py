"""Decisions about claims: what making, retelling, superseding and withdrawing them comes to."""

from collections.abc import Collection, Iterator, Sequence
from typing import cast

from msgspec import Struct, structs

from events import occurrence_events as said
from events import requests as asked
from events.claims import ClaimContent, ControlClaim, DisputeClaim
from events.decision import Citable, Decision, Facts, Write, cite, published, refuse
from events.occurrence import Claim, Occurrence
from events.refusals import ClaimEndedError, Fault, IdTakenError
from events.values import Interval, Occurred, interval


class Voice(Struct, frozen=True):
    """Who speaks, and in which report, where a claim inside an occurrence's report does not say.

    `number` tells the claims of one request apart that bring no name of their own.
    """

    claimant: str
    citing: Citable
    number: int = 1


def claimant_of(body: asked.ClaimBody | asked.ReportOccurrence, default: str) -> str:
    """Give the claimant as the log keeps it: `source:sana`, `party:israel`, or `words:` and what was written."""
    if body.attributed_to is not None:
        return f"words:{body.attributed_to}"
    return body.claimant or default


def claims_made(
    bodies: Sequence[asked.ClaimBody], occurrence: str, voice: Voice, facts: Facts
) -> Iterator[tuple[said.ClaimMade, list[Fault]]]:
    """Give each claim that comes with an occurrence's report, and what is wrong with it."""
    voices = [structs.replace(voice, number=number + 1) for number in range(len(bodies))]
    before = facts.occurrences.get(occurrence)
    there = {_id(body, occurrence, said_by, facts) for body, said_by in zip(bodies, voices, strict=True)}
    there.update(before.claims if before else ())
    taken: set[str] = set()
    for number, body in enumerate(bodies):
        made, faults = _made(body, occurrence, voices[number], facts, there)
        if made.claim in taken:
            faults.append(Fault("/id", f"{made.claim!r} stands twice in this request"))
        taken.add(made.claim)
        yield made, [Fault(f"/claims/{number}{fault.pointer}", fault.detail) for fault in faults]


def make(body: asked.ClaimBody, subject: str, facts: Facts) -> Decision:
    """Make one claim about an occurrence that is there."""
    occurrence = facts.occurrence(subject)
    made = _made_alone(body, occurrence, facts)
    return _appended(occurrence, made)


def cite_claim(body: asked.CiteClaim, subject: str, facts: Facts) -> Decision:
    """Retell a claim; a withdrawn one is refused."""
    occurrence, claim = facts.claim(subject)
    _refuse_withdrawn(claim)
    citation = cite(Citable(body.report, body.published_at, body.quote, body.locator), facts)
    return _appended(occurrence, said.ClaimCited(claim=subject, citation=citation, reads=body.reads))


def supersede(body: asked.SupersedeClaim, subject: str, facts: Facts) -> Decision:
    """Put a newer claim of the same claimant, there already or made here, in the place of one."""
    occurrence, claim = facts.claim(subject)
    _refuse_ended(claim)
    events: list[said.OccurrenceEvent] = []
    if isinstance(body.by, str):
        by = body.by
        if by not in occurrence.claims or by == subject:
            refuse([Fault("/by", f"{by!r} is no other claim of {occurrence.id!r}")])
        newer = occurrence.claims[by]
        _refuse_ended(newer)
        refuse(_of_another(claim, newer.claimant, newer.content))
    else:
        made = _made_alone(body.by, occurrence, facts)
        refuse(_of_another(claim, made.claimant, made.content))
        by = made.claim
        events.append(made)
    events.append(said.ClaimSuperseded(claim=subject, by=by, published_at=published(body.published_at)))
    return _appended(occurrence, *events)


def withdraw(body: asked.WithdrawClaim, subject: str, facts: Facts) -> Decision:
    """Take a claim back; raises ClaimEndedError when it was before."""
    occurrence, claim = facts.claim(subject)
    _refuse_ended(claim)
    event = said.ClaimWithdrawn(claim=subject, reason=body.reason, published_at=published(body.published_at))
    return _appended(occurrence, event)


def _made_alone(body: asked.ClaimBody, occurrence: Occurrence, facts: Facts) -> said.ClaimMade:
    """Give a claim that must itself say who speaks and where."""
    faults: list[Fault] = []
    if body.claimant is None and body.attributed_to is None:
        faults.append(Fault("", "give `claimant` (an id) or `attributed_to` (words)"))
    if body.report is None:
        faults.append(Fault("/report", "is needed: every claim stands in a report"))
    refuse(faults)
    voice = Voice("", Citable(body.report or "", body.published_at, body.quote, body.locator))
    made, faults = _made(body, occurrence.id, voice, facts, occurrence.claims)
    refuse(faults)
    if made.claim in occurrence.claims:
        raise IdTakenError("claim", made.claim)
    return made


def _made(
    body: asked.ClaimBody, occurrence: str, voice: Voice, facts: Facts, there: Collection[str]
) -> tuple[said.ClaimMade, list[Fault]]:
    """Give a claim and what is wrong with it; `there` are the claims that it may dispute."""
    faults: list[Fault] = []
    content = cast("ClaimContent", body.content)
    claim = _id(body, occurrence, voice, facts)
    if claim.partition(".")[0] != occurrence:
        faults.append(Fault("/id", f"a claim about {occurrence!r} is named {occurrence}.<name>"))
    if isinstance(content, DisputeClaim) and content.claim is not None:
        disputed = content.claim
        if disputed.partition(".")[0] != occurrence or disputed not in there:
            faults.append(Fault("/claim", f"{disputed!r} is no claim of {occurrence!r}"))
    citing = _citing(body, voice)
    original = facts.reports[citing.report].said.translation_of
    if original is not None:
        told = f"{citing.report!r} is a translation: make the claim from {original!r}, and cite the translation of it"
        faults.append(Fault("/report", told))
    made = said.ClaimMade(
        claim=claim,
        content=content,
        claimant=claimant_of(body, voice.claimant),
        citation=cite(citing, facts),
        valid=_valid(content, facts),
        credibility=body.credibility,
    )
    return made, faults


def _id(body: asked.ClaimBody, occurrence: str, voice: Voice, facts: Facts) -> str:
    """Give a claim's id: that which it brings, after its occurrence's, or one of its own."""
    name = body.id or f"{body.__struct_config__.tag}-{facts.suffix}-{voice.number}"
    return name if "." in name else f"{occurrence}.{name}"


def _of_another(claim: Claim, claimant: str, content: ClaimContent) -> list[Fault]:
    """Find why a newer claim cannot take a claim's place: "the claimant updates its own"."""
    if claimant != claim.claimant:
        return [Fault("/by", f"is a claim of {claimant}; only {claim.claimant} can supersede {claim.id!r}")]
    if type(content) is not type(claim.content):
        kinds = (content.__struct_config__.tag, claim.content.__struct_config__.tag)
        return [Fault("/by", f"is a claim of the kind {kinds[0]}, and {claim.id!r} one of {kinds[1]}")]
    return []


def _citing(body: asked.ClaimBody, voice: Voice) -> Citable:
    if body.report is None:
        return Citable(voice.citing.report, body.published_at or voice.citing.published_at, body.quote, body.locator)
    return Citable(body.report, body.published_at, body.quote, body.locator)


def _valid(content: ClaimContent, facts: Facts) -> Interval | None:
    """Read the span of a control claim in its place's time zone."""
    if not isinstance(content, ControlClaim) or (content.from_ is None and content.through is None):
        return None
    span = Occurred(start=content.from_, end=content.through, precision=content.precision)
    return interval(span, facts.places[content.place].said.time_zone)


def _refuse_withdrawn(claim: Claim) -> None:
    if any(ended.by is None for ended in claim.ended):
        raise ClaimEndedError(f"the claim {claim.id!r} was withdrawn, so it can be cited no more")


def _refuse_ended(claim: Claim) -> None:
    if claim.ended:
        how = "withdrawn" if claim.ended[0].by is None else f"superseded by {claim.ended[0].by!r}"
        raise ClaimEndedError(f"the claim {claim.id!r} was {how} already")


def _appended(occurrence: Occurrence, *events: said.OccurrenceEvent) -> Decision:
    return Decision(writes=(Write(f"occurrence-{occurrence.id}", occurrence.version, events),))

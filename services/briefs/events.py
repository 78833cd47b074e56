"""What else happened, and, apart from it, what was alleged, what was judged, and what was taken back."""

from events.details import Assessment, Construction, Deployment, Destruction, Explosion, Other, Statement
from events.known import Known
from projections.occurrences.timeline import Entry
from services.briefs.answers import Section, Sentence, Topic
from services.briefs.draft import Draft


def others(draft: Draft) -> Section:
    """Write the section on what has no section of its own."""
    found = draft.found.others
    elsewhere = {hazard.occurrence for hazard in draft.found.hazards.items}
    entries = [entry for entry in found.items if entry.occurrence.id not in elsewhere]
    sentences = [
        *(_event(draft, entry) for entry in entries),
        *draft.left_out(len(found.items), found.total, "/v1/timeline?" + _OTHER_KINDS),
    ]
    return _section(draft, "events", draft.tongue.say("Other reported events"), None, sentences)


_OTHER_KINDS = (
    "kind=explosion,clash,attack_on_civilians,deployment,destruction,search_and_recovery,construction,detention,protest,"
    "other"
)


def allegations(draft: Draft) -> Section:
    """Write the section on what somebody says."""
    found, tongue = draft.found.statements, draft.tongue
    sentences = [
        *(_statement(draft, entry) for entry in found.items),
        *draft.left_out(len(found.items), found.total, "/v1/timeline?kind=statement"),
    ]
    note = tongue.say("What somebody says is not what happened; nothing here is counted anywhere above.")
    return _section(draft, "allegations", tongue.say("Statements and allegations"), note, sentences)


def assessments(draft: Draft) -> Section:
    """Write the section on what somebody judges."""
    found, tongue = draft.found.assessments, draft.tongue
    sentences = [
        *(_assessment(draft, entry) for entry in found.items),
        *draft.left_out(len(found.items), found.total, "/v1/timeline?kind=assessment"),
    ]
    note = tongue.say("Judgements of those named, counted nowhere.")
    return _section(draft, "assessments", tongue.say("Assessments"), note, sentences)


def retractions(draft: Draft) -> Section:
    """Write the section on what was taken back."""
    found, tongue = draft.found.retracted, draft.tongue
    sentences = [
        *(_retracted(draft, entry) for entry in found.items),
        *draft.left_out(len(found.items), found.total, "/v1/timeline?include=retracted"),
    ]
    note = tongue.say("Retracted occurrences count nowhere and stay readable.")
    return _section(draft, "retractions", tongue.say("Retractions"), note, sentences)


def _section(draft: Draft, topic: Topic, title: str, note: str | None, sentences: list[Sentence]) -> Section:
    if not sentences:
        sentences = [Sentence(text=draft.tongue.say("Nothing."))]
    return Section(topic=topic, title=title, note=note, sentences=tuple(sentences))


def _event(draft: Draft, entry: Entry) -> Sentence:
    tongue, known = draft.tongue, draft.known[entry.occurrence.id]
    head = draft.at(tongue.when(known.occurred), draft.where(known.places))
    clauses = [tongue.say("{head}: {what}.", head=head, what=tongue.term("kind", entry.occurrence.kind))]
    clauses += _particulars(draft, known)
    clauses += [*draft.involved(known.parties), *draft.ways(known.places)]
    clauses += [draft.voices(known), *draft.accounts(known)]
    return draft.sentence(clauses, draft.links(known.id, entry.claims, entry.reports))


def _particulars(draft: Draft, known: Known) -> list[str]:
    """Say what only its kind has."""
    tongue = draft.tongue
    match known.details:
        case Destruction(what=what, method=method):
            clauses = [tongue.say("What: {what}.", what=tongue.say("; ").join(what))] if what else []
            return [*clauses, tongue.say("How: {how}.", how=method)] if method else clauses
        case Construction(what=str(what)):
            return [tongue.say("What: {what}.", what=what)]
        case Explosion(device=device):
            return [tongue.say("Device: {device}.", device=tongue.term("device", device))]
        case Deployment(strength=strength) if strength is not None:
            return [tongue.say("Strength: {number}.", number=draft.amount(strength))]
        case Other(words=str(words)):
            return [tongue.say("{words}.", words=draft.quoted(words))]
        case _:
            return []  # The kind says all that there is to say.


def _statement(draft: Draft, entry: Entry) -> Sentence:
    tongue, known = draft.tongue, draft.known[entry.occurrence.id]
    details = known.details
    clauses = [_words(draft, known, details.words if isinstance(details, Statement) else None)]
    if isinstance(details, Statement) and details.allegation:
        clauses.append(
            tongue.say("An allegation that another source confirms.")
            if details.corroborated
            else tongue.say("An allegation that no other source is known to confirm.")
        )
    clauses += [*_concerns(draft, known), *draft.disputes(known)]
    return draft.sentence([*clauses, *draft.accounts(known)], draft.links(known.id, entry.claims, entry.reports))


def _assessment(draft: Draft, entry: Entry) -> Sentence:
    known = draft.known[entry.occurrence.id]
    details = known.details
    clauses = [_words(draft, known, details.words if isinstance(details, Assessment) else None)]
    clauses += [*_concerns(draft, known), *draft.disputes(known)]
    return draft.sentence([*clauses, *draft.accounts(known)], draft.links(known.id, entry.claims, entry.reports))


def _concerns(draft: Draft, known: Known) -> list[str]:
    where = draft.where(known.places)
    clauses = [draft.tongue.say("Concerns: {places}.", places=where)] if where else []
    return [*clauses, *draft.ways(known.places)]


def _words(draft: Draft, known: Known, words: str | None) -> str:
    tongue = draft.tongue
    said = {"claimant": tongue.claimant(known.claimant), "when": tongue.when(known.occurred)}
    if words is None:
        return tongue.say("{claimant}, {when}.", **said)
    return tongue.say("{claimant}, {when}: {words}.", words=draft.quoted(words), **said)


def _retracted(draft: Draft, entry: Entry) -> Sentence:
    tongue, known = draft.tongue, draft.known[entry.occurrence.id]
    head = draft.at(tongue.when(known.occurred), draft.where(known.places))
    text = tongue.say("{head}: {what}, retracted.", head=head, what=tongue.term("kind", entry.occurrence.kind))
    return draft.sentence([text], draft.links(known.id, (), entry.reports))

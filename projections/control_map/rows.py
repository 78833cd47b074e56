"""The facts about control that an occurrence holds, as known at one moment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import structs

from events.claims import ControlClaim, DisputeClaim
from events.details import Agreement, ControlChange
from events.known import Known, KnownClaim, KnownTransfer
from events.occurrence import Cited
from projections.control_map.facts import ControlFact, Dispute, Merger, Quoted, Statement, Transfer, written
from projections.control_map.starts import start_of_change, start_of_claim
from projections.naming import is_word, word_of
from projections.table import Row, Table

TABLE = Table("control_fact", ("occurrence", "place", "starts_at", "effects", "leads_to", "fact"))

_ACTED_ON = frozenset({"target", "location"})


class ControlMap:
    """Rows of the control map.

    "Statements come from `control_change` and from control claims. An agreement never moves control."
    Retracted and merged occurrences state nothing.
    """

    name = "control_map"
    version = 4
    schema = Path(__file__).with_name("tables.sql")
    tables: Sequence[Table] = (TABLE,)

    def rows(self, known: Known) -> Iterator[Row]:
        """Give one row for each fact."""
        return (_row(fact) for fact in facts_of(known))


CONTROL_MAP = ControlMap()


def facts_of(known: Known) -> Iterator[ControlFact]:
    """Give what an occurrence states about control."""
    if not known.counts:
        if known.merged_into is not None and not known.retracted and isinstance(known.details, ControlChange):
            yield Merger(occurrence=known.id, into=known.merged_into, fulfils=known.details.transfers)
        return
    verdicts = _verdicts(known)
    match known.details:
        case ControlChange() as details:
            yield from _changes(known, details)
        case Agreement():
            yield from (_transfer(known, transfer) for transfer in known.transfers)
        case _:
            pass
    for claim in known.standing_claims:
        match claim.content:
            case ControlClaim() as content:
                yield _claimed(known, claim, content, adopted=verdicts.get(content.place) == claim.id)
            case DisputeClaim(claim=disputed):
                adopted = any(verdicts.get(topic) == claim.id for topic in _topics(known, claim))
                yield Dispute(
                    occurrence=known.id,
                    id=claim.id,
                    disputed=disputed or known.id,
                    claimant=claim.claimant,
                    adopted=adopted,
                    positions=_positions(claim.number, claim.citations),
                    reports=_reports(claim.citations),
                )
            case _:
                pass


def places_of(known: Known, details: ControlChange) -> tuple[str, ...]:
    """Give the places that a change is about: those it names, else the occurrence's with role target or location.

    A place that was given by a name which nothing bore is its word.
    """
    if details.named:
        return details.named
    acted_on = (word_of(at) for at in known.places if at.role in _ACTED_ON)
    return tuple(dict.fromkeys(word for word in acted_on if word is not None))


def _changes(known: Known, details: ControlChange) -> Iterator[Statement]:
    """Give a statement for each place that passes and for each that is left out, which passes to its own holder."""
    start = start_of_change(known.occurred, known.published_at)
    first = Statement(
        occurrence=known.id,
        id=known.id,
        kind="change",
        place="",
        status="held" if details.to_party else "vacated",
        holder=details.to_party,
        from_party=details.from_party,
        manner=details.manner,
        claimant=known.claimant,
        start=known.occurred.start,
        precision=known.occurred.precision,
        starts_at=start.at,
        low=start.low,
        high=start.high,
        published_at=known.published_at,
        confirmed_at=max((cited.citation.published_at for cited in known.citations), default=known.published_at),
        fulfils=details.transfers,
        positions=_positions(known.number, known.citations),
        reports=_reports(known.citations),
    )
    excluded = {exclusion.place: exclusion.party for exclusion in details.excluding}
    for place in places_of(known, details):
        if place not in excluded:
            yield structs.replace(first, place=place, occurred=known.occurred if is_word(place) else None)
    for place, holder in excluded.items():
        yield structs.replace(first, place=place, kind="exclusion", status="held", holder=holder)


def _claimed(known: Known, claim: KnownClaim, content: ControlClaim, *, adopted: bool) -> Statement:
    start = start_of_claim(claim.valid, claim.published_at)
    through = claim.valid.end_at if claim.valid is not None and claim.valid.end is not None else None
    return Statement(
        occurrence=known.id,
        id=claim.id,
        kind="claim",
        place=content.place,
        status=content.status,
        holder=content.party,
        claimant=claim.claimant,
        start=None if claim.valid is None else claim.valid.start,
        precision=content.precision,
        starts_at=start.at,
        low=start.low,
        high=start.high,
        through=through or claim.published_at,
        published_at=claim.published_at,
        confirmed_at=through or max(cited.citation.published_at for cited in claim.citations),
        adopted=adopted,
        positions=_positions(claim.number, claim.citations),
        reports=_reports(claim.citations),
    )


def _transfer(known: Known, transfer: KnownTransfer) -> Transfer:
    term = transfer.term
    start = start_of_change(known.occurred, known.published_at)
    return Transfer(
        occurrence=known.id,
        id=transfer.id,
        places=tuple(dict.fromkeys((*((term.place,) if term.place else ()), *term.places))),
        from_party=term.from_party,
        to_party=term.to_party,
        agreed_at=start.at,
        due=transfer.due,
        former_dues=transfer.rescheduled_from,
        excluding=term.excluding,
        effected_by=transfer.effected_by,
        cancelled=transfer.cancelled,
        words=term.words,
        agreed_in=_quoted(known.citations),
        rescheduled_in=tuple(
            structs.replace(quoted, due=due)
            for quoted, due in zip(_quoted(transfer.rescheduled_by), transfer.rescheduled_to, strict=True)
        ),
        positions=_positions(known.number, (*known.citations, *transfer.rescheduled_by)),
        reports=_reports((*known.citations, *transfer.rescheduled_by)),
    )


def _verdicts(known: Known) -> Mapping[str, str]:
    """Give the claim that an analyst adopted last for each place.

    "Only the winner's own `contested` or dispute counts, until an assessment, withdrawal or later statement
    resolves it." Assessments are our own work: the last one made stands.
    """
    topics = {claim.id: _topics(known, claim) for claim in known.standing_claims}
    return {
        topic: assessed.adopts
        for assessed in known.assessments
        if assessed.adopts is not None
        for topic in topics.get(assessed.adopts, ())
    }


def _topics(known: Known, claim: KnownClaim) -> tuple[str, ...]:
    """Give the places whose control a claim is about, its own or by disputing."""
    match claim.content:
        case ControlClaim(place=place):
            return (place,)
        case DisputeClaim(claim=None):
            if not isinstance(known.details, ControlChange):
                return ()
            return (*places_of(known, known.details), *(exclusion.place for exclusion in known.details.excluding))
        case DisputeClaim(claim=disputed):
            return tuple(
                other.content.place
                for other in known.standing_claims
                if other.id == disputed and isinstance(other.content, ControlClaim)
            )
        case _:
            return ()


def _positions(number: int, citations: Iterable[Cited]) -> tuple[int, ...]:
    return tuple(sorted({number, *(cited.position for cited in citations)}))


def _reports(citations: Iterable[Cited]) -> tuple[str, ...]:
    return tuple(sorted({cited.citation.report for cited in citations}))


def _quoted(citations: Iterable[Cited]) -> tuple[Quoted, ...]:
    return tuple(
        Quoted(
            report=cited.citation.report,
            published_at=cited.citation.published_at,
            quote=cited.citation.quote,
            locator=cited.citation.locator,
        )
        for cited in citations
    )


def _row(fact: ControlFact) -> Row:
    match fact:
        case Statement(id=name, place=place, starts_at=starts_at):
            return _keyed(f"statement {name} {place}", fact, place, starts_at, ())
        case Dispute(id=name):
            return _keyed(f"dispute {name}", fact, None, None, ())
        case Merger(into=into):
            return _keyed("merger", fact, None, None, (into,))
        case Transfer(id=name, agreed_at=agreed_at, effected_by=effected_by):
            return _keyed(f"transfer {name}", fact, None, agreed_at, effected_by)


def _keyed(
    key: str, fact: ControlFact, place: str | None, starts_at: datetime | None, leads_to: tuple[str, ...]
) -> Row:
    effects = isinstance(fact, Statement) and bool(fact.fulfils)
    return Row(TABLE.name, key, (fact.occurrence, place, starts_at, effects, leads_to, written(fact)))

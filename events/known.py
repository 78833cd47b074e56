"""An occurrence as it was known at a moment: what had been published by then, and what of it stood."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

from msgspec import Struct, structs

from events import occurrence_events as said
from events.claims import ClaimContent
from events.details import Agreement, ControlChange, Details, TransferTerm
from events.occurrence import Amended, Cited, Claim, Ended, Occurrence, TransferEvents
from events.times import FOREVER
from events.values import ExternalId, Interval, Link, PartyIn, PlaceAt
from events.words import Credibility, PartyRole

ALL_KNOWN = FOREVER - timedelta(microseconds=1)
"""The moment that stands for no bound: later than anything published."""


class KnownClaim(Struct, frozen=True):
    """A claim with the citations published so far; it stands unless `ended` says how it ceased to."""

    id: str
    number: int
    content: ClaimContent
    claimant: str
    valid: Interval | None
    credibility: Credibility | None
    citations: tuple[Cited, ...]
    published_at: datetime
    ended: Ended | None

    @property
    def stands(self) -> bool:
        """Tell whether it was neither withdrawn nor superseded."""
        return self.ended is None


class KnownTransfer(Struct, frozen=True):
    """A transfer as scheduled so far. `effected_by`: occurrences that are said to carry it out.

    `rescheduled_to` are the days told by each of `rescheduled_by`; several may tell of one postponement.
    """

    id: str
    term: TransferTerm
    due: date | None
    rescheduled_from: tuple[date, ...]
    rescheduled_by: tuple[Cited, ...]
    rescheduled_to: tuple[date, ...]
    effected_by: tuple[str, ...]
    cancelled: bool


class Known(Struct, frozen=True):
    """An occurrence as known at a moment. `published_at` is when it first became known.

    `standing_claims` are those of the claims that were neither withdrawn nor superseded.
    """

    id: str
    number: int
    details: Details
    occurred: Interval
    places: tuple[PlaceAt, ...]
    parties: tuple[PartyIn, ...]
    links: tuple[Link, ...]
    claimant: str
    external_id: ExternalId | None
    citations: tuple[Cited, ...]
    published_at: datetime
    claims: tuple[KnownClaim, ...]
    standing_claims: tuple[KnownClaim, ...]
    transfers: tuple[KnownTransfer, ...]
    assessments: tuple[said.OccurrenceAssessed, ...]
    amended: tuple[str, ...]
    retracted: bool
    merged_into: str | None

    @property
    def counts(self) -> bool:
        """Tell whether it counts anywhere: it is neither retracted nor merged into another."""
        return not self.retracted and self.merged_into is None

    @property
    def where(self) -> tuple[PlaceAt, ...]:
        """The places of it, with those of a change of control that only its details name."""
        if not isinstance(self.details, ControlChange):
            return self.places
        told = {at.place for at in self.places if at.role in {"target", "location"}}
        named = (place for place in self.details.named if place not in told)
        return (*self.places, *(PlaceAt(place=place, role="target") for place in named))

    @property
    def who(self) -> tuple[PartyIn, ...]:
        """The parties of it, with those of a change of control or an agreement that only its details name."""
        named: list[tuple[str | None, PartyRole]]
        match self.details:
            case ControlChange(from_party=former, to_party=holder):
                named = [(former, "from"), (holder, "to")]
            case Agreement(signatories=signatories):
                named = [(one, "signatory") for one in signatories]
            case _:
                return self.parties
        added = (PartyIn(party=one, role=role) for one, role in named if one is not None)
        return tuple(dict.fromkeys((*self.parties, *added)))


class Segment(Struct, frozen=True):
    """A span of the published clock over which one view holds: from `known_from` up to but without `known_to`."""

    known_from: datetime
    known_to: datetime
    view: Known


def segments(occurrence: Occurrence, since: datetime | None = None) -> list[Segment]:
    """Give the occurrence as known, span after span; before the first it was not known.

    With `since`, give only the spans that start then or later.
    """
    starts = [moment for moment in _moments(occurrence) if since is None or moment >= since]
    views = [(start, as_known(occurrence, start)) for start in starts]
    ends = [*starts[1:], FOREVER]
    return [Segment(start, end, view) for (start, view), end in zip(views, ends, strict=True) if view is not None]


def as_known(occurrence: Occurrence, at: datetime) -> Known | None:
    """Give the occurrence as known at a moment, None if nothing of it was."""
    citations = _cited(occurrence.citations, at)
    claims = [known for claim in occurrence.claims.values() if (known := _claim(claim, at)) is not None]
    claims.sort(key=lambda claim: (claim.published_at, claim.id))
    if not citations and not claims:
        return None
    amendments = [fact for fact in occurrence.amendments if fact.published_at <= at]
    reported = _amended(occurrence.reported, amendments) if amendments else occurrence.reported
    return Known(
        id=occurrence.id,
        number=occurrence.number,
        details=reported.details,
        occurred=reported.occurred,
        places=reported.places,
        parties=reported.parties,
        links=reported.links,
        claimant=reported.claimant,
        external_id=reported.external_id,
        citations=citations,
        published_at=min(one.published_at for one in (*(cited.citation for cited in citations[:1]), *claims[:1])),
        claims=tuple(claims),
        standing_claims=tuple([claim for claim in claims if claim.ended is None]),
        transfers=_transfers(occurrence, reported.details, at),
        assessments=tuple([event for _, event in occurrence.assessments]),
        amended=tuple([fact.reason for fact in amendments]),
        retracted=_retracted(occurrence, at),
        merged_into=occurrence.merged_into,
    )


def _amended(reported: said.OccurrenceReported, amendments: Sequence[Amended]) -> said.OccurrenceReported:
    """Give what was reported as it reads after corrections, the latest published last."""
    given: dict[str, object] = {}
    for fact in sorted(amendments, key=lambda fact: (fact.published_at, fact.position)):
        given |= {name: value for name, value in structs.asdict(fact.changes).items() if value is not None}
    return structs.replace(reported, **given)


def _moments(occurrence: Occurrence) -> list[datetime]:
    moments = [cited.citation.published_at for cited in occurrence.citations]
    moments += [fact.published_at for fact in occurrence.amendments]
    moments += [fact.published_at for fact in occurrence.standing]
    for claim in occurrence.claims.values():
        moments += [cited.citation.published_at for cited in claim.citations]
        moments += [fact.published_at for fact in claim.ended]
    for transfer in occurrence.transfers.values():
        moments += [fact.published_at for fact in transfer.rescheduled]
        moments += [fact.published_at for fact in transfer.effected]
        moments += [fact.published_at for fact in transfer.cancelled]
    moments.sort()
    # Cheaper than a set: equal moments stand side by side, and to compare two costs less than to hash one.
    return moments[:1] + [moment for before, moment in pairwise(moments) if moment != before]


def _cited(citations: Sequence[Cited], at: datetime) -> tuple[Cited, ...]:
    known = [cited for cited in citations if cited.citation.published_at <= at]
    if len(known) > 1:
        known.sort(key=lambda cited: (cited.citation.published_at, cited.citation.report))
    return tuple(known)


def _claim(claim: Claim, at: datetime) -> KnownClaim | None:
    citations = _cited(claim.citations, at)
    if not citations:
        return None
    ended = claim.ended and [fact for fact in claim.ended if fact.published_at <= at]
    return KnownClaim(
        id=claim.id,
        number=claim.number,
        content=claim.content,
        claimant=claim.claimant,
        valid=claim.valid,
        credibility=claim.credibility,
        citations=citations,
        published_at=citations[0].citation.published_at,
        ended=min(ended, key=lambda fact: (fact.published_at, fact.position)) if ended else None,
    )


def _transfers(occurrence: Occurrence, details: Details, at: datetime) -> tuple[KnownTransfer, ...]:
    if not isinstance(details, Agreement):
        return ()
    return tuple(
        _transfer(term, occurrence.transfers.get(term.id), at)
        for term in details.terms
        if isinstance(term, TransferTerm) and term.id is not None
    )


def _transfer(term: TransferTerm, events: TransferEvents | None, at: datetime) -> KnownTransfer:
    rescheduled = [] if events is None else [fact for fact in events.rescheduled if fact.published_at <= at]
    # Two postponements published in one breath: the later day, never the later arrival.
    rescheduled.sort(key=lambda fact: (fact.published_at, fact.due))
    told = (due for due in (term.due, *(fact.due for fact in rescheduled)) if due is not None)
    # Who retells a postponement moves nothing.
    dues = [due for due, _ in groupby(told)]
    return KnownTransfer(
        id=term.id or "",
        term=term,
        due=dues[-1] if dues else None,
        rescheduled_from=tuple(dues[:-1]),
        rescheduled_by=tuple(Cited(fact.position, fact.citation) for fact in rescheduled),
        rescheduled_to=tuple(fact.due for fact in rescheduled),
        effected_by=()
        if events is None
        else tuple(sorted({fact.occurrence for fact in events.effected if fact.published_at <= at})),
        cancelled=events is not None and any(fact.published_at <= at for fact in events.cancelled),
    )


def _retracted(occurrence: Occurrence, at: datetime) -> bool:
    known = occurrence.standing and [fact for fact in occurrence.standing if fact.published_at <= at]
    return bool(known) and not max(known, key=lambda fact: (fact.published_at, fact.position)).stands

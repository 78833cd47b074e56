"""An occurrence as it is told to readers: what it is, and what stands behind it."""

from datetime import date, datetime

from msgspec import Struct

from events.claims import ClaimContent
from events.details import Details, kind_of
from events.known import Known, KnownClaim, KnownTransfer
from events.occurrence import Cited
from events.values import Citation, Count, ExternalId, Interval, Link, PartyIn, PlaceAt, Reads
from events.words import Credibility, Effect, Status


class Told(Struct, kw_only=True, omit_defaults=True):
    """What happened, as known at a moment; `claimants` are those whose word stands, its reporter's first."""

    id: str
    kind: str
    occurred: Interval
    places: tuple[PlaceAt, ...]
    parties: tuple[PartyIn, ...]
    details: Details
    claimant: str
    claimants: tuple[str, ...]
    published_at: datetime
    links: tuple[Link, ...] = ()
    external_id: ExternalId | None = None
    amended: tuple[str, ...] = ()
    retracted: bool = False
    merged_into: str | None = None


class ToldCitation(Struct, kw_only=True, omit_defaults=True):
    """Where something stands: the report, when it made it known, and what it has otherwise."""

    report: str
    published_at: datetime
    position: int
    quote: str | None = None
    locator: str | None = None
    reads: Reads | None = None


class ToldEnd(Struct, kw_only=True, omit_defaults=True):
    """How a claim ceased to stand: withdrawn for a reason, or superseded `by` another claim."""

    published_at: datetime
    position: int
    by: str | None = None
    reason: str | None = None


class ToldClaim(Struct, kw_only=True, omit_defaults=True):
    """A claim with its citations; it stands unless `ended` says how it ceased to."""

    id: str
    kind: str
    claimant: str
    content: ClaimContent
    published_at: datetime
    citations: tuple[ToldCitation, ...]
    stands: bool
    valid: Interval | None = None
    credibility: Credibility | None = None
    ended: ToldEnd | None = None


class ToldTransfer(Struct, kw_only=True, omit_defaults=True):
    """A transfer that an agreement schedules, as far as its own stream tells."""

    id: str
    due: date | None
    rescheduled_from: tuple[date, ...] = ()
    effected_by: tuple[str, ...] = ()
    cancelled: bool = False


class ToldAssessment(Struct, kw_only=True, omit_defaults=True):
    """What an analyst adopted or set, and why."""

    assessor: str
    reason: str
    adopts: str | None = None
    affected: tuple[str, ...] = ()
    status: Status = "unspecified"
    effect: Effect | None = None
    count: Count | None = None


def told(known: Known) -> Told:
    """Give what happened."""
    voices = (known.claimant, *(claim.claimant for claim in known.standing_claims))
    return Told(
        id=known.id,
        kind=kind_of(known.details),
        occurred=known.occurred,
        places=known.where,
        parties=known.parties,
        details=known.details,
        claimant=known.claimant,
        claimants=tuple(dict.fromkeys(voices)),
        published_at=known.published_at,
        links=known.links,
        external_id=known.external_id,
        amended=known.amended,
        retracted=known.retracted,
        merged_into=known.merged_into,
    )


def told_claim(claim: KnownClaim) -> ToldClaim:
    """Give a claim with what stands behind it."""
    ended = claim.ended
    return ToldClaim(
        id=claim.id,
        kind=str(type(claim.content).__struct_config__.tag),
        claimant=claim.claimant,
        content=claim.content,
        published_at=claim.published_at,
        citations=told_citations(claim.citations),
        stands=claim.stands,
        valid=claim.valid,
        credibility=claim.credibility,
        ended=None
        if ended is None
        else ToldEnd(published_at=ended.published_at, position=ended.position, by=ended.by, reason=ended.reason),
    )


def told_citations(citations: tuple[Cited, ...]) -> tuple[ToldCitation, ...]:
    """Give where something stands, the earliest published first."""
    return tuple(_citation(cited.citation, cited) for cited in citations)


def told_transfer(transfer: KnownTransfer) -> ToldTransfer:
    """Give a transfer."""
    return ToldTransfer(
        id=transfer.id,
        due=transfer.due,
        rescheduled_from=transfer.rescheduled_from,
        effected_by=transfer.effected_by,
        cancelled=transfer.cancelled,
    )


def told_assessments(known: Known) -> tuple[ToldAssessment, ...]:
    """Give what analysts judged, the earliest first."""
    return tuple(
        ToldAssessment(
            assessor=one.assessor,
            reason=one.reason,
            adopts=one.adopts,
            affected=one.affected,
            status=one.status,
            effect=one.effect,
            count=one.count,
        )
        for one in known.assessments
    )


def _citation(citation: Citation, cited: Cited) -> ToldCitation:
    return ToldCitation(
        report=citation.report,
        published_at=citation.published_at,
        position=cited.position,
        quote=citation.quote,
        locator=citation.locator,
        reads=cited.reads,
    )

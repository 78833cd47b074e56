"""What an occurrence's row rests on: its claims and reports, and what voices say beside its own details."""

from msgspec import Struct

from events.claims import DisputeClaim, QuantityClaim
from events.known import Known
from events.values import Count


class Quantity(Struct, frozen=True, kw_only=True):
    """How many of something that is no person harmed, as one claimant has it."""

    claim: str
    claimant: str
    of: str
    count: Count
    party: str | None = None
    place: str | None = None


class Links(Struct, frozen=True, kw_only=True):
    """Where to read on."""

    occurrence: str
    claims: tuple[str, ...]
    reports: tuple[str, ...]


def quantities(known: Known) -> tuple[Quantity, ...]:
    """Give what standing claims say of quantities, the earliest published first."""
    return tuple(
        Quantity(
            claim=claim.id,
            claimant=claim.claimant,
            of=claim.content.of,
            count=claim.content.count,
            party=claim.content.party,
            place=claim.content.place,
        )
        for claim in known.standing_claims
        if isinstance(claim.content, QuantityClaim)
    )


def disputed_by(known: Known) -> tuple[str, ...]:
    """Give the claimants who say that the occurrence itself is not so."""
    return tuple(
        sorted(
            {
                claim.claimant
                for claim in known.standing_claims
                if isinstance(claim.content, DisputeClaim) and claim.content.claim is None
            }
        )
    )


def claims_of(known: Known) -> tuple[str, ...]:
    """Give the ids of the standing claims."""
    return tuple(sorted(claim.id for claim in known.standing_claims))


def reports_of(known: Known) -> tuple[str, ...]:
    """Give the ids of all reports that tell of it or of what is claimed of it."""
    citations = [*known.citations, *(cited for claim in known.standing_claims for cited in claim.citations)]
    return tuple(sorted({cited.citation.report for cited in citations}))


def links(occurrence: str, claims: tuple[str, ...], reports: tuple[str, ...]) -> Links:
    """Give the addresses of an occurrence and of what it rests on."""
    return Links(
        occurrence=f"/v1/occurrences/{occurrence}",
        claims=tuple(f"/v1/claims/{claim}" for claim in claims),
        reports=tuple(f"/v1/reports/{report}" for report in reports),
    )

"""What is kept of each report of people leaving, being moved, or coming back."""

from datetime import datetime

from msgspec import Struct

from events.claims import CasualtiesClaim
from events.details import Displacement, kind_of
from events.known import Known
from events.values import Count, PartyIn, PlaceAt
from events.words import Movement, Scope, Status
from projections.evidence import Quantity, claims_of, disputed_by, quantities, reports_of


class Figure(Struct, frozen=True, kw_only=True):
    """How many people moved, as one claimant has it."""

    claim: str
    claimant: str
    scope: Scope
    affected: tuple[str, ...]
    status: Status
    count: Count
    place: str | None = None


class Told(Struct, frozen=True, kw_only=True):
    """A movement as told; of which kind it was is said only of occurrences that are nothing else."""

    kind: str
    movement: Movement | None
    start: str | None
    end: str | None
    precision: str
    places: tuple[PlaceAt, ...]
    parties: tuple[PartyIn, ...]
    claimant: str
    published_at: datetime
    figures: tuple[Figure, ...]
    quantities: tuple[Quantity, ...]
    disputed_by: tuple[str, ...]
    quotes: tuple[str, ...]
    claims: tuple[str, ...]
    reports: tuple[str, ...]


def told(known: Known) -> Told | None:
    """Give what is kept of an occurrence, None where nobody is said to have moved."""
    figures = _figures(known)
    if not isinstance(known.details, Displacement) and not figures:
        return None
    return Told(
        kind=kind_of(known.details),
        movement=known.details.movement if isinstance(known.details, Displacement) else None,
        start=known.occurred.start,
        end=known.occurred.end,
        precision=known.occurred.precision,
        places=known.places,
        parties=known.parties,
        claimant=known.claimant,
        published_at=known.published_at,
        figures=figures,
        quantities=quantities(known),
        disputed_by=disputed_by(known),
        quotes=tuple(dict.fromkeys(cited.citation.quote for cited in known.citations if cited.citation.quote)),
        claims=claims_of(known),
        reports=reports_of(known),
    )


def _figures(known: Known) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            claim=claim.id,
            claimant=claim.claimant,
            scope=claim.content.scope,
            affected=claim.content.affected,
            status=claim.content.status,
            count=claim.content.count,
            place=claim.content.place,
        )
        for claim in known.standing_claims
        if isinstance(claim.content, CasualtiesClaim) and claim.content.effect == "displaced"
    )

"""What is kept of each strike beside what it is found by: who is said to have done it, and where that stands."""

from datetime import datetime

from msgspec import Struct

from events.claims import DisputeClaim, PartyClaim, ResponsibilityClaim
from events.details import Strike
from events.known import Known, KnownClaim
from events.values import Count, PlaceAt
from events.words import Degree

RANK: dict[Degree, int] = {"acknowledged": 0, "attributed": 1, "suspected": 2, "disputed": 3, "unknown": 4}
"""The degrees of responsibility, strongest first."""


class Attribution(Struct, frozen=True):
    """Who says that a party did it and how firmly; without a claim it is the report's own naming."""

    claimant: str
    degree: Degree
    claim: str | None = None


class Attacker(Struct, frozen=True):
    """A party that is said to have done it, with everyone who says so, and the claims that this is not so."""

    party: str
    degree: Degree
    attributions: tuple[Attribution, ...]
    disputed_by: tuple[str, ...] = ()


class Told(Struct, frozen=True, kw_only=True):
    """A strike as told: both ends of its time as written, its targets, and the claims and reports behind it."""

    start: str | None
    end: str | None
    attackers: tuple[Attacker, ...]
    places: tuple[PlaceAt, ...]
    sorties: Count | None
    munitions: Count | None
    claimant: str
    claims: tuple[str, ...]
    reports: tuple[str, ...]
    published_at: datetime


def strongest(degrees: list[Degree]) -> Degree:
    """Give the firmest of some degrees: acknowledged > attributed > suspected > disputed > unknown."""
    return min(degrees, key=lambda degree: RANK[degree]) if degrees else "unknown"


def attackers(known: Known) -> tuple[Attacker, ...]:
    """Give the attackers in order of their ids.

    "Responsibility is a filter: the strongest standing claim's degree; an attacker named without one is
    `attributed` to the citing source."
    """
    named: dict[str, list[Attribution]] = {}
    claimed: dict[str, list[Attribution]] = {}
    for party in known.parties:
        if party.role == "attacker":
            named.setdefault(party.party, []).append(Attribution(known.claimant, "attributed"))
    for claim in known.standing_claims:
        match claim.content:
            case PartyClaim(party=party, role="attacker"):
                named.setdefault(party, []).append(Attribution(claim.claimant, "attributed", claim.id))
            case ResponsibilityClaim(party=party, degree=degree):
                claimed.setdefault(party, []).append(Attribution(claim.claimant, degree, claim.id))
            case _:
                pass  # The other kinds of claim name no attacker.
    return tuple(
        _attacker(party, claimed.get(party) or named[party], known.standing_claims)
        for party in sorted(named.keys() | claimed.keys())
    )


def target_parties(known: Known) -> tuple[str, ...]:
    """Give the parties that were struck, by the report or by a standing claim, in order of their ids."""
    reported = {party.party for party in known.parties if party.role == "target"}
    claimed = {
        claim.content.party
        for claim in known.standing_claims
        if isinstance(claim.content, PartyClaim) and claim.content.role == "target"
    }
    return tuple(sorted(reported | claimed))


def target_places(known: Known) -> tuple[PlaceAt, ...]:
    """Give the places that were struck: the targets, or where none is said to be one, the locations.

    An origin ("launched from the direction of the Golan Heights") is never a target.
    """
    targets = tuple(place for place in known.places if place.role == "target")
    return targets or tuple(place for place in known.places if place.role == "location")


def told(known: Known, details: Strike) -> Told:
    """Give what is kept of a strike."""
    citations = [*known.citations, *(cited for claim in known.standing_claims for cited in claim.citations)]
    return Told(
        start=known.occurred.start,
        end=known.occurred.end,
        attackers=attackers(known),
        places=target_places(known),
        sorties=details.sorties,
        munitions=details.munitions,
        claimant=known.claimant,
        claims=tuple(sorted(claim.id for claim in known.standing_claims)),
        reports=tuple(sorted({cited.citation.report for cited in citations})),
        published_at=known.published_at,
    )


def _attacker(party: str, attributions: list[Attribution], claims: tuple[KnownClaim, ...]) -> Attacker:
    bases = {attribution.claim for attribution in attributions if attribution.claim is not None}
    disputes = {
        claim.id for claim in claims if isinstance(claim.content, DisputeClaim) and claim.content.claim in bases
    }
    return Attacker(
        party,
        strongest([attribution.degree for attribution in attributions]),
        tuple(sorted(attributions, key=lambda said: (RANK[said.degree], said.claimant, said.claim or ""))),
        tuple(sorted(disputes)),
    )

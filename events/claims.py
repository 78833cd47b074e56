"""What can be claimed about an occurrence, kind by kind."""

from msgspec import Struct

from events.values import ClaimId, Count, Line, Occurred, PartyId, PlaceId, Said, Text, TransferId
from events.words import Degree, Device, Effect, Hold, PartyRole, PlacePrecision, Scope, Status, TimePrecision, Weapon


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    """What one claimant asserts."""


class CasualtiesClaim(Content, frozen=True, kw_only=True, tag="casualties"):
    """How many of whom were harmed and how.

    No party in `affected`: the side is unknown; several: jointly. `total` covers everyone harmed in that effect.
    A `denial` says that nobody was; one of `casualty` covers killed and wounded. A part of zero is no denial.
    """

    scope: Scope = "part"
    affected: tuple[PartyId, ...] = ()
    status: Status = "unspecified"
    effect: Effect
    count: Count
    place: PlaceId | None = None


class ResponsibilityClaim(Content, frozen=True, kw_only=True, tag="responsibility"):
    """Who did it, and how firmly that is said."""

    party: PartyId
    degree: Degree


class ControlClaim(Content, frozen=True, kw_only=True, tag="control", rename={"from_": "from"}):
    """Who holds a place, from when, and through when at least (else: until its publication)."""

    place: PlaceId
    party: PartyId | None = None
    status: Hold = "held"
    from_: Said | None = None
    through: Said | None = None
    precision: TimePrecision = "day"

    def __post_init__(self) -> None:
        """Refuse what is no date or time, a span that ends before it starts, and a holder that is missing or idle."""
        if self.from_ or self.through:
            Occurred(start=self.from_, end=self.through)
        if self.party is None and self.status == "held":
            raise ValueError("`party` is needed where `status` is held")
        if self.party is not None and self.status == "vacated":
            raise ValueError("`party` is left out where `status` is vacated")


class TermClaim(Content, frozen=True, kw_only=True, tag="term"):
    """A clause of an agreement as one voice gives it; never projected."""

    words: Text
    transfer: TransferId | None = None
    place: PlaceId | None = None
    party: PartyId | None = None
    due: Said | None = None


class DamageClaim(Content, frozen=True, kw_only=True, tag="damage"):
    """What was damaged or destroyed."""

    words: Text
    place: PlaceId | None = None
    count: Count | None = None


class DetailClaim(Content, frozen=True, kw_only=True, tag="detail"):
    """A different account of a detail."""

    weapon: Weapon | None = None
    device: Device | None = None
    words: Text | None = None


class PartyClaim(Content, frozen=True, kw_only=True, tag="party"):
    """That a party took part, and how."""

    party: PartyId
    role: PartyRole
    words: Text | None = None


class QuantityClaim(Content, frozen=True, kw_only=True, tag="quantity"):
    """How many of something that is no person harmed: offices, troops, mines."""

    of: Line
    count: Count
    party: PartyId | None = None
    place: PlaceId | None = None


class AggregateClaim(Content, frozen=True, kw_only=True, tag="aggregate"):
    """A number over many occurrences, "36th strike of the year"; never tallied."""

    words: Text
    of: Line | None = None
    count: Count | None = None


class TimeClaim(Content, frozen=True, kw_only=True, tag="time"):
    """A different account of when; it never moves `occurred`."""

    occurred: Occurred


class PlaceClaim(Content, frozen=True, kw_only=True, tag="place"):
    """A different account of where; it never moves the occurrence."""

    place: PlaceId | None = None
    name: Line | None = None
    precision: PlacePrecision = "exact"


class DisputeClaim(Content, frozen=True, kw_only=True, tag="dispute"):
    """That another claim, or the occurrence itself, is not so."""

    claim: ClaimId | None = None
    words: Text | None = None


ClaimContent = (
    CasualtiesClaim
    | ResponsibilityClaim
    | ControlClaim
    | TermClaim
    | DamageClaim
    | DetailClaim
    | PartyClaim
    | QuantityClaim
    | AggregateClaim
    | TimeClaim
    | PlaceClaim
    | DisputeClaim
)


def refuse_impossible(claim: CasualtiesClaim) -> None:
    """Raise ValueError for bounds out of order, a denial that counts somebody, and a count that states nothing."""
    count = claim.count
    if not count.consistent:
        raise ValueError("`count` breaks low ≤ best ≤ high")
    if claim.scope == "denial":
        if count.open_ended or any((count.low, count.best, count.high)):
            raise ValueError("a denial counts nobody: leave `count` empty or at 0")
    elif count == Count():
        raise ValueError("`count` states nothing; give a bound or `words`")

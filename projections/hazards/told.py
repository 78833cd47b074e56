"""What is kept of each report of contamination, of clearance, and of a device that went off."""

from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from events.claims import DetailClaim
from events.details import Clearance, Contamination, Explosion
from events.known import Known
from events.values import Count, PartyIn, PlaceAt
from events.words import Device
from projections.evidence import Quantity, claims_of, disputed_by, quantities, reports_of
from projections.registry_view import RegistryView

_UNSPECIFIED: tuple[Device, ...] = ("unspecified",)

HazardKind: TypeAlias = Literal["contamination", "clearance", "explosion"]


class OtherAccount(Struct, frozen=True, kw_only=True):
    """The device, or what was done, in another claimant's words."""

    claim: str
    claimant: str
    device: Device | None = None
    words: str | None = None


class Told(Struct, frozen=True, kw_only=True):
    """A hazard as told; `items` and `area_m2` are the report's own, `quantities` those of claimants."""

    kind: HazardKind
    devices: tuple[Device, ...]
    items: Count | None
    area_m2: int | None
    start: str | None
    end: str | None
    precision: str
    places: tuple[PlaceAt, ...]
    parties: tuple[PartyIn, ...]
    claimant: str
    published_at: datetime
    quantities: tuple[Quantity, ...]
    accounts: tuple[OtherAccount, ...]
    disputed_by: tuple[str, ...]
    quotes: tuple[str, ...]
    claims: tuple[str, ...]
    reports: tuple[str, ...]


def told(known: Known) -> Told | None:
    """Give what is kept of an occurrence, None where it tells of no hazard.

    An explosion is one where a device is named, by the report or by a claim: a blast of a kind that nobody names
    says nothing of what lies in the ground.
    """
    devices: tuple[Device, ...] = ()
    items: Count | None = None
    area_m2: int | None = None
    accounts = _accounts(known)
    match known.details:
        case Contamination(devices=devices, items=items):
            kind: HazardKind = "contamination"
        case Clearance(devices=devices, items=items, area_m2=area_m2):
            kind = "clearance"
        case Explosion(device=device):
            kind, devices = "explosion", (device,)
            if device == "unspecified" and not any(account.device for account in accounts):
                return None
        case _:
            return None
    return Told(
        kind=kind,
        devices=devices or _UNSPECIFIED,
        items=items,
        area_m2=area_m2,
        start=known.occurred.start,
        end=known.occurred.end,
        precision=known.occurred.precision,
        places=known.places,
        parties=known.parties,
        claimant=known.claimant,
        published_at=known.published_at,
        quantities=quantities(known),
        accounts=accounts,
        disputed_by=disputed_by(known),
        quotes=tuple(dict.fromkeys(cited.citation.quote for cited in known.citations if cited.citation.quote)),
        claims=claims_of(known),
        reports=reports_of(known),
    )


def hazard_places(places: tuple[PlaceAt, ...], registry: RegistryView) -> tuple[str, ...]:
    """Give the places where it lies, by id: where it was, and never where somebody came from or went to."""
    where = {registry.where(at) for at in places if at.role in {"location", "target"}}
    return tuple(sorted(place for place in where if place is not None))


def _accounts(known: Known) -> tuple[OtherAccount, ...]:
    return tuple(
        OtherAccount(claim=claim.id, claimant=claim.claimant, device=claim.content.device, words=claim.content.words)
        for claim in known.standing_claims
        if isinstance(claim.content, DetailClaim)
    )

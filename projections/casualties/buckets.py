"""Where people are counted: under which party, status and place, and whether that is known as finely as asked."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from projections.casualties.accounts import Account
from projections.casualties.people import Kinship
from projections.casualties.places import Location, Places
from projections.casualties.question import CasualtyQuery
from projections.casualties.voices import Occasion, targets_text
from projections.registry_view import RegistryView

UNALLOCATED = "unallocated"
"""Stands for the side or status of people whom only a total counts."""


class Bucket(Struct, frozen=True):
    """Where people are counted; what is not grouped by is None.

    `coarser` is for people whose place is "known only coarser than asked", `outside` for those elsewhere.
    """

    party: str | None = None
    status: str | None = None
    place: str | None = None
    location: Location = "inside"

    def joined(self, other: "Bucket", kin: Kinship) -> "Bucket":
        """Give the bucket of people who are known to belong to one of the two, but not to which.

        They are surely of the coarser side, where that holds the other.
        """
        placed = (self.place, self.location) == (other.place, other.location)
        return Bucket(
            party=_either(self.party, other.party, _coarser(self.party, other.party, kin)),
            status=_either(self.status, other.status, "unspecified"),
            place=self.place if placed else None,
            location=self.location if placed else "coarser",
        )


def bucketing(query: CasualtyQuery, occasion: Occasion, kin: Kinship, places: Places) -> Callable[[Account], Bucket]:
    """Give what puts the accounts of an occurrence into buckets."""
    by_party, by_status = "affected_party" in query.group_by, "status" in query.group_by
    targets = targets_text(occasion)

    def bucket_of(account: Account) -> Bucket:
        place, location = places.located(account.key.place, targets)
        return Bucket(
            party=people_at(_people(account), query, kin.registry) if by_party else None,
            status=_status(account) if by_status else None,
            place=place,
            location=location,
        )

    return bucket_of


def people_at(people: str | None, query: CasualtyQuery, registry: RegistryView) -> str | None:
    """Roll up parties that are joined by "+"; None for a side that is not known."""
    if not people or people == UNALLOCATED or query.party_level == "leaf":
        return people or None
    return "+".join(sorted({registry.party_at_top(party) for party in people.split("+")}))


def attacker_of(attackers: Iterable[str], query: CasualtyQuery, registry: RegistryView) -> str | None:
    """Give who is held responsible, to a degree that is asked for; several stand jointly, so as to count once."""
    named = [said.split(":", 1) for said in attackers]
    held = {party for degree, party in named if degree in query.responsibility}
    if query.party_level == "top":
        held = {registry.party_at_top(party) for party in held}
    return "+".join(sorted(held)) or None


def is_asked(account: Account, query: CasualtyQuery, kin: Kinship) -> bool:
    """Tell whether an account is about people of the sides and statuses asked for; a denial of more is."""
    affected, denial = account.key.affected, account.voice.telling == "denial"
    if query.affected_party:
        inside = bool(affected) and kin.parties_within(affected, query.affected_party)
        covers = denial and any(kin.parties_within((party,), affected) for party in query.affected_party)
        if not inside and not covers:
            return False
    if query.status:
        whole = account.key.total and account.key.status == "unspecified"
        covers = denial and account.key.status == "unspecified"
        return covers or (account.key.status in query.status and not whole)
    return True


def _people(account: Account) -> str:
    return UNALLOCATED if account.key.total and not account.key.affected else "+".join(account.key.affected)


def _status(account: Account) -> str:
    return UNALLOCATED if account.key.total and account.key.status == "unspecified" else account.key.status


def _coarser(one: str | None, other: str | None, kin: Kinship) -> str | None:
    if one is None or other is None:
        return None
    first, second = (tuple(side.split("+")) for side in (one, other))
    if kin.parties_within(first, second):
        return other
    return one if kin.parties_within(second, first) else None


def _either(one: str | None, other: str | None, unknown: str | None) -> str | None:
    if one == other:
        return one
    return UNALLOCATED if UNALLOCATED in (one, other) else unknown

"""Transfers as they stand at a moment, and what effecting them does to the places that they leave out."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, Protocol

from msgspec import Struct, structs

from projections.control_map.facts import Merger, Statement, Transfer
from projections.registry_view import RegistryView

TransferStatus = Literal["scheduled", "overdue", "partly_effected", "effected", "cancelled"]
Targets = Mapping[str, Statement]


class Progress(Struct, frozen=True):
    """How far a transfer has come. `overdue` is also told of one that is partly effected."""

    status: TransferStatus
    overdue: bool
    effected_by: tuple[str, ...]


def effecting(
    transfers: Sequence[Transfer], changes: Mapping[str, Targets], mergers: Sequence[Merger]
) -> dict[str, tuple[str, ...]]:
    """Give for each transfer the changes that stand and carry it out.

    "A change's `fulfils` and `transfer.effected` say the same thing, either is enough." A change that was merged
    into another is carried on by that one.
    """
    into = {merger.occurrence: merger.into for merger in mergers}
    found: dict[str, set[str]] = {}
    for occurrence, targets in changes.items():
        for transfer in next(iter(targets.values())).fulfils:
            found.setdefault(transfer, set()).add(occurrence)
    for merger in mergers:
        for transfer in merger.fulfils:
            found.setdefault(transfer, set()).add(_survivor(merger.occurrence, into))
    for transfer in transfers:
        found.setdefault(transfer.id, set()).update(_survivor(one, into) for one in transfer.effected_by)
    return {transfer: tuple(sorted(found_by & changes.keys())) for transfer, found_by in found.items()}


def _survivor(occurrence: str, into: Mapping[str, str]) -> str:
    seen: set[str] = set()
    while occurrence in into and occurrence not in seen:
        seen.add(occurrence)
        occurrence = into[occurrence]
    return occurrence


def carried_out(transfer: Transfer, targets: Targets, registry: RegistryView) -> dict[str, Statement]:
    """Give what a change that carries out a transfer says of each place, those included that the transfer leaves out.

    "Effecting a transfer passes each excluded place to its named holder." What the change itself says of such a
    place stands before what was agreed, and a change of a part passes only what lies in that part. Whom it takes
    the places from is what was agreed, where the change does not say.
    """
    told = {
        place: structs.replace(one, from_party=transfer.from_party) if one.from_party is None else one
        for place, one in targets.items()
    }
    changed = [one for one in told.values() if one.kind == "change"]
    for exclusion in transfer.excluding if changed else ():
        place = exclusion.place
        located = any(registry.place_in(place, of) for of in transfer.places)
        if place in told or (located and not any(registry.place_in(place, one.place) for one in changed)):
            continue
        told[place] = structs.replace(
            changed[0],
            place=place,
            kind="exclusion",
            status="held",
            holder=exclusion.to,
            agreement=transfer.occurrence,
            positions=tuple(sorted({*changed[0].positions, *transfer.positions})),
            reports=tuple(sorted({*changed[0].reports, *transfer.reports})),
        )
    return told


class Moment(Protocol):
    """The moment asked for, which differs from place to place with the time zone."""

    registry: RegistryView

    def end_at(self, place: str) -> datetime:
        """Give the last moment that counts in a place."""
        ...

    def is_over(self, due: date | None, place: str) -> bool:
        """Tell whether the due day has ended in a place."""
        ...


def progress_of(transfer: Transfer, changes: Mapping[str, Targets], moment: Moment) -> Progress:
    """Say how far a transfer has come; `changes` are those that carry it out.

    "`overdue` (the due day has ended at `as_of` in the place's zone, and it is not effected), `partly_effected`
    (some of its places or sub-places), `effected` (while an unretracted change fulfils it)". The last microsecond of
    the due day is still the due day.
    """
    begun = {
        occurrence: targets
        for occurrence, targets in changes.items()
        if any(next(iter(targets.values())).starts_at <= moment.end_at(place) for place in transfer.places)
    }
    left = [
        place
        for place in transfer.places
        if not any(_covers(targets, place, transfer, moment) for targets in begun.values())
    ]
    overdue = any(moment.is_over(transfer.due, place) for place in left)
    effected_by = tuple(begun)
    if not left:
        return Progress("effected", overdue=False, effected_by=effected_by)
    if transfer.cancelled:
        return Progress("cancelled", overdue=False, effected_by=effected_by)
    if begun:
        return Progress("partly_effected", overdue, effected_by)
    return Progress("overdue" if overdue else "scheduled", overdue, ())


def _covers(targets: Targets, place: str, transfer: Transfer, moment: Moment) -> bool:
    """Tell whether a change passes a whole place of the transfer; one that touches none of them passes all."""
    registry = moment.registry
    if next(iter(targets.values())).starts_at > moment.end_at(place):
        return False
    if any(one.kind == "change" and registry.place_in(place, one.place) for one in targets.values()):
        return True
    return not any(
        registry.place_in(one, of) or registry.place_in(of, one) for one in targets for of in transfer.places
    )

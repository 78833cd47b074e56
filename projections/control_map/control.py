"""What is said of one place's control: the words of the answer."""

from datetime import date

from msgspec import Struct

from events.details import Exclusion
from events.values import Name
from events.words import Manner, PlaceKind, TimePrecision
from projections.control_map.winning import Status


class Basis(Struct, frozen=True, kw_only=True, gc=False):
    """What an answer rests on: positions in the log, occurrences, claims and reports by id."""

    positions: tuple[int, ...] = ()
    occurrences: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()


class PendingTransfer(Struct, frozen=True, kw_only=True, gc=False):
    """The transfer that the place is to pass by and has not yet; of several the one due first.

    `to` is who this place goes to, `excluding` what goes elsewhere, `rescheduled_from` the day it was due before.
    """

    id: str
    to: str
    due: date | None
    overdue: bool
    excluding: tuple[Exclusion, ...]
    rescheduled_from: date | None


class Links(Struct, frozen=True, kw_only=True, gc=False):
    """Where to read on: the place alone, its history, and what the answer rests on."""

    self: str
    history: str
    transfer: str | None
    occurrences: tuple[str, ...]
    claims: tuple[str, ...]
    reports: tuple[str, ...]


class Control(Struct, frozen=True, kw_only=True):
    """Who is reported to hold a place, and what the place is.

    `holders_by_claimant` says, where it is contested, whom each claimant names (none: vacated), `disputed_by` who
    denies it. `since` is the start of the unbroken run as written, null where it is unknown. `inherited_from` is the
    place that the statement is about, where that is another. `excluded` are the places inside that it does not
    speak for. `days_since_confirmed` counts from the last publication that says so.
    """

    place: str
    name: str
    names: tuple[Name, ...]
    kind: PlaceKind
    status: Status = "unknown"
    controllers: tuple[str, ...] = ()
    holders_by_claimant: dict[str, tuple[str, ...]] | None = None
    disputed_by: tuple[str, ...] = ()
    since: str | None = None
    since_precision: TimePrecision | None = None
    manner: Manner | None = None
    inherited_from: str | None = None
    pending_transfer: PendingTransfer | None = None
    excluded: tuple[Exclusion, ...] = ()
    basis: Basis = Basis()
    days_since_confirmed: int | None = None
    links: Links


class Period(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """An unbroken run in the history of a place; `to` is when the next begins, null for the last."""

    from_: str | None
    from_precision: TimePrecision | None
    to: str | None
    status: Status
    controllers: tuple[str, ...]
    holders_by_claimant: dict[str, tuple[str, ...]] | None
    disputed_by: tuple[str, ...]
    manner: Manner | None
    inherited_from: str | None
    basis: Basis

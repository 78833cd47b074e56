"""What is known about control, one row each: statements, disputes, mergers of changes, and transfers."""

from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec import Struct

from events.details import Exclusion
from events.values import Interval
from events.words import Hold, Manner, TimePrecision

StatementKind = Literal["change", "exclusion", "claim"]


class Fact(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="fact"):
    """One thing known about control. `positions` and `reports` are the events and publications behind it."""

    occurrence: str
    positions: tuple[int, ...] = ()
    reports: tuple[str, ...] = ()


class Statement(Fact, frozen=True, kw_only=True, gc=False, tag="statement", rename={"from_party": "from"}):
    """That one place passed to a holder (a `change`, or what one leaves out, an `exclusion`), or is held (a `claim`).

    `id` is the claim's or the occurrence's. It counts from `starts_at` on; at its precision the start lies
    anywhere between `low` and `high`, and `start` is how it was written, None where it is unknown.
    `through` is the last moment that a claim speaks of. `agreement` is where the carve-out was agreed.
    Only where `place` is the word for a name that nothing bore, `occurred` is when it happened, in no zone of its own.
    """

    id: str
    kind: StatementKind
    place: str
    status: Hold = "held"
    holder: str | None = None
    from_party: str | None = None
    manner: Manner | None = None
    claimant: str
    start: str | None = None
    precision: TimePrecision = "day"
    starts_at: datetime
    low: datetime
    high: datetime
    through: datetime | None = None
    published_at: datetime
    confirmed_at: datetime
    fulfils: tuple[str, ...] = ()
    agreement: str | None = None
    adopted: bool = False
    occurred: Interval | None = None

    @property
    def claim(self) -> str | None:
        """The claim it stands in; a change's is its occurrence itself."""
        return self.id if self.kind == "claim" else None

    def overlaps(self, other: "Statement") -> bool:
        """Tell whether the two starts cannot be told apart at their precision."""
        return self.low <= other.high and other.low <= self.high


class Dispute(Fact, frozen=True, kw_only=True, gc=False, tag="dispute"):
    """That a claim, or the occurrence itself, is not so; `adopted` where an analyst agrees."""

    id: str
    disputed: str
    claimant: str
    adopted: bool = False


class Merger(Fact, frozen=True, kw_only=True, gc=False, tag="merger"):
    """A change of control that is the same as another occurrence, which counts for both."""

    into: str
    fulfils: tuple[str, ...] = ()


class Quoted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where something about a transfer stands; of a postponement, the day that it is `due` by then."""

    report: str
    published_at: datetime
    quote: str | None = None
    locator: str | None = None
    due: date | None = None


class Transfer(
    Fact, frozen=True, kw_only=True, gc=False, tag="transfer", rename={"from_party": "from", "to_party": "to"}
):
    """A term of an agreement as scheduled so far; `occurrence` is the agreement.

    `former_dues` are the days it was due before, in order.
    """

    id: str
    places: tuple[str, ...]
    from_party: str | None = None
    to_party: str
    agreed_at: datetime
    due: date | None = None
    former_dues: tuple[date, ...] = ()
    excluding: tuple[Exclusion, ...] = ()
    effected_by: tuple[str, ...] = ()
    cancelled: bool = False
    words: str | None = None
    agreed_in: tuple[Quoted, ...] = ()
    rescheduled_in: tuple[Quoted, ...] = ()


ControlFact = Statement | Dispute | Merger | Transfer

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(list[ControlFact])


def written(fact: ControlFact) -> str:
    """Give a fact as the text under which it is kept."""
    return _ENCODER.encode(fact).decode()


def read_all(array: str | bytes) -> list[ControlFact]:
    """Read a JSON array of facts."""
    return _DECODER.decode(array)

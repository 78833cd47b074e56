"""The parts that events and requests are made of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from events.times import end_of, end_of_period, parse, start_of, zone_named
from events.words import LinkKind, NameKind, PartyRole, PlacePrecision, PlaceRole, TimePrecision

# The look-ahead because `$` alone would let a final newline pass in Python.
_SLUG = r"^[a-z0-9][a-z0-9_-]{0,119}$(?!\n)"
_PART = r"^[a-z0-9][a-z0-9_-]{0,119}\.[a-z0-9][a-z0-9_-]{0,119}$(?!\n)"
Id = Annotated[str, Meta(pattern=_SLUG, description="A readable slug.")]
PartyId = Annotated[str, Meta(pattern=_SLUG, description="A party's id.", extra={"refers_to": "party"})]
PlaceId = Annotated[str, Meta(pattern=_SLUG, description="A place's id.", extra={"refers_to": "place"})]
SourceId = Annotated[str, Meta(pattern=_SLUG, description="A source's id.", extra={"refers_to": "source"})]
ReportId = Annotated[str, Meta(pattern=_SLUG, description="A report's id.", extra={"refers_to": "report"})]
OccurrenceId = Annotated[str, Meta(pattern=_SLUG, description="An occurrence's id.", extra={"refers_to": "occurrence"})]
ClaimId = Annotated[
    str,
    Meta(
        pattern=_PART,
        description="A claim's id: its occurrence's id, a dot and its own name.",
        extra={"refers_to": "claim"},
    ),
]
TransferId = Annotated[
    str,
    Meta(
        pattern=_PART,
        description="A transfer's id: its agreement's id, a dot and its own name.",
        extra={"refers_to": "transfer"},
    ),
]
Claimant = Annotated[
    str,
    Meta(
        pattern=r"^(source|party):[a-z0-9][a-z0-9_-]{0,119}$(?!\n)",
        description="To whom an assertion is attributed: `source:` or `party:` and an id.",
        examples=["source:sana", "party:israel"],
        extra={"refers_to": "claimant"},
    ),
]
NewPartId = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,119}(\.[a-z0-9][a-z0-9_-]{0,119})?$(?!\n)",
        description="Its own name, or the occurrence's id, a dot and its own name.",
    ),
]
Text = Annotated[str, Meta(min_length=1, max_length=10_000)]
Line = Annotated[str, Meta(min_length=1, max_length=500)]
Number = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Language = Annotated[
    str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$(?!\n)", description="A BCP 47 language tag.")
]
Said = Annotated[
    str,
    Meta(
        max_length=40,
        description="A date (a whole day) or an RFC 3339 time with its offset.",
        examples=["2020-11-25", "2020-11-24T23:50:00+02:00"],
    ),
]
Instant = Annotated[datetime, Meta(tz=True)]
Position = tuple[Annotated[float, Meta(ge=-180, le=180)], Annotated[float, Meta(ge=-90, le=90)]]


class Value(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of an event or a request; members it does not know are refused."""


class Count(Value, frozen=True, kw_only=True):
    """How many, as a range: null is not stated, `open_ended` is "at least", `words` is what was written."""

    low: Number | None = None
    best: Number | None = None
    high: Number | None = None
    open_ended: bool = False
    words: Line | None = None

    @property
    def consistent(self) -> bool:
        """Tell whether low ≤ best ≤ high, as far as they are stated."""
        stated = [bound for bound in (self.low, self.best, self.high) if bound is not None]
        return stated == sorted(stated)


class Occurred(Value, frozen=True, kw_only=True):
    """When something happened, as written: an interval with a precision, whose start may be unknown."""

    start: Said | None = None
    end: Said | None = None
    precision: TimePrecision = "day"

    def __post_init__(self) -> None:
        """Refuse what is no date or time, an interval that ends before it starts, and no time at all."""
        if self.start is None and self.end is None:
            raise ValueError("give `start`, `end` or both")
        zone = zone_named("UTC")
        start = None if self.start is None else start_of(parse(self.start), zone)
        end = None if self.end is None else end_of(parse(self.end), zone)
        if start and end and end < start:
            raise ValueError(f"`end` {self.end} is before `start` {self.start}")


class Interval(Value, frozen=True, kw_only=True):
    """When something happened: as written, and the instants it stands for in the place's time zone.

    At `exact` and `day` the interval is a duration, at coarser precision an uncertainty. Both ends belong to it.
    """

    start: str | None = None
    end: str | None = None
    precision: TimePrecision = "day"
    zone: str = "UTC"
    start_at: Instant | None = None
    end_at: Instant | None = None


def interval(said: Occurred, zone_name: str) -> Interval:
    """Read what was written in the time zone of the place."""
    zone = zone_named(zone_name)
    start = None if said.start is None else parse(said.start)
    end = None if said.end is None else parse(said.end)
    if end is not None:
        end_at = end_of(end, zone)
    else:
        end_at = None if start is None else end_of_period(start, said.precision, zone)
    return Interval(
        start=said.start,
        end=said.end,
        precision=said.precision,
        zone=zone_name,
        start_at=None if start is None else start_of(start, zone),
        end_at=end_at,
    )


class PlaceAt(Value, frozen=True, kw_only=True):
    """A place in its role: by id, or, where no known place bears the name, as it was written."""

    place: str | None = None
    name: str | None = None
    kind: str | None = None
    parent: str | None = None
    role: PlaceRole = "location"
    precision: PlacePrecision = "exact"


class PartyIn(Value, frozen=True, kw_only=True):
    """A party in its role."""

    party: PartyId
    role: PartyRole


class Citation(Value, frozen=True, kw_only=True):
    """A report in which something stands, and when that report made it known."""

    report: str
    published_at: Instant
    quote: str | None = None
    locator: str | None = None


class Reads(Value, frozen=True, kw_only=True):
    """What a retelling says otherwise; it makes no figure of its own."""

    status: str | None = None
    party: str | None = None
    words: Line | None = None
    count: Count | None = None


class Link(Value, frozen=True, kw_only=True):
    """What this occurrence has to do with another."""

    kind: LinkKind
    occurrence: OccurrenceId


class ExternalId(Value, frozen=True, kw_only=True):
    """What a dataset calls it, in which release."""

    dataset: Line
    id: Line
    release: Line | None = None


class Name(Value, frozen=True, kw_only=True):
    """A name of a place or a party in one language."""

    name: Line
    language: Language | None = None
    script: Annotated[str, Meta(pattern=r"^[A-Z][a-z]{3}$(?!\n)", description="An ISO 15924 code.")] | None = None
    kind: NameKind = "alternative"


class Embargo(Value, frozen=True, kw_only=True):
    """Why something is kept from readers without the scope `read:restricted`, and until when.

    A bare date is the end of that day in UTC; without `until` it is kept from them until it is released.
    """

    reason: Text
    until: Said | None = None

    def __post_init__(self) -> None:
        """Refuse what is no date or time."""
        if self.until is not None:
            parse(self.until)


class Request(Value, frozen=True, kw_only=True):
    """By whom and with what an event was sent: enough to know the same request again."""

    sha256: str
    by: str
    keys: tuple[str, ...] = ()
    events: int = 1


ExternalIds = Mapping[Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}$(?!\n)")], Line]

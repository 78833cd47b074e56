"""The questions about occurrences, and their answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from events.occurrence import Restriction
from projections.bounds import Box
from projections.clocks import Answered, refuse_reversed
from projections.nearest_postgres import NearName
from projections.occurrences.told import Told, ToldAssessment, ToldCitation, ToldClaim, ToldTransfer

Include = Literal["retracted", "merged"]


class OccurrenceQuery(Struct, frozen=True, kw_only=True):
    """Which occurrences. Several values of one member are alternatives, several members must all hold.

    `place` and `party` include what lies in or belongs to them. `role` is the party's, else the place's, else
    anybody's. What happened between `from_` and `to` overlaps with that span; a bare date is a day where it happened.
    """

    kind: tuple[str, ...] = ()
    party: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    bbox: Box | None = None
    from_: str | None = None
    to: str | None = None
    precision: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    claimant: tuple[str, ...] = ()
    dataset: tuple[str, ...] = ()
    external_id: str | None = None
    ids: tuple[str, ...] = ()
    q: str | None = None
    include: tuple[Include, ...] = ()
    retracted_only: bool = False

    def __post_init__(self) -> None:
        """Refuse a span that ends before it begins."""
        refuse_reversed(self.from_, self.to)


class Page(Struct, frozen=True, kw_only=True):
    """How many at most, and after which `next_cursor`."""

    limit: int = 100
    cursor: str | None = None


class OccurrenceList(Answered, kw_only=True):
    """A page of occurrences, in the order in which they were first reported here."""

    items: list[Told]
    next_cursor: str | None
    total: int


class OccurrenceAnswer(Answered, kw_only=True):
    """One occurrence with all that stands behind it; `version` is what `If-Match` takes.

    `restricted` is why, and until when, only readers with the scope `read:restricted` see it.
    """

    id: str
    stream: str
    version: int
    occurrence: Told
    citations: tuple[ToldCitation, ...]
    claims: tuple[ToldClaim, ...]
    transfers: tuple[ToldTransfer, ...]
    assessments: tuple[ToldAssessment, ...]
    restricted: Restriction | UnsetType = UNSET


class ClaimAnswer(Answered, kw_only=True):
    """One claim with its citations; `counts` is whether its occurrence does."""

    id: str
    occurrence: str
    counts: bool
    claim: ToldClaim


class HistoryEvent(Struct, kw_only=True):
    """One event of an occurrence, and when what it says was made known (null: it is our own work)."""

    position: int
    version: int
    event_id: UUID
    type: str
    schema_version: int
    recorded_at: datetime
    published_at: datetime | None
    data: msgspec.Raw


class HistoryAnswer(Answered, kw_only=True):
    """The events of an occurrence, oldest first: what was said of it, retractions and corrections included."""

    id: str
    stream: str
    items: list[HistoryEvent]


class UnresolvedPlace(Struct, kw_only=True):
    """A name as it was written, in all its spellings, that names no known place, or several and nobody can tell which.

    `kinds` and `parents` are what was told of the place beside it; `borne_by` are the places of that name, whatever
    they are and wherever they lie; `nearest` those that are nearly called so. To add it to the names of one place, by
    an amendment, is to say that this is the one: every answer then counts there what was told of the name.
    """

    names: list[str]
    kinds: list[str]
    parents: list[str]
    count: Annotated[int, Meta(description="How many occurrences name it.")]
    occurrences: Annotated[list[str], Meta(description="The first hundred of them.")]
    first_published_at: datetime
    last_published_at: datetime
    borne_by: list[str]
    nearest: list[NearName]


class UnresolvedPlaces(Answered, kw_only=True):
    """The places whose names are not resolved, a page of them in order of the names."""

    items: list[UnresolvedPlace]
    next_cursor: str | None
    total: int


class Claimant(Struct, kw_only=True):
    """Who claims: `source:…`, `party:…`, or `words:…` where nobody registered is named."""

    claimant: str
    claims: int
    occurrences: int
    first_published_at: datetime
    last_published_at: datetime


class Claimants(Answered, kw_only=True):
    """Everyone whose claims stand."""

    items: Sequence[Claimant]

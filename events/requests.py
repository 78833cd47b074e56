"""What a reporter sends about occurrences: the bodies of requests, limits in their types."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar, Union, cast

from msgspec import Meta, Struct, defstruct, structs

from events import claims as contents
from events import details as kinds
from events.times import parse
from events.values import (
    Claimant,
    ClaimId,
    Count,
    Embargo,
    ExternalId,
    Id,
    Line,
    Link,
    NewPartId,
    Occurred,
    OccurrenceId,
    PartyId,
    PartyIn,
    PlaceId,
    Reads,
    ReportId,
    Said,
    Text,
)
from events.words import Credibility, Effect, PlaceKind, PlacePrecision, PlaceRole, Status


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a request; members it does not know are refused."""


class Dated(Body, frozen=True, kw_only=True):
    """A body that may say when its content was published; a bare date is the end of that day."""

    published_at: Said | None = None

    def __post_init__(self) -> None:
        """Refuse what is no date or time."""
        if self.published_at is not None:
            parse(self.published_at)


class Citing(Dated, frozen=True, kw_only=True):
    """A body that cites a report; `published_at` overrules the report's own."""

    report: ReportId
    quote: Text | None = None
    locator: Line | None = None


class Speaking(Citing, frozen=True, kw_only=True):
    """A body in which somebody speaks: a claimant named by id, or `attributed_to` in words."""

    claimant: Claimant | None = None
    attributed_to: Line | None = None

    def __post_init__(self) -> None:
        """Refuse two claimants."""
        super().__post_init__()
        if self.claimant is not None and self.attributed_to is not None:
            raise ValueError("give either `claimant` or `attributed_to`")


class Explained(Dated, frozen=True, kw_only=True):
    """A body that may say why, and when that was published; it may also be empty."""

    reason: Text | None = None


class PlaceRef(Body, frozen=True, kw_only=True):
    """A place in its role: by id, or by name with what tells it from others of that name."""

    place: PlaceId | None = None
    name: Line | None = None
    kind: PlaceKind | None = None
    parent: PlaceId | None = None
    role: PlaceRole = "location"
    precision: PlacePrecision = "exact"

    def __post_init__(self) -> None:
        """Refuse a place that is given twice or not at all."""
        if (self.place is None) == (self.name is None):
            raise ValueError("give either `place` (an id) or `name`")
        if self.place is not None and (self.kind is not None or self.parent is not None):
            raise ValueError("`kind` and `parent` go with `name`")


class ClaimBody(Speaking, frozen=True, kw_only=True, tag_field="kind"):
    """One assertion by one claimant: named by id, or `attributed_to` in words.

    Inside an occurrence's report the claimant and the report may be left out: they are then the occurrence's.
    """

    content_type: ClassVar[type[contents.Content]]

    id: NewPartId | None = None
    report: ReportId | None = None  # pyright: ignore[reportIncompatibleVariableOverride]  the occurrence's stands in for it
    credibility: Credibility | None = None

    @property
    def content(self) -> contents.Content:
        """What is asserted, without who says so and where."""
        kind = self.content_type
        return kind(**{name: getattr(self, name) for name in kind.__struct_fields__})

    def __post_init__(self) -> None:
        """Refuse two claimants, and content that contradicts itself."""
        super().__post_init__()
        content = self.content
        if isinstance(content, contents.CasualtiesClaim):
            contents.refuse_impossible(content)


class ClaimAsWritten(ClaimBody, frozen=True, kw_only=True, tag="as_written"):
    """A claim just as a dataset has it, bounds that contradict each other included; no request decodes to it."""

    written: contents.Content

    @property
    def content(self) -> contents.Content:
        """What is asserted, without who says so and where."""
        return self.written

    def __post_init__(self) -> None:
        """Refuse nothing that the dataset has: "an import keeps them as they are"."""


def _claim_body(content: type[contents.Content]) -> type[ClaimBody]:
    """Give the body that makes a claim of one kind: its members beside those that all claims have."""
    fields = structs.fields(content)
    made = defstruct(
        f"{content.__name__}Body",
        [(f.name, f.type) if f.required else (f.name, f.type, f.default) for f in fields],
        bases=(ClaimBody,),
        namespace={"content_type": content, "__doc__": content.__doc__},
        module=__name__,
        kw_only=True,
        tag=content.__struct_config__.tag,
        rename={f.name: f.encode_name for f in fields if f.name != f.encode_name} or None,
    )
    return cast("type[ClaimBody]", made)


CLAIM_BODIES = tuple(_claim_body(content) for content in contents.ClaimContent.__args__)
if TYPE_CHECKING:
    MakeClaim = ClaimBody
else:
    MakeClaim = Union[CLAIM_BODIES]  # noqa: UP007  a union made of a tuple has no other spelling


class ReportOccurrence(Speaking, frozen=True, kw_only=True, tag_field="kind"):
    """That something happened: what, when, where, who, by whose account and in which report."""

    id: Id | None = None
    occurred: Occurred
    places: tuple[PlaceRef, ...] = ()
    parties: tuple[PartyIn, ...] = ()
    links: tuple[Link, ...] = ()
    external_id: ExternalId | None = None
    restricted: Embargo | None = None
    claims: Annotated[tuple[MakeClaim, ...], Meta(max_length=1000)] = ()


class OccurrenceBody(ReportOccurrence, frozen=True, kw_only=True):
    """What the bodies of all kinds of occurrence share: details of their own."""

    details: kinds.Detail


def _occurrence_body(kind: type[kinds.Detail]) -> type[OccurrenceBody]:
    """Give the body that reports an occurrence of one kind; details without a required member may be left out."""
    required = any(f.required for f in structs.fields(kind))
    made = defstruct(
        f"{kind.__name__}Body",
        [("details", kind) if required else ("details", kind, kind())],
        bases=(OccurrenceBody,),
        namespace={"__doc__": kind.__doc__},
        module=__name__,
        kw_only=True,
        tag=kind.__struct_config__.tag,
    )
    return cast("type[OccurrenceBody]", made)


OCCURRENCE_BODIES = tuple(_occurrence_body(kind) for kind in kinds.Details.__args__)
if TYPE_CHECKING:
    OccurrenceRequest = OccurrenceBody
else:
    OccurrenceRequest = Union[OCCURRENCE_BODIES]  # noqa: UP007  a union made of a tuple has no other spelling


class CiteOccurrence(Citing, frozen=True, kw_only=True):
    """Another report of the same thing; `reads` is what it words otherwise."""

    reads: Reads | None = None


class CiteClaim(CiteOccurrence, frozen=True, kw_only=True):
    """Another report that retells a claim."""


class OccurrenceChanges(Body, frozen=True, kw_only=True):
    """The members to replace; details name their kind."""

    details: kinds.Details | None = None
    occurred: Occurred | None = None
    places: tuple[PlaceRef, ...] | None = None
    parties: tuple[PartyIn, ...] | None = None
    links: tuple[Link, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse a correction of nothing."""
        if all(getattr(self, name) is None for name in self.__struct_fields__):
            raise ValueError("give at least one member to change")


class AmendOccurrence(Dated, frozen=True, kw_only=True):
    """A correction of an occurrence."""

    changes: OccurrenceChanges
    reason: Text


class AssessOccurrence(Body, frozen=True, kw_only=True):
    """An analyst's judgement: adopt a claim, or set a figure."""

    assessor: Line
    reason: Text
    adopts: ClaimId | None = None
    affected: tuple[PartyId, ...] = ()
    status: Status = "unspecified"
    effect: Effect | None = None
    count: Count | None = None

    def __post_init__(self) -> None:
        """Refuse both, neither and half a figure."""
        if (self.adopts is None) == (self.effect is None) or (self.effect is None) != (self.count is None):
            raise ValueError("give either `adopts`, or `effect` and `count`")
        if self.count is not None and not self.count.consistent:
            raise ValueError("`count` breaks low ≤ best ≤ high")


class RetractOccurrence(Dated, frozen=True, kw_only=True):
    """That an occurrence did not happen, or is not to be counted."""

    reason: Text


class ReinstateOccurrence(Explained, frozen=True, kw_only=True):
    """That an occurrence was retracted wrongly."""


class MergeOccurrence(Body, frozen=True, kw_only=True):
    """That an occurrence is the same as another."""

    into: OccurrenceId
    reason: Text


class UnmergeOccurrence(Body, frozen=True, kw_only=True):
    """That an occurrence was merged wrongly."""

    reason: Text | None = None


class SupersedeClaim(Dated, frozen=True, kw_only=True):
    """That the claimant gives a newer claim: one that is there, or one made here."""

    by: ClaimId | MakeClaim


class WithdrawClaim(Explained, frozen=True, kw_only=True):
    """That the claimant takes a claim back."""


class RescheduleTransfer(Citing, frozen=True, kw_only=True):
    """That a transfer is due on another day."""

    due: date


class EffectTransfer(Dated, frozen=True, kw_only=True):
    """That a change of control carried a transfer out."""

    occurrence: OccurrenceId


class CancelTransfer(Explained, frozen=True, kw_only=True):
    """That a transfer will not take place."""

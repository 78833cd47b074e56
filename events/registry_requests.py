"""What is sent to register and amend: parties, places, sources and reports."""

from typing import Annotated

from msgspec import Meta

from events.geometry import Geometry, Point
from events.requests import Body, Explained
from events.times import parse, zone_named
from events.values import (
    Embargo,
    ExternalIds,
    Id,
    Language,
    Line,
    Name,
    PartyId,
    PlaceId,
    Position,
    ReportId,
    Said,
    SourceId,
)
from events.words import PartyKind, PlaceKind, Reliability, SourceKind

AcledInter = Annotated[int, Meta(ge=0, le=8, description="ACLED's actor type code.")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="SHA-256 of the text, in hexadecimal.")]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s]+$(?!\n)", max_length=2000)]
ZoneName = Annotated[str, Meta(max_length=60, description="An IANA time zone.", examples=["Asia/Baku"])]

# An id alone where several may stand. It bears no pattern: in msgspec 0.22 a union of an array with a patterned string
# gives the pattern back once too often, which ends in a segmentation fault. An id that breaks it names nothing known.
OneParty = Annotated[str, Meta(min_length=1, max_length=120, description="A party's id.", extra={"refers_to": "party"})]
OnePlace = Annotated[str, Meta(min_length=1, max_length=120, description="A place's id.", extra={"refers_to": "place"})]


class RegisterParty(Body, frozen=True, kw_only=True):
    """An actor: its name, kind, the parties that it is a member of and those it is aligned with."""

    id: Id | None = None
    name: Line
    kind: PartyKind
    member_of: tuple[PartyId, ...] | OneParty = ()
    aligned_with: tuple[PartyId, ...] | OneParty = ()
    names: tuple[Name, ...] = ()
    acled_inter: AcledInter | None = None
    external_ids: ExternalIds = {}


class AmendParty(Body, frozen=True, kw_only=True):
    """What is given replaces what stood; names and external ids are added."""

    name: Line | None = None
    kind: PartyKind | None = None
    member_of: tuple[PartyId, ...] | OneParty | None = None
    aligned_with: tuple[PartyId, ...] | OneParty | None = None
    names: tuple[Name, ...] = ()
    acled_inter: AcledInter | None = None
    external_ids: ExternalIds = {}

    def __post_init__(self) -> None:
        """Refuse an amendment of nothing."""
        _refuse_nothing(self)


class RegisterPlace(Body, frozen=True, kw_only=True):
    """A point, line or area; without a time zone it has its parent's, else UTC."""

    id: Id | None = None
    name: Line
    kind: PlaceKind
    parent: PlaceId | None = None
    within: tuple[PlaceId, ...] | OnePlace = ()
    names: tuple[Name, ...] = ()
    point: Position | Point | None = None
    geometry: Geometry | None = None
    time_zone: ZoneName | None = None
    external_ids: ExternalIds = {}
    restricted: Embargo | None = None

    def __post_init__(self) -> None:
        """Refuse a time zone that does not exist."""
        if self.time_zone is not None:
            zone_named(self.time_zone)


class AmendPlace(Body, frozen=True, kw_only=True):
    """What is given replaces what stood; names and external ids are added."""

    name: Line | None = None
    kind: PlaceKind | None = None
    parent: PlaceId | None = None
    within: tuple[PlaceId, ...] | OnePlace | None = None
    names: tuple[Name, ...] = ()
    point: Position | Point | None = None
    geometry: Geometry | None = None
    time_zone: ZoneName | None = None
    external_ids: ExternalIds = {}

    def __post_init__(self) -> None:
        """Refuse an amendment of nothing, and a time zone that does not exist."""
        _refuse_nothing(self)
        if self.time_zone is not None:
            zone_named(self.time_zone)


class RegisterSource(Body, frozen=True, kw_only=True):
    """One who publishes."""

    id: Id | None = None
    name: Line
    kind: SourceKind
    aligned_with: PartyId | None = None
    time_zone: ZoneName = "UTC"
    reliability: Reliability | None = None
    language: Language | None = None
    url: Url | None = None

    def __post_init__(self) -> None:
        """Refuse a time zone that does not exist."""
        zone_named(self.time_zone)


class AmendSource(Body, frozen=True, kw_only=True):
    """What is given replaces what stood."""

    name: Line | None = None
    kind: SourceKind | None = None
    aligned_with: PartyId | None = None
    time_zone: ZoneName | None = None
    reliability: Reliability | None = None
    language: Language | None = None
    url: Url | None = None

    def __post_init__(self) -> None:
        """Refuse an amendment of nothing, and a time zone that does not exist."""
        _refuse_nothing(self)
        if self.time_zone is not None:
            zone_named(self.time_zone)


class FileReport(Body, frozen=True, kw_only=True):
    """A publication; a bare date is known from the end of that day in its source's time zone."""

    id: Id | None = None
    source: SourceId
    published_at: Said
    title: Line | None = None
    url: Url | None = None
    language: Language | None = None
    sha256: Sha256 | None = None
    translation_of: ReportId | None = None

    def __post_init__(self) -> None:
        """Refuse what is no date or time."""
        parse(self.published_at)


class AmendReport(Body, frozen=True, kw_only=True):
    """What is given replaces what stood."""

    title: Line | None = None
    url: Url | None = None
    language: Language | None = None
    sha256: Sha256 | None = None
    translation_of: ReportId | None = None

    def __post_init__(self) -> None:
        """Refuse an amendment of nothing."""
        _refuse_nothing(self)


class WithdrawReport(Explained, frozen=True, kw_only=True):
    """That the source takes the publication back."""


def _refuse_nothing(body: Body) -> None:
    if all(not getattr(body, name) for name in body.__struct_fields__):
        raise ValueError("give at least one member to change")

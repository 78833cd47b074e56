"""Everything that is registered, on streams of its own: parties, places, sources and reports."""

from collections.abc import Mapping

from events.geometry import Geometry
from events.occurrence_events import Said
from events.values import Instant, Name, Position
from events.words import PartyKind, PlaceKind, Reliability, SourceKind


class PartyRegistered(Said, frozen=True, kw_only=True):
    """An actor becomes known; `member_of` are its parents, `acled_inter` is ACLED's code for its kind."""

    name: str
    kind: PartyKind
    member_of: tuple[str, ...] = ()
    aligned_with: tuple[str, ...] = ()
    names: tuple[Name, ...] = ()
    acled_inter: int | None = None
    external_ids: Mapping[str, str] = {}


class PartyAmended(Said, frozen=True, kw_only=True):
    """What is given replaces what stood; names are added."""

    name: str | None = None
    kind: PartyKind | None = None
    member_of: tuple[str, ...] | None = None
    aligned_with: tuple[str, ...] | None = None
    names: tuple[Name, ...] = ()
    acled_inter: int | None = None
    external_ids: Mapping[str, str] = {}


class PlaceRegistered(Said, frozen=True, kw_only=True):
    """A point, line or area becomes known; it has one parent and may lie within others."""

    name: str
    kind: PlaceKind
    parent: str | None = None
    within: tuple[str, ...] = ()
    names: tuple[Name, ...] = ()
    point: Position | None = None
    geometry: Geometry | None = None
    time_zone: str
    external_ids: Mapping[str, str] = {}


class PlaceAmended(Said, frozen=True, kw_only=True):
    """What is given replaces what stood; names are added."""

    name: str | None = None
    kind: PlaceKind | None = None
    parent: str | None = None
    within: tuple[str, ...] | None = None
    names: tuple[Name, ...] = ()
    point: Position | None = None
    geometry: Geometry | None = None
    time_zone: str | None = None
    external_ids: Mapping[str, str] = {}


class PlaceRestricted(Said, frozen=True, kw_only=True):
    """Only who has the scope `read:restricted` may see where it is, until then; else until it is released."""

    reason: str
    until: Instant | None = None


class PlaceReleased(Said, frozen=True, kw_only=True):
    """It may be seen again: by decision, or because its embargo ended, which the clock says."""

    reason: str
    by_clock: bool = False


class SourceRegistered(Said, frozen=True, kw_only=True):
    """One who publishes becomes known."""

    name: str
    kind: SourceKind
    aligned_with: str | None = None
    time_zone: str = "UTC"
    reliability: Reliability | None = None
    language: str | None = None
    url: str | None = None


class SourceAmended(Said, frozen=True, kw_only=True):
    """What is given replaces what stood."""

    name: str | None = None
    kind: SourceKind | None = None
    aligned_with: str | None = None
    time_zone: str | None = None
    reliability: Reliability | None = None
    language: str | None = None
    url: str | None = None


class ReportFiled(Said, frozen=True, kw_only=True):
    """A publication is put on record; `published` is its date or time as written, `time_zone` its source's."""

    source: str
    published: str
    published_at: Instant
    time_zone: str = "UTC"
    title: str | None = None
    url: str | None = None
    language: str | None = None
    sha256: str | None = None
    translation_of: str | None = None


class ReportAmended(Said, frozen=True, kw_only=True):
    """What is given replaces what stood; citations made before keep the moment they were made with."""

    title: str | None = None
    url: str | None = None
    language: str | None = None
    sha256: str | None = None
    translation_of: str | None = None


class ReportWithdrawn(Said, frozen=True, kw_only=True):
    """The source takes the publication back; what it said stays on record, marked."""

    reason: str | None = None
    published_at: Instant | None = None


PartyEvent = PartyRegistered | PartyAmended
PlaceEvent = PlaceRegistered | PlaceAmended | PlaceRestricted | PlaceReleased
SourceEvent = SourceRegistered | SourceAmended
ReportEvent = ReportFiled | ReportAmended | ReportWithdrawn
RegistryEvent = PartyEvent | PlaceEvent | SourceEvent | ReportEvent
Registration = PartyRegistered | PlaceRegistered | SourceRegistered | ReportFiled
Amendment = PartyAmended | PlaceAmended | SourceAmended | ReportAmended

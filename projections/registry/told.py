"""What is registered, as it is told to readers: by id, with the version that an amendment can be made to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from events.geometry import Geometry
from events.occurrence import Restriction
from events.registry import Party, Place, Registered, Report, Source
from events.values import Name, Position
from events.words import PartyKind, PlaceKind, Reliability, SourceKind


class ToldParty(Struct, kw_only=True, omit_defaults=True):
    """A party."""

    id: str
    version: int
    name: str
    kind: PartyKind
    names: tuple[Name, ...] = ()
    member_of: tuple[str, ...] = ()
    aligned_with: tuple[str, ...] = ()
    acled_inter: int | None = None
    external_ids: Mapping[str, str] = {}


class ToldPlace(Struct, kw_only=True, omit_defaults=True):
    """A place.

    Where it is `restricted`, readers without the scope `read:restricted` see it where its nearest parent is that is
    not, under that one's name, without outline, other names and external ids, and are not told why.
    """

    id: str
    version: int
    name: str
    kind: PlaceKind
    time_zone: str
    names: tuple[Name, ...] = ()
    parent: str | None = None
    within: tuple[str, ...] = ()
    point: Position | None = None
    geometry: Geometry | None = None
    external_ids: Mapping[str, str] = {}
    restricted: Restriction | None = None


class ToldSource(Struct, kw_only=True, omit_defaults=True):
    """A source."""

    id: str
    version: int
    name: str
    kind: SourceKind
    time_zone: str
    aligned_with: str | None = None
    reliability: Reliability | None = None
    language: str | None = None
    url: str | None = None


class ToldReport(Struct, kw_only=True, omit_defaults=True):
    """A report; `published` is its date or time as written, `withdrawn_at` when its source took it back."""

    id: str
    version: int
    source: str
    published: str
    published_at: datetime
    title: str | None = None
    url: str | None = None
    language: str | None = None
    sha256: str | None = None
    translation_of: str | None = None
    withdrawn_at: datetime | None = None


Told = ToldParty | ToldPlace | ToldSource | ToldReport

_TOLD: Mapping[type[Registered], type[Told]] = {
    Party: ToldParty,
    Place: ToldPlace,
    Source: ToldSource,
    Report: ToldReport,
}


def told(registered: Registered) -> Told:
    """Give what is registered, every member that it was registered with or amended to."""
    kind = _TOLD[type(registered)]
    said = registered.said
    members: dict[str, Any] = {
        name: getattr(said, name) for name in kind.__struct_fields__ if name in said.__struct_fields__
    }
    if isinstance(registered, Report):
        members["withdrawn_at"] = registered.withdrawn_at
    if isinstance(registered, Place):
        members["restricted"] = registered.restriction
    return kind(id=registered.id, version=registered.version, **members)

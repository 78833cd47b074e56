"""What is registered, folded from its streams: parties, places, sources and reports."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar, assert_never

from msgspec import Struct, structs

from events import registry_events as said
from events.occurrence import At, Restriction
from events.values import Instant, Name

R = TypeVar("R", bound=said.Registration)


class Party(Struct, frozen=True):
    """An actor as registered and amended."""

    id: str
    number: int
    version: int
    said: said.PartyRegistered


class Place(Struct, frozen=True, omit_defaults=True):
    """A place as registered and amended; `restriction` is the last one that nothing released."""

    id: str
    number: int
    version: int
    said: said.PlaceRegistered
    restriction: Restriction | None = None

    @property
    def names(self) -> tuple[Name, ...]:
        """Every name it is found by, its main one first."""
        return (Name(name=self.said.name, kind="official"), *self.said.names)


class Source(Struct, frozen=True):
    """One who publishes, as registered and amended."""

    id: str
    number: int
    version: int
    said: said.SourceRegistered


class Report(Struct, frozen=True):
    """A publication as filed and amended; `withdrawn_at` is when its source took it back."""

    id: str
    number: int
    version: int
    said: said.ReportFiled
    withdrawn_at: datetime | None = None


Registered = Party | Place | Source | Report


def begin(registered: str, event: said.RegistryEvent, at: At) -> Registered:
    """Give what the first event of a registry stream tells of."""
    match event:
        case said.PartyRegistered():
            return Party(registered, at.position, 1, event)
        case said.PlaceRegistered():
            return Place(registered, at.position, 1, event)
        case said.SourceRegistered():
            return Source(registered, at.position, 1, event)
        case said.ReportFiled():
            return Report(registered, at.position, 1, event)
        case said.PlaceRestricted() | said.PlaceReleased():
            raise ValueError(f"{registered} is restricted before it is registered, at position {at.position}")
        case said.PartyAmended() | said.PlaceAmended() | said.SourceAmended():
            raise ValueError(f"{registered} is amended before it is registered, at position {at.position}")
        case said.ReportAmended() | said.ReportWithdrawn():
            raise ValueError(f"{registered} is amended before it is filed, at position {at.position}")
        case _:
            assert_never(event)


def evolve(state: Registered, event: said.RegistryEvent, at: At) -> Registered:
    """Take one further event into what is registered."""
    state = structs.replace(state, version=state.version + 1)
    match state, event:
        case Party(), said.PartyAmended():
            return structs.replace(state, said=_amended(state.said, event))
        case Place(), said.PlaceAmended():
            return structs.replace(state, said=_amended(state.said, event))
        case Place(), said.PlaceRestricted(reason=reason, until=until):
            return structs.replace(state, restriction=Restriction(reason, until))
        case Place(), said.PlaceReleased():
            return structs.replace(state, restriction=None)
        case Source(), said.SourceAmended():
            return structs.replace(state, said=_amended(state.said, event))
        case Report(), said.ReportAmended():
            return structs.replace(state, said=_amended(state.said, event))
        case Report(), said.ReportWithdrawn(published_at=published_at):
            return structs.replace(state, withdrawn_at=_published(published_at, at))
        case _:
            raise ValueError(f"{state.id} cannot take {type(event).__name__} at position {at.position}")


def _amended(registered: R, event: said.Amendment) -> R:
    """Replace the members that an amendment gives; names and external ids are added to what stands.

    A main name that is replaced goes on being one of its names: no name is ever taken away.
    """
    before = structs.asdict(registered)
    given = {name: value for name, value in structs.asdict(event).items() if name != "request" and value is not None}
    if "names" in given:
        added = (*given["names"], *_former(before["name"], given))
        given["names"] = (*before["names"], *(name for name in added if name not in before["names"]))
    if "external_ids" in given:
        given["external_ids"] = {**before["external_ids"], **given["external_ids"]}
    return structs.replace(registered, **given)


def _former(name: str, given: Mapping[str, object]) -> tuple[Name, ...]:
    replaced = given.get("name", name) != name
    return (Name(name=name, kind="former"),) if replaced else ()


def _published(published_at: Instant | None, at: At) -> datetime:
    return published_at or at.recorded_at

"""What is looked up beside the events and can be derived from them again: request keys and names of places."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Struct

from events.codec import NOT_READ
from events.log import RecordedEvent
from events.names import FOLDED_BYTES_MAX, fold_all
from events.values import Name

_Shape = TypeVar("_Shape")

_PLACE = "place-"


class KeptKey(NamedTuple):
    """A key under which a request is known, and where what it wrote begins and ends."""

    key: str
    sha256: bytes
    first: int
    last: int


class KeptName(NamedTuple):
    """A folded name by which a place is found from a position on."""

    folded: str
    place: str
    position: int


class _Request(Struct):
    """What is read of a request to know it again, such as the table of keys can hold."""

    sha256: Annotated[str, Meta(pattern=r"^([0-9a-f]{2})+$(?!\n)")]
    keys: tuple[Annotated[str, Meta(pattern=r"^[^\0]{1,1000}$(?!\n)")], ...] = ()
    events: Annotated[int, Meta(ge=1)] = 1


class _Asked(Struct):
    """What is read of an event to know its request again; the rest may be of a newer release."""

    request: _Request | None = None


class _Named(Struct):
    """What is read of an event to find its place by name."""

    name: str | None = None
    names: tuple[Name, ...] | None = None


_ASKED = msgspec.json.Decoder(_Asked)
_NAMED = msgspec.json.Decoder(_Named)


def keys_of(event: RecordedEvent) -> Sequence[KeptKey]:
    """Give the keys under which the request is known that an event began; one that cannot be read has none."""
    asked = _decoded(_ASKED, event)
    request = None if asked is None else asked.request
    if request is None:
        return ()
    last = event.position + request.events - 1
    return [KeptKey(key, bytes.fromhex(request.sha256), event.position, last) for key in request.keys]


def names_of(event: RecordedEvent) -> Sequence[KeptName]:
    """Give the names by which a place is found from an event on; one that cannot be read gives none.

    The table keeps each only from the first event on that gave it to the place.
    """
    if not event.stream.startswith(_PLACE):
        return ()
    said = _decoded(_NAMED, event)
    if said is None:
        return ()
    folded = fold_all([said.name, *(name.name for name in said.names or ())])
    place = event.stream.removeprefix(_PLACE)
    return [KeptName(name, place, event.position) for name in folded if _fits(name)]


def _fits(folded: str) -> bool:
    """Tell whether the table of names can hold a name: none that was given through this service is another."""
    return len(folded.encode()) <= FOLDED_BYTES_MAX and "\0" not in folded


def _decoded(decoder: "msgspec.json.Decoder[_Shape]", event: RecordedEvent) -> _Shape | None:
    """Read of an event what is asked for; None where it cannot be read."""
    try:
        return decoder.decode(event.data)
    except NOT_READ:
        return None

"""What is looked up beside the events and can be derived from them again: request keys and names of places."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from events.log import RecordedEvent
from events.names import fold
from events.values import Name, Request

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


class _Asked(Struct):
    """What is read of an event to know its request again; the rest may be of a newer release."""

    request: Request | None = None


class _Named(Struct):
    """What is read of an event to find its place by name."""

    name: str | None = None
    names: tuple[Name, ...] | None = None


_ASKED = msgspec.json.Decoder(_Asked)
_NAMED = msgspec.json.Decoder(_Named)


def keys_of(event: RecordedEvent) -> Sequence[KeptKey]:
    """Give the keys under which the request is known that an event began; raises msgspec.DecodeError or ValueError."""
    request = _ASKED.decode(event.data).request
    if request is None:
        return ()
    last = event.position + request.events - 1
    return [KeptKey(key, bytes.fromhex(request.sha256), event.position, last) for key in request.keys]


def names_of(event: RecordedEvent) -> Sequence[KeptName]:
    """Give the names by which a place is found from an event on; raises msgspec.DecodeError or ValueError.

    The table keeps each only from the first event on that gave it to the place.
    """
    if not event.stream.startswith(_PLACE):
        return ()
    said = _NAMED.decode(event.data)
    folded = {fold(name.name) for name in said.names or ()} | ({fold(said.name)} if said.name else set[str]())
    place = event.stream.removeprefix(_PLACE)
    return [KeptName(name, place, event.position) for name in sorted(folded) if name]

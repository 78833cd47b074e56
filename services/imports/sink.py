"""Where commands go, in one way for every format."""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from events.command import Command


class Taken(Struct, frozen=True):
    """What a command is about is in the log: newly recorded, changed by a newer release, or there before.

    What was there is what the command says (`repeated`), or what a newer release of its dataset has otherwise, which
    stands (`superseded`). Where it was not this command that brought it there is no position to tell (0).
    """

    how: Literal["recorded", "changed", "repeated", "superseded"]
    position: int


class Refused(Struct, frozen=True):
    """A command was refused, for this reason; nothing of it was appended.

    `missing`: what it is about is not there; `faulty`: what it refers to is not there, or it says what cannot be.
    """

    reason: str
    missing: bool = False
    faulty: bool = False


Outcome = Taken | Refused


class Sink(Protocol):
    """Takes commands into the log.

    Promises: each command is taken whole or not at all, after those before it, to which it may refer; one that is
    refused fails no other; sent again, a command appends nothing.
    """

    async def send(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        """Send commands and say what became of each, in their order."""
        ...

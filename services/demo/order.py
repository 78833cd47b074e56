"""Which command needs which others, and orders in which all of them find what they refer to."""

import random
import re
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from events import requests as asked
from events.addressing import candidates, category_of
from events.command import RequestBody
from events.references import Reference, references
from services.api.recording import RECORDINGS
from services.demo.commands import Command


class Shape(Struct, frozen=True):
    """A command as its route reads it: the request's body, and what its path is about, if it is there already."""

    body: RequestBody
    about: Reference | None


class Dependencies(Struct, frozen=True):
    """What a command brings into being, and what must be there before it: `party-russia`, `claim-a.b` and so on."""

    provides: frozenset[str]
    needs: frozenset[str]


def shape_of(command: Command) -> Shape:
    """Read a command as its route does; raises msgspec.ValidationError, or LookupError where no route fits."""
    for recording in RECORDINGS:
        found = re.fullmatch(recording.path.replace("{id}", "(?P<id>[^/]+)"), command.path)
        if found and recording.method == command.method:
            request: RequestBody = msgspec.convert(command.body, recording.body)
            about = Reference("", recording.subject, found["id"]) if recording.subject else None
            return Shape(request, about)
    raise LookupError(command.path)


def dependencies(command: Command) -> Dependencies:
    """Tell what a command provides and needs."""
    shape = shape_of(command)
    referred = [*references(shape.body), *([shape.about] if shape.about else [])]
    needs = frozenset(_name(reference) for reference in referred)
    return Dependencies(frozenset(_provided(shape)), needs)


def shuffled(commands: Sequence[Command], seed: int) -> list[Command]:
    """Give the commands in an order drawn by the seed, each after all that it needs; the same seed, the same order.

    Raises LookupError where something needed is provided by none of them.
    """
    # No secret is drawn: the order must be the same for the same seed.
    draw = random.Random(seed)  # noqa: S311 - see above
    waiting = [(command, dependencies(command)) for command in commands]
    there: set[str] = set()
    ordered: list[Command] = []
    while waiting:
        ready = [number for number, (_, wants) in enumerate(waiting) if wants.needs <= there]
        if not ready:
            raise LookupError(sorted({need for _, wants in waiting for need in wants.needs} - there))
        command, brings = waiting.pop(draw.choice(ready))
        there |= brings.provides
        ordered.append(command)
    return ordered


def _name(reference: Reference) -> str:
    """Name what is referred to; a claim must itself be there, a transfer comes with its agreement."""
    return f"claim-{reference.id}" if reference.category == "claim" else reference.stream


def _provided(shape: Shape) -> list[str]:
    body = shape.body
    new = [f"{category_of(body)}-{name}" for name in candidates(body, "")[:1]]
    match body:
        case asked.OccurrenceBody():
            return [*new, *(f"claim-{body.id}.{claim.id}" for claim in body.claims)]
        case asked.ClaimBody() if shape.about is not None:
            return [f"claim-{shape.about.id}.{body.id}"]
        case _:
            return new

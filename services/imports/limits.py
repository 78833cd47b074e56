"""Limits of what may be said: an import makes its requests of values, which nothing has held to them yet."""

import re
from functools import cache, lru_cache

import msgspec
from msgspec import Struct, structs

from events import requests as asked
from events.addressing import keys_of
from events.claims import ClaimContent
from events.command import Command
from events.log import NAME_BYTES_MAX

_ENCODER = msgspec.json.Encoder()
# An even number of backslashes before it, or none: an odd number makes it a text about U+0000.
_NULL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class _Written(asked.ClaimAsWritten, frozen=True, kw_only=True, tag="as_written"):
    """A claim as a dataset has it, to be read: its content is of a kind that there is."""

    written: ClaimContent


def broken_limit(command: Command) -> str | None:
    """Say which limit a request breaks, None where it breaks none: those of a request that is sent over HTTP."""
    body = command.body
    claims: tuple[asked.ClaimBody, ...] = ()
    if isinstance(body, asked.OccurrenceBody) and body.claims:
        claims, body = body.claims, structs.replace(body, claims=())
    for key in keys_of(command):
        if len(key.key.encode()) > NAME_BYTES_MAX or "\0" in key.key:
            return f"it cannot be known by {key.key[:NAME_BYTES_MAX]!r}"
    return _broken(body) or next((f"claim {one.id}: {said}" for one in claims if (said := _broken_by_claim(one))), None)


@lru_cache(maxsize=65_536)
def _broken_by_claim(claim: asked.ClaimBody) -> str | None:
    """Look at a claim; most of a dataset's are alike, and are looked at once."""
    return _broken(claim)


def _broken(body: Struct) -> str | None:
    said = _ENCODER.encode(body)
    if b"\\u0000" in said and _NULL.search(said):
        return "it contains U+0000"
    try:
        _decoder(type(body)).decode(said)
    except msgspec.ValidationError as error:
        return str(error)
    return None


@cache
def _decoder(kind: type[Struct]) -> msgspec.json.Decoder[Struct]:
    return msgspec.json.Decoder(_Written if kind is asked.ClaimAsWritten else kind)

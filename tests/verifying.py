"""A log to be verified, and what a verification finds in it."""

import asyncio
from collections.abc import Sequence
from random import Random

from msgspec import structs

from events.checkpoint import Checkpoint
from events.codec import Event
from events.tree_postgres import TreeBuilder
from events.values import Request
from services.verification.findings import Check, Verified
from services.verification.log import LogReading
from services.verification.run import verify
from services.wiring import WORKER_ROLE, open_pool
from tests.histories import Chance, append
from tests.projected import parts

EVENTS = 600
_KEYED = range(11, 500, 11)


async def fill(url: str) -> None:
    async with parts(url) as held:
        said = enumerate(Chance(1).say(EVENTS), 1)
        await append(held.log, [_sent(one, at) if at in _KEYED else one for at, one in said], Random(1))
        await held.runner().drain()
        while await TreeBuilder(held.pool).extend():
            pass


def _sent(said: tuple[str, int, Event], position: int) -> tuple[str, int, Event]:
    """Give an event a request of its own with a key."""
    stream, version, event = said
    request = Request(sha256="ab" * 32, by="tests", keys=(f"k{position}",))
    return stream, version, structs.replace(event, request=request)


async def root_of(url: str) -> bytes:
    async with open_pool(url, WORKER_ROLE, size=1) as pool, pool.connection() as connection:
        reading = LogReading([])
        await reading.read(connection, lambda _done, _total: None)
        return reading.root or b""


def found(url: str, signed: Sequence[Checkpoint] = (), *, log_only: bool = False) -> Verified:
    return asyncio.run(verify(url, signed, lambda _what, _done, _total: None, log_only=log_only))


def failures(verified: Verified) -> dict[str, int | None]:
    return {check.name: check.position for check in verified.checks if check.status == "failed"}


def named(verified: Verified, name: str) -> Check:
    return next(check for check in verified.checks if check.name == name)

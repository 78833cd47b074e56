"""The tables of the log looked at as a whole: streams, ids, what waits of them, and what guards them."""

from services.verification.findings import Check
from services.verification.guards import check_guards
from services.verification.log import Connection, rows

BEGINNINGS = {
    "party": "party.registered",
    "place": "place.registered",
    "source": "source.registered",
    "report": "report.filed",
    "occurrence": "occurrence.reported",
}
"""What each category of streams begins with."""


async def check_tables(connection: Connection, head: int) -> list[Check]:
    """Look at streams, event ids, what points into the log, what waits to be folded, and what guards it."""
    return [
        await _versions(connection, head),
        await _event_ids(connection, head),
        await _streams(connection, head),
        await _pointers(connection),
        await _parked(connection),
        await check_guards(connection),
    ]


async def _versions(connection: Connection, head: int) -> Check:
    name = "versions"
    for position, stream, version, nth in await rows(connection, "wrong_version", until=head):
        return Check(name, "failed", f"{stream} has version {version} where {nth} should be", position)
    return Check(name, "ok", "each stream's count up from 1")


async def _event_ids(connection: Connection, head: int) -> Check:
    name = "event ids"
    for position, event_id in await rows(connection, "event_id_twice", until=head):
        return Check(name, "failed", f"{event_id} stands here for the second time", position)
    return Check(name, "ok", "no two are the same")


async def _streams(connection: Connection, head: int) -> Check:
    name = "streams"
    known = {"categories": list(BEGINNINGS), "types": list(BEGINNINGS.values())}
    for position, stream, kind in await rows(connection, "orphan", until=head, **known):
        return Check(name, "failed", f"{stream} is orphaned: it begins with {kind}", position)
    return Check(name, "ok", "each begins with what it is about")


async def _pointers(connection: Connection) -> Check:
    name = "pointers"
    for what, key, position in await rows(connection, "beyond"):
        return Check(name, "failed", f"the {what} {key} is beyond the head", position)
    return Check(name, "ok", "no request key, place name or projection is beyond the head")


async def _parked(connection: Connection) -> Check:
    name = "parked streams"
    for position, stream, projection in await rows(connection, "not_waiting"):
        words = f"what stands here on {stream} no longer waits to be folded for {projection}"
        return Check(name, "failed", f"{words}: `conflictlog replay --projection {projection}` mends it", position)
    for position, stream, projection, skipped in await rows(connection, "not_as_decided"):
        words = "is left out and nobody decided so" if skipped else "is not left out as it was decided"
        return Check(name, "failed", f"{stream} {words}, for {projection}", position)
    return Check(name, "ok", "all that was told on them waits, and what is left out was decided")

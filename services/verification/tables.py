"""The tables of the log looked at as a whole: streams, ids, and what guards them."""

from services.verification.findings import Check
from services.verification.log import Connection, rows

BEGINNINGS = {
    "party": "party.registered",
    "place": "place.registered",
    "source": "source.registered",
    "report": "report.filed",
    "occurrence": "occurrence.reported",
}
"""What each category of streams begins with."""

GUARDS = {
    "event": {
        "event_pkey",
        "event_stream_version_key",
        "event_event_id_key",
        "event_position_is_positive",
        "event_version_is_positive",
        "event_schema_version_is_positive",
        "event_stream_fits",
        "event_type_fits",
        "event_leaf_hash_is_sha256",
        "event_is_append_only",
    },
    "head": {
        "head_pkey",
        "head_has_one_row",
        "head_position_is_not_negative",
        "head_stays",
        "head_only_advances",
    },
    "request_key": {
        "request_key_pkey",
        "request_key_fits",
        "request_key_positions_are_ordered",
        "request_key_is_append_only",
    },
    "place_name": {
        "place_name_pkey",
        "place_name_fits",
        "place_name_is_append_only",
    },
    "parking_decision": {
        "parking_decision_pkey",
        "parking_decision_act_is_known",
        "parking_decision_outcome_is_known",
        "parking_decision_names_somebody",
        "parking_decision_has_a_reason",
        "parking_decision_is_append_only",
    },
}
"""The constraints and triggers of the tables that keep what happened, all of which must be in force."""


async def check_tables(connection: Connection, head: int) -> list[Check]:
    """Look at streams, event ids, what points into the log, and what guards it."""
    return [
        await _versions(connection, head),
        await _event_ids(connection, head),
        await _streams(connection, head),
        await _pointers(connection),
        await _guards(connection),
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


async def _guards(connection: Connection) -> Check:
    name = "constraints"
    found = set(await rows(connection, "guards", tables=list(GUARDS)))
    wanted = {(table, guard) for table, guards in GUARDS.items() for guard in guards}
    missing = [f"{guard} of {table}" for table, guard in sorted(wanted - found)]
    if missing:
        return Check(name, "failed", f"not in force: {', '.join(missing)}")
    return Check(name, "ok", "every constraint and trigger of the log is in force")

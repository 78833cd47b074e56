"""What guards the log in its database: constraints, triggers and functions, each in force as the migrations made it."""

import re
from collections.abc import Mapping
from pathlib import Path

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.statements import statements
from services.migrate import MIGRATIONS
from services.verification.findings import Check

_SQL = statements(Path(__file__).with_suffix(".sql"))
_FUNCTION = re.compile(r"^CREATE (?:OR REPLACE )?FUNCTION (\w+) ?\(.*?\$\$(.*?)\$\$", re.DOTALL | re.MULTILINE)
# What AND joins is grouped otherwise once a dump was restored; quotes and spaces tell nothing either.
_UNSAID = str.maketrans("", "", '()" ')

_APPEND_ONLY = "BEFORE DELETE OR UPDATE OR TRUNCATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"

GUARDS: Mapping[str, Mapping[str, str]] = {
    "event": {
        "event_pkey": "PRIMARY KEY (position)",
        "event_stream_version_key": "UNIQUE (stream, version)",
        "event_event_id_key": "UNIQUE (event_id)",
        "event_position_is_positive": "CHECK (position > 0)",
        "event_version_is_positive": "CHECK (version > 0)",
        "event_schema_version_is_positive": "CHECK (schema_version > 0)",
        "event_stream_fits": "CHECK (octet_length(stream) >= 1 AND octet_length(stream) <= 1000)",
        "event_type_fits": "CHECK (octet_length(type) >= 1 AND octet_length(type) <= 1000)",
        "event_leaf_hash_is_sha256": "CHECK (octet_length(leaf_hash) = 32)",
        "event_is_append_only": _APPEND_ONLY.format("event"),
    },
    "head": {
        "head_pkey": "PRIMARY KEY (only_row)",
        "head_has_one_row": "CHECK (only_row)",
        "head_position_is_not_negative": "CHECK (position >= 0)",
        "head_stays": "BEFORE DELETE OR TRUNCATE ON head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        "head_only_advances": "BEFORE UPDATE ON head FOR EACH ROW WHEN (new.position < old.position "
        "OR new.recorded_at < old.recorded_at) EXECUTE FUNCTION refuse_going_back()",
    },
    "request_key": {
        "request_key_pkey": "PRIMARY KEY (key)",
        "request_key_fits": "CHECK (octet_length(key) >= 1 AND octet_length(key) <= 1000)",
        "request_key_positions_are_ordered": "CHECK (0 < first_position AND first_position <= last_position)",
        "request_key_is_append_only": _APPEND_ONLY.format("request_key"),
    },
    "place_name": {
        "place_name_pkey": "PRIMARY KEY (folded, place)",
        "place_name_fits": "CHECK (octet_length(folded) >= 1 AND octet_length(folded) <= 1000 "
        "AND octet_length(place) >= 1 AND octet_length(place) <= 1000)",
        "place_name_is_append_only": _APPEND_ONLY.format("place_name"),
    },
    "parking_decision": {
        "parking_decision_pkey": "PRIMARY KEY (id)",
        "parking_decision_act_is_known": "CHECK (act = ANY (ARRAY['retry'::text, 'skip'::text]))",
        "parking_decision_outcome_is_known": "CHECK (outcome = "
        "ANY (ARRAY['folded'::text, 'still_parked'::text, 'skipped'::text]))",
        "parking_decision_names_somebody": "CHECK (octet_length(decided_by) >= 1 AND octet_length(decided_by) <= 1000)",
        "parking_decision_has_a_reason": "CHECK (octet_length(reason) >= 1 AND octet_length(reason) <= 10000)",
        "parking_decision_is_append_only": _APPEND_ONLY.format("parking_decision"),
    },
}
"""The constraints and triggers of the tables that keep what happened, as PostgreSQL words them."""


async def check_guards(connection: AsyncConnection[TupleRow]) -> Check:
    """Look at what guards the log."""
    cursor = await connection.execute(_SQL["guards"], {"tables": list(GUARDS)})
    found = {(table, guard, _bare(words)) for table, guard, words in await cursor.fetchall()}
    wanted = {(table, guard, _bare(words)) for table, guards in GUARDS.items() for guard, words in guards.items()}
    missing = [f"{guard} of {table}" for table, guard, _ in sorted(wanted - found)]
    missing += await _altered_functions(connection)
    if missing:
        words = f"not in force as the migrations made them: {', '.join(missing)}"
        return Check("constraints", "failed", f"{words}; a release newer than the database needs `conflictlog migrate`")
    return Check("constraints", "ok", "every constraint, trigger and function of the log is in force")


async def _altered_functions(connection: AsyncConnection[TupleRow]) -> list[str]:
    """Name the functions that do something else than the migrations have them do, or are gone."""
    made = _functions()
    cursor = await connection.execute(_SQL["functions"], {"names": list(made)})
    there = set(await cursor.fetchall())
    return sorted({f"the function {name}" for name, _ in there ^ set(made.items())})


def _functions() -> dict[str, str]:
    """Give what each function of the migrations does, in their words; the last that makes one stands."""
    files = sorted(MIGRATIONS.glob("*.sql"))
    return {name: body for file in files for name, body in _FUNCTION.findall(file.read_text(encoding="utf-8"))}


def _bare(words: str) -> str:
    return words.translate(_UNSAID)

"""Changing the past, as only a superuser can."""

from typing import LiteralString

import psycopg
from psycopg import sql

_TABLES = ("event", "head", "request_key", "place_name")
_TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger
    WHERE tgrelid = ANY (%s::regclass[]) AND NOT tgisinternal
"""


def tamper(url: str, *statements: LiteralString | sql.Composed) -> None:
    """Run statements with the guards of the log put aside, and put them back."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table in _TABLES:
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL").format(sql.Identifier(table)))
        for statement in statements:
            connection.execute(statement)
        for table, trigger in connection.execute(_TRIGGERS, (list(_TABLES),)).fetchall():
            enable = sql.SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}")
            connection.execute(enable.format(sql.Identifier(table), sql.Identifier(trigger)))


def flip_a_bit(position: int, at: int) -> sql.Composed:
    """Give what changes one bit of the data of an event, in one of its bytes."""
    flip = sql.SQL("UPDATE event SET data = set_byte(data, {at}, get_byte(data, {at}) # 1) WHERE position = {position}")
    return flip.format(at=sql.Literal(at), position=sql.Literal(position))


def hash_anew(position: int) -> sql.Composed:
    """Give what makes an event's leaf hash that of its columns, as an attacker would."""
    return sql.SQL(
        """UPDATE event SET leaf_hash = event_leaf_hash(event_id, stream, version, type, schema_version,
           (extract(epoch FROM recorded_at) * 1000000)::bigint, data) WHERE position = {}"""
    ).format(sql.Literal(position))

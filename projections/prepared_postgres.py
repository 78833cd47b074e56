"""Statements that a connection compiles once, to be run from within a message of several statements.

Such a message is one trip to the server and back, which is most of what a small transaction costs; but what stands in
it is compiled each time, and that takes longer than running it.
"""

from collections.abc import Mapping
from contextlib import suppress
from weakref import WeakSet

from psycopg import AsyncConnection, AsyncCursor, sql
from psycopg.errors import DuplicatePreparedStatement, InvalidSqlStatementName
from psycopg.rows import TupleRow


class Prepared:
    """Statements with parameters $1, $2 and so on, each under a name in every connection that it is sent through."""

    def __init__(self, statements: Mapping[str, bytes]) -> None:
        """Keep the statements by their names, which no other statement of the process may bear."""
        self._statements = statements
        self._given: WeakSet[AsyncConnection[TupleRow]] = WeakSet()

    def run(self, name: str, *values: object) -> bytes:
        """Give what runs a statement with these values, for a message."""
        given = sql.SQL(", ").join(map(sql.Literal, values)).as_bytes(None)
        return b"EXECUTE " + name.encode() + b" (" + given + b")"

    async def send(self, connection: AsyncConnection[TupleRow], message: bytes) -> AsyncCursor[TupleRow]:
        """Send a message that runs statements and begins a transaction; none is open yet."""
        if connection in self._given:
            try:
                return await connection.execute(message, prepare=False)
            except InvalidSqlStatementName:
                # After a ROLLBACK, DROP or ALTER psycopg has the connection forget all its statements.
                await connection.rollback()
        for name, statement in self._statements.items():
            # Who was cancelled meanwhile has not noted that the connection knows it.
            with suppress(DuplicatePreparedStatement):
                await connection.execute(b"PREPARE " + name.encode() + b" AS " + statement, prepare=False)
        self._given.add(connection)
        return await connection.execute(message, prepare=False)

"""Statements that a connection compiles once, to be run from within a message of several statements.

Such a message is one trip to the server and back, which is most of what a small transaction costs; but what stands in
it is compiled each time, and that takes longer than running it.
"""

from weakref import WeakSet

from psycopg import AsyncConnection, AsyncCursor, sql
from psycopg.errors import InvalidSqlStatementName
from psycopg.rows import TupleRow


class Prepared:
    """A statement with parameters $1, $2 and so on, under a name of its own in each connection."""

    def __init__(self, name: str, statement: bytes) -> None:
        """Keep the statement; each connection is given it before it first runs it."""
        self._name = sql.Identifier(name).as_bytes(None)
        self._statement = statement
        self._given: WeakSet[AsyncConnection[TupleRow]] = WeakSet()

    def run(self, *values: object) -> bytes:
        """Give what runs the statement with these values, for a message."""
        given = sql.SQL(", ").join(map(sql.Literal, values)).as_bytes(None)
        return b"EXECUTE " + self._name + b" (" + given + b")"

    async def send(self, connection: AsyncConnection[TupleRow], message: bytes) -> AsyncCursor[TupleRow]:
        """Send a message that runs the statement and begins a transaction; none is open yet."""
        if connection in self._given:
            try:
                return await connection.execute(message, prepare=False)
            except InvalidSqlStatementName:
                # After a ROLLBACK, DROP or ALTER psycopg has the connection forget all its statements.
                await connection.rollback()
        await connection.execute(b"PREPARE " + self._name + b" AS " + self._statement, prepare=False)
        self._given.add(connection)
        return await connection.execute(message, prepare=False)

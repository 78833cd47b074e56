"""The Merkle tree over the log in PostgreSQL: leaves in the log, every eighth level above them kept beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, cast

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from events.merkle import (
    STEP,
    Range,
    Subtree,
    consistency_ranges,
    folded,
    inclusion_ranges,
    node_hash,
    reduced,
    subtrees,
)
from events.statements import statements

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[TupleRow]]

LEAVES_MAX = 200_000
"""How many leaves an answer may have to hash because no builder came by: about a second."""

_SQL = statements(Path(__file__).with_suffix(".sql"))
_WIDTH = 1 << STEP
_GROUPS_AT_ONCE = 64
_TOP = 56


class TreeBehindError(Exception):
    """So much of the tree is not built yet that no answer can be given; a worker builds it."""


class LogTree:
    """Reads roots and proofs; what is not kept of the tree is derived from what stands below it.

    All sizes are to be within the log. Raises TreeBehindError.
    """

    def __init__(self, pool: Pool) -> None:
        """Keep the pool."""
        self._pool = pool

    async def roots(self, sizes: Sequence[int]) -> list[bytes]:
        """Give the root of the tree at each of some sizes."""
        return await self._over([(0, size) for size in sizes])

    async def inclusion(self, leaf: int, size: int) -> list[bytes]:
        """Give the proof that a leaf is in the tree of a size."""
        return await self._over(inclusion_ranges(leaf, size))

    async def consistency(self, first: int, second: int) -> list[bytes]:
        """Give the proof that the tree of the first size is the beginning of that of the second."""
        return await self._over(consistency_ranges(first, second))

    async def _over(self, ranges: Sequence[Range]) -> list[bytes]:
        """Give the root over the leaves of each range."""
        parts = [subtrees(leaves) for leaves in ranges]
        async with self._pool.connection() as connection:
            known = await _read(connection, [part for one in parts for part in one])
        return [folded([_root(part, known) for part in one]) for one in parts]


class TreeBuilder:
    """Keeps the tree's upper levels up with the log; any number may run, in any process that may write them."""

    def __init__(self, pool: Pool) -> None:
        """Keep the pool."""
        self._pool = pool
        self._checked = False
        self._built = 0

    async def extend(self, head: int | None = None) -> bool:
        """Build some of what the log has up to a position, or to its head; tells whether to come again at once.

        What is kept with a gap in it is built anew, from the leaves. A log with a gap has no tree beyond it.
        """
        if head is not None and self._checked and head < self._built + _WIDTH:
            return False
        before = self._built
        async with self._pool.connection() as connection, connection.transaction():
            [(locked, at)] = await _rows(connection, "lock")
            if not locked:
                self._checked = False
                return False
            if not self._checked:
                await _forget_unless_whole(connection)
                self._checked = True
            until = at if head is None else min(at, head)
            self._built = await _extend(connection, until)
        return before < self._built <= until - _WIDTH


async def _forget_unless_whole(connection: AsyncConnection[TupleRow]) -> None:
    """Forget everything that is kept where a part of it is missing."""
    kept = {level: (count, wanted) for level, count, wanted in await _rows(connection, "kept")}
    below: int | None = None
    for level in range(STEP, _TOP + 1, STEP):
        count, wanted = kept.get(level, (0, 0))
        if count != wanted or (below is not None and count != below >> STEP):
            await connection.execute(_SQL["forget"])
            return
        below = count


async def _extend(connection: AsyncConnection[TupleRow], head: int) -> int:
    """Build some groups at each level, and give how many leaves stand below the lowest level that is kept then."""
    built = below = await _lift(connection, 0, head)
    for level in range(STEP, _TOP, STEP):
        if below < _WIDTH:
            break
        below = await _lift(connection, level, below)
    return built << STEP


async def _lift(connection: AsyncConnection[TupleRow], level: int, below: int) -> int:
    """Keep the roots of groups that a level has whole, and give how many are kept then."""
    [(nth,)] = await _rows(connection, "next", level=level + STEP)
    groups = min((below >> STEP) - nth, _GROUPS_AT_ONCE)
    if groups <= 0:
        return nth
    hashes = list((await _row(connection, level, (nth << STEP, (nth + groups) << STEP))).values())
    if len(hashes) < groups << STEP:
        return nth
    roots = [reduced(hashes[at : at + _WIDTH]) for at in range(0, len(hashes), _WIDTH)]
    await connection.execute(_SQL["keep"], {"level": level + STEP, "first": nth, "hashes": roots})
    return nth + groups


async def _read(connection: AsyncConnection[TupleRow], wanted: Sequence[Subtree]) -> dict[Subtree, bytes]:
    """Read what the roots of the subtrees can be derived from: what is kept, and below it where that is missing."""
    known: dict[Subtree, bytes] = {}
    ranges: dict[int, list[Range]] = {}
    for level, nth in wanted:
        base = level - level % STEP
        ranges.setdefault(base, []).append((nth << (level - base), (nth + 1) << (level - base)))
    leaves = 0
    for level in range(max(ranges, default=0), -1, -STEP):
        for start, end in _joined(ranges.get(level, [])):
            leaves += end - start if level == 0 else 0
            if leaves > LEAVES_MAX:
                raise TreeBehindError(f"more than {LEAVES_MAX} leaves of the tree are not built yet")
            found = await _row(connection, level, (start, end))
            known.update({Subtree(level, nth): root for nth, root in found.items()})
            missing = [nth for nth in range(start, end) if nth not in found] if len(found) < end - start else []
            if missing and level == 0:
                raise LookupError(f"the log has no event at position {missing[0] + 1}")
            lower = ranges.setdefault(level - STEP, []) if missing else []
            lower += [(nth << STEP, (nth + 1) << STEP) for nth in missing]
    return known


def _joined(ranges: Sequence[Range]) -> list[Range]:
    """Join ranges that touch or overlap."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _root(part: Subtree, known: Mapping[Subtree, bytes]) -> bytes:
    """Derive the root of a subtree from what was read."""
    root = known.get(part)
    if root is None:
        level, nth = part.level - 1, 2 * part.nth
        root = node_hash(_root(Subtree(level, nth), known), _root(Subtree(level, nth + 1), known))
    return root


async def _row(connection: AsyncConnection[TupleRow], level: int, between: Range) -> dict[int, bytes]:
    """Read the roots of adjacent subtrees of a level that is kept, or leaves; those that are not there are left out."""
    start, end = between
    name = "subtrees" if level else "leaves"
    return dict(cast("list[tuple[int, bytes]]", await _rows(connection, name, level=level, start=start, end=end)))


async def _rows(connection: AsyncConnection[TupleRow], name: str, **asked: int) -> list[TupleRow]:
    cursor = await connection.execute(_SQL[name], asked, binary=True)
    return await cursor.fetchall()

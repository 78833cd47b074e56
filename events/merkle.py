"""The Merkle tree over the log: its roots, its proofs, and what a proof proves (RFC 6962, 2.1 and RFC 9162, 2.1).

Leaves are counted from 0, so that the event at position N is leaf N - 1. Hashes are SHA-256.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple, TypeAlias

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""

STEP = 8
"""Every eighth level of the tree is kept: subtrees of 256, 65,536, … leaves."""

Range: TypeAlias = tuple[int, int]
"""Leaves from the first one up to, and without, the second one."""


class Subtree(NamedTuple):
    """The complete subtree over the leaves from nth · 2^level up to (nth + 1) · 2^level."""

    level: int
    nth: int


class ProofError(Exception):
    """The proof does not prove what it should."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an interior node."""
    return sha256(b"\x01" + left + right).digest()


def folded(hashes: Sequence[bytes]) -> bytes:
    """Give the root over adjacent complete subtrees, given from left to right, each smaller than the one before."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def reduced(hashes: Sequence[bytes]) -> bytes:
    """Give the root over a power of two of adjacent complete subtrees of one size."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def subtrees(leaves: Range) -> list[Subtree]:
    """Split leaves into the largest complete subtrees, from left to right.

    They must be those under one node of a tree, as all leaves are and those that a proof hashes.
    """
    start, end = leaves
    found: list[Subtree] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append(Subtree(level, start >> level))
        start += 1 << level
    return found


def inclusion_ranges(leaf: int, size: int) -> list[Range]:
    """Give the leaves under each hash of an inclusion proof, in its order: the leaf's sibling first."""
    start, end = 0, size
    found: list[Range] = []
    while end - start > 1:
        middle = start + _left_of(end - start)
        if leaf < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """Give the leaves under each hash of a consistency proof between two sizes, in its order.

    There are none where the first tree is empty or both are the same.
    """
    if first == 0:
        return []
    start, end = 0, second
    found: list[Range] = []
    while first != end:
        middle = start + _left_of(end - start)
        if first <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    if start:
        found.append((start, end))
    return found[::-1]


def included_root(leaf: int, size: int, leaf_hash: bytes, path: Sequence[bytes]) -> bytes:
    """Give the root of the tree in which a proof shows a leaf (RFC 9162, 2.1.3.2).

    Raises ProofError where no tree of that size has such a proof.
    """
    if not 0 <= leaf < size:
        raise ProofError(f"a tree of {size} leaves has no leaf {leaf}")
    fn, sn, root = leaf, size - 1, leaf_hash
    for sibling in path:
        if sn == 0:
            raise ProofError("the proof is too long")
        if fn & 1 or fn == sn:
            root = node_hash(sibling, root)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = node_hash(root, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofError("the proof is too short")
    return root


def check_consistency(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> None:
    """Raise ProofError unless the proof shows the first tree to be the beginning of the second (RFC 9162, 2.1.4.2)."""
    if not 0 <= first <= second:
        raise ProofError(f"a tree of {first} leaves is not the beginning of one of {second}")
    if first in {0, second}:
        same = first_root == (EMPTY_ROOT if first == 0 else second_root)
        if path or not same:
            raise ProofError("the trees are not consistent")
        return
    if _consistent_roots(first, first_root, second, path) != (first_root, second_root):
        raise ProofError("the trees are not consistent")


def _consistent_roots(first: int, first_root: bytes, second: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Give the two roots that a consistency proof comes to."""
    # The root of a first tree that is a complete subtree is known, and left out of the proof.
    hashes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not hashes:
        raise ProofError("the proof is too short")
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    before = after = hashes[0]
    for other in hashes[1:]:
        if sn == 0:
            raise ProofError("the proof is too long")
        if fn & 1 or fn == sn:
            before, after = node_hash(other, before), node_hash(other, after)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            after = node_hash(after, other)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofError("the proof is too short")
    return before, after


class Frontier:
    """A tree that grows leaf by leaf, of which only the largest complete subtrees are remembered."""

    def __init__(self) -> None:
        """Begin with no leaves."""
        self.size = 0
        self._peaks: list[bytes] = []

    @property
    def root(self) -> bytes:
        """The root of the tree over all leaves so far."""
        return folded(self._peaks)

    def append(self, leaf_hash: bytes) -> Sequence[tuple[Subtree, bytes]]:
        """Take the next leaf, and give the kept subtrees that it completes, the smallest first."""
        completed: Sequence[tuple[Subtree, bytes]] = ()
        nth, level, root = self.size, 0, leaf_hash
        while nth & 1:
            root = node_hash(self._peaks.pop(), root)
            nth >>= 1
            level += 1
            if level % STEP == 0:
                completed = [*completed, (Subtree(level, nth), root)]
        self._peaks.append(root)
        self.size += 1
        return completed


def _left_of(width: int) -> int:
    """Give how many of the leaves under a node stand to its left: the largest power of two below their number."""
    return 1 << ((width - 1).bit_length() - 1)

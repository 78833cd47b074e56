"""The tree and its proofs, against the definitions of RFC 6962, published vectors and another implementation."""

from hashlib import sha256
from typing import Any, cast

import pymerkle  # pyright: ignore[reportMissingTypeStubs] -- it has no types
import pytest

from events.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    Range,
    Subtree,
    check_consistency,
    consistency_ranges,
    folded,
    included_root,
    inclusion_ranges,
    reduced,
    subtrees,
)

SIZES = 256
LEAVES = [sha256(b"\x00" + bytes([number])).digest() for number in range(SIZES)]
# The inputs and roots that implementations of Certificate Transparency test themselves with.
PUBLISHED = (
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
)


class Naive:
    """The tree as RFC 6962, 2.1 defines it, each root by recursion."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._leaves = leaves
        self._known: dict[Range, bytes] = {}

    def root(self, start: int, end: int) -> bytes:
        if start == end:
            return sha256(b"").digest()
        if (start, end) not in self._known:
            self._known[start, end] = self._hashed(start, end)
        return self._known[start, end]

    def _hashed(self, start: int, end: int) -> bytes:
        if end - start == 1:
            return self._leaves[start]
        k = self._split(end - start)
        return sha256(b"\x01" + self.root(start, start + k) + self.root(start + k, end)).digest()

    def path(self, m: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        k = self._split(end - start)
        if m < k:
            return [*self.path(m, start, start + k), self.root(start + k, end)]
        return [*self.path(m - k, start + k, end), self.root(start, start + k)]

    def subproof(self, m: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if m == end - start:
            return [] if whole else [self.root(start, end)]
        k = self._split(end - start)
        if m <= k:
            return [*self.subproof(m, start, start + k, whole=whole), self.root(start + k, end)]
        return [*self.subproof(m - k, start + k, end, whole=False), self.root(start, start + k)]

    @staticmethod
    def _split(width: int) -> int:
        k = 1
        while 2 * k < width:
            k *= 2
        return k


NAIVE = Naive(LEAVES)
ROOTS = [NAIVE.root(0, size) for size in range(SIZES + 1)]


def over(leaves: Range) -> bytes:
    """Give the root over leaves from those of the complete subtrees that they are split into."""
    return folded([NAIVE.root(nth << level, (nth + 1) << level) for level, nth in subtrees(leaves)])


def proof(ranges: list[Range]) -> list[bytes]:
    return [over(leaves) for leaves in ranges]


@pytest.fixture(scope="module")
def other_tree() -> Any:  # noqa: ANN401 - another library's, without types
    tree = cast("Any", pymerkle).InmemoryTree(algorithm="sha256")
    for number in range(SIZES):
        tree.append_entry(bytes([number]))
    return tree


def test_the_published_roots_are_ours() -> None:
    frontier = Frontier()
    assert frontier.root == EMPTY_ROOT == sha256(b"").digest()
    for number, (data, root) in enumerate(PUBLISHED):
        leaf = sha256(b"\x00" + bytes.fromhex(data)).digest()
        frontier.append(leaf)
        if number == 0:
            assert frontier.root == leaf == bytes.fromhex(root)
    leaves = [sha256(b"\x00" + bytes.fromhex(data)).digest() for data, _ in PUBLISHED]
    assert [Naive(leaves).root(0, size + 1).hex() for size in range(8)] == [root for _, root in PUBLISHED]
    assert frontier.root.hex() == PUBLISHED[-1][1]


def test_a_growing_tree_has_the_root_of_the_definition_at_every_size() -> None:
    frontier = Frontier()

    for size, leaf in enumerate(LEAVES, 1):
        frontier.append(leaf)
        assert (frontier.size, frontier.root) == (size, ROOTS[size])


def test_a_growing_tree_tells_of_every_256th_leaf_what_it_completes() -> None:
    frontier = Frontier()
    told = [completed for _ in range(256 * 256) for completed in frontier.append(LEAVES[0])]

    small = reduced(LEAVES[:1] * 256)
    assert [part for part, _ in told[:-1]] == [Subtree(8, nth) for nth in range(256)]
    assert {root for _, root in told[:-1]} == {small}
    assert told[-1] == (Subtree(16, 0), reduced([small] * 256)) == (Subtree(16, 0), frontier.root)


def test_every_leaf_is_proved_in_every_tree_of_up_to_256() -> None:
    for size in range(1, SIZES + 1):
        for leaf in range(size):
            path = proof(inclusion_ranges(leaf, size))
            assert path == NAIVE.path(leaf, 0, size)
            assert included_root(leaf, size, LEAVES[leaf], path) == ROOTS[size]


def test_every_tree_of_up_to_256_is_proved_to_be_the_beginning_of_every_larger_one() -> None:
    for second in range(1, SIZES + 1):
        for first in range(1, second + 1):
            path = proof(consistency_ranges(first, second))
            assert path == NAIVE.subproof(first, 0, second, whole=True)
            check_consistency(first, ROOTS[first], second, ROOTS[second], path)


def test_another_implementation_gives_the_same_inclusion_proofs(other_tree: Any) -> None:  # noqa: ANN401 - untyped
    for size in range(1, SIZES + 1):
        assert other_tree.get_root(size) == ROOTS[size]
        for leaf in range(size):
            theirs = other_tree.prove_inclusion(leaf + 1, size)
            assert theirs.path == [LEAVES[leaf], *proof(inclusion_ranges(leaf, size))]


def test_another_implementation_finds_our_trees_consistent(other_tree: Any) -> None:  # noqa: ANN401 - untyped
    # Its proofs are cut finer than those of the RFC, so that only the trees can be compared.
    for second in range(1, SIZES + 1):
        for first in range(1, second + 1, 5):
            other_tree.prove_consistency(first, second).verify(ROOTS[first], ROOTS[second])


def test_the_proofs_for_seven_leaves_are_those_that_the_rfc_shows() -> None:
    """RFC 6962, 2.1.3: its letters stand for these leaves."""
    b, c, d, f = (1, 2), (2, 3), (3, 4), (5, 6)
    g, h, i, j, k, l = (0, 2), (2, 4), (4, 6), (6, 7), (0, 4), (4, 7)  # noqa: E741 - the RFC's letter

    assert [inclusion_ranges(leaf, 7) for leaf in (0, 3, 4, 6)] == [[b, h, l], [c, g, l], [f, j, k], [i, k]]
    assert [consistency_ranges(first, 7) for first in (3, 4, 6)] == [[c, d, g, l], [l], [i, j, k]]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 200, 255, 256])
def test_no_proof_with_one_bit_changed_leads_to_the_root(size: int) -> None:
    for leaf in {0, size // 2, size - 1}:
        path = proof(inclusion_ranges(leaf, size))
        for changed in _changed([LEAVES[leaf], *path]):
            assert included_root(leaf, size, changed[0], changed[1:]) != ROOTS[size]


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 3), (3, 7), (4, 8), (6, 8), (128, 200), (131, 256)])
def test_no_consistency_proof_with_one_bit_changed_holds(first: int, second: int) -> None:
    path = proof(consistency_ranges(first, second))

    for changed in _changed([ROOTS[first], ROOTS[second], *path]):
        with pytest.raises(ProofError):
            check_consistency(first, changed[0], second, changed[1], changed[2:])


@pytest.mark.parametrize("size", [1, 2, 3, 8, 100])
def test_a_proof_is_for_its_own_leaf_and_size_alone(size: int) -> None:
    for leaf in range(size):
        path = proof(inclusion_ranges(leaf, size))
        for other in range(size):
            if other != leaf:
                assert _root_or_none(other, size, LEAVES[leaf], path) != ROOTS[size]
        for wrong in ([*path, LEAVES[0]], path[:-1] if path else [LEAVES[1]]):
            assert _root_or_none(leaf, size, LEAVES[leaf], wrong) != ROOTS[size]


@pytest.mark.parametrize(("leaf", "size"), [(-1, 4), (4, 4), (0, 0), (5, 4)])
def test_a_leaf_outside_the_tree_has_no_proof(leaf: int, size: int) -> None:
    with pytest.raises(ProofError, match="no leaf"):
        included_root(leaf, size, LEAVES[0], [])


def test_a_consistency_proof_of_another_length_holds_nothing() -> None:
    for first, second in ((1, 4), (3, 7), (4, 8), (5, 8), (8, 8), (0, 8)):
        path = proof(consistency_ranges(first, second))
        for wrong in ([*path, ROOTS[1]], path[:-1] if path else [ROOTS[2]]):
            with pytest.raises(ProofError):
                check_consistency(first, ROOTS[first], second, ROOTS[second], wrong)


def test_the_empty_tree_is_the_beginning_of_all_and_every_tree_of_itself() -> None:
    for second in range(SIZES + 1):
        check_consistency(0, EMPTY_ROOT, second, ROOTS[second], proof(consistency_ranges(0, second)))
        check_consistency(second, ROOTS[second], second, ROOTS[second], proof(consistency_ranges(second, second)))
    for first, before in ((0, ROOTS[1]), (3, ROOTS[2]), (4, ROOTS[4])):
        with pytest.raises(ProofError):
            check_consistency(first, before, 3, ROOTS[3], [])


def _changed(hashes: list[bytes]) -> list[list[bytes]]:
    """Give the hashes with each byte of each changed in turn."""
    return [
        [*hashes[:nth], one[:at] + bytes([one[at] ^ 1 << at % 8]) + one[at + 1 :], *hashes[nth + 1 :]]
        for nth, one in enumerate(hashes)
        for at in range(len(one))
    ]


def _root_or_none(leaf: int, size: int, leaf_hash: bytes, path: list[bytes]) -> bytes | None:
    try:
        return included_root(leaf, size, leaf_hash, path)
    except ProofError:
        return None

"""What a verification finds: one line for each thing that was looked at, and the first position that is wrong."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct


class Check(Struct, frozen=True):
    """One thing that was looked at; `position` is the first one where it is not as it should be.

    `left_out`: it was not asked for, or there is none. `not_checked`: answers are read from it, and nobody could look.
    """

    name: str
    status: Literal["ok", "failed", "left_out", "not_checked"]
    detail: str
    position: int | None = None


class Verified(Struct, frozen=True):
    """All that was looked at, over the events up to `head`; `root` is that of their Merkle tree, in hexadecimal."""

    ok: bool
    head: int
    root: str | None
    first_position: int | None
    checks: list[Check]


class Faults:
    """The first fault of each check, while the events go by."""

    def __init__(self) -> None:
        """Begin with none."""
        self._first: dict[str, tuple[int | None, str]] = {}

    def add(self, name: str, position: int | None, detail: str) -> None:
        """Note a fault, unless the check has one at an earlier position."""
        before = self._first.get(name)
        if before is None or _order(position) < _order(before[0]):
            self._first[name] = (position, detail)

    def has(self, name: str) -> bool:
        """Tell whether a check has a fault."""
        return name in self._first

    def check(self, name: str, fine: str) -> Check:
        """Give the outcome of a check; `fine` says what was looked at."""
        if name not in self._first:
            return Check(name, "ok", fine)
        position, detail = self._first[name]
        return Check(name, "failed", detail, position)


def verified(checks: Iterable[Check], head: int, root: bytes | None) -> Verified:
    """Sum up."""
    found = list(checks)
    positions = [check.position for check in found if check.position is not None]
    return Verified(
        ok=all(check.status in {"ok", "left_out"} for check in found),
        head=head,
        root=None if root is None else root.hex(),
        first_position=min(positions, default=None),
        checks=found,
    )


def _order(position: int | None) -> float:
    """Order faults: those at no position come last."""
    return float("inf") if position is None else position

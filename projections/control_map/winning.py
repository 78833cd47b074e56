"""Which of the statements about one place wins, and whether others contest it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from projections.control_map.facts import Dispute, Statement

Kin = Callable[[str, str], bool]
Status = Literal["held", "contested", "vacated", "unknown"]


class State(Struct, frozen=True, gc=False):
    """Who is reported to hold a place: the statements that say so, the winner first, and what disputes them."""

    status: Status
    controllers: tuple[str, ...]
    statements: tuple[Statement, ...]
    disputes: tuple[Dispute, ...] = ()

    @property
    def winner(self) -> Statement:
        """The statement that wins, where several do the one told by the last tie-break."""
        return self.statements[0]


class Voices:
    """What each claimant says last of one place, as statements are added in order of their start."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._said: dict[str, list[Statement]] = {}

    def add(self, new: Statement) -> None:
        """Take a statement in.

        "One claimant's later publication replaces its earlier" where their starts overlap at their precision.
        Of starts that do not overlap the later wins, so what its claimant published before it is over too.
        """
        said = self._said.get(new.claimant)
        if said is None:
            self._said[new.claimant] = [new]
        elif not any(_replaces(old, new) for old in said):
            self._said[new.claimant] = [old for old in said if not (_replaces(new, old) or follows(new, old))] + [new]

    @property
    def standing(self) -> Sequence[Statement]:
        """What stands, claimant by claimant."""
        return [statement for said in self._said.values() for statement in said]


def _replaces(newer: Statement, older: Statement) -> bool:
    if newer.published_at <= older.published_at or not newer.overlaps(older):
        return False
    # One who says again that it is held, but not since when, takes nothing back.
    return newer.start is not None or (newer.holder, newer.status) != (older.holder, older.status)


def follows(newer: Statement, older: Statement) -> bool:
    """Tell whether a claimant that said the older has since told of a later start, and so says the older no more."""
    return newer.claimant == older.claimant and newer.low > older.high and newer.published_at >= older.published_at


def judge(statements: Sequence[Statement], disputes: Mapping[str, Sequence[Dispute]], kin: Kin) -> State:
    """Say who holds a place by the statements that stand about it, at least one.

    "The latest start" wins; starts that overlap with the latest at their precision win with it, unless beaten.
    "Only the winner's own `contested` or dispute counts, until an assessment, withdrawal or later statement
    resolves it": an adopted claim among those that win or contest decides alone.
    """
    if len(statements) == 1:
        return alone(statements[0], disputes)
    latest = max(statement.low for statement in statements)
    winners = _unbeaten([statement for statement in statements if statement.high >= latest], kin)
    first = _foremost(winners)
    contenders = [
        *winners,
        *(other for other in statements if other not in winners and _contests(other, first, kin)),
    ]
    if adopted := [statement for statement in contenders if statement.adopted]:
        winners = contenders = adopted
        first = _foremost(adopted)
    disputed = [dispute for statement in winners for dispute in _denials(statement, disputes)]
    ordered = (first, *sorted((other for other in contenders if other is not first), key=_order))
    return _state(ordered, tuple(disputed), kin)


def alone(statement: Statement, disputes: Mapping[str, Sequence[Dispute]]) -> State:
    """Say who holds a place by the one statement that stands about it."""
    denials = _denials(statement, disputes)
    holders = () if statement.holder is None else (statement.holder,)
    return State("contested" if denials else statement.status, holders, (statement,), denials)


def _denials(statement: Statement, disputes: Mapping[str, Sequence[Dispute]]) -> tuple[Dispute, ...]:
    return () if statement.adopted or statement.id not in disputes else tuple(disputes[statement.id])


def _state(statements: tuple[Statement, ...], disputes: tuple[Dispute, ...], kin: Kin) -> State:
    first = statements[0]
    if not disputes and first.status != "contested" and _agree(statements, kin):
        return State(first.status, () if first.holder is None else (first.holder,), statements)
    holders = sorted({statement.holder for statement in statements if statement.holder is not None})
    return State("contested", tuple(holders), statements, disputes)


def _agree(statements: Sequence[Statement], kin: Kin) -> bool:
    """Tell whether all say the same: "different holders (or `vacated` against `held`) → `contested`"."""
    return all(
        not _rivals(one, other, kin) and other.status != "contested"
        for number, one in enumerate(statements)
        for other in statements[number + 1 :]
    )


def _unbeaten(group: Sequence[Statement], kin: Kin) -> Sequence[Statement]:
    """Give those of overlapping starts that none comes after: "a change whose `from` is the other's holder" does.

    Where that closes into a circle nobody can say which came last, so that all of them stand.
    """
    unbeaten = [one for one in group if not any(other is not one and comes_after(other, one, kin) for other in group)]
    return unbeaten or [one for one in group if one.from_party is not None]


def comes_after(change: Statement, other: Statement, kin: Kin) -> bool:
    """Tell whether a change takes a place from the other's holder, and not the other from the change's."""
    return _takes_from(change, other, kin) and not _takes_from(other, change, kin)


def _takes_from(change: Statement, other: Statement, kin: Kin) -> bool:
    return change.from_party is not None and other.holder is not None and kin(change.from_party, other.holder)


def _contests(claim: Statement, winner: Statement, kin: Kin) -> bool:
    """Tell whether a "rival's claim with `through` (default: its publication) at or after the winner's start" it is."""
    return (
        claim.through is not None
        and claim.through >= winner.starts_at
        and claim.status != "contested"
        and _rivals(claim, winner, kin)
    )


def _rivals(one: Statement, other: Statement, kin: Kin) -> bool:
    """Tell whether two statements cannot both be so: "a party and its parent are not rivals"."""
    if one.holder is None or other.holder is None:
        return one.holder is not other.holder
    return not kin(one.holder, other.holder)


def _foremost(statements: Iterable[Statement]) -> Statement:
    """Give the one with the latest start; "last tie-break: the smaller claim or occurrence id, never arrival"."""
    return min(statements, key=_order)


def _order(statement: Statement) -> tuple[float, str, str]:
    return (-statement.low.timestamp(), statement.id, statement.place)

"""Ranges of people, and what may be done with them: compare, add, and take what remains."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Literal

from msgspec import Struct, structs

from events.values import Count

BestRule = Literal["assessed", "common", "smallest", "mixed"]
Bound = Literal["low", "best", "high"]

_NO_CLAIMS: frozenset[str] = frozenset()
_NO_BOUNDS: frozenset[Bound] = frozenset()
_UNBOUNDED = float("inf")
_BOUNDS: tuple[Bound, ...] = ("low", "best", "high")
_UNSTATED: Mapping[tuple[bool, ...], frozenset[Bound]] = {
    missing: frozenset(bound for bound, is_missing in zip(_BOUNDS, missing, strict=True) if is_missing)
    for missing in product((False, True), repeat=len(_BOUNDS))
}


class Figure(Struct, frozen=True):
    """A range of people; a bound that is None is not stated, or open.

    `unstated` names the bounds that something in it does not state. `in_words` counts the accounts in it that give
    words alone. `voiced` is False where an analyst speaks and no claimant. `claims` are the ids it rests on.
    """

    low: int | None = None
    best: int | None = None
    high: int | None = None
    open_ended: bool = False
    best_rule: BestRule = "common"
    contested: bool = False
    bounds_inconsistent: bool = False
    unstated: frozenset[Bound] = frozenset()
    in_words: int = 0
    voiced: bool = True
    claims: frozenset[str] = _NO_CLAIMS

    @property
    def silent(self) -> bool:
        """Tell whether it states nothing of a number, not even that there is no end to it: words alone."""
        return not self.open_ended and self.low is None and self.best is None and self.high is None

    @property
    def floor(self) -> int | None:
        """The fewest it speaks of: its low, else its best."""
        return self.best if self.low is None else self.low

    @property
    def ceiling(self) -> int | None:
        """The most it speaks of, where that is stated: its high, else its best, else its low."""
        if self.open_ended:
            return None
        return self.high if self.high is not None else self.best if self.best is not None else self.low


ZERO = Figure(0, 0, 0)


def stated(count: Count, claims: frozenset[str], *, assessed: bool = False) -> Figure:
    """Give the figure of one account: "a missing best counts as its low"; "open if any is" leaves no high."""
    best = count.low if count.best is None else count.best
    high = None if count.open_ended else count.high
    silent = not count.open_ended and count.low is None and best is None and high is None
    return Figure(
        low=count.low,
        best=best,
        high=high,
        open_ended=count.open_ended,
        best_rule="assessed" if assessed else "common",
        bounds_inconsistent=not count.consistent,
        unstated=_unstated(count.low, best, high, open_ended=count.open_ended),
        in_words=1 if silent else 0,
        voiced=not assessed,
        claims=claims,
    )


def summed(figures: Iterable[Figure]) -> Figure:
    """Add figures of different people.

    "Sums use bounds as stated": inconsistent ones are kept, and a low or high that one of them does not state is
    not stated of the sum. `best` leaves out what states neither best nor low. Words alone add nothing but their mark.
    """
    parts = list(figures)
    if len(parts) == 1:
        return parts[0]
    speaking = [figure for figure in parts if not figure.silent]
    counted = speaking or parts
    open_ended = any(figure.open_ended for figure in parts)
    return Figure(
        low=_all_of([figure.low for figure in speaking]),
        best=_any_of([figure.best for figure in speaking]),
        high=None if open_ended else _all_of([figure.high for figure in speaking]),
        open_ended=open_ended,
        best_rule=_rule(counted, "mixed"),
        contested=any(figure.contested for figure in parts),
        bounds_inconsistent=any(figure.bounds_inconsistent for figure in parts),
        unstated=_NO_BOUNDS.union(*(figure.unstated for figure in counted)),
        in_words=sum(figure.in_words for figure in parts),
        voiced=any(figure.voiced for figure in parts),
        claims=_NO_CLAIMS.union(*(figure.claims for figure in parts)),
    )


def compared(figures: Sequence[Figure], *, denied: bool = False) -> Figure:
    """Compare several accounts of the same people.

    "low = smallest low, high = largest high (open if any is), best = assessed, else the common best, else the
    smallest (a missing best counts as its low); `best_rule` says which." Beside accounts that state a bound, one
    that does not is taken at its best. "`contested` if … ranges do not overlap"; with `denied` one of the accounts
    is a denial: "contested if another's low ≥ 1".
    """
    if len(figures) == 1:
        return figures[0]
    speaking = [figure for figure in figures if not figure.silent]
    ranges = [figure for figure in speaking if figure.voiced] or speaking
    best, rule = _best(speaking, ranges)
    low = min((figure.floor for figure in ranges if figure.floor is not None), default=None)
    low = None if all(figure.low is None for figure in ranges) else low
    open_ended = any(figure.open_ended for figure in ranges)
    ceilings = [figure.ceiling for figure in ranges if figure.ceiling is not None]
    high = None if open_ended or all(figure.high is None for figure in ranges) else max(ceilings)
    if rule == "assessed" and best is not None:
        # The range holds what the analyst found, also where no claimant went so far.
        low, high = None if low is None else min(low, best), None if high is None else max(high, best)
    apart = _apart(ranges) or (denied and any((figure.floor or 0) >= 1 for figure in ranges))
    return Figure(
        low=low,
        best=best,
        high=high,
        open_ended=open_ended,
        best_rule=rule,
        contested=apart or any(figure.contested for figure in figures),
        bounds_inconsistent=any(figure.bounds_inconsistent for figure in figures),
        unstated=_unstated(low, best, high, open_ended=open_ended),
        in_words=sum(figure.in_words for figure in figures),
        voiced=any(figure.voiced for figure in figures),
        claims=_NO_CLAIMS.union(*(figure.claims for figure in figures)),
    )


def remainder(whole: Figure, parts: Figure) -> Figure | None:
    """Give what a whole has beyond its parts, None where it has nothing.

    "What the total has beyond them is row `unallocated`; bounds that only the total states are null there."
    """
    if parts.silent:
        return whole
    low, best, high = _beyond(whole.low, parts.low), _beyond(whole.best, parts.best), _beyond(whole.high, parts.high)
    if not any((low, best, high)) and not (whole.open_ended and not parts.open_ended):
        return None
    return structs.replace(
        whole,
        low=low,
        best=best,
        high=high,
        unstated=_unstated(low, best, high, open_ended=whole.open_ended),
    )


def _unstated(low: int | None, best: int | None, high: int | None, *, open_ended: bool) -> frozenset[Bound]:
    return _UNSTATED[low is None, best is None, high is None and not open_ended]


def _rule(figures: Sequence[Figure], several: BestRule) -> BestRule:
    rules: set[BestRule] = {figure.best_rule for figure in figures}
    return rules.pop() if len(rules) == 1 else several


def _best(speaking: Sequence[Figure], ranges: Sequence[Figure]) -> tuple[int | None, BestRule]:
    assessed = [figure.best for figure in speaking if not figure.voiced and figure.best is not None]
    if assessed:
        return min(assessed), "assessed"
    bests = {figure.best for figure in ranges if figure.best is not None}
    if len(bests) > 1:
        return min(bests), "smallest"
    return min(bests, default=None), _rule(ranges, "common")


def _apart(ranges: Sequence[Figure]) -> bool:
    """Tell whether two of the ranges do not overlap."""
    floors = [figure.floor for figure in ranges if figure.floor is not None]
    return bool(floors) and max(floors) > min(_reach(figure) for figure in ranges)


def _reach(figure: Figure) -> float:
    if figure.open_ended:
        return _UNBOUNDED
    if figure.high is not None:
        return figure.high
    # A low alone says nothing of how many more there may be; a best alone is the account's whole range.
    return figure.best if figure.low is None and figure.best is not None else _UNBOUNDED


def _all_of(bounds: Sequence[int | None]) -> int | None:
    known = [bound for bound in bounds if bound is not None]
    return sum(known) if known and len(known) == len(bounds) else None


def _any_of(bounds: Sequence[int | None]) -> int | None:
    known = [bound for bound in bounds if bound is not None]
    return sum(known) if known else None


def _beyond(whole: int | None, parts: int | None) -> int | None:
    """Subtract; what was counted both ways is never taken below nobody."""
    return None if whole is None or parts is None else max(0, whole - parts)

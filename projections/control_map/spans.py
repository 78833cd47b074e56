"""Who was reported to hold one place over time, by the statements about itself and the changes around it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, pairwise

from msgspec import Struct

from projections.control_map.facts import Dispute, Statement
from projections.control_map.winning import Kin, State, Voices, alone, comes_after, follows, judge


class Span(Struct, frozen=True, gc=False):
    """From `at` on, by the statement that then began to count, the state is this, until the next span."""

    at: datetime
    by: Statement
    state: State


def spans_of(
    own: Sequence[Statement],
    around: Sequence[Statement],
    disputes: Mapping[str, Sequence[Dispute]],
    kin: Kin,
) -> list[Span]:
    """Give the spans since the first statement about the place itself, oldest first.

    `own` are the statements about the place, `around` the changes of what it lies in that do not exclude it, the
    nearest first. Each span is made from the statements whose start has come, so that a later `as_of` never changes
    an earlier span.
    """
    ordered = sorted(own, key=_order)
    if not around and all(follows(later, earlier) for earlier, later in pairwise(ordered)):
        # One voice that tells one thing after the other, as a control log does.
        return [Span(statement.starts_at, statement, alone(statement, disputes)) for statement in ordered]
    voices = Voices()
    spans: list[Span] = []
    pending: list[Statement] = []
    for at, arriving, changes in _arrivals(ordered, around):
        pending += changes
        for statement in arriving:
            voices.add(statement)
        if not arriving and not spans:
            continue
        before = arriving or [spans[-1].by]
        state = judge(voices.standing, disputes, kin) if arriving else spans[-1].state
        moved: list[Statement] = []
        while (change := next((one for one in pending if _moves(one, state, kin)), None)) is not None:
            pending.remove(change)
            moved.append(change)
            voices.add(change)
            state = judge(voices.standing, disputes, kin)
        pending = [one for one in pending if one.high >= state.winner.low]
        if arriving or moved:
            spans.append(Span(at, state.winner if state.winner.starts_at == at else [*moved, *before][0], state))
    return spans


def _moves(change: Statement, state: State, kin: Kin) -> bool:
    """Tell whether a change of what a place lies in moves the place too.

    "A later `control_change` of an ancestor also moves P if P's holder was its `from` and P is not excluded." Of
    starts that overlap, the change that takes the place from its holder is the later.
    """
    winner = state.winner
    taken_from = change.from_party
    if taken_from is None or not state.controllers or change.high < winner.low:
        return False
    if not all(kin(taken_from, holder) for holder in state.controllers):
        return False
    return change.low > winner.high or comes_after(change, winner, kin)


def _arrivals(
    own: Sequence[Statement], around: Sequence[Statement]
) -> Iterator[tuple[datetime, list[Statement], list[Statement]]]:
    """Give the moments at which statements begin to count, and those about the place and around it that do."""
    entries = [(one, True) for one in own] + [(one, False) for one in around]
    for at, arriving in groupby(sorted(entries, key=_moment), key=_moment):
        together = list(arriving)
        yield at, [one for one, is_own in together if is_own], [one for one, is_own in together if not is_own]


def _moment(entry: tuple[Statement, bool]) -> datetime:
    return entry[0].starts_at


def _order(statement: Statement) -> tuple[datetime, str, str]:
    return statement.starts_at, statement.id, statement.place

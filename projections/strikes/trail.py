"""The strikes of a window, each with its place in it and what it shares with the one before."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from msgspec import Struct, structs

from projections.registry_view import RegistryView
from projections.strikes.answers import StrikeInWindow, strike_of
from projections.strikes.matching import StrikeQuery, StrikeRow, areas, areas_shared, tz_of
from projections.strikes.told import Told
from projections.strikes.windows import Window


class Step(Struct, frozen=True):
    """A strike of a window and the one before it under the same filter, which may lie outside the window."""

    ordinal: int
    strike: StrikeRow
    previous: StrikeRow | None


def steps(strikes: Sequence[StrikeRow], window: Window, tz: str) -> list[Step]:
    """Give the strikes of a window out of all that fit a filter, which are given in order."""
    inside = [
        (strike, previous)
        for previous, strike in pairwise([None, *strikes])
        if strike is not None and window.first <= strike.day_in(tz) <= window.last
    ]
    return [Step(ordinal, strike, previous) for ordinal, (strike, previous) in enumerate(inside, 1)]


def in_window(step: Step, told: Mapping[int, Told], query: StrikeQuery, registry: RegistryView) -> StrikeInWindow:
    """Put together what is answered about one strike of a window."""
    strike = strike_of(step.strike, told[step.strike.number], query, registry)
    previous = step.previous
    return StrikeInWindow(
        **structs.asdict(strike),
        ordinal=step.ordinal,
        previous=None if previous is None else previous.occurrence,
        days_since_previous=None if previous is None else _days_between(previous, step.strike, tz_of(query, registry)),
        areas_shared_with_previous=()
        if previous is None
        else areas_shared(strike.areas, areas(previous.target_places, query.level, registry), registry),
    )


def _days_between(previous: StrikeRow, strike: StrikeRow, tz: str) -> int:
    first: date = previous.day_in(tz)
    return (strike.day_in(tz) - first).days

"""What tests of casualty tallies share: claims in one line, and tallies of folded occurrences without a database."""

from collections.abc import Iterable
from typing import Literal, get_args

from events.claims import CasualtiesClaim
from events.known import as_known
from events.occurrence import Occurrence
from events.occurrence_events import ClaimMade
from events.values import Count
from events.words import Effect, Scope, Status
from projections.casualties.answers import CasualtyRow
from projections.casualties.question import CasualtyQuery
from projections.casualties.rollup import Rollup, tallied
from projections.casualties.rows import CASUALTIES, VOICES
from projections.casualties.voices import (
    OCCASION_COLUMNS,
    VOICE_COLUMNS,
    Occasion,
    OccasionColumns,
    Voice,
    VoiceColumns,
)
from projections.clocks import Clocks
from projections.registry_view import RegistryView
from tests.cases import RECORDED_AT, cited, claim, registry

_MIDDLE, _END = len(OCCASION_COLUMNS), len(OCCASION_COLUMNS) + len(VOICE_COLUMNS)
NOBODY_REGISTERED = registry()


def exactly(number: int) -> Count:
    return Count(low=number, best=number, high=number)


def at_least(number: int) -> Count:
    return Count(low=number, open_ended=True)


def people(
    count: Count | int | None,
    *affected: str,
    effect: Effect = "killed",
    status: Status = "unspecified",
    scope: Scope = "part",
    where: str | None = None,
) -> CasualtiesClaim:
    if isinstance(count, int):
        count = exactly(count)
    return CasualtiesClaim(
        scope=scope, affected=affected, status=status, effect=effect, count=count or Count(), place=where
    )


def says(name: str, content: CasualtiesClaim, by: str, report: str | None = None, on: str = "2020-11-25") -> ClaimMade:
    """Claim by `source:<by>` in its report `<by>-1`, unless another is named."""
    return claim(name, content, f"source:{by}", cited(report or f"{by}-1", on))


def told(occurrences: Iterable[Occurrence], known_at: str | None = None) -> list[tuple[Occasion, list[Voice]]]:
    """Give what the rows of occurrences say of each, as the statement that selects them would."""
    clocks = Clocks(position=1, now=RECORDED_AT, known_at=known_at)
    found: list[tuple[Occasion, list[Voice]]] = []
    for occurrence in occurrences:
        view = as_known(occurrence, clocks.known)
        rows = [] if view is None else [row.values for row in CASUALTIES.rows(view) if row.table == VOICES.name]
        if rows:
            occasion = OccasionColumns(*rows[0][:_MIDDLE]).occasion(occurrence.number)  # pyright: ignore[reportArgumentType]  the columns as selected
            voices = [VoiceColumns(*row[_MIDDLE:_END]).voice for row in rows]  # pyright: ignore[reportArgumentType]  the columns as selected
            found.append((occasion, voices))
    return found


def tally(
    occurrences: Iterable[Occurrence],
    query: CasualtyQuery | None = None,
    view: RegistryView = NOBODY_REGISTERED,
    known_at: str | None = None,
) -> Rollup:
    return tallied(query or CasualtyQuery(), told(occurrences, known_at), view, {})


Range = tuple[int | None, int | None, int | None]


def of(rows: Iterable[CasualtyRow], effect: Effect = "killed") -> CasualtyRow:
    """Give the only row of an effect."""
    (found,) = [row for row in rows if row.effect == effect]
    return found


def total(rollup: Rollup, effect: Effect = "killed") -> Range:
    """Give low, best and high of the total."""
    row = of(rollup.totals(), effect)
    return row.low, row.best, row.high


def by(
    rollup: Rollup, member: Literal["affected_party", "status", "place", "claimant", "attacker"]
) -> dict[tuple[object, Effect], Range]:
    """Give low, best and high of each row by one thing that is grouped by, and effect."""
    return {(getattr(row, member), row.effect): (row.low, row.best, row.high) for row in rollup.rows()}


EFFECTS: tuple[Effect, ...] = get_args(Effect)

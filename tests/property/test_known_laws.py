"""Laws of an occurrence as known: when it is told of changes no answer, only what is told and when it was published."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from events import occurrence_events as said
from events.claims import CasualtiesClaim
from events.details import Explosion
from events.known import Known, as_known, segments
from events.occurrence import Occurrence
from events.values import Citation, Count, Interval
from tests.cases import folded

FIRST_DAY = datetime(2020, 11, 1, tzinfo=UTC)
days = st.integers(0, 12).map(lambda day: FIRST_DAY + timedelta(days=day))


def citation(published_at: datetime, report: str = "r") -> Citation:
    return Citation(report=report, published_at=published_at)


def made(number: int, published_at: datetime) -> said.ClaimMade:
    return said.ClaimMade(
        claim=f"mine.c{number}",
        content=CasualtiesClaim(effect="killed", count=Count(best=number)),
        claimant="source:s",
        citation=citation(published_at),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[said.OccurrenceReported, list[said.OccurrenceEvent]]:
    """Draw an occurrence and what is said of it later: claims made and retold, citations, corrections."""
    first = said.OccurrenceReported(
        details=Explosion(device="mine"), occurred=Interval(), claimant="source:s", citation=citation(draw(days))
    )
    claims = [made(number, draw(days)) for number in range(draw(st.integers(0, 4)))]
    cited = [said.OccurrenceCited(citation=citation(draw(days), f"r{number}")) for number in range(2)]
    changes = said.Changes(details=Explosion(device="ied"))
    amended = [said.OccurrenceAmended(changes=changes, reason="seen", published_at=draw(days))]
    return first, [*claims, *cited, *amended]


def seen(occurrence: Occurrence, at: datetime) -> object:
    """Give what is known at a moment, without the positions that tell the order of arrival."""
    view = as_known(occurrence, at)
    return None if view is None else _without_positions(view)


def _without_positions(view: Known) -> object:
    claims = [(claim.id, claim.content, claim.published_at, claim.ended) for claim in view.claims]
    reports = [cited.citation for cited in view.citations]
    return view.details, reports, claims, view.published_at, view.retracted


@given(histories(), st.randoms(use_true_random=False), days)
def test_the_order_of_arrival_changes_nothing(
    history: tuple[said.OccurrenceReported, list[said.OccurrenceEvent]], chance: Random, at: datetime
) -> None:
    first, later = history
    shuffled = list(later)
    chance.shuffle(shuffled)
    assert seen(folded("mine", [first, *later]), at) == seen(folded("mine", [first, *shuffled]), at)


@given(histories(), days)
def test_each_span_shows_what_is_known_anywhere_inside_it(
    history: tuple[said.OccurrenceReported, Sequence[said.OccurrenceEvent]], at: datetime
) -> None:
    first, later = history
    occurrence = folded("mine", [first, *later])
    holding = [span.view for span in segments(occurrence) if span.known_from <= at < span.known_to]
    assert [as_known(occurrence, at)] == (holding or [None])


@given(histories())
def test_spans_follow_one_another_without_gap_to_the_end_of_time(
    history: tuple[said.OccurrenceReported, Sequence[said.OccurrenceEvent]],
) -> None:
    first, later = history
    spans = segments(folded("mine", [first, *later]))
    assert all(before.known_to == after.known_from for before, after in pairwise(spans))
    assert spans[-1].known_to.year == 9999

"""Laws of what is merged, retracted and retold, over every answer's rows and histories made by chance."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import occurrence_events as o
from events.codec import Event
from events.known import segments
from events.occurrence import At, Occurrence, begin, evolve
from events.values import Citation
from projections.catalogue import CATALOGUE
from projections.table import OccurrenceProjection, Row
from tests.cases import RECORDED_AT, moment
from tests.histories import Chance

PROJECTIONS = CATALOGUE.occurrences
COUNTING = [one for one in PROJECTIONS if one.name in {"casualties", "strikes", "hazards", "displacement"}]
NUMBERS_ASIDE = {"citations", "reports", "published_at", "links", "quotes"}
"""Columns in which a retelling shows: who told it, and when."""

LAW = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 100_000)
Spans = list[tuple[datetime, list[Row]]]


def streams(seed: int) -> list[tuple[str, list[Event]]]:
    found: dict[str, list[Event]] = {}
    for stream, _, event in Chance(seed).say(90):
        if stream.startswith("occurrence-"):
            found.setdefault(stream.removeprefix("occurrence-"), []).append(event)
    return list(found.items())


def folded(name: str, events: Sequence[Event]) -> Occurrence:
    first, *others = events
    assert isinstance(first, o.OccurrenceReported)
    state = begin(name, first, At(1, RECORDED_AT))
    for position, event in enumerate(others, 2):
        assert isinstance(event, o.OccurrenceEvent)
        state = evolve(state, event, At(position, RECORDED_AT))
    return state


def spans(projection: OccurrenceProjection, name: str, events: Sequence[Event]) -> Spans:
    """Give the rows over published time, span after span that differs from the one before."""
    found: Spans = []
    for segment in segments(folded(name, events)):
        rows = sorted(projection.rows(segment.view), key=lambda row: (row.table, row.key))
        if not found or found[-1][1] != rows:
            found.append((segment.known_from, rows))
    return found


def merged(into: str) -> o.OccurrenceMerged:
    return o.OccurrenceMerged(into=into, reason="the same")


@LAW
@given(seeds)
@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)
def test_merge_and_unmerge_leave_everything_as_it_was(projection: OccurrenceProjection, seed: int) -> None:
    for name, said in streams(seed):
        before = spans(projection, name, [*said, o.OccurrenceUnmerged()])
        after = spans(projection, name, [*said, merged("another"), o.OccurrenceUnmerged()])
        assert after == before


@LAW
@given(seeds)
@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)
def test_what_counts_for_both_is_told_as_before(projection: OccurrenceProjection, seed: int) -> None:
    for name, said in streams(seed):
        absorbing = o.OccurrenceMerged(into=name, reason="the same", absorbed="another")
        assert spans(projection, name, [*said, absorbing]) == spans(projection, name, said)


@LAW
@given(seeds)
@pytest.mark.parametrize("projection", COUNTING, ids=lambda one: one.name)
def test_what_is_merged_counts_nowhere_at_any_known_at(projection: OccurrenceProjection, seed: int) -> None:
    for name, said in streams(seed):
        assert [rows for _, rows in spans(projection, name, [*said, merged("another")])] in ([[]], [])


@LAW
@given(seeds)
@pytest.mark.parametrize("projection", COUNTING, ids=lambda one: one.name)
def test_what_is_retracted_counts_from_then_on_nowhere_and_before_as_it_did(
    projection: OccurrenceProjection, seed: int
) -> None:
    at = moment("2020-11-15")
    for name, said in streams(seed):
        known = [event for event in said if not isinstance(event, o.OccurrenceRetracted | o.OccurrenceReinstated)]
        gone = spans(projection, name, [*known, o.OccurrenceRetracted(reason="false", published_at=at)])
        assert all(rows == [] for start, rows in gone if start >= at)
        before = [span for span in spans(projection, name, known) if span[0] < at]
        assert [span for span in gone if span[0] < at] == before


@LAW
@given(seeds)
@pytest.mark.parametrize("projection", COUNTING, ids=lambda one: one.name)
def test_a_retelling_changes_no_number(projection: OccurrenceProjection, seed: int) -> None:
    for name, said in streams(seed):
        again = Citation(report="retold", published_at=moment("2020-12-24"))
        claims = [event.claim for event in said if isinstance(event, o.ClaimMade)]
        retold = [o.OccurrenceCited(citation=again), *(o.ClaimCited(claim=claim, citation=again) for claim in claims)]
        assert _numbers(projection, name, [*said, *retold]) == _numbers(projection, name, said)


def _numbers(projection: OccurrenceProjection, name: str, events: Sequence[Event]) -> list[object]:
    tables = {table.name: table.columns for table in projection.tables}
    found: list[object] = []
    for _, rows in spans(projection, name, events)[-1:]:
        for row in rows:
            told = zip(tables[row.table], row.values, strict=True)
            found.append((row.table, row.key, [_bare(value) for name, value in told if name not in NUMBERS_ASIDE]))
    return found


def _bare(value: object) -> object:
    """Take a retelling's traces out of what is kept as JSON."""
    if isinstance(value, str) and value.startswith("{"):
        told = msgspec.json.decode(value, type=dict[str, object])
        return {name: member for name, member in told.items() if name not in NUMBERS_ASIDE}
    return value

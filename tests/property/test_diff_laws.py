"""Laws of folding pages into rectangles: however the log is cut, the tables are the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from events.log import RecordedEvent
from events.times import FOREVER
from projections.catalogue import CATALOGUE
from projections.diff import EVER, Batch, Record, over_time
from projections.page import PageFold, Target
from projections.sent import sent_together
from projections.subjects import Subject
from projections.table import OPEN, Row
from tests.histories import Chance, recorded, together

Tables = dict[tuple[str, str], list[Record]]

_ROWS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 1), max_size=3)
_MOMENTS = [EVER + timedelta(days=day) for day in range(8)]


def _fold(events: Sequence[RecordedEvent], cuts: Sequence[int]) -> Tables:
    """Fold page after page, each from what earlier ones wrote; it ends with the last request that is whole at a cut."""
    tables: Tables = {}
    start = 0
    for end in [*cuts, len(events)]:
        page = sent_together(events[start:end], goes_on=end < len(events))
        reached = page[-1].last if page else start
        targets = [Target(projection, 1, start, reached) for projection in CATALOGUE.projections]
        fold = PageFold(CATALOGUE, targets)
        subjects: dict[str, Subject] = {}
        for sent in page:
            for stream in sent.streams:
                if stream not in subjects:
                    told = [one for one in events[:start] if one.stream == stream]
                    if (subject := fold.recall(stream, told)) is not None:
                        subjects[stream] = subject
            fold.take(subjects, sent)
        for projection in CATALOGUE.projections:
            for table in projection.tables:
                _apply(tables.setdefault((projection.name, table.name), []), fold.batches[projection.name], table.name)
        start = reached
    return tables


def _requests(seed: int, count: int) -> list[RecordedEvent]:
    """Give what a seed says, sent in requests of one event or several."""
    return recorded(list(chain.from_iterable(together(Chance(seed).say(count), Random(seed)))))


def _apply(records: list[Record], batch: Batch, table: str) -> None:
    for closed in batch.closed(table):
        [held] = [
            record
            for record in records
            if record[:3] == (closed.number, closed.key, closed.known_from) and record[5] == OPEN
        ]
        records[records.index(held)] = (*held[:5], closed.to_position, *held[6:])
    records += batch.opened(table)


def _sorted(tables: Tables) -> Mapping[tuple[str, str], list[str]]:
    return {name: sorted(map(repr, records)) for name, records in tables.items()}


def _at(tables: Tables, position: int) -> Mapping[tuple[str, str], list[str]]:
    """Give what answers at a position, without the positions."""
    return {
        name: sorted(
            repr((record[:4], record[6:]))
            for record in records
            if isinstance(record[4], int) and isinstance(record[5], int) and record[4] <= position < record[5]
        )
        for name, records in tables.items()
    }


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=st.sets(st.integers(1, 59)))
def test_pages_of_any_size_give_the_same_tables(seed: int, cuts: set[int]) -> None:
    events = _requests(seed, 60)

    assert _sorted(_fold(events, sorted(cuts))) == _sorted(_fold(events, []))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), position=st.integers(1, 60))
def test_what_holds_at_a_position_is_the_fold_of_the_requests_up_to_it(seed: int, position: int) -> None:
    events = _requests(seed, 60)
    whole = [sent.last for sent in sent_together(events, goes_on=False) if sent.last <= position]
    up_to_it = events[: max(whole, default=0)]

    assert _at(_fold(events, [30]), position) == _at(_fold(up_to_it, []), position)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), position=st.integers(1, 60))
def test_what_was_sent_alone_holds_from_its_own_position_on(seed: int, position: int) -> None:
    events = recorded(Chance(seed).say(60))

    assert _at(_fold(events, [30]), position) == _at(_fold(events[:position], []), position)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_holds_at_the_head_does_not_hang_on_what_was_sent_together(seed: int) -> None:
    said = list(chain.from_iterable(together(Chance(seed).say(60), Random(seed))))
    apart = [(stream, version, structs.replace(event, request=None)) for stream, version, event in said]

    assert _of_occurrences(_at(_fold(recorded(said), []), 60)) == _of_occurrences(_at(_fold(recorded(apart), []), 60))


def _of_occurrences(tables: Mapping[tuple[str, str], list[str]]) -> Mapping[tuple[str, str], list[str]]:
    """Leave out what is registered, whose state tells of its request."""
    return {name: rows for name, rows in tables.items() if name[0] != "registry"}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_two_rows_of_a_key_answer_for_the_same_moment_and_position(seed: int) -> None:
    for name, records in _fold(_requests(seed, 80), []).items():
        for nth, one in enumerate(records):
            for other in records[:nth]:
                if one[:2] == other[:2]:
                    assert not (_overlap(one, other, 2) and _overlap(one, other, 4)), name


def _overlap(one: Record, other: Record, start: int) -> bool:
    return bool(one[start] < other[start + 1] and other[start] < one[start + 1])  # pyright: ignore[reportOperatorIssue, reportUnknownArgumentType]


@given(st.lists(_ROWS, max_size=7))
def test_merging_spans_loses_nothing_and_leaves_nothing_to_merge(spans: list[dict[str, int]]) -> None:
    edges: list[datetime] = [*_MOMENTS[: len(spans)], FOREVER]
    told = [
        (edges[nth], edges[nth + 1], [Row("t", key, (value,)) for key, value in rows.items()])
        for nth, rows in enumerate(spans)
    ]
    standing = over_time(told)

    for nth, rows in enumerate(spans):
        holding = {
            key: values[0]
            for (_, key, known_from), (known_to, values) in standing.items()
            if known_from <= edges[nth] < known_to
        }
        assert holding == rows
    for (_, key, known_from), (known_to, values) in standing.items():
        assert standing.get(("t", key, known_to), (None, None))[1] != values, (key, known_from)

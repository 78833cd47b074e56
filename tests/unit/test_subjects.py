"""What a stream is folded into, and what stops a projection."""

from collections.abc import Iterable

import pytest
from msgspec import structs

from events import occurrence_events as o
from events.codec import UnknownEventError
from events.details import Explosion
from events.known import Known
from events.log import RecordedEvent
from projections.catalogue import CATALOGUE
from projections.diff import DoubleRowError
from projections.occurrences.rows import OCCURRENCES
from projections.page import PageFold, Target
from projections.sent import sent_together, told
from projections.subjects import Catalogue, OutOfOrderError, Subject
from projections.table import Row
from tests.cases import cited, reported, when
from tests.histories import Chance, recorded


def said(*events: o.OccurrenceEvent) -> list[RecordedEvent]:
    """Give the events of one occurrence as the log holds them."""
    return recorded([("occurrence-mine", version, event) for version, event in enumerate(events, 1)])


MINE = reported(Explosion(), when("2020-11-23"), cited("tass", "2020-11-24"))


class Doubled:
    """Gives two rows of one key."""

    name = "doubled"
    version = 1
    schema = OCCURRENCES.schema
    tables = OCCURRENCES.tables

    def rows(self, known: Known) -> Iterable[Row]:
        return (Row("occurrence", known.id, (1,)), Row("occurrence", known.id, (2,)))


def test_folding_a_step_at_a_time_gives_the_rows_of_one_fold() -> None:
    events = [event for event in recorded(Chance(3, streams=1).say(200)) if event.stream == "occurrence-o0"]
    assert len(events) > 20
    steps = Subject("occurrence-o0")
    for nth, event in enumerate(events, 1):
        steps.take([told(event)])
        if nth % 7:
            for projection in CATALOGUE.occurrences:
                steps.standing(projection)
        whole = Subject("occurrence-o0")
        whole.take([told(earlier) for earlier in events[:nth]])
        for projection in CATALOGUE.occurrences[nth % 2 :]:
            assert steps.standing(projection) == whole.standing(projection)


def test_an_event_out_of_order_is_refused() -> None:
    [first] = said(MINE)
    subject = Subject("occurrence-mine")
    subject.take([told(first)])
    with pytest.raises(OutOfOrderError):
        subject.take([told(first)])


def test_an_event_of_a_shape_unknown_here_is_refused() -> None:
    [first] = said(MINE)
    with pytest.raises(UnknownEventError):
        Subject("occurrence-mine").take([told(structs.replace(first, schema_version=9))])


def test_two_rows_of_a_key_are_refused_and_park_the_stream_for_that_projection_alone() -> None:
    [first] = said(MINE)
    doubled = Doubled()
    subject = Subject("occurrence-mine")
    subject.take([told(first)])
    with pytest.raises(DoubleRowError):
        subject.standing(doubled)
    fold = PageFold(Catalogue((), (doubled, OCCURRENCES)), [Target(doubled, 1, 0, 1), Target(OCCURRENCES, 1, 0, 1)])
    subjects = {"occurrence-mine": Subject("occurrence-mine")}
    fold.take(subjects, *sent_together([first], goes_on=False))
    assert [(one.projection, one.stream, one.number, one.position) for one in fold.parked] == [
        ("doubled", "occurrence-mine", 1, 1)
    ]
    assert fold.batches["doubled"].empty
    assert not fold.batches["occurrences"].empty
    assert subjects.keys() == {"occurrence-mine"}


def test_a_stream_of_a_category_unknown_here_is_parked_for_all() -> None:
    [first] = said(MINE)
    fold = PageFold(CATALOGUE, [Target(projection, 1, 0, 1) for projection in CATALOGUE.projections])
    [sent] = sent_together([structs.replace(first, stream="prophecy-1")], goes_on=False)
    assert fold.concerned(sent) == []
    fold.take({}, sent)
    assert {one.projection for one in fold.parked} == {projection.name for projection in CATALOGUE.projections}


def test_a_page_changes_nothing_for_those_who_have_folded_it_already() -> None:
    events = recorded(Chance(5).say(60))
    ahead = Target(OCCURRENCES, 1, 60, 60)
    behind = Target(CATALOGUE.named("strikes"), 1, 0, 60)
    fold = PageFold(CATALOGUE, [ahead, behind])
    subjects: dict[str, Subject] = {}
    for sent in sent_together(events, goes_on=False):
        for stream in sent.streams:
            subjects.setdefault(stream, Subject(stream))
        fold.take(subjects, sent)
    assert fold.batches["occurrences"].empty
    assert not fold.batches["strikes"].empty


def test_names_of_projections_and_of_tables_are_unique() -> None:
    names = [projection.name for projection in CATALOGUE.projections]
    tables = [table.name for table in CATALOGUE.tables(names)]
    assert len(set(names)) == len(names)
    assert len(set(tables)) == len(tables)

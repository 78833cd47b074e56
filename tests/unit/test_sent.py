"""What was sent together is found again in the log, whole or not at all."""

from itertools import chain
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from projections.sent import sent_together
from tests.histories import Chance, recorded, together


@given(seed=st.integers(0, 1000), sizes=st.lists(st.integers(1, 9), min_size=1))
def test_a_log_read_in_pages_of_any_size_gives_its_requests(seed: int, sizes: list[int]) -> None:
    requests = together(Chance(seed).say(40), Random(seed))
    events = recorded(list(chain.from_iterable(requests)))
    found: list[tuple[int, int]] = []
    after, size = 0, 0
    while after < len(events):
        size += sizes[len(found) % len(sizes)]
        read = events[after : after + size]
        page = sent_together(read, goes_on=len(read) == size)
        if page:
            found += [(sent.first, sent.last) for sent in page]
            after, size = page[-1].last, 0

    assert [last - first + 1 for first, last in found] == [len(request) for request in requests]
    assert [first for first, _ in found] == [1, *(last + 1 for _, last in found[:-1])]


def test_events_of_several_streams_stand_by_stream_in_their_order() -> None:
    [request, *_] = [one for one in together(Chance(3).say(60), Random(3)) if len({stream for stream, _, _ in one}) > 3]
    [sent] = sent_together(recorded(request), goes_on=False)
    told = [(stream, one.recorded.version, one.said) for stream, events in sent.streams.items() for one in events]
    assert told == request


def test_what_ends_with_the_log_is_folded_though_its_request_is_longer() -> None:
    [request, *_] = [one for one in together(Chance(3).say(60), Random(3)) if len(one) == 7]
    events = recorded(request)[:4]
    assert sent_together(events, goes_on=True) == []
    assert [(sent.first, sent.last) for sent in sent_together(events, goes_on=False)] == [(1, 4)]


def test_an_event_that_cannot_be_read_is_left_to_whoever_folds_it() -> None:
    [event] = recorded(Chance(3).say(1))
    unreadable = structs.replace(event, data=b"{")
    [sent] = sent_together([unreadable], goes_on=True)
    assert [one.said for one in sent.streams[event.stream]] == [None]


def test_a_request_is_as_long_for_who_cannot_read_its_first_event() -> None:
    [request, *_] = [one for one in together(Chance(3).say(60), Random(3)) if len(one) == 7]
    first, *others = recorded(request)
    unknown = structs.replace(first, schema_version=99)
    [sent] = sent_together([unknown, *others], goes_on=True)
    assert (sent.first, sent.last) == (1, 7)

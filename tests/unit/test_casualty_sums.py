"""Adding figures of different people: however they are gathered first, the sum says the same."""

from itertools import permutations

from events.values import Count
from projections.casualties.figure import stated, summed

WORDS_ALONE = Count(words="a number of people")
NO_END = Count(open_ended=True, words="many")
NOBODY = Count(high=0)


def test_what_only_has_no_end_speaks_beside_words_alone_in_whatever_order_they_are_added() -> None:
    figures = [stated(count, frozenset()) for count in (WORDS_ALONE, NO_END, NOBODY)]
    at_once = summed(figures)
    for one, two, three in permutations(figures):
        gathered = summed([one, summed([two, three])])
        assert (gathered.low, gathered.best, gathered.high) == (at_once.low, at_once.best, at_once.high)
        assert (gathered.open_ended, gathered.unstated) == (at_once.open_ended, at_once.unstated)
    assert at_once.unstated == {"low", "best"}

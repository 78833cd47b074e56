"""Fresh ids are of version 7, in order, and never the same."""

import re
import time

from services.ids import RandomIds


def test_an_event_id_is_of_version_7_and_carries_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = RandomIds().event_id()
    after = time.time_ns() // 1_000_000

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= after


def test_ids_are_not_given_twice() -> None:
    ids = RandomIds()

    assert len({ids.event_id() for _ in range(1000)}) == 1000
    assert len({ids.suffix() for _ in range(1000)}) == 1000


def test_a_suffix_may_end_an_id() -> None:
    assert re.fullmatch(r"[a-z0-9]{10}", RandomIds().suffix())

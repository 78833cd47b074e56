"""The three clocks of a question: what they mean where they are given, and where they are left out."""

from datetime import UTC, date, datetime

from events.known import ALL_KNOWN
from projections.clocks import Clocks

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def clocks(as_of: str | None = None, known_at: str | None = None) -> Clocks:
    return Clocks(position=1, now=NOW, as_of=as_of, known_at=known_at)


def test_a_bare_as_of_is_the_end_of_that_day_in_the_places_zone() -> None:
    assert clocks("2020-11-25").as_of_in("Asia/Baku") == datetime(2020, 11, 25, 19, 59, 59, 999999, tzinfo=UTC)


def test_a_bare_known_at_is_the_end_of_that_day_in_utc() -> None:
    assert clocks(None, "2020-11-25").known == datetime(2020, 11, 25, 23, 59, 59, 999999, tzinfo=UTC)


def test_left_out_known_at_bounds_nothing_and_as_of_is_now() -> None:
    assert clocks().known == ALL_KNOWN
    assert clocks().as_of_in("Asia/Baku") == NOW


def test_left_out_as_of_is_the_given_known_at() -> None:
    assert clocks(None, "2020-11-25T06:00:00Z").as_of_in("Asia/Baku") == datetime(2020, 11, 25, 6, tzinfo=UTC)


def test_an_answer_for_later_than_it_was_known_says_so() -> None:
    assert clocks("2020-12-02", "2020-11-30").projected
    assert not clocks("2020-11-30", "2020-12-02").projected
    assert not clocks("2020-12-02").projected


def test_the_last_day_that_has_a_name_has_an_end_everywhere() -> None:
    assert clocks("9999-12-31").day_in("Asia/Tokyo") == date(9999, 12, 31)
    assert clocks("9999-12-31").day_in("America/Lima") == date(9999, 12, 31)


def test_a_time_that_is_finer_than_a_microsecond_is_taken_to_the_microsecond() -> None:
    for said in ("2020-11-25T10:00:00.1234567+04:00", "2020-11-25t06:00:00.123456789z"):
        assert clocks(said, said).as_of_in("Asia/Baku") == datetime(2020, 11, 25, 6, 0, 0, 123456, tzinfo=UTC)
        assert clocks(said, said).known == datetime(2020, 11, 25, 6, 0, 0, 123456, tzinfo=UTC)

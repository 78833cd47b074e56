"""Where a page of a timeline ends."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from projections.occurrences.timeline import Point, point_of
from projections.paging import CursorError, Slice


def test_a_cursor_is_read_as_it_was_given() -> None:
    moment = datetime(2020, 11, 23, 4, tzinfo=timezone(timedelta(hours=4)))
    point = Point(date(2020, 11, 23), moment, 17)

    assert point_of(point.cursor) == Point(date(2020, 11, 23), moment.astimezone(UTC), 17)
    assert point_of(None) is None


@pytest.mark.parametrize(
    "cursor",
    ["", "17", "2020-11-23~17", "2020-13-23~2020-11-23T00:00:00.000000+00:00~17", "x" * 400, "a~b~c", "１~２~３"],
)
def test_what_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        point_of(cursor)


def test_slices_put_together_are_the_whole_list() -> None:
    items, cursor, seen = list(range(7)), None, list[int]()
    for _ in range(4):
        page, cursor = Slice(limit=2, cursor=cursor).of(items)
        seen += page
    assert (seen, cursor) == (items, None)
    assert Slice(cursor="900").of(items) == ([], None)
    with pytest.raises(CursorError):
        Slice(cursor="-1").of(items)

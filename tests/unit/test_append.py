"""An append is well-formed or it cannot be made."""

from collections.abc import Callable
from uuid import UUID

import pytest

from events.log import NAME_BYTES_MAX, Append, PlaceName, RequestKey, StreamWrite
from tests.events_said import append, new_event, write

ID = UUID(int=1)


UNKEEPABLE: dict[str, Callable[[], Append]] = {
    "no writes": lambda: Append(writes=()),
    "no events": lambda: Append(writes=(StreamWrite("occurrence-a", 0, ()),)),
    "a stream written twice": lambda: Append(writes=(write("occurrence-a"), write("occurrence-a", 1))),
    "a stream written and read": lambda: Append(writes=(write("occurrence-a"),), expects={"occurrence-a": 0}),
    "a version below nothing": lambda: Append(writes=(write("occurrence-a", -1),)),
    "a version read below nothing": lambda: Append(writes=(write("occurrence-a"),), expects={"occurrence-b": -1}),
    "an event id twice": lambda: append("occurrence-a", 0, new_event(event_id=ID), new_event(b"other", event_id=ID)),
    "a key twice": lambda: Append(
        writes=(write("occurrence-a"),), keys=(RequestKey("k", b"1" * 32), RequestKey("k", b"2" * 32))
    ),
    "an empty stream": lambda: append(""),
    "a stream with U+0000": lambda: append("occurrence-\0"),
    "a stream with half a pair": lambda: append("occurrence-\ud800"),
    "too long a stream": lambda: append("x" * (NAME_BYTES_MAX + 1)),
    "too long a stream in bytes": lambda: append("Ж" * (NAME_BYTES_MAX // 2 + 1)),
    "an empty type": lambda: append("occurrence-a", 0, new_event(kind="")),
    "a key with U+0000": lambda: Append(writes=(write("occurrence-a"),), keys=(RequestKey("k\0", b"1" * 32),)),
    "an empty name": lambda: Append(writes=(write("place-a"),), names=(PlaceName("", "place-a"),)),
    "a place with half a pair": lambda: Append(writes=(write("place-a"),), names=(PlaceName("a", "\ud800"),)),
}


@pytest.mark.parametrize("make", UNKEEPABLE.values(), ids=UNKEEPABLE)
def test_what_no_log_could_keep_cannot_be_made(make: Callable[[], Append]) -> None:
    with pytest.raises(ValueError, match=r"append|version|name|surrogates"):
        make()


def test_the_longest_name_may_be_appended() -> None:
    assert append("x" * NAME_BYTES_MAX).writes[0].stream == "x" * NAME_BYTES_MAX

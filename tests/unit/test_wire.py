"""Every shape of every event that was ever released is read and written byte for byte, for ever."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from events.codec import SCHEMA_VERSION, TAGS, UnknownEventError, decode, encode, tag_of
from events.log import RecordedEvent

RELEASED = Path(__file__).parents[1] / "wire" / "released.jsonl"


class Sample(msgspec.Struct):
    """One released event: its stored name and version, and its data as it was written."""

    type: str
    schema_version: int
    data: msgspec.Raw


def samples() -> list[Sample]:
    return [msgspec.json.decode(line, type=Sample) for line in RELEASED.read_bytes().splitlines()]


def recorded(type_: str, version: int, data: bytes) -> RecordedEvent:
    return RecordedEvent(1, "occurrence-x", 1, UUID(int=1), type_, version, data, datetime(2026, 1, 1, tzinfo=UTC), b"")


@pytest.mark.parametrize("sample", samples())
def test_a_released_line_is_read_and_written_as_it_was(sample: Sample) -> None:
    data = bytes(sample.data)
    event = decode(recorded(sample.type, sample.schema_version, data))
    assert tag_of(event) == sample.type
    assert encode(event) == data


def test_there_is_a_line_for_every_event() -> None:
    assert {sample.type for sample in samples()} == TAGS.keys()


@pytest.mark.parametrize(
    ("type_", "version"), [("occurrence.invented", 1), ("occurrence.retracted", SCHEMA_VERSION + 1)]
)
def test_an_event_that_this_release_does_not_know_is_refused_not_guessed(type_: str, version: int) -> None:
    with pytest.raises(UnknownEventError):
        decode(recorded(type_, version, b'{"reason":"x"}'))

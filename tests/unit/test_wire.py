"""Every shape of every event that was ever released is read and written byte for byte, for ever."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from events.codec import (
    READERS,
    TAGS,
    VERSIONS,
    Event,
    UnknownEventError,
    UnreadableEventError,
    decode,
    encode,
    size_of_request,
    tag_of,
)
from events.details import Displacement
from events.log import RecordedEvent
from events.occurrence_events import Changes, OccurrenceAmended, OccurrenceReported

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


NEWEST = {
    (sample.type, bytes(sample.data)) for sample in samples() if sample.schema_version == VERSIONS.get(sample.type)
}


@pytest.mark.parametrize("sample", samples())
def test_a_released_line_is_read_and_written_as_it_was_or_as_its_newer_shape_that_was_released(sample: Sample) -> None:
    data = bytes(sample.data)
    event = decode(recorded(sample.type, sample.schema_version, data))
    assert tag_of(event) == sample.type
    if sample.schema_version == VERSIONS[sample.type]:
        assert encode(event) == data
    else:
        assert encode(event) == data or (sample.type, encode(event)) in NEWEST
        assert decode(recorded(sample.type, VERSIONS[sample.type], encode(event))) == event


def test_there_is_a_line_for_every_event_and_for_every_version_of_it() -> None:
    assert {sample.type for sample in samples()} == TAGS.keys()
    assert {(sample.type, sample.schema_version) for sample in samples()} == READERS.keys()


def moved(event: Event) -> Displacement:
    """Give the displacement that an event tells of, or corrects one to."""
    match event:
        case OccurrenceReported(details=Displacement() as details):
            return details
        case OccurrenceAmended(changes=Changes(details=Displacement() as details)):
            return details
        case _:
            raise AssertionError(event)


@pytest.mark.parametrize("type_", ["occurrence.reported", "occurrence.amended"])
def test_a_displacement_of_version_1_that_was_a_return_is_read_as_one_and_any_other_as_a_departure(type_: str) -> None:
    lines = [sample for sample in samples() if sample.type == type_ and b'"kind":"displacement"' in bytes(sample.data)]
    found = [
        (sample.schema_version, moved(decode(recorded(type_, sample.schema_version, bytes(sample.data)))))
        for sample in lines
    ]
    assert (1, Displacement(movement="return")) in found
    assert (1, Displacement()) in found
    assert (2, Displacement(movement="return")) in found
    assert {details.returning for _, details in found} == {None}


@pytest.mark.parametrize(
    ("type_", "version"),
    [("occurrence.invented", 1), *((tag, version + 1) for tag, version in VERSIONS.items())],
)
def test_an_event_that_this_release_does_not_know_is_refused_not_guessed(type_: str, version: int) -> None:
    with pytest.raises(UnknownEventError):
        decode(recorded(type_, version, b'{"reason":"x"}'))


NO_EVENT = (b"", b"{", b"{}", b'{"reason":7}', b'{"reason":"\xff"}', b'{"reason":"x","more":%b}' % (b"[" * 20_000))


@pytest.mark.parametrize("data", NO_EVENT, ids=range(len(NO_EVENT)))
def test_bytes_that_are_not_of_their_shape_are_said_to_be_so_with_their_position(data: bytes) -> None:
    event = recorded("occurrence.retracted", 1, data)
    with pytest.raises(UnreadableEventError, match=f"position {event.position}: occurrence.retracted version 1"):
        decode(event)
    assert size_of_request(event) is None

"""Lines come out of a body as they stand in it, however it arrives."""

from hypothesis import given
from hypothesis import strategies as st

from services.api.ndjson import Lines

PIECES = st.lists(st.sampled_from([b"", b"a", b"bcd", b" ", b"\r", b"\n", b"\n\n", b"x" * 30, "Сугoвушан".encode()]))


def read(parts: list[bytes], limit: int) -> list[tuple[int, bytes | None]]:
    lines = Lines(limit)
    found = [line for part in parts for line in lines.feed(part)]
    return [*found, *lines.rest()]


@given(PIECES, st.integers(min_value=1, max_value=60))
def test_lines_are_those_of_the_whole_body(parts: list[bytes], limit: int) -> None:
    wanted: list[tuple[int, bytes | None]] = []
    for number, line in enumerate(b"".join(parts).split(b"\n"), 1):
        if len(line) > limit:
            wanted.append((number, None))
        elif line.strip():
            wanted.append((number, line.strip()))
    assert read(parts, limit) == wanted


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_what_is_over_the_limit_is_never_held(parts: list[bytes]) -> None:
    lines = Lines(8)
    for part in parts:
        list(lines.feed(part))
        assert lines.held <= 8

"""Fresh ids: UUIDs of version 7 for events, short suffixes for what is named by nothing else."""

import secrets
import time
from collections.abc import Iterator
from struct import Struct
from uuid import UUID

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SUFFIX_LENGTH = 10
_NUMBERS = Struct("HQ")
_DRAWN_AT_ONCE = 256


class RandomIds:
    """Implements events.recorder.Ids with the clock and the system's random numbers.

    They are drawn for many ids at once: each drawing is a call of the system.
    """

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._drawn: Iterator[tuple[int, ...]] = iter(())

    def event_id(self) -> UUID:
        """Give a UUID of version 7 (RFC 9562, 5.7): milliseconds since 1970, then random bits."""
        milliseconds = time.time_ns() // 1_000_000
        random_a, random_b = self._numbers()
        return UUID(int=milliseconds << 80 | 0x7 << 76 | (random_a & 0xFFF) << 64 | 0b10 << 62 | random_b >> 2)

    def suffix(self) -> str:
        """Give ten letters and digits, some 51 random bits."""
        _, number = self._numbers()
        letters: list[str] = []
        for _ in range(_SUFFIX_LENGTH):
            number, letter = divmod(number, len(_LETTERS))
            letters.append(_LETTERS[letter])
        return "".join(letters)

    def _numbers(self) -> tuple[int, int]:
        """Give sixteen random bits, and sixty-four."""
        drawn = next(self._drawn, None)
        if drawn is None:
            self._drawn = _NUMBERS.iter_unpack(secrets.token_bytes(_NUMBERS.size * _DRAWN_AT_ONCE))
            drawn = next(self._drawn)
        return drawn[0], drawn[1]

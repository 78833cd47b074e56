"""Fresh ids: UUIDs of version 7 for events, short suffixes for what is named by nothing else."""

import secrets
import time
from uuid import UUID

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SUFFIX_LENGTH = 10


class RandomIds:
    """Implements events.recorder.Ids with the clock and the system's random numbers."""

    def event_id(self) -> UUID:
        """Give a UUID of version 7 (RFC 9562, 5.7): milliseconds since 1970, then random bits."""
        milliseconds = time.time_ns() // 1_000_000
        random_a = secrets.randbits(12)
        random_b = secrets.randbits(62)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b)

    def suffix(self) -> str:
        """Give ten letters and digits, some 51 random bits."""
        number = secrets.randbelow(len(_LETTERS) ** _SUFFIX_LENGTH)
        letters: list[str] = []
        for _ in range(_SUFFIX_LENGTH):
            number, letter = divmod(number, len(_LETTERS))
            letters.append(_LETTERS[letter])
        return "".join(letters)

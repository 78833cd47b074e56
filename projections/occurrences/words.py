"""The words of an occurrence as they are searched for: PostgreSQL's tsvector and tsquery, without its dictionaries.

A dictionary is of one language, and a reader's words may be of any; what is compared is folded instead.
"""

import unicodedata

from events.names import fold

SEARCHED_MAX = 100_000
"""How many characters of an occurrence's text are searched; a tsvector holds no more than a megabyte."""

_POSITION_MAX = 16_383
_WORD_MAX = 200
# Scripts that write no spaces: each of their signs is a word, and neighbours are found as a phrase.
_UNSPACED = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF)),
    *((0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)),
)


def lexemes(text: str) -> str:
    """Give the words of a text, each with the places at which it stands, as a tsvector."""
    places: dict[str, list[str]] = {}
    for number, word in enumerate(_words(fold(text)[:SEARCHED_MAX]), 1):
        places.setdefault(word, []).append(str(min(number, _POSITION_MAX)))
    return " ".join([f"{word}:{','.join(at)}" for word, at in places.items()])


def phrase(text: str) -> str:
    """Give the tsquery that finds these words one after the other; the last may go on. Without a word it finds none."""
    words = _words(fold(text))
    return " <-> ".join([*words[:-1], f"{words[-1]}:*"]) if words else ""


def _words(folded: str) -> list[str]:
    return [word[:_WORD_MAX] for word in folded.translate(_SIGNS).split()]


class _Signs(dict[int, str]):
    """Letters, marks and digits as they are, a space for all else, by code point, looked up once each."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        found = character if unicodedata.category(character)[0] in "LMN" else " "
        if any(first <= code <= last for first, last in _UNSPACED):
            found = f" {found} "
        self[code] = found
        return found


_SIGNS = _Signs()

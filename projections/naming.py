"""Places that were given by a name which nothing known bore: the word that rows keep for one, and how it is read.

A word says all that was told of the place: the name as it is compared, its kind, and what it lies in. Whom that names
is looked up when an answer is read, so that a name added later changes answers and no row.
"""

from functools import lru_cache
from hashlib import sha256

from msgspec import Struct

from events.names import FOLDED_BYTES_MAX, fold
from events.values import PlaceAt

MARK = "~"
"""What a word begins with. No id holds it, and it sorts after every id."""

_SPACE, _IN_WORDS = " ", "\u00a0"


class Naming(Struct, frozen=True):
    """A name as it is compared, with what was told to say which of those who bear it is meant."""

    folded: str
    kind: str | None = None
    parent: str | None = None


def word_of(at: PlaceAt) -> str | None:
    """Give a place's id, or the word for the name that it was given by; it holds no space."""
    if at.place is not None or at.name is None:
        return at.place
    return _word(at.name, at.kind or "", at.parent or "")


@lru_cache(maxsize=4096)
def _word(name: str, kind: str, parent: str) -> str:
    folded = fold(name).replace(_SPACE, _IN_WORDS)
    if len(folded.encode()) > FOLDED_BYTES_MAX:
        # Longer than any name that a place may bear, and perhaps than a key of an index may be.
        folded = f"#{sha256(folded.encode()).hexdigest()}"
    return f"{MARK}{kind}/{parent}/{folded}"


def is_word(place: str) -> bool:
    """Tell whether this is a word and no id."""
    return place.startswith(MARK)


@lru_cache(maxsize=4096)
def naming_of(word: str) -> Naming:
    """Read a word."""
    kind, parent, folded = word.removeprefix(MARK).split("/", 2)
    return Naming(folded.replace(_IN_WORDS, _SPACE), kind or None, parent or None)

"""Names of places as they are compared: two spellings that fold to the same text are the same name."""

import unicodedata
from collections.abc import Iterable

FOLDED_BYTES_MAX = 1000
"""The longest name that a place can bear, folded, in UTF-8; the log's table of names holds no longer one."""

_APOSTROPHES = (
    "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u055a\u05f3\u1fbf\u1fef\u1ffd\u1ffe"
    "\u2018\u2019\u201a\u201b\u2032\u2035\ua78b\ua78c\uff07\uff40"
)
_TATWEEL_AND_HARAKAT = "\u0640\u0670" + "".join(map(chr, (*range(0x064B, 0x0653), *range(0x0656, 0x0660))))
_DOTS_AND_MINUS = "\u00b7\u0387\u2022\u2027\u2212\u22c5\u30fb\uff65"
# Strokes and the missing dot have no decomposition in Unicode.
_STROKED = {"\u0131": "i", "\u0142": "l", "\u00f8": "o", "\u0111": "d", "\u0127": "h", "\u0167": "t"}
_REPLACED = str.maketrans(
    dict.fromkeys(_APOSTROPHES + _TATWEEL_AND_HARAKAT, "") | dict.fromkeys(_DOTS_AND_MINUS, " ") | _STROKED
)

# All of the above that ASCII has: in most names nothing else is to be done.
_ASCII = str.maketrans({"'": None, "`": None, "-": " "})


def fold(name: str) -> str:
    """Give the text under which a name is compared; folding it again changes nothing.

    NFKC and case are folded. Apostrophes of all kinds, Arabic tatweel and harakat and invisible marks go;
    hyphens, dashes and middle dots become a space; spaces are single and none stands at an end. Diacritics go
    from Latin letters alone: Cyrillic й and и, Japanese ガ and カ, Arabic أ and ا are letters of their own,
    and letters of two scripts never become the same. The result is empty where nothing but such signs was given.
    """
    if name.isascii():
        return " ".join(name.translate(_ASCII).lower().split())
    return _folded(name)


def fold_all(names: Iterable[str | None]) -> list[str]:
    """Give the texts under which names are compared, each once and in order; none for what says nothing."""
    return sorted({fold(name) for name in names if name} - {""})


def _folded(name: str) -> str:
    # Before NFKC, which turns a free-standing accent used as an apostrophe into a space.
    text = unicodedata.normalize("NFKC", name.translate(_REPLACED)).casefold()
    text = unicodedata.normalize("NFKD", text).casefold().translate(_REPLACED).translate(_SPACES)
    if any(map(_MARKS.__getitem__, text)):
        text = _without_latin_marks(text)
    return unicodedata.normalize("NFC", " ".join(text.split()))


class _Spaces(dict[int, str]):
    """A space for whatever separates words, nothing for what cannot be seen, by code point, looked up once each."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        match unicodedata.category(character):
            case "Pd" | "Zs" | "Zl" | "Zp":
                found = " "
            case "Cf":
                found = ""
            case _:
                found = character
        self[code] = found
        return found


class _Marks(dict[str, bool]):
    """Whether a character is a combining mark, looked up once each."""

    def __missing__(self, character: str) -> bool:
        found = self[character] = unicodedata.category(character) == "Mn"
        return found


_SPACES = _Spaces()
_MARKS = _Marks()


def _without_latin_marks(text: str) -> str:
    """Drop the combining marks that follow a Latin letter or no letter at all."""
    kept: list[str] = []
    bears_marks = False
    for character in text:
        if not _MARKS[character]:
            bears_marks = character.isalpha() and not unicodedata.name(character, "").startswith("LATIN ")
            kept.append(character)
        elif bears_marks:
            kept.append(character)
    return "".join(kept)

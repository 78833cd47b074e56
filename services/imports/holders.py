"""Reading the cell in which a table says who holds a place."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from msgspec import Struct

from events.names import fold
from events.words import Hold
from services.imports.days import day_of
from services.imports.entry import RowError

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_OF_A_DATE = re.compile(rf"(?:{_MONTH}|\d{{1,4}}(?:st|nd|rd|th)?|of|since|until|early|mid|late)", re.IGNORECASE)
_DATED = re.compile(
    rf"\b(?:{_MONTH}|since|until|in|by|before|after)[\s,.]*(?:\d{{1,2}}(?:st|nd|rd|th)?[\s,]+)?(?:19|20)\d{{2}}\b",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"\[(?:[a-z]{1,2}|(?:note |nb |n )?\d{1,3}|citation needed|update)\]", re.IGNORECASE)
_MARKUP = re.compile(r"[<>{}\[\]|=]|https?:|^Template", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[/,;&+]\s*|\s+and\s+", re.IGNORECASE)
_CONTESTED = re.compile(r"(?:contested|disputed)\b.*|mixed(?: control\b.*)?|no mans land|(?:ongoing )?clashes")
_NOT_KNOWN = frozenset({"unknown", "not known", "unclear", "n/a", "?"})
_NOBODY = frozenset({"uncontrolled", "nobody", "no one", "none"})
_NO_HOLDER = frozenset({"held by", "holder", "control"})
_STATES = frozenset({"truce", "ceasefire", "siege", "besieged", "zone"})
"""What a text ends with that tells how a place is, and not who holds it: under siege, local ceasefire."""

_HOLDERS = re.compile(
    r"(?:administration|alliance|army|authority|battalion|brigade|cartel|clan|coalition|command|council|defen[cs]e"
    r"|faction|federation|fighter|force|front|gang|government|group|guard|insurgent|islamist|jihadist|junta|loyalist"
    r"|militant|militia|movement|mutineer|opposition|partisan|party|peacekeeper|rebel|regime|republic|separatist"
    r"|soldier|state|tribe|troop|union|unit|volunteer)s?"
    r"|allies|armies|authorities|mercenaries|military|paramilitaries|police|resistance|revolutionaries|tribesmen"
)
"""What those who hold places are called; a text that ends with another word in small letters tells a story."""


class Holder(Struct, frozen=True):
    """Who holds a place as a cell says: a name, or that it is contested or vacated."""

    status: Hold
    name: str | None = None


def holder_of(cell: str, usual: AbstractSet[str] = frozenset()) -> Holder:
    """Read who holds a place; raises RowError with the reason where the cell is noise.

    `usual` are the folded texts that the table tells of several places: no story recurs like that, and what consists of
    them is no holder of its own.
    """
    text = _text(cell)
    folded = fold(text)
    if not text:
        raise RowError("held_by is empty")
    parts = {fold(part) for part in _BETWEEN.split(text)}
    if len(_FOOTNOTE.sub("", cell).strip().splitlines()) > 1 or (len(parts) > 1 and parts <= usual):
        raise RowError(f"held_by names several: {text!r}")
    if _CONTESTED.fullmatch(folded):
        return Holder("contested")
    if folded in _NOBODY:
        return Holder("vacated")
    if folded in _NOT_KNOWN:
        raise RowError(f"held_by says that the holder is not known: {text!r}")
    last = text.split()[-1]
    if folded in _NO_HOLDER or last.casefold() in _STATES or not any(letter.isalpha() for letter in text):
        raise RowError(f"held_by names no holder: {text!r}")
    if _is_dated(text):
        raise RowError(f"held_by is a date or a story, not a holder: {text!r}")
    if _MARKUP.search(text):
        raise RowError(f"held_by holds markup: {text!r}")
    is_called_so = folded in usual or (_HOLDERS.fullmatch(last) and " by " not in text)
    if last != text and last.islower() and not is_called_so:
        raise RowError(f"held_by is no name: {text!r}")
    return Holder("held", text)


def told_of_several(told: Iterable[tuple[str, int | None]]) -> AbstractSet[str]:
    """Give the texts, folded, of those cells that are told of more than one place, from cells and their places."""
    places: dict[str, set[int]] = {}
    for cell, place in told:
        if place is not None:
            places.setdefault(fold(_text(cell)), set()).add(place)
    return {text for text, of in places.items() if len(of) > 1}


def _text(cell: str) -> str:
    return " ".join(_FOOTNOTE.sub("", cell).split())


def _is_dated(text: str) -> bool:
    """Tell whether a text is a date or tells since when: 1920 Revolution Brigades is neither."""
    words = [word for word in re.split(r"[\s,./-]+", text) if word]
    is_date = any(sign.isdecimal() for sign in text) and all(_OF_A_DATE.fullmatch(word) for word in words)
    return is_date or day_of(text) is not None or _DATED.search(text) is not None

"""How a language says things: messages from its catalogue, dates, numbers, lists, and names as readers know them."""

import gettext
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from events.times import local_day, parse, zone_named
from events.values import Interval, Name, PlaceAt
from projections.registry_view import RegistryView
from services.briefs.answers import Language
from services.briefs.terms import TERMS, TermList

CATALOGUES = Path(__file__).with_name("catalogues")

_LOCALES: Mapping[Language, str] = {"en": "en_GB", "ja": "ja", "ru": "ru"}
_DAYS: Mapping[Language, str] = {"en": "d MMMM y", "ja": "y年M月d日", "ru": "d MMMM y"}
_MONTHS: Mapping[Language, str] = {"en": "LLLL y", "ja": "y年M月", "ru": "LLLL y"}
# Between sentences.
_JOINTS: Mapping[Language, str] = {"en": " ", "ja": "", "ru": " "}
_UNUSED = frozenset({"misspelling", "former"})


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """Read a language's messages, compiled here so that nothing has to be built; English is the messages themselves."""
    path = CATALOGUES / f"{language}.po"
    if language == "en":
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Tongue:
    """Says things in one language, to readers of one registry."""

    def __init__(self, language: Language, registry: RegistryView) -> None:
        """Read the language's catalogue."""
        self.language: Language = language
        self._registry = registry
        self._locale = _LOCALES[language]
        self._messages = catalogue(language)
        self._bearers: dict[str, set[str]] | None = None

    def say(self, message: str, **values: object) -> str:
        """Say a message with values in the places that it names."""
        return self._messages.gettext(message).format(**values)

    def some(self, one: str, several: str, number: int, **values: object) -> str:
        """Say a message in the form that a number asks for; it may name the number as `n`."""
        return self._messages.ngettext(one, several, number).format(n=self.number(number), **values)

    def term(self, of: TermList, code: str) -> str:
        """Say a word of a code list; one that has no word yet is said as it is."""
        word = TERMS[of].get(code)
        return code.replace("_", " ") if word is None else self._messages.gettext(word)

    def terms(self, of: TermList, codes: Iterable[str]) -> str:
        """List words of a code list."""
        return self.listed([self.term(of, code) for code in codes])

    def joined(self, clauses: Iterable[str]) -> str:
        """Set sentences one after the other."""
        return _JOINTS[self.language].join(clause for clause in clauses if clause)

    def listed(self, words: Sequence[str]) -> str:
        """List words, each once, as the language does."""
        return format_list(list(dict.fromkeys(words)), locale=self._locale)

    def row(self, words: Iterable[str]) -> str:
        """Set words one after the other, without an "and"; empty ones are left out."""
        return self.say(", ").join(word for word in words if word)

    def number(self, number: int) -> str:
        """Write a number."""
        return format_decimal(number, locale=self._locale)

    def day(self, day: date) -> str:
        """Write a day."""
        return format_date(day, _DAYS[self.language], locale=self._locale)

    def month(self, day: date) -> str:
        """Write a day's month."""
        return format_date(day, _MONTHS[self.language], locale=self._locale)

    def moment(self, said: str, zone: str) -> str:
        """Write a date, or a time in its place's zone, as it was said."""
        parsed = parse(said)
        if not isinstance(parsed, datetime):
            return self.day(parsed)
        try:
            local = parsed.astimezone(zone_named(zone))
        except OverflowError:  # At the two ends of the calendar there is no such day.
            local, zone = parsed, "UTC"
        return self.say("{day}, {time} ({zone})", day=self.day(local.date()), time=f"{local:%H:%M}", zone=zone)

    def when(self, occurred: Interval) -> str:
        """Write when something happened, no more precisely than it is known."""
        start, end = (
            None if said is None else self._known_to(said, occurred.precision, occurred.zone)
            for said in (occurred.start, occurred.end)
        )
        first, last = (None if said is None else self.moment(said, occurred.zone) for said in (start, end))
        if first is None:
            return self.say("by {day}", day=last)
        if last is not None and last != first:
            return self.say("{first} to {last}", first=first, last=last)
        if occurred.precision == "week":
            return self.say("in the week from {day}", day=first)
        if occurred.precision == "month":
            return self.say("in {month}", month=self.month(date.fromisoformat(start or "")))
        if occurred.precision == "longer":
            return self.say("about {day}", day=first)
        return first

    def since(self, said: str, precision: str | None, zone: str) -> str:
        """Write since when something is so, no more precisely than it is known."""
        known = self._known_to(said, precision, zone)
        match precision:
            case "week":
                return self.say("the week from {day}", day=self.moment(known, zone))
            case "month":
                return self.month(date.fromisoformat(known))
            case "longer":
                return self.say("about {year}", year=date.fromisoformat(known).year)
            case _:
                return self.moment(known, zone)

    def _known_to(self, said: str, precision: str | None, zone: str) -> str:
        """Give a date, or a time, as what was said is known: of a week, a month or longer no hour is."""
        parsed = parse(said)
        if precision not in {"week", "month", "longer"} or not isinstance(parsed, datetime):
            return said
        return local_day(parsed, zone_named(zone)).isoformat()

    def place(self, place: str) -> str:
        """Name a place, with its kind where another place bears the same name."""
        entry = self._registry.places.get(place)
        if entry is None:
            return place
        name = self._name(entry.said.name, entry.said.names)
        if len(self._bearing(name)) == 1:
            return name
        return self.say("{place} ({kind})", place=name, kind=self.term("place_kind", entry.said.kind))

    def places(self, places: Iterable[str]) -> str:
        """List places."""
        return self.listed([self.place(place) for place in places])

    def place_at(self, at: PlaceAt) -> str:
        """Name a place as a report does: near it, or as written where nobody knows it."""
        if at.place is None:
            return self.say("“{name}” (as written)", name=at.name or "")
        name = self.place(at.place)
        return self.say("near {place}", place=name) if at.precision == "near" else name

    def party(self, party: str) -> str:
        """Name a party."""
        entry = self._registry.parties.get(party)
        return party if entry is None else self._name(entry.said.name, entry.said.names)

    def parties(self, parties: Iterable[str]) -> str:
        """List parties."""
        return self.listed([self.party(party) for party in parties])

    def source(self, source: str) -> str:
        """Name a source."""
        entry = self._registry.sources.get(source)
        return source if entry is None else entry.said.name

    def claimant(self, claimant: str) -> str:
        """Name one who claims; one who is not registered in the words that stand for them."""
        category, _, name = claimant.partition(":")
        match category:
            case "source":
                return self.source(name)
            case "party":
                return self.party(name)
            case _:
                return self.say("“{words}”", words=name)

    def claimants(self, claimants: Iterable[str]) -> str:
        """List claimants."""
        return self.listed([self.claimant(claimant) for claimant in claimants])

    def _name(self, own: str, names: Sequence[Name]) -> str:
        """Choose the official name in the language, else another one in it, else the name it is registered under.

        English readers can read the name that it is registered under, if it is in Latin letters.
        """
        known = [
            name
            for name in names
            if name.kind not in _UNUSED and (name.language or "").lower().split("-")[0] == self.language
        ]
        known.sort(key=lambda name: name.kind != "official")
        if not known or (self.language == "en" and known[0].kind != "official" and _is_latin(own)):
            return own
        return known[0].name

    def _bearing(self, name: str) -> set[str]:
        """Give the places that would be called by this name here."""
        if self._bearers is None:
            self._bearers = {}
            for place in self._registry.places.values():
                called = self._name(place.said.name, place.said.names)
                self._bearers.setdefault(called, set()).add(place.id)
        return self._bearers.get(name, set())


def _is_latin(text: str) -> bool:
    return all(unicodedata.name(letter, "").startswith("LATIN") for letter in text if letter.isalpha())


def capital(text: str) -> str:
    """Begin with a capital letter, where sentences of the script do; Georgian's are for whole words."""
    return text[:1].title() + text[1:]

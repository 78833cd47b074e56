"""What the properties of GeoJSON features mean: names, levels, codes and what a place lies in, publisher by publisher.

Natural Earth, geoBoundaries, GADM and OCHA COD; keys are in small letters.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from typing import cast

from babel import Locale

from events.names import fold
from events.values import Name
from events.words import PlaceKind
from services.imports.countries import alpha_2, code_of_country, country_named
from services.imports.reading import code_in
from services.imports.wanted import WantedPlace

KINDS: Mapping[int, PlaceKind] = {0: "country", 1: "province", 2: "district"}
SETTLEMENT = 9
"""The level of towns and cities, deeper than any area."""

_CODES = {
    "iso_3166_2": ("iso_3166_2", "shapeiso", "iso"),
    "geoboundaries": ("shapeid",),
    "wikidata": ("wikidataid", "wikidata"),
    "geonames": ("gn_id", "geonameid", "geonamesid"),
}
_COUNTRY_CODES = (
    "shapegroup", "iso_a3", "iso_a3_eh", "adm0_a3", "iso_a2", "iso_a2_eh", "iso3", "adm0_pcode", "admin0pcode",
)  # fmt: skip
_PARENTS = {0: ("adm0name", "sov0name", "admin", "country"), 1: ("adm1name",)}
_NAME = re.compile(r"(?:adm(\d)_(?:name_)?|admin(\d)name_?)([a-z]{2})|(?:adm(\d)_name|admin(\d)name|name_(\d))")
_P_CODE = re.compile(r"(?:adm|admin)(\d)_?pcode?")
_LEVEL_KEY = re.compile(r"adm(\d)_code")
_LEVEL = re.compile(r"adm(?:in-)?(\d)(?!.*capital)")
_SETTLEMENT = re.compile(r"capital|populated place")
_LANGUAGE = re.compile(r"name_([a-z]{2})")
_MISTAKEN = {"cn": "zh", "ge": "ka", "jp": "ja", "kh": "km", "mm": "my", "np": "ne", "ua": "uk", "vn": "vi"}
"""Codes of countries that publishers take for those of languages (ISO 639)."""

_ALTERNATIVES = ("name_alt", "varname_1", "varname_2", "namealt")
_ISO_2 = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}\Z")


class Properties:
    """The properties of one feature."""

    def __init__(self, said: Mapping[str, str], *, may_be_country: bool, is_outlined: bool) -> None:
        """Read them; keys are in small letters, values are texts.

        What bears a country's code and no level is that country, where it has an outline or the country's name.
        """
        self._said = said
        self._named: dict[int, dict[str, str]] = {}
        for key, text in said.items():
            found = _NAME.fullmatch(key)
            is_code = key.endswith("_id") and any(letter.isdecimal() for letter in text)
            if found is not None and any(letter.isalpha() for letter in text) and not is_code:
                level = int(next(one for one in found.groups() if one is not None and one.isdecimal()))
                self._named.setdefault(level, {}).setdefault(found[3] or "", text)
        told = (alpha_2(said.get(key, "")) for key in _COUNTRY_CODES)
        self._country_code = next((code for code in told if code is not None), None)
        self._p_codes = {int(found[1]): code_in(said, key) for key in said if (found := _P_CODE.fullmatch(key))}
        self.level = self._level()
        if self.level < 0 and may_be_country and (country := country_named(self.country or "")) is not None:
            self.level = 0 if is_outlined or fold(country) == fold(self.name or "") else self.level

    @property
    def kind(self) -> PlaceKind:
        """What it is by its level; a capital is a city."""
        if self.level == SETTLEMENT:
            return "city" if "capital" in self._said["featurecla"].lower() else "town"
        return KINDS.get(self.level, "other")

    @property
    def name(self) -> str | None:
        """What it is called, in English where that is told."""
        own = None if self.level == SETTLEMENT else self._called(self.level)
        return self._said.get("shapename") or own or self._said.get("name_en") or self._said.get("name") or None

    @property
    def names(self) -> tuple[Name, ...]:
        """What else it is called: every language given."""
        named = self._named.get(self.level, {}).items()
        found = {text: Name(name=text, language=_tongue(language)) for language, text in named}
        for key, text in self._said.items():
            if text and (language := _LANGUAGE.fullmatch(key)):
                found.setdefault(text, Name(name=text, language=_tongue(language[1])))
        for key in _ALTERNATIVES:
            for text in re.split(r"[|;,]", self._said.get(key, "")):
                # GADM writes NA for none.
                if text.strip() not in {"", "NA"}:
                    found.setdefault(text.strip(), Name(name=text.strip()))
        return tuple(name for text, name in found.items() if text != self.name)

    @property
    def country(self) -> str | None:
        """The ISO 3166-1 code of the country that it is, or lies in; None where it tells none."""
        of_area = _ISO_2.match(self._said.get("iso_3166_2") or self._said.get("shapeiso") or self._said.get("iso", ""))
        return self._country_code or (None if of_area is None else alpha_2(of_area[1]))

    @property
    def codes(self) -> dict[str, str]:
        """What others call it."""
        found = {
            register: next((code_in(self._said, key) for key in keys if self._said.get(key)), "")
            for register, keys in _CODES.items()
        }
        # Natural Earth marks codes that it made up with a tilde, geoBoundaries puts a country's code there.
        if not _ISO_2.match(found["iso_3166_2"]):
            del found["iso_3166_2"]
        if self.level != SETTLEMENT and self._p_codes:
            found["p_code"] = self._p_codes[max(self._p_codes)]
        if self.level == 0 and self.country is not None:
            found["iso_3166_1"] = self.country
        return {register: code for register, code in found.items() if code and not code.startswith("-")}

    def parent(self, given: str | None) -> WantedPlace | None:
        """Give what it lies in, level by level: the country that it says, else the one given, else that of its code.

        A country that has another name than in English is known by its code.
        """
        if self.level == 0:
            return None
        country = self._around(0)
        around: WantedPlace | None = None
        if (name := country or given or country_named(self.country or "")) is not None:
            around = WantedPlace(name=name, kind="country")
        if country is not None and code_of_country(country) is None and self._country_code is not None:
            named = country_named(self._country_code) or country
            around = WantedPlace(name=named, kind="country", aliases=(country,))
        for above in range(1, min(self.level, max((1, *self._named)) + 1)):
            if (text := self._around(above)) is not None:
                code = self._p_codes.get(above)
                codes = (("p_code", code),) if code else ()
                around = WantedPlace(name=text, kind=KINDS.get(above, "other"), parent=around, codes=codes)
        return around

    def _around(self, level: int) -> str | None:
        """Give the name of the area of a level that it lies in."""
        if level >= self.level:
            return None
        told = (self._said[key] for key in _PARENTS.get(level, ()) if self._said.get(key))
        return self._called(level) or next(told, None)

    def _called(self, level: int) -> str | None:
        """Give the name of an area of a level: English, that of no language, or the first one told."""
        named = self._named.get(level, {})
        return named.get("en") or named.get("") or next(iter(named.values()), None)

    def _level(self) -> int:
        """Give the administrative level, as it says, else the deepest that properties are named for; -1 is none."""
        for key in ("shapetype", "featurecla"):
            said = self._said.get(key, "").lower()
            if found := _LEVEL.match(said):
                return int(found[1])
            if _SETTLEMENT.search(said):
                return SETTLEMENT
        coded = {int(found[1]) for key in self._said if self._said[key] and (found := _LEVEL_KEY.fullmatch(key))}
        told = {*self._named, *self._p_codes, *coded}
        return max(told) if told else (1 if "iso_3166_2" in self._said else -1)


def _tongue(code: str) -> str | None:
    """Give the language that a key names, None for what is none."""
    return code if code in _languages() else _MISTAKEN.get(code)


@cache
def _languages() -> AbstractSet[str]:
    return cast("Mapping[str, str]", Locale("en").languages).keys()

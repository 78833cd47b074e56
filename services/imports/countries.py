"""Countries by their ISO 3166-1 codes, each with its time zone (IANA, public domain) where it has but one.

A zone counts as the only one where the capital and all but a twentieth of the people live by it: further zones are of
far islands, of land that is disputed, such as Crimea, or have had the same offset for years, as those of Palestine.

Beside the short name stand those that UCDP (its own and Gleditsch & Ward's) and ACLED write, and Gleditsch & Ward's
number for it. Kosovo has the code XK, which ISO leaves to its users.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
from babel.core import get_global
from msgspec import Struct

from events.names import fold

_ALPHA_3 = 3
_OWN = {"KOS": "XK", "PSX": "PS", "SAH": "EH", "SDS": "SS", "XKX": "XK"}
"""Codes that ISO leaves to its users, as the World Bank and geoBoundaries (XKX) and Natural Earth use them."""


class _Country(Struct, frozen=True, array_like=True):
    name: str
    zone: str | None
    others: tuple[str, ...] = ()
    gwno: tuple[str, ...] = ()


def country_named(code: str) -> str | None:
    """Give the short English name of a country, None where the code is none."""
    found = _countries().get(alpha_2(code) or "")
    return None if found is None else found.name


def alpha_2(code: str) -> str | None:
    """Give the code of two letters for an ISO 3166-1 code of two or three, None where it is none (Unicode CLDR)."""
    known = _OWN.get(code.upper(), code.upper())
    if known not in _countries():
        aliases: Mapping[str, Sequence[str]] = get_global("territory_aliases")
        now = aliases.get(known, ()) if len(known) == _ALPHA_3 else ()
        known = now[0] if len(now) == 1 else ""
    return known if known in _countries() else None


def code_of_country(name: str, gwno: str | None = None) -> str | None:
    """Give the ISO 3166-1 code of a country by one of its names, else by its number; None where neither is known."""
    return _codes().get(fold(name)) or _numbers().get(gwno or "")


def zone_of_country(code: str) -> str | None:
    """Give the time zone of a country by its code, None where its people live by several or it is not known."""
    found = _countries().get(code)
    return None if found is None else found.zone


def names_of_country(code: str) -> tuple[str, ...]:
    """Give all names of a country by its code."""
    found = _countries().get(code)
    return () if found is None else (found.name, *found.others)


@cache
def _countries() -> Mapping[str, _Country]:
    held = Path(__file__).with_name("countries.json").read_bytes()
    return msgspec.json.decode(held, type=dict[str, _Country])


@cache
def _codes() -> Mapping[str, str]:
    return {fold(name): code for code in _countries() for name in names_of_country(code)}


@cache
def _numbers() -> Mapping[str, str]:
    return {number: code for code, country in _countries().items() for number in country.gwno}

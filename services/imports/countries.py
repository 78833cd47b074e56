"""Countries by their ISO 3166-1 codes, with the one time zone of those that have but one (IANA, public domain)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from events.names import fold


def country_named(code: str) -> str | None:
    """Give the short English name of a country, None where the code is none."""
    found = _countries().get(code.upper())
    return None if found is None else found[0]


def zone_of_country(name: str) -> str | None:
    """Give the time zone of a country by its English name, None where it has several or is not known."""
    return _zones().get(fold(name))


def code_of_country(name: str) -> str | None:
    """Give the ISO 3166-1 code of a country by its English name, None where it is not known."""
    return _codes().get(fold(name))


@cache
def _countries() -> Mapping[str, tuple[str, str | None]]:
    held = Path(__file__).with_name("countries.json").read_bytes()
    return msgspec.json.decode(held, type=dict[str, tuple[str, str | None]])


@cache
def _codes() -> Mapping[str, str]:
    return {fold(name): code for code, (name, _) in _countries().items()}


@cache
def _zones() -> Mapping[str, str]:
    return {fold(name): zone for name, zone in _countries().values() if zone is not None}

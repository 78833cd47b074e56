"""Releases of UCDP GED: which one a file is by its name, and of which months a candidate release tells.

UCDP's download page calls yearly releases by year and number: 24.1, of 2024, goes to the end of 2023. Those of its
Candidate Events Dataset (Hegre, Croicu, Eck & Högbladh 2020) bear the months that they are about: 24.0.3 is March 2024
alone, 24.01.24.06 has January to June 2024 anew.
"""

import re

_VERSIONED = re.compile(r"(?:GEDEvent|ged)[_-]v?(\d{2}(?:[._]\d{1,2}){1,3})(?!\d)", re.IGNORECASE)
_SHORT = re.compile(r"ged(\d{2})(\d)(?!\d)", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+")


def release_in(file_name: str) -> str | None:
    """Read the release from the name that UCDP gives a file: GEDEvent_v23_1.csv, ged231-csv, GEDEvent_v23_0_5.csv."""
    found = _VERSIONED.search(file_name)
    if found is not None:
        return ".".join(_NUMBERS.findall(found[1]))
    short = _SHORT.search(file_name)
    return None if short is None else f"{short[1]}.{short[2]}"


def months_of(release: str | None) -> tuple[str, str] | None:
    """Give the first and the last month that a candidate release is about (2024-03), None for any other release."""
    match [int(number) for number in _NUMBERS.findall(release or "")]:
        case [year, 0, month]:
            return _month(year, month), _month(year, month)
        case [first_year, first, last_year, last]:
            return _month(first_year, first), _month(last_year, last)
        case _:
            return None


def _month(year: int, month: int) -> str:
    return f"20{year:02}-{month:02}"

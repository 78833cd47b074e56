"""Rounds of measurements, what they come to beside their references, and whether that is what was aimed at."""

import math
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TypeAlias

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

Measure: TypeAlias = Callable[[], Awaitable[Mapping[str, float]]]
"""Measures once; what it found, by the name of what was measured."""


class Case(Struct, frozen=True, kw_only=True):
    """What is reported under a name.

    `against` is the measurement that it is divided by; the ratio must be `at_least` or `at_most` so much, or without
    one the measurement itself.
    `limits` are for other measurements, by name, the greatest median that each may have.
    """

    name: str
    unit: str
    against: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    limits: Mapping[str, float] = {}
    note: str = ""


class Measured(Struct, frozen=True, kw_only=True):
    """What a case came to; `also` has the medians of what else was measured with it."""

    median: float
    min: float
    max: float
    unit: str
    reference: float | None
    ratio: float | None
    against: str | None
    target: str
    met: bool | None
    rounds: int
    also: Mapping[str, float]
    note: str


class Board:
    """Collects the values of every round."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    async def rounds(self, count: int, measures: Sequence[Measure]) -> None:
        """Take the measures one after the other, again and again, so that a slow minute slows them all."""
        for number in range(count):
            for measure in measures:
                for name, value in (await measure()).items():
                    self._values.setdefault(name, []).append(value)
            sys.stderr.write(f"  round {number + 1} of {count}\n")

    def measured(self, cases: Sequence[Case]) -> dict[str, Measured]:
        """Give what those cases came to that were measured."""
        return {case.name: self._measured(case) for case in cases if case.name in self._values}

    def _measured(self, case: Case) -> Measured:
        values = self._values[case.name]
        reference = self._median(case.against) if case.against else None
        ratio = median(values) / reference if reference else None
        also = {
            name.removeprefix(f"{case.name}."): median(found)
            for name, found in self._values.items()
            if name.startswith(f"{case.name}.")
        }
        return Measured(
            median=_rounded(median(values)),
            min=_rounded(min(values)),
            max=_rounded(max(values)),
            unit=case.unit,
            reference=_rounded(reference) if reference else None,
            ratio=_rounded(ratio) if ratio else None,
            against=case.against,
            target=_target(case),
            met=self._met(case, ratio),
            rounds=len(values),
            also={name: _rounded(value) for name, value in also.items()},
            note=case.note,
        )

    def _met(self, case: Case, ratio: float | None) -> bool | None:
        found = [self._median(name) <= limit for name, limit in case.limits.items() if name in self._values]
        held = self._median(case.name) if case.against is None else ratio
        if held is not None and case.at_least is not None:
            found.append(held >= case.at_least)
        if held is not None and case.at_most is not None:
            found.append(held <= case.at_most)
        return all(found) if found else None

    def _median(self, name: str) -> float:
        return median(self._values[name]) if name in self._values else math.nan


def quantile(values: Sequence[float], share: float) -> float:
    """Give the smallest of the values that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def write(measured: Mapping[str, Measured], path: Path) -> None:
    """Write what was measured as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(measured)) + b"\n")


def show(measured: Mapping[str, Measured]) -> None:
    """Print what was measured as a table."""
    table = Table("", "median", "min", "max", "unit", "also", "reference", "ratio", "target", "", header_style="bold")
    for column in table.columns[1:4]:
        column.justify = "right"
    for name, one in measured.items():
        reference = f"{one.against} {one.reference:,g}" if one.reference else ""
        also = ", ".join(f"{key} {value:g}" for key, value in one.also.items())
        numbers = [f"{value:,g}" for value in (one.median, one.min, one.max)]
        ratio = "" if one.ratio is None else f"{one.ratio:g}"
        met = {None: "", True: "met", False: "missed"}[one.met]
        table.add_row(name, *numbers, one.unit, also, reference, ratio, one.target, met)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _target(case: Case) -> str:
    told = [f"{name.removeprefix(f'{case.name}.')} ≤ {limit:g}" for name, limit in case.limits.items()]
    what = "ratio " if case.against else ""
    if case.at_least is not None:
        told.insert(0, f"{what}≥ {case.at_least:,g}")
    if case.at_most is not None:
        told.insert(0, f"{what}≤ {case.at_most:,g}")
    return ", ".join(told)


def _rounded(value: float) -> float:
    """Keep four significant digits."""
    return float(f"{value:.4g}")

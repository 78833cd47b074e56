"""The table of faults in `faults.toml`: what can go wrong, its guard, and the test that sees the guard missing."""

import ast
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

ROOT = Path(__file__).parents[1]


class Fault(Struct, frozen=True, forbid_unknown_fields=True):
    """One fault: the guard's words in a file, what stands in their place when it is taken out, and the test."""

    name: str
    file: str
    guard: str
    without: str
    test: str

    def test_file(self) -> str:
        return self.test.partition("::")[0]

    def test_name(self) -> str | None:
        """Give the function's name, None where the whole file is the test."""
        return self.test.partition("::")[2].partition("[")[0] or None

    def taken_out(self, source: str) -> str:
        """Give a file's text without the guard; it must stand there once."""
        assert source.count(self.guard) == 1, f"{self.file} holds the guard {source.count(self.guard)} times"
        return source.replace(self.guard, self.without)


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    fault: tuple[Fault, ...]


@cache
def faults() -> tuple[Fault, ...]:
    return msgspec.toml.decode(Path(__file__).with_name("faults.toml").read_bytes(), type=_Table).fault


def functions_of(file: str) -> set[str]:
    """Give the names of the functions of a test file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

"""Names say what a thing is, and nothing that we install bears one of ours."""

import ast
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, python_files

_EMPTY_FILE_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "base", "misc"}
_EMPTY_CLASS_WORDS = {"Util", "Utils", "Helper", "Helpers", "Common", "Manager", "Base", "Impl", "Abstract"}
_CAMEL_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def _says_nothing(path: Path) -> bool:
    return any(_EMPTY_FILE_WORDS & set(part.removesuffix(".py").split("_")) for part in path.parts)


def _classes_that_say_nothing(source: str) -> list[str]:
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and _EMPTY_CLASS_WORDS & set(_CAMEL_WORD.findall(node.name))
    ]


def test_no_file_or_folder_is_named_for_nothing_in_particular() -> None:
    assert [str(path) for path in python_files() if _says_nothing(path)] == []


def test_no_class_is_named_for_nothing_in_particular() -> None:
    found = {path: _classes_that_say_nothing((ROOT / path).read_text(encoding="utf-8")) for path in python_files()}

    assert {str(path): names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("path", ["services/utils.py", "events/common/log.py", "tests/log_helpers.py"])
def test_an_empty_file_name_is_noticed(path: str) -> None:
    assert _says_nothing(Path(path))


@pytest.mark.parametrize("name", ["LogManager", "AbstractLog", "BaseLog", "PostgresLogImpl", "_LogBase"])
def test_an_empty_class_name_is_noticed(name: str) -> None:
    assert _classes_that_say_nothing(f"class {name}: ...") == [name]


@pytest.mark.parametrize("name", ["DatabaseLog", "Implication", "Based", "Airbase"])
def test_a_word_that_only_contains_one_is_left_alone(name: str) -> None:
    assert _classes_that_say_nothing(f"class {name}: ...") == []


@pytest.mark.parametrize("name", ["events", "projections", "services", "tests", "deploy"])
def test_no_dependency_owns_one_of_our_top_level_names(name: str) -> None:
    assert set(packages_distributions().get(name, ())) <= {"conflictlog"}

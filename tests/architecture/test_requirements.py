"""What is installed is locked by hash, and names no index and no machine."""

import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

_REQUIREMENTS = ROOT / "requirements"
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def _asked_for(path: Path) -> set[str]:
    """Names in a list of requirements, without extras and bounds, other lists included."""
    names: set[str] = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            names |= _asked_for(path.parent / line.removeprefix("-r ").strip())
        elif line and not line.startswith("#"):
            names.add(re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0])
    return names


def _locked(name: str) -> dict[str, str]:
    return dict(_PIN.findall((_REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["run", "dev"])
def test_all_that_is_asked_for_is_locked(name: str) -> None:
    assert _asked_for(_REQUIREMENTS / f"{name}.in") <= set(_locked(name))


@pytest.mark.parametrize("name", ["run", "dev"])
def test_every_locked_package_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (_REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8"))

    assert [entry.splitlines()[0] for entry in entries if _PIN.match(entry) and "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", ["run", "dev"])
def test_a_lock_names_no_index_and_no_machine(name: str) -> None:
    text = (_REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")

    assert re.findall(r"^.*(?:://|--index|--extra-index|--find-links|(?<![\w-])/\w).*$", text, re.MULTILINE) == []


def test_the_tests_run_on_the_versions_that_the_product_runs_on() -> None:
    tested = _locked("dev")

    assert {name: tested.get(name) for name in _locked("run")} == _locked("run")

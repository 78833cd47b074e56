"""Each guard of the table of faults is taken out of a copy of the project, where its test must then fail."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path

import pytest

from tests.e2e.stand_in_run import open_directory
from tests.fault_table import ROOT, Fault, faults

pytestmark = pytest.mark.long

_LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis", "*.egg-info", "build", "data")
_PASSED, _FAILED = 0, 1
_LONGEST_S = 300


@pytest.fixture(scope="module")
def copy() -> Generator[Path]:
    """Give a copy of the project."""
    with open_directory() as above:
        directory = above / "project"
        shutil.copytree(ROOT, directory, ignore=_LEFT_BEHIND)
        yield directory


@pytest.fixture(scope="module")
def surroundings(postgres_url: str, redis_server_url: str) -> Mapping[str, str]:
    """Give the environment of a run in the copy: it uses our servers, and finds its own modules first."""
    return {**os.environ, "DATABASE_URL": postgres_url, "REDIS_URL": redis_server_url, "PYTHONPATH": ""}


def run(copy: Path, environment: Mapping[str, str], tests: Iterable[str]) -> tuple[int, str]:
    """Run tests in the copy; gives pytest's exit code and what it wrote."""
    options = ("-q", "-rf", "--tb=short", "-p", "no:cacheprovider", "-p", "no:randomly")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=copy,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    return done.returncode, done.stdout


def test_with_every_guard_in_its_place_the_tests_pass(copy: Path, surroundings: Mapping[str, str]) -> None:
    code, written = run(copy, surroundings, sorted({fault.test for fault in faults()}))
    assert code == _PASSED, written
    assert " skipped" not in written, written


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.name)
def test_without_its_guard_a_fault_is_seen(copy: Path, surroundings: Mapping[str, str], fault: Fault) -> None:
    file = copy / fault.file
    source = file.read_text(encoding="utf-8")
    file.write_text(fault.taken_out(source), encoding="utf-8")
    try:
        code, written = run(copy, surroundings, [fault.test])
    finally:
        file.write_text(source, encoding="utf-8")
    assert code == _FAILED, written
    # A failure of the test itself, not of what it needs to begin.
    assert re.search(rf"^FAILED {re.escape(fault.test_file())}", written, re.MULTILINE), written

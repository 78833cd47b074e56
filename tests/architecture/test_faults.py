"""The table of faults names guards that stand and tests that exist; `make test-guards` takes each guard out."""

import pytest

from tests.fault_table import ROOT, Fault, faults, functions_of

FAULTS = [pytest.param(fault, id=fault.name) for fault in faults()]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_guard_stands_once_and_what_takes_its_place_is_something_else(fault: Fault) -> None:
    source = (ROOT / fault.file).read_text(encoding="utf-8")
    without = fault.taken_out(source)
    assert without != source
    if fault.file.endswith(".py"):
        compile(without, fault.file, "exec")


@pytest.mark.parametrize("fault", FAULTS)
def test_the_test_of_a_guard_exists(fault: Fault) -> None:
    assert fault.test_name() in {None, *functions_of(fault.test_file())}


def test_no_fault_is_listed_twice() -> None:
    names = [fault.name for fault in faults()]
    assert sorted(set(names)) == sorted(names)

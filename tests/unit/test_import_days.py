"""Days as tables give them."""

import pytest

from services.imports.days import day_of


@pytest.mark.parametrize(
    "cell",
    [
        "24 February 2022",
        "24 Feb 2022",
        "24 Feb, 2022",
        "24\u00a0February\u00a02022",
        "24-Feb-22",
        "24-February-2022",
        "February 24, 2022",
        "2022-02-24",
        " 2022-02-24T00:00:00",
        "2022-02-24 23:59:59.000",
        "2022-02-24T22:00Z",
    ],
)
def test_a_day_is_read_however_it_is_written(cell: str) -> None:
    found = day_of(cell)

    assert found is not None
    assert found.isoformat() == "2022-02-24"


@pytest.mark.parametrize("cell", ["", "soon", "2022-02-30", "2022-02-30T00:00:00", "2022-02-24 or later", "2022"])
def test_what_is_no_day_is_none(cell: str) -> None:
    assert day_of(cell) is None

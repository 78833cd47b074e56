"""Days as tables give them."""

from datetime import date

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
        "2022-02-24.",
        "2022-2-24",
        "2022/02/24",
        "24.02.2022",
        "24.2.2022 00:00:00",
        "24th February 2022",
        "24 February 2022[5]",
        "24 February 2022 [note 2]",
    ],
)
def test_a_day_is_read_however_it_is_written(cell: str) -> None:
    found = day_of(cell)

    assert found is not None
    assert found.isoformat() == "2022-02-24"


@pytest.mark.parametrize("cell", ["9 Sept 2022", "Sept. 9, 2022", "9-Sept-2022", "9 Sep 2022", "9 September 2022"])
def test_september_has_two_short_forms(cell: str) -> None:
    assert day_of(cell) == date(2022, 9, 9)


@pytest.mark.parametrize(
    "cell",
    ["", "soon", "2022-02-30", "2022-02-30T00:00:00", "30.02.2022", "2022-02-24 or later", "2022", "3/4/2022", "[5]"],
)
def test_what_is_no_day_is_none(cell: str) -> None:
    assert day_of(cell) is None

"""Cells of control logs: who is a holder, and what is noise."""

import pytest

from services.imports.entry import RowError
from services.imports.holders import Holder, holder_of


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("3 Oct 2022", "is a date"),
        ("Ukraine\n\u00a0Russia", "names several"),
        ("Awarded Hero City status", "is no name"),
        ("UkraineCite error A <ref> tag is missing", "holds markup"),
        ("Truce", "names no holder"),
        ("Unknown", "is not known"),
        ("Held by", "names no holder"),
        ("", "is empty"),
        ("Captured by rebels", "is no name"),
        ("Captured after heavy fighting", "is no name"),
        ("Ukraine since 3 March 2022", "is a date or a story"),
        ("Oct 3, 2022", "is a date"),
        ("3 October", "is a date"),
        ("Under siege", "names no holder"),
        ("Local ceasefire", "names no holder"),
        ("[1]", "is empty"),
    ],
)
def test_noise_in_the_holder_s_cell_is_told_by_its_reason(cell: str, reason: str) -> None:
    with pytest.raises(RowError, match=reason):
        holder_of(cell)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (cell, cell)
        for cell in (
            "Syrian opposition", "Syrian government", "Houthi forces", "Government forces", "Myanmar military",
            "Free Syrian army", "Russian-backed forces", "Hadi-led government", "local militias", "Kurdish authorities",
            "1920 Revolution Brigades", "17 February Brigade", "23 March Movement", "Hayat Tahrir al-Sham",
            "SPLM-N (al-Hilu)",
        )
    ]
    + [
        ("Syrian opposition[a]", "Syrian opposition"),
        (" Rapid Support Forces [12][note 1]", "Rapid Support Forces"),
        ("Ukraine\n[1]", "Ukraine"),
    ],
)  # fmt: skip
def test_what_holders_are_called_is_no_noise(cell: str, name: str) -> None:
    assert holder_of(cell) == Holder("held", name)


@pytest.mark.parametrize(
    "cell", ["Ukraine / Russia", "Russia/ukraine", "Ukraine & Russia", "Russia, Ukraine[1]", "Ukraine and DPR"]
)
def test_several_that_the_table_knows_as_holders_are_no_holder_of_their_own(cell: str) -> None:
    with pytest.raises(RowError, match="held_by names several"):
        holder_of(cell, {"ukraine", "russia", "dpr", "ukraine / russia"})


@pytest.mark.parametrize("cell", ["SPLM/A-IO", "Ukraine and allies", "Ukraine / Wagner", "Ukraine, Ukraine"])
def test_a_name_that_only_looks_like_several_is_one(cell: str) -> None:
    assert holder_of(cell, {"ukraine", "russia", "ukraine and allies"}) == Holder("held", cell)


@pytest.mark.parametrize(
    "cell", ["Contested", "Contested\u00a0Ukraine", "Disputed", "Mixed control", "No man\u2019s land"]
)
def test_a_place_that_nobody_holds_alone_is_contested(cell: str) -> None:
    assert holder_of(cell) == Holder("contested")

"""Tables as they come: with a mark at the start, other delimiters, columns and line ends, and empty cells."""

import io
from collections.abc import Sequence

import pytest

from events.values import Count
from projections.casualties.question import CasualtyQuery
from services.imports.entry import FormatError, RowError
from services.imports.reading import code_in, number_or_none, point_of, rows_of, table, whole_number
from services.imports.ucdp_ged import INCONSISTENT
from tests.casualty_cases import tally
from tests.import_cases import GED_ROW, Imported, as_csv, ged

pytestmark = pytest.mark.anyio


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def rows(text: str, *needed: str) -> list[tuple[int, dict[str, str]]]:
    return [(number, dict(row)) for number, row in table(lines(text), needed)]


@pytest.mark.parametrize(
    "text",
    [
        "id,name\n1,one\n",
        "\ufeffid,name\r\n1,one\r\n",
        '\ufeff"id","name"\n"1","one"\n',
        "id;name\n1;one\n",
        "id\tname\n1\tone\n",
        " name , id , more \none,1,x\n",
        "ID,Name\n1,one\n",
        "id,name\n1,one\n,\n\n",
        "sep=;\nid;name\n1;one\n",
        '\ufeff"sep=,"\r\nid,name\r\n1,one\r\n',
        "SEP=\t\nid\tname\n1\tone",
    ],
)
def test_a_table_is_read_however_it_is_written(text: str) -> None:
    [(number, row)] = rows(text, "id", "name")

    assert (number, row["id"], row["name"]) == (2, "1", "one")


@pytest.mark.parametrize("nothing", ["NA", "NULL", "NaN", "nan"])
async def test_what_programs_write_into_an_empty_cell_states_nothing(nothing: str) -> None:
    log = Imported()

    summary = await log.take_ged(ged({"deaths_a": nothing, "adm_1": nothing, "adm_2": nothing}))

    assert (summary.recorded, summary.quarantined) == (1, [])
    assert set((await log.registry()).places) == {"syria", "teir-maaleh-village"}
    told = {claim.rpartition(".")[2] for claim in (await log.occurrence("ucdp-ged-214797")).claims}
    assert told == {"b", "civilians", "unknown", "total"}


def test_lines_may_end_with_a_carriage_return_alone() -> None:
    # Lines are parted as those of a file are, which end with a line feed.
    text = io.StringIO('\ufeffid,name\r1,"one\ror\ntwo"\r2,three\r3,four', newline="\n")
    found = table(text, ["id", "name"])

    assert [row["id"] for _, row in found] == ["1", "2", "3"]


def test_a_cell_may_hold_line_ends_delimiters_and_quotation_marks() -> None:
    found = rows('id,name\n1,"one;\n""two"",\r\nthree"\n2,5" gun\n3,"end\n"\n4,last', "id", "name")

    assert [row["name"] for _, row in found] == ['one;\n"two",\r\nthree', '5" gun', "end\n", "last"]


@pytest.mark.parametrize(
    ("second", "is_read"),
    [
        ("#event+id,#loc +name", False),
        ("#event,", False),
        ("1,#Breaking: attack", True),
        ("#event+id,one", True),
    ],
)
def test_only_a_row_that_holds_nothing_but_hxl_s_tags_is_passed_over(second: str, *, is_read: bool) -> None:
    found = rows(f"id,name\n{second}\n2,two\n", "id", "name")

    assert [number for number, _ in found] == ([2, 3] if is_read else [3])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no column id, name"),
        ("id|name\n1|one\n", "no column id, name"),
        ('id,name\n1,one\n2,"two\n3,three\n', "row 3: a quotation mark is opened and never closed"),
        ("id,name\n1,one\rtwo\n", "after row 1: "),
    ],
)
def test_a_file_that_cannot_be_told_into_rows_is_refused_in_words(text: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        list(table(iter(text.split("\n")) if "\r" in text else lines(text), ["id", "name"]))


def test_a_whole_number_may_be_written_with_noughts_and_an_empty_cell_states_none() -> None:
    assert [number_or_none({"n": cell}, "n") for cell in ("3", "3.0", " 7. ", "", " ")] == [3, 3, 7, None, None]
    for cell in ("3.5", "-1", "three", "1e3", "NaN"):
        with pytest.raises(RowError, match="n is no whole number"):
            number_or_none({"n": cell}, "n")
    with pytest.raises(RowError, match="n is no whole number: ''"):
        whole_number({"n": ""}, "n")


@pytest.mark.parametrize("cells", [("35.76", "-0.5"), ("35,76", "-0,5"), (" 35.760 ", "-.5")])
def test_coordinates_are_read_with_either_decimal_sign(cells: tuple[str, str]) -> None:
    assert point_of(dict(zip(("lat", "lon"), cells, strict=True)), "lat", "lon") == (-0.5, 35.76)


@pytest.mark.parametrize("cells", [("", "1"), ("91", "1"), ("1.234,5", "1"), ("nan", "1"), ("north", "1")])
def test_what_is_no_point_on_earth_is_none(cells: tuple[str, str]) -> None:
    assert point_of(dict(zip(("lat", "lon"), cells, strict=True)), "lat", "lon") is None


def test_thousands_may_be_parted_and_what_may_be_thousands_or_noughts_is_not_guessed() -> None:
    cells = ("1,234", "1 234", "12\u00a0345", "1'234'567", "1,000.0")
    assert [number_or_none({"n": cell}, "n") for cell in cells] == [1234, 1234, 12345, 1234567, 1000]
    for cell in ("1.000", "3.000", "1,5", "12,34", "0,123", "1,234 567", "1,234.000"):
        with pytest.raises(RowError, match="n is no whole number"):
            number_or_none({"n": cell}, "n")


def test_a_code_is_read_without_noughts_and_otherwise_as_it_is() -> None:
    codes = ("3", " 3.0", "3.", "3.5", "a.0", ".0", "")
    assert [code_in({"code": code}, "code") for code in codes] == ["3", "3", "3", "3.5", "a.0", ".0", ""]


async def test_a_file_that_went_through_a_dataframe_says_what_it_said_before() -> None:
    log = Imported()
    row = {**GED_ROW, "number_of_sources": "3", "event_clarity": "1"}
    await log.take_ged(as_csv([row]))
    noughts = {column: f"{cell}.0" for column, cell in row.items() if cell.isdecimal()}
    assert {"id", "type_of_violence", "side_a_new_id", "where_prec", "date_prec", "best"} <= noughts.keys()

    again = await log.take_ged(as_csv([{**row, **noughts}]))

    assert (again.repeated, again.recorded, again.quarantined, again.refused) == (1, 0, [], [])


async def test_a_bound_that_a_row_leaves_empty_is_not_stated_and_nobody_is_lost() -> None:
    log = Imported()

    summary = await log.take_ged(ged({"id": "1", "high": "", "deaths_unknown": ""}, {"id": "2", "best": "4.0"}))

    assert (summary.recorded, summary.quarantined) == (2, [])
    assert summary.flagged == {INCONSISTENT: [3]}
    first = (await log.occurrences())["ucdp-ged-1"]
    assert [claim.partition(".")[2] for claim in first.claims] == ["a", "b", "civilians", "total"]
    [total] = tally([first], CasualtyQuery(effect=("killed",)), await log.registry()).totals()
    assert (total.low, total.best, total.high, total.not_stated) == (5, 6, None, ["high"])
    assert Count(low=5, best=6).consistent


@pytest.mark.parametrize("before", ["", "\n", "\ufeff\r\n \n", "  "])
def test_json_may_begin_with_empty_lines(before: str) -> None:
    text = f'{before}[{{"id": 1, "name": null}}]'

    assert [(number, dict(row)) for number, row in rows_of(lines(text), ["id"])] == [(1, {"id": "1", "name": ""})]


def _reordered(row: Sequence[str]) -> dict[str, str]:
    return {name: GED_ROW[name] for name in row}


@pytest.mark.parametrize(
    ("before", "written", "instead"),
    [("", "\r\n", "\n"), ("\ufeff", "", ""), ("", ",", ";")],
    ids=["unix line ends", "a byte order mark", "semicolons"],
)
async def test_the_same_events_in_another_dress_are_known_again(before: str, written: str, instead: str) -> None:
    log = Imported()
    await log.take_ged(as_csv([{**GED_ROW, "source_article": "SOHR"}]))
    head = await log.log.head()
    turned = as_csv([{"geom_wkt": "", **_reordered([*reversed([*GED_ROW])]), "source_article": "SOHR", "new": "1"}])

    text = before + "".join(turned())
    text = text.replace(written, instead) if written else text

    summary = await log.take_ged(lambda: iter(text.splitlines(keepends=True)))

    assert (summary.repeated, await log.log.head()) == (1, head)

"""Rows as PostgreSQL reads them."""

from datetime import UTC, date, datetime

import pytest

from projections.row_texts import Literals, Texts

ODD = 'a\tb\nc\rd\\e"f,g(h){i}'
RECORD = (7, "", None, True, date(2020, 11, 25), datetime(1, 1, 1, tzinfo=UTC), ("x", ODD, None), ODD)


def test_a_row_for_copy_has_its_signs_escaped() -> None:
    number, empty, none, yes, day, moment, names, odd = Texts().row(RECORD).removesuffix("\n").split("\t")
    assert (number, empty, none, yes, day, moment) == ("7", "", "\\N", "1", "2020-11-25", "0001-01-01 00:00:00+00:00")
    assert odd == 'a\\tb\\nc\\rd\\\\e"f,g(h){i}'
    assert names == '{"x","a\\tb\\nc\\rd\\\\\\\\e\\\\"f,g(h){i}",NULL}'


def test_a_list_is_written_as_a_tuple_of_the_same() -> None:
    texts = Texts()
    assert texts.row((1, ["a", "b"])) == texts.row((1, ("a", "b"))) == '1\t{"a","b"}\n'


def test_what_has_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        Literals().row((object(),))


def test_a_number_keeps_its_type_beside_one_that_is_equal() -> None:
    assert Texts().row((1.0, 1, 1.0)) == "1.0\t1\t1\n"

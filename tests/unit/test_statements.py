"""SQL files are read statement by statement."""

from pathlib import Path

import pytest

from events.statements import statements


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "some.sql"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_statement_is_found_under_its_name_as_it_is_written(tmp_path: Path) -> None:
    path = _written(tmp_path, "-- name: head\nSELECT 1;\n\n-- name: tail\n-- why\nSELECT %(n)s,\n  'Şuşa'\n")

    assert statements(path) == {"head": b"SELECT 1;", "tail": "-- why\nSELECT %(n)s,\n  'Şuşa'".encode()}


def test_what_stands_above_the_first_name_belongs_to_no_statement(tmp_path: Path) -> None:
    assert statements(_written(tmp_path, "-- The log's statements.\n\n-- name: head\nSELECT 1\n")) == {
        "head": b"SELECT 1"
    }


@pytest.mark.parametrize("comment", ["-- named: not", "-- name: not this", "  -- name: indented", "-- rename: head"])
def test_a_comment_that_only_resembles_a_name_stays_in_its_statement(tmp_path: Path, comment: str) -> None:
    path = _written(tmp_path, f"-- name: head\nSELECT 1\n{comment}\n")

    assert statements(path) == {"head": f"SELECT 1\n{comment}".encode()}


def test_a_file_without_names_has_no_statements(tmp_path: Path) -> None:
    assert statements(_written(tmp_path, "SELECT 1\n")) == {}

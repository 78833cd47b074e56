"""`conflictlog import`: formats and options, what is shown, and what a script sees."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from services.cli.commands import main
from tests.import_cases import DATA, GED_ROW, Lines, as_csv, ged, needs

CONTROL = {
    "recorded_at": "2022-03-01T12:00:00+02:00",
    "commit": "c1",
    "place": "Kherson",
    "change": "ADDED",
    "held_by_after": "Ukraine",
    "as_of_claimed": "24 February 2022",
}


class Files:
    """A directory of files to import, and the log that they are imported into."""

    def __init__(self, directory: Path, database_url: str) -> None:
        self._directory = directory
        self._url = database_url

    def taken(self, command: str, name: str, held: Lines | bytes, *options: str) -> Result:
        path = self._directory / name
        path.write_bytes(held if isinstance(held, bytes) else "".join(held()).encode())
        arguments = ["import", command, str(path), *options]
        return CliRunner().invoke(main, arguments, env={"DATABASE_URL": self._url, "CONFLICTLOG_DATA": None})

    def counted(self, command: str, name: str, lines: Lines, *options: str) -> dict[str, Any]:
        result = self.taken(command, name, lines, "--json", *options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def head(self) -> int:
        with psycopg.connect(self._url) as connection:
            [(position,)] = connection.execute("SELECT position FROM head").fetchall()
            return int(position)

    def events(self, kind: str) -> list[dict[str, Any]]:
        with psycopg.connect(self._url) as connection:
            found = connection.execute("SELECT data FROM event WHERE type = %s ORDER BY position", [kind]).fetchall()
            return [json.loads(data) for (data,) in found]


@pytest.fixture
def files(tmp_path: Path, database_url: str) -> Files:
    return Files(tmp_path, database_url)


def test_a_file_is_taken_and_taken_again_appends_nothing(files: Files) -> None:
    first = files.counted("ucdp-ged", "events.csv", ged({"id": "1"}, {"id": "2", "low": "7"}))
    head = files.head()
    again = files.counted("ucdp-ged", "events.csv", ged({"id": "1"}, {"id": "2", "low": "7"}))

    assert (first["recorded"], first["flagged"], first["position"]) == (2, {"bounds_inconsistent": [3]}, head)
    assert (again["repeated"], again["recorded"], files.head()) == (2, 0, head)


def test_a_file_of_no_stated_day_is_known_from_its_import_on(files: Files) -> None:
    before = datetime.now(UTC)
    files.counted("ucdp-ged", "events.csv", ged({}))

    [report] = files.events("report.filed")
    assert before <= datetime.fromisoformat(report["published_at"]) <= datetime.now(UTC)


def test_the_release_in_a_file_s_name_makes_it_the_newer_one(files: Files) -> None:
    files.counted("ucdp-ged", "GEDEvent_v23_1.csv", ged({}), "--published", "2023-06-08")

    newer = files.counted("ucdp-ged", "GEDEvent_v24_1.csv", ged({"best": "7"}), "--published", "2024-06-06")

    assert (newer["release"], newer["changed"]) == ("24.1", 1)


def test_what_a_complete_release_lacks_is_retracted(files: Files) -> None:
    files.counted("ucdp-ged", "old.csv", ged({"id": "1"}, {"id": "2"}), "--release", "23.1")

    newer = files.counted("ucdp-ged", "new.csv", ged({"id": "1"}), "--release", "24.1", "--complete")

    assert newer["retracted"] == 1


def test_a_list_of_deletions_says_how_many_events_are_not_on_record(files: Files) -> None:
    deleted = as_csv([{"event_id_cnty": "AZE1", "deleted_timestamp": "1612137600"}])

    taken = files.counted("acled", "deleted.csv", deleted, "--deleted")

    assert taken["silent"] == 1
    assert taken["notes"][0].startswith("1 events of the list are not on record")


def test_people_are_shown_counts_and_the_rows_worth_a_look(files: Files) -> None:
    result = files.taken("ucdp-ged", "events.csv", ged({"id": "1", "best": "99"}, {"id": "2", "date_prec": "?"}))

    assert result.exit_code == 0
    assert "bounds_inconsistent: rows 2" in result.stdout
    assert "quarantined: row 3: date_prec is no code of UCDP's: '?'" in result.stdout


def test_a_refused_row_ends_with_a_code_that_a_script_sees(files: Files) -> None:
    files.counted("ucdp-ged", "events.csv", ged({}))

    result = files.taken("ucdp-ged", "events.csv", ged({"best": "7"}))

    assert result.exit_code == 1
    assert "refused: row 2:" in result.stdout


def test_a_file_of_which_no_row_can_be_read_ends_with_a_code_that_a_script_sees(files: Files) -> None:
    result = files.taken("ucdp-ged", "events.csv", ged({"id": "1", "date_prec": "?"}, {"id": "2", "date_prec": "?"}))

    assert result.exit_code == 1
    assert "quarantined: row 3: date_prec is no code of UCDP's: '?'" in result.stdout


def test_a_file_of_another_format_is_told_in_one_line(files: Files) -> None:
    result = files.taken("ucdp-ged", "events.csv", as_csv([CONTROL]))

    assert result.exit_code == 1
    assert "the file has no column id, type_of_violence" in result.stderr


def test_a_file_that_is_no_text_is_told_in_one_line(files: Files) -> None:
    result = files.taken("ucdp-ged", "events.csv", b"id,\xff\xfe\n")

    assert result.exit_code == 1
    assert "events.csv: it is not UTF-8 (byte 3): save it as UTF-8 first" in result.stderr


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (gzip.compress(b"id,name\n"), "it is packed: unpack it first"),
        (b"PK\x03\x04\x14\n", "it is packed: unpack it first"),
        ("id,name\n".encode("utf-16"), "it is UTF-16: save it as UTF-8 first"),
    ],
    ids=["gzip", "zip", "UTF-16"],
)
def test_a_file_that_is_packed_or_of_another_encoding_is_told_what_to_do(
    files: Files, held: bytes, reason: str
) -> None:
    result = files.taken("ucdp-ged", "events.csv", held)

    assert result.exit_code == 1
    assert reason in result.stderr


def test_a_file_without_rows_is_summed_up_too(files: Files) -> None:
    heads = "".join(as_csv([GED_ROW])()).splitlines()[0]

    taken = files.counted("ucdp-ged", "events.csv", lambda: iter([heads]))

    assert (taken["rows"], taken["recorded"]) == (0, 0)


@needs("nov2020_claims.csv")
def test_claims_about_what_is_not_on_record_say_what_comes_first(files: Files) -> None:
    result = files.taken("claims", "claims.csv", (DATA / "nov2020_claims.csv").read_bytes(), "--json")

    summary = json.loads(result.stdout)
    assert (result.exit_code, len(summary["refused"])) == (1, 25)
    [note] = summary["notes"]
    assert "register the places, parties, sources and reports" in note


@pytest.mark.parametrize("said", ["yesterday", "2023-02-30"])
def test_a_day_of_publication_that_does_not_exist_is_refused(files: Files, said: str) -> None:
    result = files.taken("ucdp-ged", "events.csv", as_csv([GED_ROW]), "--published", said)

    assert result.exit_code == 2
    assert "--published" in result.stderr


def test_a_control_log_is_taken_under_its_file_s_name(files: Files) -> None:
    taken = files.counted("control-log", "City control 2022.csv", as_csv([CONTROL]), "--time-zone", "Europe/Kyiv")

    assert (taken["dataset"], taken["recorded"], taken["places"]) == ("city-control-2022", 1, 1)


def test_places_and_towns_are_taken(files: Files) -> None:
    area = {"type": "Polygon", "coordinates": [[[36, 34], [37, 34], [37, 35], [36, 34]]]}
    feature = {"type": "Feature", "properties": {"NAME_1": "Homs", "ISO": "SY-HI"}, "geometry": area}
    collection = json.dumps({"type": "FeatureCollection", "features": [feature]})
    town = json.dumps({"geonameid": 1, "name": "Homs", "latitude": 34.7, "longitude": 36.7, "countrycode": "SY"})

    assert files.counted("geojson", "adm1.geojson", lambda: iter([collection]))["recorded"] == 1
    assert files.counted("geonames", "towns.jsonl", lambda: iter([town]))["recorded"] == 1


@pytest.mark.parametrize("cell", ["where_coordinates", "adm_2", "side_b", "source_article"])
def test_a_cell_that_the_database_cannot_keep_refuses_its_row_alone(files: Files, cell: str) -> None:
    rows = ged({"id": "1"}, {"id": "2", "side_b_new_id": "9", cell: "a\0b town"}, {"id": "3"})

    result = files.taken("ucdp-ged", "events.csv", rows, "--json")

    summary = json.loads(result.stdout)
    assert (result.exit_code, summary["recorded"], [one["row"] for one in summary["refused"]]) == (1, 2, [3])

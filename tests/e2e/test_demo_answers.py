"""The closing table of the worked example, as the demo asks it of a running service."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from services.demo.answers import ask
from services.demo.load import load
from services.demo.questions import Facts
from tests.e2e.instance import Service
from tests.e2e.stand_in_run import environment
from tests.ports import free_port

MINE = {"occurrence": "mine-madagiz", "effect": "killed,wounded"}


class Running(NamedTuple):
    client: httpx.Client
    position: int

    def rows(self, question: str) -> list[Facts]:
        """Give the rows of the one answer to a question."""
        (answer,) = [one for one in ask(self.client, min_position=self.position).answers if one.question == question]
        return answer.rows

    def get(self, path: str, **asked: str) -> httpx.Response:
        return self.client.get(path, params={**asked, "min_position": self.position}).raise_for_status()


@pytest.fixture
def demo(unchanged: Service) -> Running:
    """Give the service that holds the set."""
    return Running(unchanged.client, unchanged.head())


def pending(due: str, *, overdue: bool = False, before: str | None = None, excluding: Sequence[str] = ()) -> Facts:
    return {
        "to": "azerbaijan",
        "due": due,
        "overdue": overdue,
        "rescheduled_from": before,
        "excluding": list(excluding),
    }


NOTHING_PENDING: Facts = {"to": None, "due": None, "overdue": None, "rescheduled_from": None, "excluding": []}


@pytest.mark.parametrize(
    ("question", "holder", "waiting"),
    [
        ("kalbajar, as of 2020-11-24", "armenian-forces", pending("2020-11-25", before="2020-11-15")),
        ("kalbajar, as of 2020-11-24, known at 2020-11-12", "armenian-forces", pending("2020-11-15", overdue=True)),
        ("kalbajar, as of 2020-11-25", "azerbaijan", NOTHING_PENDING),
        ("agdam, as of 2020-11-25", "azerbaijan", NOTHING_PENDING),
        ("lachin, as of 2020-11-25", "armenian-forces", pending("2020-12-01", excluding=["lachin-corridor"])),
        ("lachin-corridor, as of 2020-12-02", "russian-peacekeepers", NOTHING_PENDING),
    ],
)
def test_control(demo: Running, question: str, holder: str, waiting: Facts) -> None:
    (row,) = demo.rows(question)
    assert (row["status"], row["controllers"]) == ("held", [holder])
    assert {name: row[name] for name in waiting} == waiting


@pytest.mark.parametrize(("known", "status"), [(", known at 2020-11-30", "overdue"), ("", "effected")])
def test_the_lachin_transfer(demo: Running, known: str, status: str) -> None:
    (row,) = demo.rows(f"ceasefire-2020-11-10.transfer-lachin, as of 2020-12-02{known}")
    assert row == {"status": status, "due": "2020-12-01"}


def test_the_gazakh_clause_is_nowhere_a_transfer(demo: Running) -> None:
    transfers = demo.get("/v1/transfers").json()["items"]
    assert [transfer["id"].rpartition("-")[2] for transfer in transfers] == ["agdam", "kalbajar", "lachin"]


def test_the_mine_explosion_killed_one_and_wounded_five(demo: Running) -> None:
    rows = {row["effect"]: row for row in demo.rows("the mine explosion of 23 November")}
    assert {effect: (row["low"], row["best"], row["high"]) for effect, row in rows.items()} == {
        "killed": (1, 1, 1),
        "wounded": (5, 5, 5),
    }


def test_the_mine_explosion_by_party(demo: Running) -> None:
    tally = demo.get("/v1/casualties", **MINE, group_by="affected_party,effect", party_level="top").json()
    assert {(row["affected_party"], row["effect"], row["best"]) for row in tally["rows"]} == {
        ("azerbaijan", "killed", 1),
        ("russian-peacekeepers", "wounded", 1),
        ("artsakh-emergency-ministry", "wounded", 4),
    }


@pytest.mark.parametrize(
    ("question", "strikes"),
    [
        ("Israel, in Syria, acknowledged or attributed", ["strike-2020-11-18", "strike-2020-11-25"]),
        (
            "Israel, in Syria, suspected as well",
            ["strike-2020-11-18", "strike-2020-11-21", "strike-2020-11-25"],
        ),
    ],
)
def test_israeli_strikes_on_syria_in_the_week_to_25_november(
    demo: Running, question: str, strikes: Sequence[str]
) -> None:
    (row,) = demo.rows(question)
    assert (row["from"], row["to"]) == ("2020-11-18", "2020-11-25")
    assert (row["count"], row["strikes"]) == (len(strikes), strikes)


def test_the_second_strike_is_on_areas_of_the_first(demo: Running) -> None:
    (row,) = demo.rows("Israel, in Syria, acknowledged or attributed")
    assert row["areas_struck_again"] == ["quneitra", "rif-dimashq"]


@pytest.mark.parametrize(
    ("question", "bounds", "contested"),
    [
        ("the strike of 25 November", (0, 0, None), True),
        ("the strike of 25 November, says SANA", (0, 0, 0), False),
        ("the strike of 25 November, says SOHR", (8, 8, None), False),
        ("the strike of 18 November", (10, 10, 10), False),
    ],
)
def test_killed_in_a_strike(
    demo: Running, question: str, bounds: tuple[int, int, int | None], *, contested: bool
) -> None:
    (row,) = demo.rows(question)
    assert (row["low"], row["best"], row["high"]) == bounds
    assert row["contested"] is contested


def test_the_strike_of_18_november_by_party(demo: Running) -> None:
    asked = {"occurrence": "strike-2020-11-18", "effect": "killed", "group_by": "affected_party"}
    rows = demo.get("/v1/casualties", **asked).json()["rows"]
    assert {(row["affected_party"], row["best"]) for row in rows} == {
        ("syrian-armed-forces", 3),
        ("allied-foreign-fighters", 7),
    }


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("Nagorno-Karabkah", ["nagorno-karabakh"]),
        ("ナゴルノ・カラブカ", ["nagorno-karabakh"]),
        ("Кельбаджар (district)", ["kalbajar"]),
        ("K'arvacharr (district)", ["kalbajar"]),
        ("Magadiz", []),
    ],
)
def test_a_name_resolves(demo: Running, name: str, places: list[str]) -> None:
    (row,) = demo.rows(name)
    assert row["places"] == places


def test_loaded_again_it_appends_nothing(demo: Running) -> None:
    assert load(demo.client).position == demo.position
    assert demo.get("/v1/control-map").json()["position"] == demo.position


def test_the_demo_answers_once_as_json_and_stops(tmp_path: Path) -> None:
    arguments = ("demo", "--once", "--json", "--data", str(tmp_path), "--port", str(free_port()))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.cli", *arguments],
        env=environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].startswith("ready http://127.0.0.1:")
    sections = {answer["section"] for answer in json.loads(done.stdout)["answers"]}
    assert sections >= {"Who controls what", "Who was harmed"}

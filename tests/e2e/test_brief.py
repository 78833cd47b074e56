"""The brief of 18 to 25 November 2020, as readers of three languages get it: by HTTP, by the command line."""

import subprocess
import sys

import pytest

from services.briefs.answers import Language
from tests.e2e.instance import Service
from tests.e2e.stand_in_run import PROJECT

SPAN = ("--from", "2020-11-18", "--to", "2020-11-25")
SAID: dict[Language, tuple[str, ...]] = {
    "en": (
        "# Situation brief, 18 November 2020 to 25 November 2020",
        "25 November 2020: Kalbajar (district) passed from Armenian forces to Azerbaijan",
        "Lachin (district): to pass to Azerbaijan by 1 December 2020. Pending.",
        "Strike 2 of 2 by Israel in the period.",
        "killed 0 (lowest 0, no upper limit stated, the smallest figure claimed, contested)",
        "An allegation that no other source is known to confirm.",
    ),
    "ja": (
        "# 情勢概要 2020年11月18日から2020年11月25日まで",
        "2020年11月25日: キャルバジャル（地区）の支配がアルメニア側部隊からアゼルバイジャンに移った",
        "ラチン（地区）: 2020年12月1日までにアゼルバイジャンに移る予定。未実施。",
        "期間中のイスラエルによる攻撃2回のうち2回目。",
        "死亡 0（最小0、上限の記載なし、主張のうち最小の値、争いあり）",
        "他の情報源による裏付けが知られていない主張。",
    ),
    "ru": (
        "# Обзор обстановки: 18 ноября 2020 — 25 ноября 2020",
        "25 ноября 2020: Кельбаджарский район — смена контроля (ввод войск); прежде: армянские силы",
        "Лачинский район: предстоит передача до 1 декабря 2020 включительно; принимает Азербайджан. Ещё не выполнено.",
        "Удар 2 из 2 за период (Израиль).",
        "убиты — 0 (минимум 0, верхняя граница не указана, наименьшее из заявленных, оспаривается)",
        "Обвинение, подтверждений которому из других источников не известно.",
    ),
}


def _command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "services.cli", "brief", *arguments],
        env={"PATH": "", "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("language", SAID)
def test_the_brief_reads_in_each_language(unchanged: Service, language: Language) -> None:
    asked = {"from": "2020-11-18", "to": "2020-11-25", "format": "markdown", "language": language}
    answer = unchanged.client.get("/v1/brief", params={**asked, "min_position": unchanged.head()}).raise_for_status()

    assert answer.headers["content-language"] == language
    assert [words for words in SAID[language] if words not in answer.text] == []


def test_the_command_line_gives_the_same_brief_from_the_service_and_from_its_database(
    unchanged: Service, november_database: str
) -> None:
    arguments = (*SPAN, "--language", "ja", "--at-position", str(unchanged.head()))
    asked = _command({"CONFLICTLOG_URL": unchanged.url, "CONFLICTLOG_KEY": unchanged.key}, *arguments)
    written = _command({"DATABASE_URL": november_database}, *arguments)

    assert (asked.returncode, asked.stderr) == (0, "")
    assert (written.returncode, written.stderr) == (0, "")
    assert asked.stdout == written.stdout
    assert asked.stdout.startswith(SAID["ja"][0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2020-11-26", "--to", "2020-11-25"), "is after"),
        (("--from", "the 18th"), "is no date"),
        (("--known-at", "2020-11-25T00:00:00"), "neither a date"),
        (("--at-position", "999999"), "beyond the head"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_line(
    november_database: str, arguments: tuple[str, ...], said: str
) -> None:
    failed = _command({"DATABASE_URL": november_database}, *arguments)

    assert failed.returncode in {1, 2}
    assert failed.stdout == ""
    assert said in failed.stderr.strip().splitlines()[-1]

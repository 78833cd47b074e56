"""`conflictlog import ndjson`, `export` and `import log`, as they are typed."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from services.cli import main
from services.demo.commands import commands as demo_commands
from services.wiring import open_log
from tests.api_client import EXPLOSION, NOVEMBER, make_key
from tests.parking_cases import poison

ROOT = Path(__file__).parents[2]


def run(database_url: str, *arguments: str | Path, **environment: str) -> Result:
    given: dict[str, str | None] = {"DATABASE_URL": database_url, "CONFLICTLOG_URL": None, **environment}
    return CliRunner().invoke(main, [str(one) for one in arguments], env=given)


def summary(result: Result, code: int = 0) -> Any:  # noqa: ANN401  any JSON
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def line(path: str, body: object, **members: object) -> str:
    return json.dumps({"path": path, "body": body, **members}, ensure_ascii=False)


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """Give a file with the demo's requests, one a line."""
    path = tmp_path / "demo.ndjson"
    lines = [line(one.path, one.body, key=one.key) for one in demo_commands()]
    path.write_text("\ufeff" + "\n".join(lines) + "\n\n", encoding="utf-8")
    return path


def test_a_file_of_requests_is_imported_and_again_without_effect(database_url: str, demo: Path) -> None:
    first = summary(run(database_url, "import", "ndjson", demo, "--json"))
    assert (first["recorded"], first["repeated"], first["refused"]) == (len(demo_commands()), 0, [])
    again = summary(run(database_url, "import", "ndjson", demo, "--json"))
    assert (again["recorded"], again["repeated"], again["position"]) == (0, first["recorded"], first["position"])


def test_lines_that_are_refused_are_listed_and_the_others_taken(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "some.ndjson"
    unnamed = {name: value for name, value in EXPLOSION.items() if name != "id"}
    lines = [line(*one) for one in NOVEMBER]
    lines += ["{", line("/v1/occurrences", {**unnamed, "report": "none"}), line("/v1/occurrences", unnamed)]
    path.write_text("\n".join(lines), encoding="utf-8")
    done = summary(run(database_url, "import", "ndjson", path, "--json"), code=1)
    assert done["recorded"] == len(NOVEMBER) + 1
    assert [one["row"] for one in done["refused"]] == [len(NOVEMBER) + 1, len(NOVEMBER) + 2]
    assert "/body/report: there is no report 'none'" in done["refused"][1]["reason"]
    again = summary(run(database_url, "import", "ndjson", path, "--json"), code=1)
    assert (again["recorded"], again["repeated"]) == (0, len(NOVEMBER) + 1)


@pytest.mark.parametrize("arguments", [["log.ndjson"], ["log.ndjson.gz"], ["log", "--format", "parquet"]])
def test_a_log_is_exported_and_restored_with_the_same_tree(
    database_url: str, other_url: str, demo: Path, tmp_path: Path, arguments: list[str]
) -> None:
    run(database_url, "import", "ndjson", demo)
    path = tmp_path / arguments[0]
    written = summary(run(database_url, "export", path, *arguments[1:], "--json"))
    restored = summary(run(other_url, "import", "log", path, "--json"))
    assert restored == {"events": written["last"], "root": written["root"]}
    again = tmp_path / f"again-{arguments[0]}"
    assert summary(run(other_url, "export", again, *arguments[1:], "--json")) == written
    if path.is_file():
        assert again.read_bytes() == path.read_bytes()


def test_an_export_goes_to_standard_output(database_url: str, demo: Path) -> None:
    run(database_url, "import", "ndjson", demo)
    result = run(database_url, "export")
    first, *events, last = [json.loads(one) for one in result.stdout.splitlines()]
    assert first == {"conflictlog": "log", "after": 0, "last": len(events), "format_version": 1}
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    assert (last["conflictlog"], last["events"]) == ("end", len(events))


def test_what_cannot_be_as_asked_is_said_in_one_line(database_url: str, demo: Path, tmp_path: Path) -> None:
    run(database_url, "import", "ndjson", demo)
    path = tmp_path / "log.ndjson"
    assert run(database_url, "export", path).exit_code == 0
    for arguments, told in (
        (["export", path], "exists already"),
        (["export", "--format", "parquet"], "needs a directory"),
        (["export", tmp_path / "none" / "log.ndjson"], "none is no directory: make it first"),
        (["export", path / "log.ndjson"], "log.ndjson is no directory: make it first"),
        (["export", tmp_path / "x", "--to", "1000000"], "the log stands at position"),
        (["import", "log", path], "an export is restored into an empty one only"),
        (["import", "log", demo], "no export of a log"),
    ):
        result = run(database_url, *arguments)
        assert result.exit_code == 2, result.output
        assert told in result.stderr
        assert result.stderr.count("\n") == 1
    path.write_bytes(path.read_bytes()[:-300])
    with_nothing = run(database_url, "import", "log", path)
    assert with_nothing.exit_code == 2


def test_a_damaged_export_ends_with_1_and_restores_nothing(
    database_url: str, other_url: str, demo: Path, tmp_path: Path
) -> None:
    run(database_url, "import", "ndjson", demo)
    path = tmp_path / "log.ndjson"
    run(database_url, "export", path)
    path.write_bytes(path.read_bytes()[:-300])
    result = run(other_url, "import", "log", path)
    assert result.exit_code == 1
    assert "nothing was restored" in result.stderr
    assert summary(run(other_url, "export", tmp_path / "none.ndjson", "--json"))["last"] == 0


@pytest.fixture
def service(database_url: str, redis_url: str) -> Iterator[str]:
    """Run `conflictlog api` with one worker, and give its address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    arguments = [sys.executable, "-m", "services.cli", "api", "--port", str(port), "--workers", "1"]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(arguments, cwd=ROOT, env=environment) as process:
        try:
            _await(url, time.monotonic() + 30)
            yield url
        finally:
            process.terminate()


def _await(url: str, deadline: float) -> None:
    while True:
        try:
            httpx.get(f"{url}/health/live", trust_env=False).raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
        else:
            return


def test_a_file_of_requests_goes_through_a_service(database_url: str, service: str, demo: Path, tmp_path: Path) -> None:
    key = asyncio.run(make_key(database_url, "report", "assess", "read"))
    through = {"CONFLICTLOG_URL": service, "CONFLICTLOG_KEY": key}
    first = summary(run("", "import", "ndjson", demo, "--json", **through))
    assert (first["recorded"], first["refused"]) == (len(demo_commands()), [])
    again = summary(run("", "import", "ndjson", demo, "--json", **through))
    assert (again["recorded"], again["repeated"], again["position"]) == (0, first["recorded"], first["position"])
    unnamed = {name: value for name, value in EXPLOSION.items() if name != "id"}
    path = tmp_path / "some.ndjson"
    lines = [
        line("/v1/parties", {"id": "new", "name": "New", "kind": "civilians"}),
        "{",
        line("/v1/occurrences", {**unnamed, "report": "none"}),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    done = summary(run("", "import", "ndjson", path, "--json", **through), code=1)
    assert [one["row"] for one in done["refused"]] == [2, 3]
    result = run("", "import", "ndjson", path, **{**through, "CONFLICTLOG_KEY": "clk_" + "x" * 43})
    assert result.exit_code == 1
    assert "run it again to go on" in result.stderr


@pytest.mark.parametrize("through", [False, True])
def test_a_line_about_a_stream_that_cannot_be_read_waits_alone(
    database_url: str, service: str, tmp_path: Path, *, through: bool
) -> None:
    key = asyncio.run(make_key(database_url))
    way = {"CONFLICTLOG_URL": service, "CONFLICTLOG_KEY": key} if through else {}
    path = tmp_path / "some.ndjson"
    lines = [line(*one) for one in NOVEMBER]
    lines += [line("/v1/occurrences", {**EXPLOSION, "id": f"x{n}"}) for n in range(3)]
    path.write_text("\n".join(lines), encoding="utf-8")
    summary(run(database_url, "import", "ndjson", path, "--json", **way))
    asyncio.run(_poisoned(database_url, "occurrence-x1"))

    path.write_text("\n".join(line(f"/v1/occurrences/x{n}/retraction", {"reason": "no"}) for n in range(3)))
    done = summary(run(database_url, "import", "ndjson", path, "--json", **way), code=1)
    assert (done["recorded"], [one["row"] for one in done["refused"]]) == (2, [2])
    assert "conflictlog parked" in done["refused"][0]["reason"]
    again = summary(run(database_url, "import", "ndjson", path, "--json", **way), code=1)
    assert (again["recorded"], again["repeated"], len(again["refused"])) == (0, 2, 1)


async def _poisoned(database_url: str, stream: str) -> None:
    async with open_log(database_url) as log:
        await poison(log, stream, "occurrence.cited")


def test_a_long_batch_is_answered_although_nothing_is_read_before_all_is_sent(database_url: str, service: str) -> None:
    key = asyncio.run(make_key(database_url))
    lines = [line(*one) for one in NOVEMBER] + [line("/v1/strikes", {"n": n, "said": "x" * 200}) for n in range(30_000)]
    sent = {"authorization": f"Bearer {key}", "content-type": "application/x-ndjson"}
    body = "\n".join(lines).encode()

    def parts() -> Iterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    answer = httpx.post(f"{service}/v1/batch", content=parts(), headers=sent, timeout=120, trust_env=False)
    outcomes = [json.loads(one) for one in answer.text.splitlines()]
    assert [one["line"] for one in outcomes] == list(range(1, len(lines) + 1))
    assert {one["status"] for one in outcomes} == {201, 404}

"""The worked example's answers after every projection was built anew, while it was loaded and afterwards."""

import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from services.demo.commands import commands
from services.embedded.processes import wait_until
from tests.e2e.closing_table import assert_closing_table, assert_corrections
from tests.e2e.instance import Embedded, Service, embedded
from tests.e2e.loading import assert_taken_once, load_at_once
from tests.e2e.stand_in_run import PROJECT, environment

COMMANDS = commands()
PROJECTIONS = {"casualties", "control_map", "occurrences", "registry", "strikes"}
REBUILT_S = 60.0


@pytest.fixture
def run(tmp_path: Path) -> Generator[Embedded]:
    with embedded(tmp_path) as made:
        yield made


def rebuild(service: Service) -> None:
    names = set(service.generations())
    assert names >= PROJECTIONS
    for name in sorted(names):
        answer = service.client.post(f"/v1/projections/{name}/rebuild")
        assert (answer.status_code, answer.json()["projection"]) == (202, name)
        assert answer.headers["location"] == f"/v1/projections/{name}/rebuild"


def is_rebuilt(service: Service, generation: int) -> bool:
    return all(one[0] >= generation for one in service.generations().values())


def test_every_projection_is_rebuilt_in_the_middle_of_loading_and_again_afterwards(run: Embedded) -> None:
    service = run.service
    answers = load_at_once(service, COMMANDS, {70: lambda: rebuild(service)})
    assert wait_until(lambda: is_rebuilt(service, 2), REBUILT_S)
    assert_taken_once(service, COMMANDS, answers)
    assert_closing_table(service.client, len(COMMANDS))

    before = answers_of(service)
    rebuild(service)
    assert wait_until(lambda: is_rebuilt(service, 3), REBUILT_S)
    assert set(service.generations().values()) == {(3, len(COMMANDS))}
    assert wait_until(lambda: outcomes(service) == {("switched", 3, len(COMMANDS))}, REBUILT_S)
    assert answers_of(service) == before
    assert_closing_table(service.client, len(COMMANDS))

    assert_corrections(service.client)
    rebuild(service)
    assert wait_until(lambda: is_rebuilt(service, 4), REBUILT_S)
    history = service.client.get("/v1/occurrences/mine-madagiz/history").json()["items"]
    assert history[-1]["type"] == "occurrence.retracted"
    tally = service.client.get("/v1/casualties", params={"occurrence": "mine-madagiz"}).json()
    assert {row["best"] for row in tally["totals"]} == {0}

    # By hand, on the instance as it runs: it changes no answer, and what it did can be undone.
    before = answers_of(service)
    for arguments, generation in ((("--dry-run",), 4), ((), 5), (("--back",), 4)):
        assert {one["outcome"] for one in replayed(run.directory, *arguments)} <= {"equal", "switched"}
        assert {one[0] for one in service.generations().values()} == {generation}
        assert answers_of(service) == before


def replayed(directory: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run `conflictlog replay` on the instance; gives what came of each projection."""
    command = [sys.executable, "-P", "-m", "services.cli", "replay", "--json", "--data", str(directory), *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)["projections"]


def outcomes(service: Service) -> set[tuple[str, int, int]]:
    """Give what came of the last rebuild of each projection."""
    addresses = [f"/v1/projections/{name}/rebuild" for name in service.generations()]
    told = [service.client.get(address).raise_for_status().json() for address in addresses]
    return {(one["outcome"], one["generation"], one["position"]) for one in told}


def answers_of(service: Service) -> dict[str, str]:
    """Give the bodies of answers that lean on every projection, each with its tag."""
    paths = (
        "/v1/control-map?as_of=2020-12-02",
        "/v1/casualties?group_by=affected_party,status,effect,place,month",
        "/v1/strikes?as_of=2020-11-30",
        "/v1/occurrences?limit=1000",
        "/v1/places?limit=1000",
        "/v1/parties?limit=1000",
    )
    found = {path: service.client.get(path).raise_for_status() for path in paths}
    return {path: f"{answer.headers['etag']} {answer.text}" for path, answer in found.items()}

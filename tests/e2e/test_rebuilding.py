"""The worked example's answers after every projection was built anew, while it was loaded and afterwards."""

from collections.abc import Generator
from pathlib import Path

import pytest

from services.demo.commands import commands
from services.embedded.processes import wait_until
from tests.e2e.closing_table import assert_closing_table, assert_corrections
from tests.e2e.instance import Embedded, Service, embedded
from tests.e2e.loading import assert_taken_once, load_at_once

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

"""`conflictlog verify` on an instance: while it runs, after it stopped, and after somebody changed its past."""

import json
import subprocess
import sys
from pathlib import Path
from stat import S_IMODE
from subprocess import CompletedProcess

import pytest

from services.embedded.instance import reached
from services.embedded.processes import wait_until
from tests.e2e.instance import Service, embedded
from tests.e2e.stand_in_run import PROJECT
from tests.tampering import flip_a_bit, tamper

_VERIFIED_S = 120


def conflictlog(*arguments: str) -> CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "services.cli", "verify", *arguments],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=_VERIFIED_S,
        check=False,
    )


def record(service: Service) -> None:
    """Have some things registered, and folded."""
    for number in range(20):
        body = {"id": f"party-{number}", "name": f"Party {number}", "kind": "state_force"}
        service.client.post("/v1/parties", json=body).raise_for_status()
    assert wait_until(lambda: {position for _, position in service.generations().values()} == {20}, 30.0)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of an instance that has run and been verified, with proofs kept beside it."""
    directory = tmp_path_factory.mktemp("instance") / "data"
    with embedded(directory) as run:
        record(run.service)
        for name, path in (("inclusion", "inclusion?position=7"), ("consistency", "consistency?first=7")):
            answer = run.service.client.get(f"/v1/log/proof/{path}").raise_for_status()
            (directory.parent / f"{name}.json").write_bytes(answer.content)
        note = run.service.client.get("/v1/log/checkpoint?format=text&at_position=7").raise_for_status()
        (directory.parent / "checkpoint").write_bytes(note.content)

        running = conflictlog("--data", str(directory), "--json")
        assert running.returncode == 0, running.stdout + running.stderr
        assert json.loads(running.stdout)["head"] == 20
    return directory


def test_the_key_is_for_its_owner_alone_and_outside_the_database(kept: Path) -> None:
    key = kept / "log.key"

    assert S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 32
    public = conflictlog("--public-key", "--data", str(kept))
    assert public.stdout.startswith("conflictlog/")
    assert public.stdout == conflictlog("--public-key", "--data", str(kept)).stdout


def test_a_proof_needs_the_public_key_and_nothing_else(kept: Path, tmp_path: Path) -> None:
    key = conflictlog("--public-key", "--data", str(kept)).stdout.strip()
    for name in ("inclusion", "consistency"):
        proof = tmp_path / f"{name}.json"
        proof.write_bytes((kept.parent / f"{name}.json").read_bytes())
        done = conflictlog("--proof", str(proof), "--key", key)
        assert (done.returncode, done.stdout.split(":")[0]) == (0, "proved"), done.stderr

        proof.write_bytes(proof.read_bytes().replace(b'"path":["', b'"path":["A'))
        done = conflictlog("--proof", str(proof), "--key", key)
        assert (done.returncode, done.stdout.split(":")[0]) == (1, "NOT PROVED")


def test_an_instance_that_does_not_run_is_verified_until_somebody_changes_its_past(kept: Path) -> None:
    sound = conflictlog("--data", str(kept), "--checkpoint", str(kept.parent / "checkpoint"))
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert "signed checkpoint: the log begins with the 7, 20 events that were signed" in sound.stdout
    assert "projection control_map" in sound.stdout

    with reached(kept) as instance:
        tamper(instance.postgres.superuser_url(), flip_a_bit(position=13, at=5))

    changed = conflictlog("--data", str(kept), "--json")
    assert changed.returncode == 1
    found = json.loads(changed.stdout)
    assert (found["ok"], found["first_position"]) == (False, 13)

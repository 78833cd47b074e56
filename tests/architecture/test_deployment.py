"""The compose file and the image: what an operator relies on without reading them."""

import re
from typing import Any, cast

import pytest
import yaml

from tests.architecture.tree import ROOT

_TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
_COMPOSE: dict[str, Any] = yaml.safe_load(_TEXT)
_SERVICES: dict[str, dict[str, Any]] = _COMPOSE["services"]
_OURS = ["migrate", "api", "worker"]
_DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def _environment(service: str) -> dict[str, str]:
    return cast("dict[str, str]", _SERVICES[service].get("environment", {}))


def test_the_services_are_the_ones_that_the_documentation_names() -> None:
    assert set(_SERVICES) == {"postgres", "valkey", *_OURS}


@pytest.mark.parametrize("service", sorted(_SERVICES))
def test_a_service_tells_whether_it_is_well_or_waits_for_one_that_does(service: str) -> None:
    waits = cast("dict[str, dict[str, str]]", _SERVICES[service].get("depends_on", {}))

    assert "healthcheck" in _SERVICES[service] or waits
    assert all(each["condition"].startswith("service_") for each in waits.values())
    assert set(waits) <= set(_SERVICES)


@pytest.mark.parametrize("service", ["api", "worker"])
def test_nothing_serves_before_the_migrations_are_done(service: str) -> None:
    assert _SERVICES[service]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_what_is_healthy_can_be_waited_for() -> None:
    awaited = {
        name
        for service in _SERVICES.values()
        for name, how in cast("dict[str, dict[str, str]]", service.get("depends_on", {})).items()
        if how["condition"] == "service_healthy"
    }

    assert [name for name in awaited if "healthcheck" not in _SERVICES[name]] == []


def test_data_is_kept_in_named_volumes() -> None:
    mounts = [str(mount) for service in _SERVICES.values() for mount in service.get("volumes", [])]

    assert mounts
    assert {mount.split(":")[0] for mount in mounts} == set(_COMPOSE["volumes"])


def test_every_port_is_open_on_this_machine_only() -> None:
    ports = [str(port) for service in _SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("service", sorted(_SERVICES))
def test_every_password_must_be_given_from_outside(service: str) -> None:
    for name, value in _environment(service).items():
        if name.endswith("_PASSWORD"):
            assert value == f"${{{name}:?set {name}}}"
        for password in re.findall(r"://[^:/]*:(.*)@", value):
            assert re.fullmatch(r"\$\{([A-Z_]+_PASSWORD):\?set \1\}", password)


@pytest.mark.parametrize(("service", "role"), [("migrate", "owner"), ("api", "api"), ("worker", "worker")])
def test_each_process_connects_with_its_own_role(service: str, role: str) -> None:
    assert _environment(service)["DATABASE_URL"].startswith(f"postgresql://conflictlog_{role}:")
    assert f"CREATE ROLE conflictlog_{role} LOGIN" in (ROOT / "deploy/postgres/roles.sh").read_text(encoding="utf-8")


@pytest.mark.parametrize("service", _OURS)
def test_our_processes_write_nowhere_and_may_do_nothing_special(service: str) -> None:
    ours = _SERVICES[service]

    assert ours["read_only"] is True
    assert ours["cap_drop"] == ["ALL"]
    assert ours["build"] == {"context": ".", "dockerfile": "deploy/Dockerfile"}


def test_images_of_others_are_given_with_their_major_version() -> None:
    assert {name: _SERVICES[name]["image"] for name in ("postgres", "valkey")} == {
        "postgres": "postgres:18",
        "valkey": "valkey/valkey:9",
    }


def test_the_image_runs_as_an_ordinary_user_and_finds_our_packages() -> None:
    last_stage = _DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last_stage, re.MULTILINE)
    assert "PYTHONPATH=/app" in last_stage
    assert "pip install" not in last_stage


def test_the_image_is_built_from_what_the_lock_holds() -> None:
    assert "--require-hashes --only-binary :all: --requirement /tmp/run.txt" in _DOCKERFILE


def test_all_that_the_image_is_built_from_exists() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line.startswith("!") and not (ROOT / line[1:]).exists()] == []

"""Each import contract and each banned name is broken on purpose, in a copy, and seen to bite."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from tests.architecture.tree import PRODUCT, ROOT, python_files

_BIN = Path(sys.executable).parent


class Intrusion(NamedTuple):
    """A module that should not be, by the contract it breaks."""

    contract: str
    module: str
    imports: str


def _contracts() -> list[dict[str, object]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return cast("list[dict[str, object]]", settings["tool"]["importlinter"]["contracts"])


def _confined() -> list[Intrusion]:
    return [
        Intrusion(cast("str", contract["id"]), f"events.{package}_intruder", package)
        for contract in _contracts()
        if contract["type"] == "confined"
        for package in cast("list[str]", contract["packages"])
    ]


INTRUSIONS = [
    Intrusion("layers", "events.intruder", "projections"),
    Intrusion("layers", "events.intruder_two", "services"),
    Intrusion("layers", "projections.intruder", "services"),
    Intrusion("processes", "services.api.intruder", "services.worker"),
    Intrusion("processes", "services.worker.intruder", "services.webhooks"),
    Intrusion("processes", "services.webhooks.intruder", "services.api"),
    Intrusion("answers", "projections.intruder_a.direct", "projections.intruder_b.fold"),
    Intrusion("answers", "projections.intruder_c.indirect", "projections.intruder_shared"),
    Intrusion("answers", "projections.intruder_shared", "projections.intruder_b.fold"),
    Intrusion("stores", "projections.intruder_a.fold", "psycopg"),
    Intrusion("shipped", "services.intruder", "pytest"),
    *_confined(),
]

WELCOME = [
    Intrusion("layers", "services.guest", "projections, events"),
    Intrusion("processes", "services.guest_two", "services.api, services.worker, services.webhooks"),
    Intrusion("answers", "projections.guest_a.fold", "projections.guest_shared"),
    Intrusion("answers", "projections.guest_shared", "events"),
    Intrusion("stores", "projections.guest_a.queries", "psycopg"),
    Intrusion("stores", "events.guest_postgres", "psycopg, psycopg_pool"),
    Intrusion("stores", "projections.guest_redis", "redis, rq"),
    Intrusion("frameworks", "services.guest_three", "litestar, click"),
]


def _write(tree: Path, module: str, imports: str) -> None:
    path = tree.joinpath(*module.split(".")).with_suffix(".py")
    path.parent.mkdir(exist_ok=True)
    (path.parent / "__init__.py").touch()
    path.write_text(f"import {imports}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What lint-imports says about a copy of the project with all intruders and guests in it, by contract."""
    tree = tmp_path_factory.mktemp("tree")
    for path in [*python_files(*PRODUCT), Path("pyproject.toml"), *python_files("tests")]:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tree / path)
    _write(tree, "projections.intruder_b.fold", "events")
    for intrusion in [*INTRUSIONS, *WELCOME]:
        _write(tree, intrusion.module, intrusion.imports)
    return {
        cast("str", contract["id"]): subprocess.run(
            [_BIN / "lint-imports", "--no-logo", "--no-cache", "--contract", cast("str", contract["id"])],
            cwd=tree,
            env={"COLUMNS": "200", "PYTHONPATH": "", "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        for contract in _contracts()
    }


@pytest.mark.parametrize("intrusion", INTRUSIONS, ids=lambda one: f"{one.contract}: {one.module} imports {one.imports}")
def test_a_forbidden_import_breaks_its_contract(intrusion: Intrusion, judged: dict[str, str]) -> None:
    said = judged[intrusion.contract]

    assert " BROKEN" in said
    assert f"{intrusion.module} -> {intrusion.imports} (l.1)" in said


@pytest.mark.parametrize("guest", WELCOME, ids=lambda one: f"{one.contract}: {one.module} imports {one.imports}")
def test_a_permitted_import_is_not_named(guest: Intrusion, judged: dict[str, str]) -> None:
    assert guest.module not in judged[guest.contract]


def test_every_contract_is_broken_on_purpose() -> None:
    assert {one.contract for one in INTRUSIONS} == {contract["id"] for contract in _contracts()}


def _banned_names() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return list(settings["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"])


def _ruff_on(path: str, name: str) -> subprocess.CompletedProcess[str]:
    module = name if name.count(".") == 0 else name.split(".", maxsplit=1)[0]
    return subprocess.run(
        [_BIN / "ruff", "check", "--no-cache", "--select", "TID251", "--stdin-filename", path, "-"],
        cwd=ROOT,
        input=f"import {module}\n\nvalue = {name}\n",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", _banned_names())
@pytest.mark.parametrize("path", ["events/words.py", "projections/control_map/fold.py", "projections/queries.py"])
def test_the_clock_the_environment_and_chance_are_kept_out(path: str, name: str) -> None:
    assert f"`{name}` is banned" in _ruff_on(path, name).stdout


@pytest.mark.parametrize("path", ["services/api/app.py", "events/log_postgres.py", "events/group_commit.py"])
def test_the_edges_read_the_clock(path: str) -> None:
    assert _ruff_on(path, "datetime.datetime.now").returncode == 0

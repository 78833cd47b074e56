"""An instance of an ordinary user, tried by root too."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.embedded.processes import User, alive, wait_until
from services.embedded.programs import is_open
from tests.e2e.stand_in_run import GONE_S, PROJECT, environment, open_directory, stand_in
from tests.ports import free_port

_ACCOUNT = "daemon"


def _user() -> User | None:
    """Give an ordinary user: ourselves (None), or, for root, an account that is not the servers' own."""
    if os.geteuid() != 0:
        return None
    try:
        account = pwd.getpwnam(_ACCOUNT)
    except KeyError:
        pytest.skip(f"there is no account {_ACCOUNT} here")
    return User(account.pw_uid, account.pw_gid)


def _python() -> str:
    """Give a Python of our version that any user can run, or skip where that user can read none of this."""
    if os.geteuid() != 0:
        return sys.executable
    if not is_open(PROJECT / "services" / "__init__.py") or not is_open(Path(httpx.__file__)):
        pytest.skip(f"{PROJECT} or its packages are closed to ordinary users")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (Path(sys.executable), Path("/usr/bin") / version, Path("/usr/local/bin") / version):
        if candidate.exists() and is_open(candidate):
            return str(candidate)
    pytest.skip(f"no {version} here that ordinary users can run")


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a directory of the ordinary user's, which it can reach."""
    with open_directory() as above:
        directory = above / "mine"
        directory.mkdir(mode=0o700)
        user = _user()
        if user is not None:
            os.chown(directory, user.uid, user.gid)
        yield directory


def test_an_ordinary_user_runs_an_instance_under_its_own_name(place: Path) -> None:
    port = free_port()
    with stand_in(place / "data", port, python=_python(), user=_user()) as run:
        assert run.line() == f"ready http://127.0.0.1:{port}"
        processes = run.processes()
        user = _user()
        owners = {Path(f"/proc/{process.pid}").stat().st_uid for process in processes}
        assert owners == {user.uid if user else os.geteuid()}
        assert httpx.get(f"http://127.0.0.1:{port}", trust_env=False).text == "hello"
        run.popen.terminate()
        assert run.line() == "stopped"
        assert wait_until(lambda: not any(alive(process) for process in processes), GONE_S)


def test_a_directory_that_may_not_be_written_is_refused_in_one_line(place: Path) -> None:
    place.chmod(0o500)
    with stand_in(place / "data", free_port(), python=_python(), user=_user()) as run:
        assert run.line().startswith(f"conflictlog: {place / 'data'} cannot be written by this user: ")
        assert run.line() == ""
        assert run.popen.wait(10) == 1


def test_what_another_user_made_is_refused_in_one_line(place: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("root alone can leave a directory to another user")
    with stand_in(place / "data", free_port(), python=_python(), user=_user()) as run:
        assert run.line().startswith("ready ")
        run.popen.terminate()
        assert run.line() == "stopped"
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.stand_in", str(place / "data"), str(free_port())],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert f"belongs to user {pwd.getpwnam(_ACCOUNT).pw_uid}, not " in done.stderr
    assert done.stderr.count("\n") == 1

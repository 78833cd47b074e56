"""`conflictlog up` where it cannot be: one clear line, a code that is not zero, no trace, and nothing made."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.stand_in_run import environment
from tests.ports import free_port

CANNOT_MOUNT = 32


def up(directory: Path, port: int, *before: str) -> "subprocess.CompletedProcess[str]":
    arguments = ("up", "--data", str(directory), "--port", str(port))
    return subprocess.run(
        [*before, sys.executable, "-P", "-m", "services.cli", *arguments],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )


def on_a_disk(directory: Path, options: str) -> list[str]:
    """Run a program with a small file system of its own in the directory, which is gone when the program ends."""
    own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    mount = f'mount -t tmpfs -o {options} tmpfs "$0" || exit {CANNOT_MOUNT}; exec "$@"'
    return ["unshare", "--mount", *own, "sh", "-c", mount, str(directory)]


@pytest.mark.parametrize("why", ["port", "disk", "right"])
def test_a_start_that_cannot_be_is_one_line_and_a_code(tmp_path: Path, why: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        match why:
            case "port":
                port = int(listening.getsockname()[1])
                done, said = up(tmp_path, port), f"port {port} on 127.0.0.1 is in use: "
            case "disk":
                done = up(tmp_path, free_port(), *on_a_disk(tmp_path, "size=64m"))
                said = f"no space is left on the disk of {tmp_path}: "
            case _:
                done = up(tmp_path, free_port(), *on_a_disk(tmp_path, "size=1g,ro"))
                said = f"{tmp_path} cannot be written by this user: "
    if done.returncode == CANNOT_MOUNT:
        pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")
    first, last = done.stderr.splitlines()
    assert first.startswith("starting ")
    assert last.startswith(f"conflictlog: {said}")
    assert (done.returncode, done.stdout) in {(1, ""), (2, "")}
    assert not (tmp_path / "postgres").exists()

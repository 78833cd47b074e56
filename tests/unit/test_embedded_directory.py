"""Holding a directory, writing in it, and saying in one line what the system refuses."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from services.embedded import instance
from services.embedded.directory import DirectoryLock, holder_of, make_directory, write_private
from services.embedded.errors import DirectoryHeldError, DiskFullError, InstanceError, NotWritableError, named
from tests.ports import free_port

_HOLD = (
    "from services.embedded.directory import *; import sys, pathlib; DirectoryLock(pathlib.Path(sys.argv[1])).acquire()"
)


def test_a_held_directory_is_refused_to_others_and_names_its_holder(tmp_path: Path) -> None:
    with DirectoryLock(tmp_path):
        assert holder_of(tmp_path) == os.getpid()
        with pytest.raises(DirectoryHeldError) as refused:
            DirectoryLock(tmp_path).acquire()
        assert refused.value.holder == os.getpid()
        assert str(os.getpid()) in str(refused.value)
    assert holder_of(tmp_path) is None


def test_a_holder_that_ended_holds_nothing(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _HOLD, str(tmp_path)], check=True)
    assert (tmp_path / "lock").exists()
    assert holder_of(tmp_path) is None
    with DirectoryLock(tmp_path):
        assert holder_of(tmp_path) == os.getpid()


def test_what_is_written_is_ours_alone_and_replaces_all_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("a longer text than the next")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    write_private(path, b"old")

    def no_space(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(DiskFullError):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_directory_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o751)
    make_directory(tmp_path)
    make_directory(tmp_path / "new")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o751
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_disk_without_room_for_a_database_is_refused_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance, "_NEEDED_BYTES", 2**62)
    with (
        pytest.raises(DiskFullError, match="no space is left on the disk of "),
        instance.running(tmp_path / "data", host="127.0.0.1", port=free_port(), say=print),
    ):
        pytest.fail("it started")
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, DiskFullError),
        (errno.EDQUOT, DiskFullError),
        (errno.EACCES, NotWritableError),
        (errno.EROFS, NotWritableError),
        (errno.EIO, InstanceError),
    ],
)
def test_what_the_system_refuses_is_said_in_one_line(number: int, expected: type[InstanceError]) -> None:
    said = named(OSError(number, os.strerror(number)), Path("/there"))
    assert type(said) is expected
    assert "/there" in str(said)
    assert "\n" not in str(said)

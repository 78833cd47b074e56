"""The files of the project: those that git holds, or would take in."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("events", "projections", "services")
_NOT_OURS = re.compile(r"(\.git|\.venv[^/]*|\.\w+_cache|\.hypothesis|[^/]*\.egg-info|build|data)(/|$)")


@cache
def files() -> tuple[Path, ...]:
    """Give their paths relative to the root, sorted; without git, all but environments and caches."""
    git = [shutil.which("git") or "false", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        found = (Path(name) for name in listed.stdout.decode().split("\0") if name)
    else:
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        found = (path for path in found if not _NOT_OURS.match(str(path)) and "__pycache__" not in path.parts)
    return tuple(sorted(path for path in found if (ROOT / path).is_file()))


def python_files(*folders: str) -> list[Path]:
    """Give the Python files, of the top-level folders given or of all."""
    return [path for path in files() if path.suffix == ".py" and (not folders or path.parts[0] in folders)]


def text_of(path: Path) -> str | None:
    """Read a file, or None where it is not UTF-8 text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None

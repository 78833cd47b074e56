"""Named SQL statements, read from the `.sql` file beside the module that runs them."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def statements(path: Path) -> dict[str, bytes]:
    """Read a file of statements, each begun by a line `-- name: its_name`.

    They are given as bytes, which psycopg takes as a query written by hand.
    """
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    return {name: text.strip().encode() for name, text in zip(parts[1::2], parts[2::2], strict=True)}

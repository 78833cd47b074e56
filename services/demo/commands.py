"""What the demo says, command by command, as its files hold it."""

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

# What is referred to is registered before what refers to it; the files keep that order within themselves too.
_FILES = ("parties", "places", "sources", "reports", "occurrences")
_FOLDER = Path(__file__).parent


class Command(Struct, frozen=True, forbid_unknown_fields=True):
    """One request to the API; sent again under its `key`, it appends nothing."""

    method: Literal["POST"]
    path: str
    key: str
    body: dict[str, object]


def commands() -> tuple[Command, ...]:
    """Read all commands in an order in which each finds what it refers to."""
    return tuple(
        command
        for name in _FILES
        for command in msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes(), type=tuple[Command, ...])
    )

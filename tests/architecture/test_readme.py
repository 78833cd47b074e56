"""The README names every command that there is, so that nobody has to guess what the service can do."""

import re
from pathlib import Path

import click
import pytest

from services.cli import main

README = Path(__file__).parents[2] / "README.md"
# A command stands in backticks, alone or after what it belongs to, whatever follows it.
TOLD = {
    word for code in re.findall(r"`([^`\n]+)`", README.read_text(encoding="utf-8")) for word in code.split(" ") if word
}


def _commands(group: click.Group) -> list[str]:
    found: list[str] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found += [name, *_commands(command)] if isinstance(command, click.Group) else [name]
    return found


@pytest.mark.parametrize("name", sorted(set(_commands(main))))
def test_a_command_stands_in_the_readme(name: str) -> None:
    assert name in {word.rstrip(",") for word in TOLD}

"""Sending the November 2020 set through the same door as any reporter's."""

from collections.abc import Callable, Sequence

import httpx
import msgspec
from msgspec import Struct

from services.demo.commands import Command
from services.demo.commands import commands as all_commands


class Loaded(Struct, frozen=True):
    """How many commands were sent, and the last log position that any of them came to."""

    commands: int
    position: int


class NotTakenError(Exception):
    """The API did not take a command of the demo; the message holds what it answered."""

    def __init__(self, command: Command, answer: httpx.Response) -> None:
        """Keep the command and the answer's status."""
        super().__init__(f"{command.method} {command.path} ({command.key}): {answer.status_code} {answer.text[:2000]}")
        self.command = command
        self.status = answer.status_code


class _Written(Struct, frozen=True):
    position: int


def load(
    client: httpx.Client,
    commands: Sequence[Command] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Loaded:
    """Send the commands in their order; sent again, they append nothing.

    `on_progress` is told, after each, how many of how many were taken. Raises NotTakenError at the first that was
    not; those before it stay, and sending all again goes on from there.
    """
    sent = all_commands() if commands is None else commands
    position = 0
    for number, command in enumerate(sent, 1):
        # The header is a structured field: a string in double quotes.
        answer = client.request(
            command.method, command.path, json=command.body, headers={"Idempotency-Key": f'"{command.key}"'}
        )
        if not answer.is_success:
            raise NotTakenError(command, answer)
        position = max(position, msgspec.json.decode(answer.content, type=_Written).position)
        if on_progress is not None:
            on_progress(number, len(sent))
    return Loaded(len(sent), position)

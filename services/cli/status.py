"""`conflictlog status`: what runs, and how far it is."""

from pathlib import Path

import click
import httpx
import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from services.cli.failures import FAILED
from services.cli.machines import say_json
from services.cli.options import as_json, some_instance
from services.cli.service import authorization, service_url
from services.embedded.directory import holder_of
from services.embedded.instance import Instance
from services.embedded.processes import ProcessId, alive
from services.embedded.supervisor import recorded
from services.settings import SettingsError

_HERE = Path("data")
_ASK_S = 5.0


class ProcessState(Struct, frozen=True):
    """One process of an instance."""

    name: str
    pid: int
    running: bool


class Status(Struct, frozen=True):
    """What is known about an instance or a service; `answer` is what it says of its readiness."""

    url: str | None
    ready: bool
    held_by: int | None
    processes: list[ProcessState]
    answer: object


class _Part(Struct, frozen=True):
    parked: int = 0


class _Ready(Struct, frozen=True):
    projections: dict[str, _Part]


@click.command("status")
@some_instance
@as_json
def command(data: Path | None, *, json_wanted: bool) -> None:
    """Tell whether everything runs and is ready; the exit code is 0 only then.

    Asks the instance in --data, else the service at CONFLICTLOG_URL, else the instance in ./data.
    """
    url = service_url() if data is None else ""
    status = _remote(url) if url else _embedded(data or _HERE)
    if json_wanted:
        say_json(status)
    else:
        _show(status)
    if not status.ready:
        raise click.exceptions.Exit(FAILED)


def _remote(url: str) -> Status:
    """Ask a service."""
    ready, answer = _asked(url)
    return Status(url, ready, None, [], answer)


def _embedded(data: Path) -> Status:
    """Look into a directory, and ask the API that it names."""
    instance = Instance(data)
    if not instance.exists:
        raise SettingsError(f"{data} holds no instance: give --data DIR or CONFLICTLOG_URL, or run `conflictlog up`")
    processes = [
        ProcessState(process.name, process.pid, alive(ProcessId(process.pid, process.started)))
        for process in recorded(instance.directory)
    ]
    ready, answer = _asked(instance.url) if instance.url else (False, None)
    return Status(instance.url, ready, holder_of(instance.directory), processes, answer)


def _asked(url: str) -> tuple[bool, object]:
    """Ask an API whether it is ready."""
    headers = authorization()
    try:
        answer = httpx.get(f"{url}/health/ready", headers=headers, timeout=_ASK_S, trust_env=False)
        content: object = answer.json()
    except httpx.LocalProtocolError:
        # Its text repeats what could not be sent, such as a key.
        return False, "the question could not be sent"
    except httpx.TransportError as error:
        return False, str(error)
    except ValueError:
        return False, "the answer is not JSON"
    return answer.is_success, content


def _show(status: Status) -> None:
    """Write the status for people."""
    state = "ready" if status.ready else "not ready" if status.held_by or status.url else "not running"
    click.echo(f"{state} {status.url or ''}".strip())
    if status.processes:
        table = Table("process", "pid", "state")
        for process in status.processes:
            table.add_row(process.name, str(process.pid), "running" if process.running else "gone")
        Console().print(table)
    parked = _parked(status.answer)
    if parked:
        click.echo(f"ALARM: streams are parked for {parked}: see `conflictlog parked list`")
    if status.answer is not None:
        click.echo(msgspec.json.format(msgspec.json.encode(status.answer)).decode())


def _parked(answer: object) -> str:
    """Name the projections that do not fold every stream on, by what a service says of its readiness."""
    try:
        found = msgspec.convert(answer, _Ready).projections
    except msgspec.ValidationError:
        return ""
    return ", ".join(f"{name} ({part.parked})" for name, part in sorted(found.items()) if part.parked)

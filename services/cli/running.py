"""What `up` and `demo` share: an instance with its API and its workers, from nothing to ready."""

import asyncio
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import click
import httpx
import msgspec
from msgspec import Struct

import services
from projections.catalogue import CATALOGUE
from projections.tables_postgres import READ
from services.cli import key_store
from services.embedded.child import Child
from services.embedded.directory import write_private
from services.embedded.instance import Instance, Running, publish, running
from services.embedded.logs import Log
from services.embedded.postgres import API, OWNER, WORKER
from services.embedded.processes import Program
from services.migrate import migrate
from services.proofs.signer import make_seed
from services.settings import Role, variable
from services.wiring import API_ROLE, open_pool

_PROJECT = str(Path(services.__file__).parent.parent)
_READY_S = 120.0
_ASK_S = 5.0
_API_STOP_S = 15.0
_OURS = {(one.name, one.version) for one in CATALOGUE.projections}


class Where(Struct, frozen=True):
    """Where an instance keeps its data, and where it listens."""

    data: Path
    host: str
    port: int

    @property
    def url(self) -> str:
        """Give the address under which this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


class Up(Struct, frozen=True):
    """An instance that is ready, and a client that may do everything."""

    running: Running
    client: httpx.Client

    def serve(self, url: str) -> None:
        """Say that it is ready, in the one line that scripts wait for, and keep it running until Ctrl-C or SIGTERM."""
        try:
            click.echo(f"ready {url}")
            self.running.supervisor.watch(lambda: False)
        except KeyboardInterrupt:
            click.echo("stopping", err=True)


class _Generation(Struct, frozen=True):
    name: str
    version: int
    state: str
    lag_events: int


class _Projections(Struct, frozen=True):
    items: list[_Generation]


@contextmanager
def brought_up(where: Where, say: Callable[[str], None]) -> Generator[Up]:
    """Start everything, wait until every projection is at the head, and stop everything in the end."""
    say(f"starting PostgreSQL, Valkey, the API and its workers in {where.data}")
    with running(where.data, host=where.host, port=where.port, say=say) as run:
        instance = run.instance
        asyncio.run(_prepare(instance))
        follow, *others, api = children(where, instance)
        run.supervisor.add(follow, api)
        key = instance.admin_key.read_text(encoding="utf-8").strip()
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=where.url, headers=headers, timeout=_ASK_S, trust_env=False) as client:
            run.await_ready(api, lambda: at_head(client), _READY_S)
            # The others are not needed to be ready, and would only make it later.
            run.supervisor.add(*others, before=api)
            publish(instance, where.url)
            yield Up(run, client)


def at_head(client: httpx.Client) -> bool:
    """Tell whether the API is ready and every projection that is read has folded all of the log.

    One of other code moves no more: the worker that builds it anew is started once this is so.
    """
    try:
        if not client.get("/health/ready").is_success:
            return False
        answer = client.get("/v1/projections")
        answer.raise_for_status()
        found = msgspec.json.decode(answer.content, type=_Projections).items
        read = [one for one in found if one.state in READ and (one.name, one.version) in _OURS]
        return all(one.lag_events == 0 for one in read)
    except httpx.TransportError:
        return False


def children(where: Where, instance: Instance) -> list[Child]:
    """Describe the workers, the one that follows the log first, and, last, the API.

    Each is told the least that it must know.
    """
    shared = {name: text for name, text in os.environ.items() if name not in {"DATABASE_URL", "CONFLICTLOG_KEY"}}
    shared |= {
        variable("redis_url"): instance.valkey.url,
        variable("data"): str(instance.directory),
        variable("host"): where.host,
        variable("port"): str(where.port),
        variable("anonymous_reading"): "true",
        "PYTHONPATH": _PROJECT,
        "PYTHONUNBUFFERED": "1",
    }
    found: list[Child] = []
    # A rebuild takes as long as it takes, and no webhook and no embargo may wait for it: a process for each role.
    for role in get_args(Role):
        own = {variable("database_url"): instance.postgres.url(WORKER), variable("roles"): role}
        found.append(_child(instance, f"worker-{role}", "worker", shared | own))
    own = {variable("database_url"): instance.postgres.url(API), variable("log_key"): str(instance.log_key)}
    found.append(_child(instance, "api", "api", shared | own, stop_s=_API_STOP_S))
    return found


def _child(instance: Instance, name: str, command: str, environment: dict[str, str], *, stop_s: float = 10.0) -> Child:
    """Describe one of our own commands as a child."""
    program = Program(
        command=(sys.executable, "-P", "-m", "services.cli", command),
        directory=instance.directory,
        environment=environment,
    )
    return Child(name, program, Log(instance.logs / f"{name}.log"), stop_s=stop_s)


async def _prepare(instance: Instance) -> None:
    """Migrate the database, and see to the key that may do everything and the one that the log signs with.

    The first one's file is written before its hash is stored, so that a start that is cut short between the two mends
    itself.
    """
    await migrate(instance.postgres.url(OWNER))
    make_seed(instance.log_key)
    if not instance.admin_key.exists():
        write_private(instance.admin_key, f"{key_store.new_key()}\n".encode())
    key = instance.admin_key.read_text(encoding="utf-8").strip()
    async with open_pool(instance.postgres.url(API), API_ROLE, size=1) as pool:
        await key_store.ensure(pool, key, "admin", key_store.SCOPES)

"""`conflictlog api`: serve the HTTP interface."""

import os
import signal

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from litestar import Litestar

from events.group_commit import GroupLimits
from services.api.app import create_app
from services.embedded.addresses import check_port
from services.embedded.launch import die_with_parent
from services.garbage import collect_seldom
from services.proofs.signer import signer_of
from services.settings import current

_PARENT = "CONFLICTLOG_API_PID"
_KILL_S = 5
_RESPAWN_S = 0.5
# So many requests a process takes up at once: more than are in a batch and wait for the next, so that whoever comes
# after them is told to come back (503), and health checks and readers are answered meanwhile.
_AT_ONCE = 4 * GroupLimits().waiting_requests


@click.command("api")
@click.option("--host", help="Listen here (CONFLICTLOG_HOST, 127.0.0.1).")
@click.option("--port", help="Listen at this port (CONFLICTLOG_PORT, 8080).")
@click.option("--workers", help="Number of processes (CONFLICTLOG_API_WORKERS, 2).")
def command(host: str | None, port: str | None, workers: str | None) -> None:
    """Serve the HTTP interface from DATABASE_URL and REDIS_URL; any number may run."""
    settings = current(host=host, port=port, api_workers=workers)
    # Said here, once: the server shares its port with whoever does the same, and each of its processes reads the key.
    address = check_port(settings.host, settings.port)
    signer_of(settings)
    os.environ.update(settings.environment())
    os.environ[_PARENT] = str(os.getpid())
    Granian(
        "services.cli.api:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=address,
        port=settings.port,
        workers=settings.api_workers,
        websockets=False,
        backlog=_AT_ONCE,
        backpressure=_AT_ONCE,
        log_level=LogLevels(settings.log_level),
        respawn_failed_workers=True,
        respawn_interval=_RESPAWN_S,
        workers_kill_timeout=_KILL_S,
    ).serve()


def application() -> Litestar:
    """Make the application in a worker process, which is not to outlive its server: it would keep the port."""
    parent = os.environ.get(_PARENT)
    if parent is not None:
        die_with_parent(int(parent), signal.SIGKILL)
    app = create_app()
    # A large answer is many objects without a cycle, and looking for one stops every other answer meanwhile.
    collect_seldom()
    return app

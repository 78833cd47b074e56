"""`conflictlog worker`: fold, deliver, rebuild and keep time."""

import click

from services.settings import current
from services.worker.main import run


@click.command("worker")
@click.option("--roles", help="What it does, of follow, deliver, rebuild, clock (CONFLICTLOG_ROLES, all).")
def command(roles: str | None) -> None:
    """Work on DATABASE_URL and REDIS_URL; any number may run."""
    run(current(roles=roles))

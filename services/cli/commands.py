"""The group of all commands; a command's module is read only when it is run."""

import logging
from importlib import import_module

import click

from services.cli.failures import explained
from services.cli.machines import failures_told, note_wanted

# The command `name` is `services/cli/<module>.py:command`.
_MODULES = {
    "up": "up",
    "demo": "demo",
    "api": "api",
    "worker": "worker",
    "migrate": "migrate",
    "status": "status",
    "tail": "tail",
    "keys": "keys",
    "brief": "brief",
    "verify": "verify",
    "replay": "replay",
    "parked": "parked",
    "import": "imports",
    "export": "export",
}

_SERVERS = frozenset({"api", "worker"})
_NOWHERE = logging.NullHandler()


class _Commands(click.Group):
    """Finds commands by their modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands, in the order in which a newcomer needs them."""
        return [*_MODULES, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Read the command's module."""
        if cmd_name not in _MODULES:
            return super().get_command(ctx, cmd_name)
        found: object = import_module(f"services.cli.{_MODULES[cmd_name]}").command
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command. The log of what a server goes through on its way is for a server's log alone."""
        name, command, rest = super().resolve_command(ctx, args)
        if name not in _SERVERS:
            logging.getLogger("psycopg").addHandler(_NOWHERE)
        return name, command, rest

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read which command is asked for; what is wrong with that, machines read as JSON."""
        note_wanted(ctx, args)
        with failures_told(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and say in one line what a user can do about its failure."""
        with failures_told(ctx), explained():
            return super().invoke(ctx)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="conflictlog")
def main() -> None:
    """Keep a log of what was reported about an armed conflict, and answer from it."""

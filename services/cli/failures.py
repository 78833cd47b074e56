"""What a user reads, and the code a script sees, when a command cannot do its work."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any

import click
from psycopg import OperationalError

from services.embedded.errors import DirectoryHeldError, InstanceError, NotWritableError, PortTakenError
from services.migrate import MigrationError
from services.settings import SettingsError

FAILED = 1
CANNOT_AS_ASKED = 2
INTERRUPTED = 130

_CANNOT_AS_ASKED = (SettingsError, DirectoryHeldError, NotWritableError, PortTakenError)
_FAILED = (InstanceError, MigrationError)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class CommandError(click.ClickException):
    """The command could not do its work; the message is one line."""

    exit_code = FAILED

    def __init__(self, message: str) -> None:
        """Keep the line."""
        super().__init__(" ".join(message.split()))

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the line where errors go."""
        click.echo(f"conflictlog: {self.message}", file=file, err=True)


class CannotAsAskedError(CommandError):
    """The command was asked for something that cannot be, here and now."""

    exit_code = CANNOT_AS_ASKED


@contextmanager
def explained() -> Generator[None]:
    """Turn the failures that users can do something about into one line each; a defect of ours keeps its trace."""
    try:
        yield
    except _CANNOT_AS_ASKED as error:
        raise CannotAsAskedError(str(error)) from error
    except _FAILED as error:
        raise CommandError(str(error)) from error
    except OperationalError as error:
        raise CommandError(f"the database cannot be used ({error}): check that it runs, and DATABASE_URL") from error
    except OSError as error:
        if error.errno in _FULL:
            raise CommandError(f"no space is left on the disk of {error.filename or 'the data'}: free some") from error
        if isinstance(error, PermissionError):
            raise CannotAsAskedError(f"{error.filename} may not be used by this user: change its owner") from error
        raise
    except KeyboardInterrupt as interrupt:
        raise click.exceptions.Exit(INTERRUPTED) from interrupt
    except Exception as error:
        if not _is_of_httpx(error, "TransportError"):
            raise
        # The text of the one repeats what could not be sent, such as a key.
        unsent = _is_of_httpx(error, "LocalProtocolError")
        what = "a request could not be sent" if unsent else f"the service does not answer ({error})"
        raise CommandError(f"{what}: check that it runs, and CONFLICTLOG_URL") from error


def _is_of_httpx(error: Exception, name: str) -> bool:
    """Tell whether it is httpx's, without reading httpx: the servers have no use for it, and start sooner."""
    return any((kind.__module__, kind.__name__) == ("httpx", name) for kind in type(error).__mro__)

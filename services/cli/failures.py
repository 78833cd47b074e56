"""What a user reads, and the code a script sees, when a command cannot do its work."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any

import click
from psycopg import Error, InterfaceError, OperationalError
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue, UndefinedColumn, UndefinedTable

from events.log import LogError
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
    except (Error, OSError) as error:
        told = _of_database(error) if isinstance(error, Error) else _of_system(error)
        if told is None:
            raise
        raise told from error
    except LogError as error:
        raise CommandError(f"{error}: check that the database runs, then run this again") from error
    except UnicodeEncodeError as error:
        # Python reads bytes that are no UTF-8 as surrogates, which nothing but the name of a file may hold.
        if error.reason != "surrogates not allowed":
            raise
        raise CannotAsAskedError("what was given is not UTF-8: write it, or set the terminal, as UTF-8") from error
    except KeyboardInterrupt as interrupt:
        raise click.exceptions.Exit(INTERRUPTED) from interrupt
    except Exception as error:
        if not _is_of_httpx(error, "TransportError"):
            raise
        # The text of the one repeats what could not be sent, such as a key.
        unsent = _is_of_httpx(error, "LocalProtocolError")
        what = "a request could not be sent" if unsent else f"the service does not answer ({error})"
        raise CommandError(f"{what}: check that it runs, and CONFLICTLOG_URL") from error


def _of_database(error: Error) -> CommandError | None:
    """Say what to do about a database that refuses something, None where that is a defect of ours."""
    # A pool that cannot connect says why in its cause.
    reason = error.__cause__ if isinstance(error.__cause__, Error) else error
    told = reason.diag.message_primary or str(reason)
    # The roles come with the migrations.
    no_role = isinstance(reason, InvalidParameterValue) and '"conflictlog_' in told
    if no_role or isinstance(reason, UndefinedTable | UndefinedColumn):
        return CommandError(f"the database lacks what this release needs ({told}): run `conflictlog migrate`")
    if isinstance(reason, InsufficientPrivilege):
        return CommandError(f"the database refuses it ({told}): let DATABASE_URL name a login that may do it")
    if isinstance(error, OperationalError | InterfaceError):
        return CommandError(f"the database cannot be used ({told}): check that it runs, and DATABASE_URL")
    return None


def _of_system(error: OSError) -> CommandError | None:
    """Say what to do about a file or a disk, None where it is a defect of ours, or a reader that went away."""
    if error.errno is None or error.errno == errno.EPIPE:
        return None
    if error.errno in _FULL:
        return CommandError(f"no space is left on the disk of {error.filename or 'the data'}: free some")
    if isinstance(error, PermissionError):
        return CannotAsAskedError(f"{error.filename or 'a file'} may not be used by this user: change its owner")
    if error.errno == errno.EROFS:
        return CannotAsAskedError(f"{error.filename or 'a file'} is on a disk that is read-only: name another")
    where = f"{error.filename}: " if error.filename else ""
    return CommandError(f"{where}{error.strerror or error}: check it, then run this again")


def _is_of_httpx(error: Exception, name: str) -> bool:
    """Tell whether it is httpx's, without reading httpx: the servers have no use for it, and start sooner."""
    return any((kind.__module__, kind.__name__) == ("httpx", name) for kind in type(error).__mro__)

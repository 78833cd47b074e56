"""The log's key: a file outside the database, and beside it the last checkpoint that was signed with it."""

import fcntl
import logging
import os
import secrets
from base64 import b64decode
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from events.checkpoint import SEED_BYTES, Checkpoint, NoteError, PublicKey, SigningKey, opened
from services.embedded.directory import write_private
from services.embedded.errors import InstanceError
from services.settings import Settings, SettingsError, variable

_logger = logging.getLogger("conflictlog.proofs")


class Signer:
    """Signs checkpoints, and remembers the largest beside the key, so that no other past is ever signed.

    Any number of processes may share the file. Where it cannot be written, each process remembers its own.
    """

    def __init__(self, key_file: Path, origin: str = "") -> None:
        """Read the key; raises SettingsError. Without an origin the log is named after its key."""
        seed = _read_seed(key_file)
        try:
            self._key = SigningKey(origin or _named_after(seed), seed)
        except NoteError as error:
            raise SettingsError(f"{variable('origin')}={origin} cannot be used: {error}") from error
        self._key_file = key_file
        self.checkpoint_file = key_file.with_suffix(".checkpoint")
        self._last: Checkpoint | None = None

    @property
    def public(self) -> PublicKey:
        """The key that others check signatures with."""
        return self._key.public

    def sign(self, size: int, root: bytes) -> str:
        """Give the signed checkpoint; the same tree gives the same bytes."""
        return self._key.sign(size, root)

    def last(self) -> Checkpoint | None:
        """Give the largest checkpoint that was kept, None if there is none; raises NoteError if it is not ours."""
        try:
            note = self.checkpoint_file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return self._last
        except (OSError, UnicodeDecodeError) as error:
            raise NoteError(f"{self.checkpoint_file} cannot be read: {error}") from error
        found = opened(note, self.public)
        return found if self._last is None or self._last.size <= found.size else self._last

    def keep(self, size: int, root: bytes) -> None:
        """Keep a checkpoint that was checked to follow on the last, unless a larger one is kept meanwhile.

        It talks to the disk. Raises NoteError.
        """
        with _alone(self._key_file):
            last = self.last()
            if last is not None and last.size >= size:
                return
            self._last = Checkpoint(self.public.name, size, root)
            try:
                write_private(self.checkpoint_file, self.sign(size, root).encode())
            except InstanceError as error:
                _logger.debug("the last checkpoint is remembered by this process alone: %s", error)


def signer_of(settings: Settings) -> Signer | None:
    """Give what signs, None where no key is set; raises SettingsError."""
    return Signer(Path(settings.log_key), settings.origin) if settings.log_key else None


def make_seed(path: Path) -> None:
    """Draw the seed of a log's key, unless there is one."""
    if not path.exists():
        write_private(path, secrets.token_bytes(SEED_BYTES))


def _read_seed(path: Path) -> bytes:
    """Read 32 bytes, or base64 of them."""
    try:
        content = path.read_bytes()
        seed = content if len(content) == SEED_BYTES else b64decode(content.strip(), validate=True)
    except OSError as error:
        raise SettingsError(f"{variable('log_key')}={path} cannot be used: {error.strerror}") from error
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise SettingsError(f"{variable('log_key')}={path} cannot be used: it must hold 32 bytes, or base64 of them")
    return seed


def _named_after(seed: bytes) -> str:
    public = SigningKey("conflictlog", seed).public
    return f"conflictlog/{sha256(public.key).hexdigest()[:16]}"


@contextmanager
def _alone(path: Path) -> Generator[None]:
    """Hold a file that is there against other processes of ours."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

"""Signed checkpoints: the size and root of the tree, in words that a key has signed.

The text is that of C2SP tlog-checkpoint, the envelope C2SP signed-note with Ed25519 (signature type 0x01).
"""

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from events.merkle import HASH_BYTES

SEED_BYTES = 32
NAME_PATTERN = r"^[^\s+\x00-\x20\x7f]+$(?!\n)"
"""What a key may be called: no spaces, no plus, no control characters."""

_ED25519 = b"\x01"
_KEY_BYTES = 32
_ID_BYTES = 4
_SIGNATURE_BYTES = 64
_NOTE_BYTES_MAX = 100_000
_SIGNATURES_MAX = 100
_LINES_MIN = 3
_SIZE_MAX = 2**63 - 1
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_NAME = re.compile(NAME_PATTERN)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteError(Exception):
    """A note is malformed, not signed by the key, or not a checkpoint of its log."""


class Checkpoint(Struct, frozen=True):
    """How many leaves the tree of a log has, and its root; `extensions` are further lines, which nobody reads."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, _encoded(self.root), *self.extensions))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the text of a checkpoint; raises NoteError unless it is written as `text` is."""
        *lines, rest = text.split("\n")
        if len(lines) < _LINES_MIN or "" in lines or rest or not _SIZE.fullmatch(lines[1]) or int(lines[1]) > _SIZE_MAX:
            raise NoteError("the note is no checkpoint")
        origin, size, root, *extensions = lines
        return cls(origin, int(size), _decoded(root, HASH_BYTES), tuple(extensions))


class PublicKey(Struct, frozen=True):
    """A key that signatures are checked with, and its name."""

    name: str
    key: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that a signature names the key by."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:_ID_BYTES]

    @property
    def encoded(self) -> str:
        """The key in one line: its name, its id in hexadecimal, and its type and bytes in base64, joined by +."""
        return f"{self.name}+{self.id.hex()}+{_encoded(_ED25519 + self.key)}"

    @classmethod
    def from_encoded(cls, line: str) -> Self:
        """Read the one line; raises NoteError."""
        name, _, rest = line.partition("+")
        _, _, encoded = rest.partition("+")
        found = cls(name, _decoded(encoded, 1 + _KEY_BYTES)[1:])
        if not _NAME.match(name) or found.encoded != line:
            raise NoteError("the public key must be NAME+ID+KEY, as `conflictlog verify --public-key` prints it")
        return found

    def signs(self, text: str, signature: bytes) -> bool:
        """Tell whether a signature of this key stands under the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """An Ed25519 key, with its name."""

    def __init__(self, name: str, seed: bytes) -> None:
        """Take the 32 bytes that the key is made from (RFC 8032); raises NoteError for a name that no key may have."""
        if not _NAME.match(name):
            raise NoteError(f"a log's name has no spaces and no plus: {name!r}")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = PublicKey(name, self._key.public_key().public_bytes_raw())

    def sign(self, size: int, root: bytes) -> str:
        """Give the signed checkpoint of the log that has the key's name; the same tree gives the same bytes."""
        return self.sign_text(Checkpoint(self.public.name, size, root).text)

    def sign_text(self, text: str) -> str:
        """Give the note: the text, which ends with a newline, and its signature."""
        signature = _encoded(self.public.id + self._key.sign(text.encode()))
        return f"{text}\n\u2014 {self.public.name} {signature}\n"


def opened(note: str, key: PublicKey) -> Checkpoint:
    """Give what a signed checkpoint says of the log that the key is named after; raises NoteError."""
    found = Checkpoint.from_text(signed_text(note, key))
    if found.origin != key.name:
        raise NoteError(f"the checkpoint is of the log {found.origin!r}, the key of {key.name!r}")
    return found


def signed_text(note: str, key: PublicKey) -> str:
    """Give the text of a note that the key has signed; signatures of other keys are left aside. Raises NoteError."""
    text, separator, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not separator or len(note) > _NOTE_BYTES_MAX or _CONTROL.search(note) or lines.pop() != "":
        raise NoteError("the checkpoint is no signed note")
    if not 0 < len(lines) <= _SIGNATURES_MAX:
        raise NoteError("the note has no signature, or too many")
    text += "\n"
    ours = [signature for name, id_, signature in map(_signature, lines) if (name, id_) == (key.name, key.id)]
    if not ours:
        raise NoteError(f"the note is not signed by {key.encoded}")
    if not all(key.signs(text, signature) for signature in ours):
        raise NoteError(f"the signature is not the one of {key.encoded} under this text")
    return text


def _signature(line: str) -> tuple[str, bytes, bytes]:
    """Take a signature line apart: who signed, the key's id, the signature."""
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not _NAME.match(parts[1]):  # noqa: PLR2004  dash, name, signature
        raise NoteError("a signature line of the note is malformed")
    try:
        raw = b64decode(parts[2], validate=True)
    except ValueError as error:
        raise NoteError("a signature of the note is not base64") from error
    if len(raw) <= _ID_BYTES or _encoded(raw) != parts[2]:
        raise NoteError("a signature of the note is malformed")
    return parts[1], raw[:_ID_BYTES], raw[_ID_BYTES:]


def _encoded(raw: bytes) -> str:
    return b64encode(raw).decode()


def _decoded(text: str, size: int) -> bytes:
    """Read base64 of so many bytes, written in the one way that there is (RFC 4648, 3.5)."""
    try:
        raw = b64decode(text, validate=True)
    except ValueError as error:
        raise NoteError(f"{text!r} is not base64") from error
    if len(raw) != size or _encoded(raw) != text:
        raise NoteError(f"{text!r} is not base64 of {size} bytes")
    return raw

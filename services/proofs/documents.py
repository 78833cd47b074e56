"""Proofs as they are answered and kept in files, and the check of them, which needs nothing else but a public key."""

import json
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from events.checkpoint import Checkpoint, NoteError, PublicKey, opened
from events.log import NewEvent, RecordedEvent, leaf_hash
from events.merkle import ProofError, check_consistency, included_root
from projections.clocks import Answered

Hash = Annotated[bytes, Meta(description="A SHA-256 hash, in base64.", min_length=32, max_length=32)]
Note = Annotated[str, Meta(description="A signed checkpoint (C2SP tlog-checkpoint) of the log.")]
Size = Annotated[int, Meta(description="How many events the tree is over.", ge=0)]
Path = Annotated[list[Hash], Meta(description="The hashes of the proof, in the order of RFC 9162.", max_length=128)]
KeyLine = Annotated[
    str, Meta(description="The log's public key (C2SP signed note). Keep it from elsewhere to check a proof with it.")
]


class KeptEvent(Struct, frozen=True):
    """An event with everything that its leaf is hashed from; `data` is its exact bytes, in base64."""

    position: int
    stream: str
    version: int
    event_id: UUID
    type: str
    schema_version: int
    recorded_at: datetime
    data: bytes


class InclusionProof(Answered, kw_only=True, tag_field="proof", tag="inclusion", forbid_unknown_fields=True):
    """Shows that an event stands at its position in the log that the checkpoint is of; positions count from 1."""

    key: KeyLine
    size: Size
    checkpoint: Note
    event: KeptEvent
    leaf_hash: Hash
    path: Path


class ConsistencyProof(Answered, kw_only=True, tag_field="proof", tag="consistency", forbid_unknown_fields=True):
    """Shows that the log of the first checkpoint is the beginning of that of the second: nothing in it has changed."""

    key: KeyLine
    first: Size
    first_checkpoint: Note
    second: Size
    second_checkpoint: Note
    path: Path


Proof: TypeAlias = InclusionProof | ConsistencyProof

_DECODER = msgspec.json.Decoder(InclusionProof | ConsistencyProof)
_ENCODER = msgspec.json.Encoder()


def kept_event(event: RecordedEvent) -> KeptEvent:
    """Give what is to be kept of an event of the log."""
    return KeptEvent(
        position=event.position,
        stream=event.stream,
        version=event.version,
        event_id=event.event_id,
        type=event.type,
        schema_version=event.schema_version,
        recorded_at=event.recorded_at,
        data=event.data,
    )


def leaf_of(event: KeptEvent | RecordedEvent) -> bytes:
    """Hash an event's columns, whatever hash is stored beside them."""
    new = NewEvent(event.event_id, event.type, event.schema_version, event.data)
    return leaf_hash(event.stream, event.version, event.recorded_at, new)


def read_proof(raw: bytes) -> Proof:
    """Read a proof from its file; raises ProofError for what is no proof, or is written in any other way.

    Nothing that is not looked at may differ unseen: spaces between the parts of the JSON are all that is free.
    """
    try:
        found = _DECODER.decode(raw)
        given: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ProofError(f"the file is no proof: {error}") from error
    if given != json.loads(_ENCODER.encode(found)):
        raise ProofError("the file is no proof as the log gives it")
    return found


def check_proof(proof: Proof, key: PublicKey) -> Checkpoint:
    """Give the checkpoint that a proof leads to; raises ProofError unless it proves what it says, under this key."""
    if proof.key != key.encoded:
        raise ProofError(f"the proof is of another key: {proof.key}")
    if proof.as_of is not None or proof.known_at is not None or proof.projected:
        raise ProofError("a proof is for no clock")
    try:
        return _check_inclusion(proof, key) if isinstance(proof, InclusionProof) else _check_consistency(proof, key)
    except (NoteError, OverflowError, UnicodeError, TypeError) as error:
        raise ProofError(str(error)) from error


def _check_inclusion(proof: InclusionProof, key: PublicKey) -> Checkpoint:
    checkpoint = _checkpoint(proof.checkpoint, proof.size, key)
    if proof.position != proof.size:
        raise ProofError("the proof is for two sizes")
    if proof.event.recorded_at.utcoffset() or leaf_of(proof.event) != proof.leaf_hash:
        raise ProofError("the event is not the one that the leaf was hashed from")
    if included_root(proof.event.position - 1, proof.size, proof.leaf_hash, proof.path) != checkpoint.root:
        raise ProofError(f"the event is not at position {proof.event.position} of the log that was signed")
    return checkpoint


def _check_consistency(proof: ConsistencyProof, key: PublicKey) -> Checkpoint:
    first = _checkpoint(proof.first_checkpoint, proof.first, key)
    second = _checkpoint(proof.second_checkpoint, proof.second, key)
    if proof.position != proof.second:
        raise ProofError("the proof is for two sizes")
    check_consistency(first.size, first.root, second.size, second.root, proof.path)
    return second


def _checkpoint(note: str, size: int, key: PublicKey) -> Checkpoint:
    found = opened(note, key)
    if found.size != size:
        raise ProofError(f"the checkpoint is over {found.size} events, not {size}")
    return found

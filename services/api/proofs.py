"""The provable log: signed checkpoints of its Merkle tree, and proofs of what stands in it and that it only grew."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from litestar.response.base import ASGIResponse
from msgspec import Meta

from events.checkpoint import Checkpoint, NoteError
from events.log import RecordedEvent
from events.statements import statements
from events.tree_postgres import TreeBehindError
from projections.clocks import Answered
from projections.snapshot_postgres import BeyondHeadError, NotYetThereError
from services.api.answers import ENCODER, TEXT, format_of, respond
from services.api.errors import LogDiffersError, NoLogKeyError, NotAcceptableError, Wrong
from services.api.keys import require
from services.api.parts import Parts
from services.api.queries import MinPosition, Positioned, Query, Wait, bad_query, read_query
from services.api.reading import reader_of
from services.api.routes import Asked, Route
from services.proofs.documents import ConsistencyProof, InclusionProof, KeyLine, Note, Size, kept_event
from services.proofs.signer import Signer

_SQL = statements(Path(__file__).with_suffix(".sql"))
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_ROUND_S = 0.02

Position = Annotated[int, Meta(ge=1, le=2**53 - 1, description="The event's position.", examples=[3])]
TreeSize = Annotated[int, Meta(ge=0, le=2**53 - 1, description="A number of events; default all.", examples=[10])]
First = Annotated[int, Meta(ge=0, le=2**53 - 1, description="The size of a checkpoint that you keep.", examples=[4])]
NoteFormat = Annotated[str, Meta(description="json, or text: the signed note alone.", examples=["text"])]


class CheckpointQuery(Positioned, frozen=True, kw_only=True):
    """Of how much of the log."""

    format: NoteFormat | None = None


class _ProofQuery(Query, frozen=True, kw_only=True):
    min_position: MinPosition | None = None
    wait_s: Wait = 5.0


class InclusionQuery(_ProofQuery, frozen=True, kw_only=True):
    """Which event, in the log of which size."""

    position: Position
    size: TreeSize | None = None


class ConsistencyQuery(_ProofQuery, frozen=True, kw_only=True):
    """Between which two sizes of the log."""

    first: First
    second: TreeSize | None = None


class SignedCheckpoint(Answered, kw_only=True):
    """How large the log is and the root of its Merkle tree, signed."""

    key: KeyLine
    origin: str
    size: Size
    root: Annotated[bytes, Meta(description="The root of the tree, in base64.")]
    checkpoint: Note


async def checkpoint(asked: Asked) -> ASGIResponse:
    """Give the signed checkpoint of the log, or of its beginning."""
    query = read_query(asked.request, CheckpointQuery)
    chosen = format_of(asked.request, query.format, ("json", "text"))
    signer = _signer(asked.parts)
    size = await _size(asked.parts, query.at_position, query)
    [root] = await _roots(asked.parts, signer, [size])
    note = signer.sign(size, root)
    modified = await _recorded_at(asked.parts, size)
    if chosen == "text":
        return respond(asked.request, note.encode(), media=f"{TEXT}; charset=utf-8", modified=modified)
    found = SignedCheckpoint(
        as_of=None,
        known_at=None,
        position=size,
        key=signer.public.encoded,
        origin=signer.public.name,
        size=size,
        root=root,
        checkpoint=note,
    )
    return respond(asked.request, ENCODER.encode(found), modified=modified)


async def inclusion(asked: Asked) -> ASGIResponse:
    """Prove that an event stands at its position."""
    query = read_query(asked.request, InclusionQuery)
    signer = _signer(asked.parts)
    size = await _size(asked.parts, query.size, query)
    if query.position > size:
        raise bad_query(Wrong(parameter="position", detail=f"is beyond the {size} events that the proof is for"))
    [root] = await _roots(asked.parts, signer, [size])
    async with asked.parts.pool.connection() as connection:
        cursor = await connection.execute(_SQL["event"], {"position": query.position}, binary=True)
        [event] = [RecordedEvent(*row) for row in await cursor.fetchall()]
        veil = await asked.parts.snapshots.veil(connection, reader_of(asked))
    if veil.hides(event.stream) or veil.mentions(event.data):
        # The proof would hold the event; of what is withheld `/v1/log` gives the leaf, and consistency is proved.
        require(asked.caller, "read:restricted")
    proof = InclusionProof(
        as_of=None,
        known_at=None,
        position=size,
        key=signer.public.encoded,
        size=size,
        checkpoint=signer.sign(size, root),
        event=kept_event(event),
        leaf_hash=event.leaf_hash,
        path=await asked.parts.tree.inclusion(query.position - 1, size),
    )
    return respond(asked.request, ENCODER.encode(proof), modified=await _recorded_at(asked.parts, size))


async def consistency(asked: Asked) -> ASGIResponse:
    """Prove that the log of one size is the beginning of that of another."""
    query = read_query(asked.request, ConsistencyQuery)
    signer = _signer(asked.parts)
    second = await _size(asked.parts, query.second, query)
    if query.first > second:
        raise bad_query(Wrong(parameter="first", detail=f"is more than the {second} events of the second"))
    first_root, second_root = await _roots(asked.parts, signer, [query.first, second])
    proof = ConsistencyProof(
        as_of=None,
        known_at=None,
        position=second,
        key=signer.public.encoded,
        first=query.first,
        first_checkpoint=signer.sign(query.first, first_root),
        second=second,
        second_checkpoint=signer.sign(second, second_root),
        path=await asked.parts.tree.consistency(query.first, second),
    )
    return respond(asked.request, ENCODER.encode(proof), modified=await _recorded_at(asked.parts, second))


def _signer(parts: Parts) -> Signer:
    if parts.signer is None:
        raise NoLogKeyError("Set `CONFLICTLOG_LOG_KEY` to the file of a key, and checkpoints are signed with it.")
    return parts.signer


async def _size(parts: Parts, wanted: int | None, query: CheckpointQuery | _ProofQuery) -> int:
    """Give the size asked for, else the head, waiting for the head where that is asked for."""
    deadline = asyncio.get_running_loop().time() + query.wait_s
    while True:
        head = await parts.log.head()
        if head >= (query.min_position or 0):
            break
        if asyncio.get_running_loop().time() >= deadline:
            raise NotYetThereError(query.min_position or 0, head)
        await asyncio.sleep(_ROUND_S)
    if wanted is not None and wanted > head:
        raise BeyondHeadError(wanted, head)
    return head if wanted is None else wanted


async def _roots(parts: Parts, signer: Signer, sizes: list[int]) -> list[bytes]:
    """Give the roots at sizes, once it is seen that the log still begins with what was signed last."""
    try:
        last = await asyncio.to_thread(signer.last)
        roots = await parts.tree.roots(await _with(last, parts, sizes))
        if last is not None and roots.pop() != last.root:
            raise LogDiffersError(f"The log does not begin with the {last.size} events that were signed before.")
        largest = max(zip(sizes, roots, strict=True))
        if last is None or largest[0] > last.size:
            await asyncio.to_thread(signer.keep, *largest)
    except NoteError as error:
        raise LogDiffersError("The checkpoint that is kept beside the key is not one of this log.") from error
    return roots


async def _with(last: Checkpoint | None, parts: Parts, sizes: list[int]) -> list[int]:
    """Give the sizes, and that which was signed last."""
    if last is None:
        return sizes
    if last.size > await parts.log.head():
        raise LogDiffersError(f"The log has fewer than the {last.size} events that were signed before.")
    return [*sizes, last.size]


async def _recorded_at(parts: Parts, position: int) -> datetime:
    async with parts.pool.connection() as connection:
        rows = await (await connection.execute(_SQL["recorded_at"], {"position": position})).fetchall()
    return rows[0][0] if rows else _BEGINNING


_REFUSES = (NoLogKeyError, LogDiffersError, BeyondHeadError, NotYetThereError, TreeBehindError)

PROOF_ROUTES = (
    Route(
        method="GET",
        path="/v1/log/checkpoint",
        name="checkpoint",
        tag="log",
        summary="How large the log is and the root of its Merkle tree, signed",
        description="""The tree is that of RFC 6962: leaf N - 1 is the hash of the event at position N. The note is a
        C2SP tlog-checkpoint signed with Ed25519; who keeps it can have proved later that nothing before it was changed.
        No checkpoint is signed that contradicts the last one.""",
        scope="read",
        act=checkpoint,
        query=CheckpointQuery,
        gives={200: SignedCheckpoint},
        also={TEXT: str},
        refuses=(*_REFUSES, NotAcceptableError),
    ),
    Route(
        method="GET",
        path="/v1/log/proof/inclusion",
        name="prove_inclusion",
        tag="log",
        summary="Proof that an event stands at its position in the signed log",
        description="""Kept as a file it can be checked by itself: `conflictlog verify --proof FILE --key KEY`.

        It holds the event, so that of what is restricted it is for readers with the scope `read:restricted`.
        Checkpoints and consistency proofs hold hashes alone, and are for every reader.""",
        scope="read",
        act=inclusion,
        query=InclusionQuery,
        gives={200: InclusionProof},
        refuses=_REFUSES,
    ),
    Route(
        method="GET",
        path="/v1/log/proof/consistency",
        name="prove_consistency",
        tag="log",
        summary="Proof that the log of one size is the beginning of that of another",
        description="Kept as a file it can be checked by itself: `conflictlog verify --proof FILE --key KEY`.",
        scope="read",
        act=consistency,
        query=ConsistencyQuery,
        gives={200: ConsistencyProof},
        refuses=_REFUSES,
    ),
)

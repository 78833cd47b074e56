"""How a request is addressed: the stream it writes, the ids it may make, the keys it is known again by."""

from collections.abc import Sequence
from hashlib import sha256

from events import occurrence_events as said
from events import registry_requests as registry
from events import requests as asked
from events import restriction_requests as kept
from events.codec import Event
from events.command import Command, RequestBody
from events.decision import slug
from events.log import RequestKey
from events.values import ExternalId

FREE_NAMES = 9
"""How many ids are tried for what is registered by name alone: kalbajar, kalbajar-2, … kalbajar-9."""


def category_of(body: RequestBody) -> str:
    """Give the category of the stream that a request writes."""
    match body:
        case registry.RegisterParty() | registry.AmendParty():
            return "party"
        case registry.RegisterPlace() | registry.AmendPlace() | kept.RestrictPlace() | kept.ReleasePlace():
            return "place"
        case registry.RegisterSource() | registry.AmendSource():
            return "source"
        case registry.FileReport() | registry.AmendReport() | registry.WithdrawReport():
            return "report"
        case _:
            return "occurrence"


def candidates(body: RequestBody, suffix: str) -> tuple[str, ...]:
    """Give the ids that what is new may bear: the one it was given, or those made from its name."""
    match body:
        case registry.RegisterParty() | registry.RegisterPlace() | registry.RegisterSource():
            name = body.id or slug(body.name)
        case registry.FileReport():
            name = body.id or slug("-".join((body.source, body.published_at[:10], body.title or suffix)))
        case asked.OccurrenceBody():
            occurred = body.occurred.start or body.occurred.end or ""
            return (body.id or f"{body.__struct_config__.tag}-{occurred[:10]}-{suffix}".replace("_", "-"),)
        case _:
            return ()
    if body.id is not None:
        return (name,)
    name = name or f"{category_of(body)}-{suffix}"
    return (name, *(f"{name}-{number}" for number in range(2, FREE_NAMES + 1)))


def result_of(stream: str, first_version: int, events: Sequence[Event]) -> str:
    """Give the id of what a request made or changed, which its last event names unless it began the stream."""
    name = stream.partition("-")[2]
    if first_version == 1:
        return name
    match events[-1]:
        case said.ClaimMade(claim=claim) | said.ClaimCited(claim=claim) | said.ClaimWithdrawn(claim=claim):
            return claim
        case said.ClaimSuperseded(by=by):
            return by
        case (
            said.TransferRescheduled(transfer=transfer)
            | said.TransferEffected(transfer=transfer)
            | said.TransferCancelled(transfer=transfer)
        ):
            return transfer
        case _:
            return name


def keys_of(command: Command) -> tuple[RequestKey, ...]:
    """Give the keys under which a request is known again: the sender's own, and a dataset's id."""
    names: list[str] = []
    if command.idempotency_key is not None:
        names.append(f"key:{command.by}:{command.idempotency_key}")
    external = external_id_of(command)
    if external is not None:
        names.append(external_key(external))
        if external.release is not None:
            names.append(release_key(external))
    return tuple(RequestKey(name, bytes.fromhex(command.sha256)) for name in names)


def external_key(external: ExternalId) -> str:
    """Give the key under which what a dataset calls by an id is known, whatever the release."""
    return f"external:{external.dataset}:{external.id}"


def release_key(external: ExternalId) -> str:
    """Give the key under which the same is known as one release has it."""
    return f"release:{external.release}:{external.dataset}:{external.id}"


def external_id_of(command: Command) -> ExternalId | None:
    """Give what a dataset calls the occurrence that a request reports."""
    return command.body.external_id if isinstance(command.body, asked.OccurrenceBody) else None


def request_hash(method: str, path: str, body: bytes) -> str:
    """Give the hash by which a request is known again: SHA-256 over its method, path and normalised body."""
    return sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()

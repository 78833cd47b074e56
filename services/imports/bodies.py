"""Bodies of requests, made of values instead of decoded."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from events import claims as contents
from events import details as kinds
from events import requests as asked
from events.addressing import request_hash
from events.command import Command, RequestBody

BY = "import"
"""The name under which imports are recorded."""

_ENCODER = msgspec.json.Encoder(order="deterministic")
_BODY_OF: Mapping[str, type[asked.OccurrenceBody]] = {
    str(body.__struct_config__.tag): body for body in asked.OCCURRENCE_BODIES
}


def occurrence(details: kinds.Details, **members: Any) -> asked.OccurrenceBody:  # noqa: ANN401 - those of the body
    """Give the body that reports an occurrence with these details."""
    return _BODY_OF[kinds.kind_of(details)](details=cast("kinds.Detail", details), **members)


def as_written(name: str, content: contents.Content) -> asked.ClaimAsWritten:
    """Give a claim inside an occurrence's report, its content kept as it is."""
    return asked.ClaimAsWritten(id=name, written=content)


def command(
    body: RequestBody, *, subject: str | None = None, content: object = None, key: str | None = None
) -> Command:
    """Give a request to record a body; `content` is what makes it the same request again, where not the body itself."""
    said = _ENCODER.encode(body if content is None else content)
    about = f"{type(body).__name__} {subject or ''}"
    return Command(body=body, subject=subject, sha256=request_hash("IMPORT", about, said), by=BY, idempotency_key=key)

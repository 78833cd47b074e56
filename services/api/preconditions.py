"""The request headers that a write may depend on: If-Match and Idempotency-Key."""

import re
from typing import Any

from litestar import Request

from services.api.errors import BadRequestError, PreconditionFailedError
from services.api.headers import received

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|\Z)')
_VERSION = re.compile(r"[1-9][0-9]{0,17}\Z")
# An RFC 9651 string, without the parameters that the draft gives no meaning to.
_QUOTED = re.compile(r'\s*"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"\s*\Z')
_BARE = re.compile(r"[A-Za-z0-9._~:/+=-]+\Z")
_KEY_MAX = 255


def version_to_match(request: Request[Any, Any, Any]) -> int | None:
    """Give the version that `If-Match` asks for (RFC 9110, 13.1.1), None where it asks for any or is left out.

    Raises BadRequestError for what is no entity tag, PreconditionFailedError for one that no version has.
    """
    given = received(request).get(b"if-match", "")
    if not given or given.strip() == "*":
        return None
    tags = _tags(given)
    if tags is None:
        raise BadRequestError('`If-Match` takes a version as an entity tag, as in `If-Match: "7"`.')
    # A weak tag never matches here, and one that is no number is no version's.
    versions = [int(tag) for weak, tag in tags if not weak and _VERSION.match(tag)]
    if not versions:
        raise PreconditionFailedError("`If-Match` names no version that a stream could have.")
    if len(versions) > 1:
        raise BadRequestError("`If-Match` takes one version.")
    return versions[0]


def idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    """Give the key under which the request is to be known again; raises BadRequestError for what is none.

    The draft `The Idempotency-Key HTTP Header Field` asks for a quoted string; a bare token is taken as well.
    """
    given = received(request).get(b"idempotency-key")
    if given is None:
        return None
    quoted = _QUOTED.match(given)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else given.strip()
    if not quoted and not _BARE.match(key):
        raise BadRequestError('`Idempotency-Key` takes a quoted string, as in `Idempotency-Key: "8e03978e"`.')
    if not 0 < len(key) <= _KEY_MAX:
        raise BadRequestError(f"`Idempotency-Key` is 1 to {_KEY_MAX} characters long.")
    return key


def has_tag(request: Request[Any, Any, Any], etag: str) -> bool:
    """Tell whether `If-None-Match` lists this entity tag (RFC 9110, 13.1.2); one that cannot be read lists nothing."""
    given = received(request).get(b"if-none-match", "")
    if given.strip() == "*":
        return True
    return any(f'"{tag}"' == etag for _, tag in _tags(given) or ())


def _tags(given: str) -> list[tuple[bool, str]] | None:
    """Read a list of entity tags: whether each is weak, and its text; None for what is no such list."""
    tags: list[tuple[bool, str]] = []
    at = 0
    while at < len(given):
        match = _TAG.match(given, at)
        if match is None:
            return None
        tags.append((match[1] is not None, match[2]))
        at = match.end()
    return tags

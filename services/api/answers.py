"""Answers to GET: their bytes, the tags that let a reader ask again cheaply, and the format they are asked in."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256

import msgspec
from litestar.datastructures.headers import Accept
from litestar.response.base import ASGIResponse

from services.api.errors import NotAcceptableError
from services.api.headers import headers_of, received
from services.api.parts import Request
from services.api.preconditions import has_tag
from services.api.replies import Reply

JSON = "application/json"
GEOJSON = "application/geo+json"
TEXT = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html; charset=utf-8"
FORMATS: Mapping[str, str] = {"json": JSON, "geojson": GEOJSON, "text": TEXT, "markdown": MARKDOWN}
"""The formats that `?format=` names, and their media types."""

ENCODER = msgspec.json.Encoder()


def respond(
    request: Request,
    body: bytes,
    *,
    media: str = JSON,
    modified: datetime | None = None,
    links: Sequence[tuple[str, str]] = (),
) -> ASGIResponse:
    """Answer a GET or HEAD with these bytes; 304 without them where the reader has them already.

    `modified` is when the position that they are derived from was recorded. If-Modified-Since is not looked at:
    an answer may change at a day's end, which moves no date.
    """
    etag = f'"{urlsafe_b64encode(sha256(body).digest()[:18]).decode()}"'
    headers = headers_of(request)
    headers["etag"] = etag
    headers["vary"] = "Accept, Authorization" + (", Accept-Language" if "content-language" in headers else "")
    # Whoever keeps an answer asks whether it still stands, and nobody else's proxy keeps what a key was needed for.
    headers["cache-control"] = "private, no-cache" if b"authorization" in received(request) else "no-cache"
    if modified is not None:
        headers["last-modified"] = format_datetime(modified.astimezone(UTC), usegmt=True)
    if links:
        headers["link"] = ", ".join(f'<{target}>; rel="{relation}"' for relation, target in links)
    if has_tag(request, etag):
        return Reply(304, headers)
    headers["content-type"] = media
    return Reply(200, headers, body, to_head=request.method == "HEAD")


def format_of(request: Request, asked: str | None, offered: Sequence[str]) -> str:
    """Choose among the formats offered, by `?format=` or else by `Accept`; the first is the default.

    Raises NotAcceptableError.
    """
    if asked is not None:
        if asked not in offered:
            raise _not_acceptable(offered)
        return asked
    accept = received(request).get(b"accept")
    if not accept:
        return offered[0]
    media = {FORMATS[name]: name for name in offered}
    best = Accept(accept).best_match(list(media))
    if best is None:
        raise _not_acceptable(offered)
    return media[best]


def _not_acceptable(offered: Sequence[str]) -> NotAcceptableError:
    return NotAcceptableError(f"This route gives {', '.join(f'{name} ({FORMATS[name]})' for name in offered)}.")

"""The brief: the situation of a period in words, as JSON or Markdown, in the reader's language."""

from datetime import date
from typing import Annotated, get_args

from litestar.response.base import ASGIResponse
from msgspec import Meta

from services.api.answers import MARKDOWN, format_of, respond
from services.api.headers import headers_of, keep_headers, received
from services.api.queries import Clocked, read_query
from services.api.reading import answered, held
from services.api.routes import Asked, Route
from services.briefs.answers import Brief, Language
from services.briefs.compose import compose
from services.briefs.findings import NEEDS, gather, in_full
from services.briefs.markdown import markdown
from services.briefs.period import at_end, period

_LANGUAGES = get_args(Language)


class BriefQuery(Clocked, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which days, in which language and form."""

    from_: Annotated[date, Meta(description="The first day; default seven days before the last.")] | None = None
    to: Annotated[date, Meta(description="The last day; default that of `as_of`, else today in UTC.")] | None = None
    language: Annotated[Language, Meta(description="Instead of `Accept-Language`; else English.")] | None = None
    format: Annotated[str, Meta(description="Instead of `Accept`: json or markdown.", examples=["markdown"])] | None = (
        None
    )


async def brief(asked: Asked) -> ASGIResponse:
    """Write the brief."""
    query = read_query(asked.request, BriefQuery)
    form = format_of(asked.request, query.format, ("json", "markdown"))
    language = query.language or preferred(received(asked.request).get(b"accept-language", ""))
    async with held(asked, query, *NEEDS) as holding:
        days = period(query.from_, query.to, holding.clocks)
        snapshot = holding.snapshot
        found = await gather(snapshot.connection, snapshot.registry, at_end(days, holding.clocks), days)
    known = await in_full(asked.parts.log, found)
    written = compose(found, known, language, holding.clocks, parked=snapshot.parked)
    keep_headers(asked.request, headers_of(asked.request) | {"content-language": language})
    if form == "json":
        return answered(asked, holding, written)
    text = snapshot.veil.cover(markdown(written, asked.parts.settings.public_url).encode())
    return respond(asked.request, text, media=f"{MARKDOWN}; charset=utf-8", modified=snapshot.recorded_at)


def preferred(accepted: str) -> Language:
    """Choose by an Accept-Language header (RFC 9110, 12.5.4); English where it names none that there is."""
    best: tuple[float, Language] = (0.0, "en")
    for part in accepted.split(","):
        named, _, rest = part.partition(";")
        tag = named.strip().lower().split("-")[0]
        weight = _weight(rest)
        for language in _LANGUAGES:
            if tag == language and weight > best[0]:
                best = (weight, language)
    return best[1]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not parameters.strip():
        return 1.0
    try:
        return min(1.0, max(0.0, float(value))) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0


BRIEF_ROUTES = (
    Route(
        method="GET",
        path="/v1/brief",
        name="brief",
        tag="situation",
        summary="The situation of a period in words, each sentence with its links",
        description=Brief.__doc__ or "",
        scope="read",
        act=brief,
        query=BriefQuery,
        gives={200: Brief},
        also={MARKDOWN: str},
    ),
)

"""The code lists: each code with its names in the languages that briefs are written in, and what others call it."""

from functools import cache
from typing import Annotated, get_args

from litestar.response.base import ASGIResponse
from msgspec import Meta, Struct

from events.mappings import MATCHES, SCHEMES, Match, Scheme
from events.words import CODE_LISTS
from projections.clocks import Answered
from services.api.answers import ENCODER, respond
from services.api.operations import head_of
from services.api.routes import Asked, Route
from services.briefs.answers import Language
from services.briefs.terms import LISTS, TERMS
from services.briefs.tongue import catalogue

_NAMED = frozenset({"source_reliability", "claim_credibility", "acled_inter"})
"""Lists whose codes say nothing by themselves: what they mean is their name."""


class Theirs(Struct, frozen=True, kw_only=True):
    """A code of others that says the same. `reads`: an import takes it for ours.

    `within` is the wider code that it belongs to, `means` what it says there.
    """

    scheme: Scheme
    field: str
    code: str
    means: str | None
    within: str | None
    reads: bool


class Code(Struct, frozen=True, kw_only=True):
    """A code, its names by language, and the codes of others that say the same."""

    code: str | int
    labels: Annotated[dict[Language, str], Meta(description="By language; English always, others where there is one.")]
    matches: tuple[Theirs, ...]


class Vocabulary(Answered, kw_only=True):
    """Every code list, extended over time and never renamed; `lists` holds the codes alone, `codes` what they mean.

    `schemes` are the vocabularies of others that the codes are matched with.
    """

    lists: dict[str, tuple[str | int, ...]]
    codes: dict[str, tuple[Code, ...]]
    schemes: dict[Scheme, str]


async def vocabulary(asked: Asked) -> ASGIResponse:
    """Give every code list."""
    head, recorded_at = await head_of(asked.parts)
    answer = Vocabulary(as_of=None, known_at=None, position=head, lists=CODE_LISTS, codes=_codes(), schemes=SCHEMES)
    return respond(asked.request, ENCODER.encode(answer), modified=recorded_at)


@cache
def _codes() -> dict[str, tuple[Code, ...]]:
    return {name: tuple(_code(name, code) for code in codes) for name, codes in CODE_LISTS.items()}


def _code(of: str, code: str | int) -> Code:
    found = [match for match in MATCHES if (match.list, match.code) == (of, code)]
    return Code(code=code, labels=_labels(of, code, found), matches=tuple(map(_theirs, found)))


def _theirs(match: Match) -> Theirs:
    return Theirs(
        scheme=match.scheme,
        field=match.field,
        code=match.theirs,
        means=match.means,
        within=match.within,
        reads=match.reads,
    )


def _labels(of: str, code: str | int, matches: list[Match]) -> dict[Language, str]:
    if of in _NAMED:
        return {"en": matches[0].means or str(code)}
    word = TERMS[LISTS[of]].get(str(code)) if of in LISTS else None
    if word is None:
        return {"en": str(code).replace("_", " ")}
    return {language: catalogue(language).gettext(word) for language in get_args(Language)}


VOCABULARY_ROUTES = (
    Route(
        method="GET",
        path="/v1/vocabulary",
        name="vocabulary",
        tag="registries",
        summary="Every code list, with what its codes mean and what other vocabularies call them",
        scope="read",
        act=vocabulary,
        gives={200: Vocabulary},
    ),
)

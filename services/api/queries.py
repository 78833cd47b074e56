"""Query parameters: each route's are one Struct, read strictly; every fault is listed."""

import re
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct, structs

from events.values import PartyId, PlaceId, Said
from services.api.errors import BadQueryError, Wrong
from services.api.faults import leaf_fault, options_of
from services.api.parts import Request

LIMIT_MAX = 10_000
WAIT_MAX_S = 60

AtPosition = Annotated[
    int, Meta(ge=0, le=2**53 - 1, description="Answer from the first N events of the log.", examples=[100])
]
MinPosition = Annotated[
    int,
    Meta(
        ge=0,
        le=2**53 - 1,
        description="Wait until the answer has reached this position, as a write gave it; else 503.",
        examples=[100],
    ),
]
Wait = Annotated[float, Meta(ge=0, le=WAIT_MAX_S, description="How long to wait for `min_position`, in seconds.")]
Limit = Annotated[int, Meta(ge=1, le=LIMIT_MAX, description="How many items a page has at most.")]
OpaqueCursor = Annotated[
    str, Meta(max_length=2000, description="The `next_cursor` of the page before, unchanged, with the same filters.")
]
AsOf = Annotated[
    Said,
    Meta(description="When it was so: a date is the end of that day in each place's zone; default now or `known_at`."),
]
KnownAt = Annotated[
    Said, Meta(description="What was published by then: a date is the end of that day in UTC; default everything.")
]

_INTEGER = re.compile(r"-?[0-9]{1,20}\Z")

Q = TypeVar("Q", bound="Query")


class Query(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of a route."""


class Positioned(Query, frozen=True, kw_only=True):
    """What can be asked of everything that is derived from the log: how much of it, and how new."""

    at_position: AtPosition | None = None
    min_position: MinPosition | None = None
    wait_s: Wait = 5.0


class Clocked(Positioned, frozen=True, kw_only=True):
    """All three clocks, in any mix."""

    as_of: AsOf | None = None
    known_at: KnownAt | None = None


class ClockedPage(Clocked, frozen=True, kw_only=True):
    """All three clocks, and a page of a list."""

    limit: Limit = 100
    cursor: OpaqueCursor | None = None


PlaceIds = Annotated[tuple[PlaceId, ...], Meta(description="Places; each stands for all that lies in it.")]
PartyIds = Annotated[tuple[PartyId, ...], Meta(description="Parties; each stands for its members.")]
Phrase = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="Words that follow one another in the first 100,000 characters of a text; the last may go on.",
    ),
]
Search = Annotated[str, Meta(min_length=1, max_length=200, description="Text that stands in a name or a text.")]


class Parameter(Struct, frozen=True):
    """One parameter: its name in the URL, its type, whether it takes several values, and how it is declared."""

    name: str
    member: str
    hint: Any
    several: bool
    required: bool
    default: Any


@cache
def parameters_of(kind: type[Struct]) -> dict[str, Parameter]:
    """Give a route's parameters by their names in the URL."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        field.encode_name: Parameter(
            field.encode_name,
            field.name,
            _given_hint(hints[field.name]),
            any(get_origin(option) is tuple for option in options_of(hints[field.name])),
            field.required,
            field.default,
        )
        for field in structs.fields(kind)
    }


def _given_hint(hint: Any) -> Any:  # noqa: ANN401  any type may be asked for
    """Give what a parameter may be where it is given: msgspec would read the text `null` as if it were left out."""
    options = [option for option in get_args(hint) if option is not type(None)]
    return Union[tuple(options)] if get_origin(hint) in {Union, UnionType} else hint  # noqa: UP007  made of a tuple


def _value(parameter: Parameter, given: str | list[str]) -> Any:  # noqa: ANN401  any type may be asked for
    return msgspec.convert(given, parameter.hint, strict=False)


def read_query(request: Request, kind: type[Q]) -> Q:
    """Read the query string; raises BadQueryError that lists everything wrong with it."""
    parameters = parameters_of(kind)
    given, wrong = _given(request.scope["query_string"], parameters)
    for name, parameter in parameters.items():
        if name in given:
            wrong += [Wrong(parameter=name, detail=detail) for detail in _faults(parameter, given[name])]
        elif parameter.required and not any(one.parameter == name for one in wrong):
            wrong.append(Wrong(parameter=name, detail="is needed"))
    if not wrong:
        try:
            return kind(**{parameters[name].member: _value(parameters[name], text) for name, text in given.items()})
        except ValueError as error:
            wrong.append(Wrong(detail=str(error).partition(" - at `")[0]))
    raise bad_query(*wrong)


def bad_query(*wrong: Wrong) -> BadQueryError:
    """Give the refusal of a query string."""
    return BadQueryError(
        "; ".join(f"`{one.parameter}` {one.detail}" if one.parameter else one.detail for one in wrong), wrong
    )


def _given(query: bytes, parameters: dict[str, Parameter]) -> tuple[dict[str, str | list[str]], list[Wrong]]:
    """Take the query string apart: what was given for each known parameter, and what is wrong with the rest."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError as error:
        raise bad_query(Wrong(detail="The query string is not percent-encoded UTF-8.")) from error
    given: dict[str, str | list[str]] = {}
    wrong: list[Wrong] = []
    for name, value in pairs:
        parameter = parameters.get(name)
        before = given.get(name)
        if parameter is None:
            wrong.append(Wrong(parameter=name[:100], detail="is no parameter of this route"))
        elif "\0" in value or not value:
            wrong.append(Wrong(parameter=name, detail="contains U+0000" if value else "is empty"))
        elif parameter.several:
            given[name] = [*(before if isinstance(before, list) else ()), *value.split(",")]
        elif before is not None:
            wrong.append(Wrong(parameter=name, detail="takes one value and is given several times"))
        else:
            given[name] = value
    return given, list(dict.fromkeys(wrong))


def _faults(parameter: Parameter, given: str | list[str]) -> list[str]:
    """Say what is wrong with a parameter's value or values."""
    if isinstance(given, str):
        # msgspec would take 1e2 for a hundred.
        if int in options_of(parameter.hint) and not _INTEGER.match(given):
            return [f"{given!r} is no whole number"]
        detail = leaf_fault(given, parameter.hint, strict=False)
        if detail and " " in given and leaf_fault(given.replace(" ", "+"), parameter.hint, strict=False) is None:
            detail = f"{given!r}: a + stands for a space in a URL; write it as %2B"
        return [detail] if detail else []
    array = next(option for option in options_of(parameter.hint) if get_origin(option) is tuple)
    found: list[str] = []
    if get_args(array)[1:] == (Ellipsis,):
        items = [leaf_fault(item, get_args(array)[0], strict=False) for item in given]
        found = [f"{item!r}: {detail}" for item, detail in zip(given, items, strict=True) if detail]
    whole = None if found else leaf_fault(given, parameter.hint, strict=False)
    return [whole] if whole else found

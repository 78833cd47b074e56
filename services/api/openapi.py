"""The OpenAPI 3.1 document, made from the routes."""

import inspect
from collections.abc import Mapping, Sequence

import msgspec

from events.codec import UnknownEventError, UnreadableEventError
from projections.snapshot_postgres import BeyondHeadError, NotYetThereError
from services.api import errors
from services.api.examples import answer_example, body_example
from services.api.log_stream import EVENT_STREAM
from services.api.ndjson import NDJSON
from services.api.openapi_parameters import Json, parameters_described, tidied
from services.api.problem_kinds import INTERNAL, KINDS, Kind, every_kind
from services.api.problems import MEDIA_TYPE, PAGE, Problem
from services.api.queries import Clocked, Positioned, parameters_of
from services.api.routes import Route

_REF = "#/components/schemas/{name}"
_TAGS = {
    "recording": "What can be sent: each request becomes events of the log, all or none.",
    "occurrences": "What was reported to have happened, and who says so.",
    "control": "Who controls what.",
    "casualties": "Who was harmed.",
    "strikes": "Who struck whom, how often.",
    "situation": "What else is so, in which order it happened, how much was told of it, and all of it in words.",
    "registries": "Parties, places, sources and reports.",
    "log": "The events themselves.",
    "operations": "How the service stands.",
    "documentation": "This description, for machines and for people.",
}
_DESCRIPTION = """An append-only log of what was reported about an armed conflict, and the answers folded from it.

Every answer takes `as_of` (when it was so), `known_at` (what was published by then) and `at_position` (how much of the
log), in any mix. Every error is an RFC 9457 problem, whose `type` is explained at `/docs/problems`."""
_EVERY = (errors.BadRequestError, errors.BadQueryError, errors.NotFoundError, errors.TooManyRequestsError)
_GUARDED = (errors.NoCredentialsError, errors.NotAllowedError)
_DERIVED = (BeyondHeadError, NotYetThereError, UnknownEventError, UnreadableEventError)


def document(routes: Sequence[Route], public_url: str, version: str) -> Json:
    """Give the whole description."""
    schemas, components = _schemas(routes)
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    described: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "conflictlog",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url or "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": components,
            "examples": {kind.slug: {"summary": kind.title, "value": _example(kind)} for kind in every_kind()},
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key that begins with clk_; its scopes are fixed when it is made.",
                }
            },
        },
    }
    # As it will be read: without tuples, and with nothing shared between its parts.
    return msgspec.json.decode(msgspec.json.encode(described))


def _schemas(routes: Sequence[Route]) -> tuple[dict[int, Json], dict[str, Json]]:
    """Describe every type that is sent or answered; the first result is by the type's identity."""
    kinds = [Problem]
    for route in routes:
        kinds += [*route.gives.values(), *route.also.values()]
        kinds += [sent.kind for sent in (route.body, route.line) if sent]
    described, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    names = {name: _short(name) for name in components}
    schemas = {id(kind): tidied(schema, names) for kind, schema in zip(kinds, described, strict=True)}
    tidy = {names[name]: tidied(schema, names) for name, schema in sorted(components.items())}
    return schemas, {name: _with_kind_said_once(schema, tidy) for name, schema in tidy.items()}


def _with_kind_said_once(schema: Json, components: Mapping[str, Json]) -> Json:
    """Say that details need not repeat the kind that the body around them has."""
    reference = schema.get("properties", {}).get("details", {}).get("$ref", "")
    details = components.get(reference.rpartition("/")[2])
    if details is None:
        return schema
    loosened = {**details, "required": [name for name in details["required"] if name != "kind"]}
    return {**schema, "properties": {**schema["properties"], "details": loosened}}


def _short(name: str) -> str:
    """Shorten a name that two modules share: events.details.Strike is DetailsStrike."""
    return "".join(part[:1].upper() + part[1:] for part in name.split(".")[-2:])


def _operation(route: Route, schemas: Mapping[int, Json]) -> Json:
    operation: Json = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "description": inspect.cleandoc(route.description or route.summary),
        "parameters": parameters_described(route),
        "responses": {**_successes(route, schemas), **_failures(route)},
        "security": _security(route),
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "description": f"At most {route.body.limit} bytes.",
            "content": {
                "application/json": {
                    "schema": schemas[id(route.body.kind)],
                    "examples": {"one": {"value": body_example(route.name)}},
                }
            },
        }
    if route.line is not None:
        operation["requestBody"] = {
            "required": True,
            "description": f"NDJSON: one of these on each line, of at most {route.line.limit} bytes.",
            "content": {
                NDJSON: {
                    "schema": schemas[id(route.line.kind)],
                    "examples": {"one": {"value": body_example(route.name)}},
                }
            },
        }
    return operation


def _security(route: Route) -> list[Json]:
    if route.scope is None:
        return []
    # Reading without a key is a setting.
    return [{"key": [route.scope]}, *([{}] if route.scope == "read" else [])]


def _successes(route: Route, schemas: Mapping[int, Json]) -> Json:
    found: Json = {}
    for status, kind in route.gives.items():
        content = {route.media: _content(route, schemas[id(kind)])}
        if status == 200:  # noqa: PLR2004  what else it can be given as
            content |= {media: {"schema": schemas[id(other)]} for media, other in route.also.items()}
        headers = _headers(route, status) if status < 300 else _RETRY_AFTER  # noqa: PLR2004  what is no success
        found[str(status)] = {"description": _MEANING[status], "headers": headers, "content": content}
    if route.method == "GET" and route.media != EVENT_STREAM:
        found["304"] = {"description": "What `If-None-Match` lists still stands.", "headers": _headers(route, 304)}
    return found


_MEANING = {
    200: "The answer.",
    201: "It is recorded; `Location` is its address.",
    202: "A worker will do it.",
    503: "Nothing can be answered.",
}


def _content(route: Route, schema: Json) -> Json:
    example = answer_example(route.name)
    return {"schema": schema} if example is None else {"schema": schema, "examples": {"one": {"value": example}}}


def _headers(route: Route, status: int) -> Json:
    found: dict[str, str] = {}
    if route.media == EVENT_STREAM:
        found = {"Cache-Control": "Whether and how it may be kept."}
    elif route.method == "GET":
        found = {
            "ETag": "Changes only when the body does.",
            "Cache-Control": "Whether and how it may be kept.",
            "Vary": "What else it depends on.",
        }
        if route.scope is not None:
            found["Last-Modified"] = "When the position was recorded that it is derived from."
        if route.query is not None and "limit" in parameters_of(route.query):
            found["Link"] = 'The next page, with rel="next", if there is one.'
    elif route.line is None:
        found["Idempotent-Replayed"] = "`true` where the same request was answered so before."
        if route.body is not None:
            found["ETag"] = "The stream's version."
        if status != 200:  # noqa: PLR2004  what was made, and what is being made, has an address
            found["Location"] = "Where it can be read."
    if route.scope is not None:
        found |= _RATE_HEADERS
    return _described(found)


def _described(headers: Mapping[str, str]) -> Json:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}


_RETRY_AFTER = _described({"Retry-After": "When to come back, in seconds."})
_REFUSAL_HEADERS = {
    401: _described({"WWW-Authenticate": "What kind of key is needed, and what is wrong with the one given."}),
    403: _described({"WWW-Authenticate": "The scope that is needed."}),
    405: _described({"Allow": "The methods that the address takes."}),
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}
_RATE_HEADERS = {
    "RateLimit-Policy": "How many requests are taken in how many seconds.",
    "RateLimit": "How many are left, and for how many seconds.",
}


def _failures(route: Route) -> Json:
    """Describe every error of a route, by status, each kind with an example."""
    by_status: dict[int, list[Kind]] = {}
    for kind in _kinds(route):
        by_status.setdefault(kind.status, []).append(kind)
    return {
        str(status): {
            "description": "; ".join(kind.title for kind in kinds),
            "headers": _REFUSAL_HEADERS.get(status, {}),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": _REF.format(name="Problem")},
                    "examples": {kind.slug: {"$ref": f"#/components/examples/{kind.slug}"} for kind in kinds},
                }
            },
        }
        for status, kinds in sorted(by_status.items())
        if status not in route.gives
    }


def _kinds(route: Route) -> list[Kind]:
    refuses: list[type[Exception]] = [*_EVERY, *route.refuses]
    if route.scope is not None:
        refuses += _GUARDED
    if route.query is not None and issubclass(route.query, Clocked | Positioned):
        refuses += _DERIVED
    if route.body is not None:
        refuses += (errors.BadBodyError, errors.TooLargeError, errors.WrongMediaTypeError)
    if route.also:
        refuses.append(errors.NotAcceptableError)
    found = {KINDS[error].slug for error in refuses} | {INTERNAL.slug, "method-not-allowed", "log-unavailable"}
    return [kind for kind in every_kind() if kind.slug in found]


def _example(kind: Kind) -> Json:
    return {"type": f"{PAGE}#{kind.slug}", "title": kind.title, "status": kind.status, "detail": kind.meaning}

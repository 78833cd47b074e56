"""The parameters of an operation, as OpenAPI describes them."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from services.api.log_stream import EVENT_STREAM
from services.api.queries import Parameter, parameters_of
from services.api.routes import Route

Json = dict[str, Any]

_PARAMETER = re.compile(r"{(\w+)}")
_WITHOUT_NEWLINE = re.compile(r"\$\(\?!\\n\)")


def parameters_described(route: Route) -> list[Json]:
    """Describe what stands in an operation's path, its query and its headers."""
    return [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)]


def tidied(schema: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401  any part of a schema
    """Give a schema with other names for what it refers to, and its texts as plain text."""
    if isinstance(schema, dict):
        return {key: tidied(value, names) for key, value in schema.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(schema, list):
        return [tidied(item, names) for item in schema]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(schema, str):
        prefix, found, name = schema.rpartition("/schemas/")
        if found and name in names:
            return f"{prefix}{found}{names[name]}"
        # The look-ahead says in Python what `$` alone says in ECMAScript.
        return inspect.cleandoc(_WITHOUT_NEWLINE.sub("$", schema)) if " " in schema or "$(" in schema else schema
    return schema


def _path_parameters(route: Route) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": "An id.",
            "schema": {"type": "string"},
            "example": _example_id(route),
        }
        for name in _PARAMETER.findall(route.path)
    ]


def _example_id(route: Route) -> str:
    resource = route.path.split("/")[2]
    return {
        "claims": "mine-madagiz.killed",
        "transfers": "ceasefire-2020-11-10.transfer-kalbajar",
        "parties": "azerbaijan",
        "places": "kalbajar",
        "control-map": "kalbajar",
        "sources": "mod",
        "reports": "mod-2020-11-25",
        "projections": "control_map",
    }.get(resource, "mine-madagiz")


def _query_parameters(route: Route) -> list[Json]:
    if route.query is None:
        return []
    return [_query_parameter(parameter) for parameter in parameters_of(route.query).values()]


def _query_parameter(parameter: Parameter) -> Json:
    schema = tidied(msgspec.json.schema(parameter.hint), {})
    options = [option for option in schema.get("anyOf", [schema]) if option != {"type": "null"}]
    schema = options[0] if len(options) == 1 else {"anyOf": options}
    default = msgspec.to_builtins(parameter.default) if not parameter.required else None
    if default not in (None, [], ()):
        schema = {**schema, "default": default}
    description = schema.pop("description", parameter.name.replace("_", " "))
    found: Json = {"name": parameter.name, "in": "query", "required": parameter.required, "description": description}
    if parameter.several:
        found |= {"style": "form", "explode": False}
    examples = schema.pop("examples", None)
    if examples:
        found["example"] = examples[0]
    return {**found, "schema": {**schema, "minItems": 1} if parameter.several else schema}


def _header_parameters(route: Route) -> list[Json]:
    if route.media == EVENT_STREAM:
        return [_header("Last-Event-ID", "The `id` of the last event seen: what comes after it is sent.", "100")]
    if route.method == "GET":
        return [
            _header("If-None-Match", "The entity tags of answers that are here already.", '"2cMiVVRYuVIHu8aXnSnQ1qeX"')
        ]
    found = [
        _header(
            "Idempotency-Key", "A quoted string of yours: the same request again gets the first answer.", '"8e03978e"'
        )
    ]
    if route.body is not None and "{id}" in route.path:
        found.append(_header("If-Match", "The version that the stream must have, as an entity tag.", '"7"'))
    # The IETF draft asks for the key on POST; PATCH takes it as well.
    return found


def _header(name: str, description: str, example: str) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}, "example": example}

"""Pages for people, made of what the machines are told."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from services.api.problem_kinds import Kind

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; }
h2 { border-bottom: 1px solid #d0d7de; margin-top: 3rem; } h3 { margin: 2rem 0 .3rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; background: #f3f5f7; border-radius: 4px; padding: .1em .3em; }
pre { padding: .8em; overflow-x: auto; } summary { cursor: pointer; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; }
th, td { border-top: 1px solid #d0d7de; padding: .3rem .5rem; vertical-align: top; } b { white-space: nowrap; }
"""

Json = Mapping[str, Any]


def reference_page(document: Json) -> str:
    """Give the whole reference: every operation with its parameters, bodies, answers and errors."""
    info = document["info"]
    parts = [f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>", _text(info["description"])]
    parts.append('<p>For machines: <a href="/openapi.json">/openapi.json</a>.</p>')
    for tag in document["tags"]:
        parts.append(f'<h2 id="{escape(tag["name"])}">{escape(tag["name"])}</h2><p>{escape(tag["description"])}</p>')
        parts += _operations(document, tag["name"])
    parts.append("<h2>Shapes</h2>")
    parts += [_shape(name, schema) for name, schema in document["components"]["schemas"].items()]
    return _page("Reference", parts)


def problems_page(kinds: Sequence[Kind]) -> str:
    """Give what each type of problem means, each under the fragment that its `type` ends in."""
    parts = ["<h1>Problems</h1>"]
    parts.append("<p>Every error is an <code>application/problem+json</code> (RFC 9457) of one of these types.</p>")
    parts += [
        f'<h3 id="{kind.slug}">{escape(kind.title)}</h3>'
        f"<p><code>{kind.status}</code> <code>/docs/problems#{kind.slug}</code></p>{_text(kind.meaning)}"
        for kind in kinds
    ]
    return _page("Problems", parts)


def _operations(document: Json, tag: str) -> Iterable[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield _operation(path, method, operation)


def _operation(path: str, method: str, operation: Json) -> str:
    parts = [
        f'<h3 id="{escape(operation["operationId"])}">{escape(operation["summary"])}</h3>',
        f"<p><code>{method.upper()} {escape(path)}</code>{_scope(operation)}</p>",
    ]
    if operation["description"] != operation["summary"]:
        parts.append(_text(operation["description"]))
    if operation["parameters"]:
        rows = "".join(map(_parameter, operation["parameters"]))
        parts.append(f"<table><tr><th>Parameter</th><th>Type</th><th>Meaning</th></tr>{rows}</table>")
    if "requestBody" in operation:
        parts.append(_contents("Body", operation["requestBody"]["content"]))
    for status, response in operation["responses"].items():
        parts.append(f"<p><code>{status}</code> {escape(response['description'])}</p>")
        if int(status) < 300:  # noqa: PLR2004  problems are explained on their own page
            parts.append(_contents("Answer", response.get("content", {})))
    return "".join(parts)


def _scope(operation: Json) -> str:
    scopes = [scope for way in operation["security"] for scope in way.get("key", [])]
    return f" — scope <code>{escape(scopes[0])}</code>" if scopes else ""


def _parameter(parameter: Json) -> str:
    needed = " (needed)" if parameter.get("required") else ""
    return (
        f"<tr><td><b>{escape(parameter['name'])}</b> in {parameter['in']}{needed}</td>"
        f"<td>{_type(parameter['schema'])}</td><td>{escape(parameter['description'])}</td></tr>"
    )


def _contents(title: str, content: Json) -> str:
    parts: list[str] = []
    for media, described in content.items():
        parts.append(f"<p>{title}: <code>{escape(media)}</code> {_type(described['schema'])}</p>")
        parts += [
            f"<details><summary>Example</summary>{_json(example['value'])}</details>"
            for example in described.get("examples", {}).values()
        ]
    return "".join(parts)


def _type(schema: Json) -> str:
    """Name a type in a few words, with a link to its shape where it has one."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#shape-{escape(name)}">{escape(name)}</a>'
    if "enum" in schema:
        return " · ".join(escape(str(word)) for word in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if schema.get("type") == "array" and "items" in schema:
        return f"list of {_type(schema['items'])}" if schema["items"] else "list"
    return escape(str(schema.get("type", "any")))


def _shape(name: str, schema: Json) -> str:
    title = escape(name)
    return f'<details id="shape-{title}"><summary><code>{title}</code></summary>{_json(schema)}</details>'


def _json(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, ensure_ascii=False, indent=2))}</pre>"


def _text(text: str) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in text.split("\n\n"))


def _page(title: str, parts: Iterable[str]) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>conflictlog: {escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>"
    )

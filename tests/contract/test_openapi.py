"""The OpenAPI description is valid, complete, and as it was when somebody last looked at it."""

import json
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from jsonschema_specifications import REGISTRY  # pyright: ignore[reportMissingTypeStubs] -- it has none
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.schemas import schema_v31  # pyright: ignore[reportUnknownVariableType] -- a lazy object
from referencing.jsonschema import DRAFT202012

from services.api.app import every_route
from services.api.examples import answer_example, body_example
from services.api.openapi import document
from services.api.pages import reference_page
from services.api.problem_kinds import every_kind
from tests.api_client import ApiClient, client, settings_for
from tests.api_story import address, told

SNAPSHOT = Path(__file__).with_name("openapi_snapshot.json")
ROUTES = every_route()
DOCUMENT = document(ROUTES, "", "1")
METHODS = ("get", "post", "patch")
NOTABLE = {"etag", "last-modified", "location", "link", "vary", "idempotent-replayed", "ratelimit", "allow"}
SOMETIMES = {"link", "idempotent-replayed"}
"""Headers that are sent where there is something to say: a next page, a request that was known."""

PLAIN = {"docs", "docs_problems", "openapi", "follow_log", "metrics"}


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _misfits(schema: dict[str, Any], value: object) -> list[str]:
    validator: Any = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _validator_of(schema: dict[str, Any]) -> Any:  # noqa: ANN401  the library's own has no types
    uri = schema["$id"]
    registry = REGISTRY.with_resource(uri, DRAFT202012.create_resource(schema)).crawl()
    validator: Any = Draft202012Validator
    return validator(schema, registry=registry, _resolver=registry.resolver(base_uri=uri))


class _SpecValidator(OpenAPIV31SpecValidator):
    """Goes through the specification's own schema once, where the library does so at each of its 1,900 references."""

    schema_validator = _validator_of(dict(cast("Any", schema_v31)))


def test_it_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert [error.message for error in _SpecValidator(DOCUMENT).iter_errors()] == []


def test_what_is_no_openapi_is_told_apart() -> None:
    without_title = {**DOCUMENT, "info": {"version": "1"}}
    assert [error.message for error in _SpecValidator(without_title).iter_errors()] == [
        "'title' is a required property"
    ]


def test_every_route_is_described_under_a_name_of_its_own() -> None:
    described = {name: operation["operationId"] for name, operation in _operations()}

    assert described == {f"{route.method} {route.path}": route.name for route in ROUTES}
    assert len(set(described.values())) == len(described)


def _outline() -> dict[str, dict[str, list[str]]]:
    return {
        name: {
            "parameters": sorted(f"{one['name']} in {one['in']}" for one in operation["parameters"]),
            "responses": sorted(operation["responses"]),
        }
        for name, operation in _operations()
    }


def test_its_paths_and_parameters_are_as_they_were_last_looked_at() -> None:
    found, kept = _outline(), json.loads(SNAPSHOT.read_text(encoding="utf-8"))

    # An address or a parameter that goes or comes is a decision, taken by `python -m tests.contract.test_openapi`.
    assert {name: found.get(name) for name in found | kept if found.get(name) != kept.get(name)} == {}


def test_every_error_is_a_problem_with_an_example() -> None:
    for name, operation in _operations():
        for status, response in operation["responses"].items():
            if int(status) < 400 or (name, status) == ("GET /health/ready", "503"):
                continue
            [(media, content)] = response["content"].items()
            assert media == "application/problem+json", (name, status)
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert content["examples"], (name, status)


def test_every_kind_of_problem_is_described_somewhere() -> None:
    told_of = {
        slug
        for _, operation in _operations()
        for response in operation["responses"].values()
        for content in response.get("content", {}).values()
        for slug in content.get("examples", {})
    }
    # These two come from below the core, where no request can be made to lead to them.
    never = {"request-key-taken", "event-id-taken"}

    assert {kind.slug for kind in every_kind()} - told_of <= never | {"took-too-long"}


def test_every_operation_has_a_summary_every_parameter_a_meaning_and_every_body_an_example() -> None:
    for name, operation in _operations():
        assert operation["summary"], name
        assert all(len(one["description"]) > 2 for one in operation["parameters"]), name
        if "requestBody" in operation:
            assert all(one["examples"] for one in operation["requestBody"]["content"].values()), name


def test_every_example_of_a_body_is_one_and_fits_its_schema() -> None:
    for route in ROUTES:
        if route.body is None:
            continue
        example = body_example(route.name)
        route.body.decode(json.dumps(example).encode())
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert _misfits(schema, example) == [], route.name


def test_every_example_of_a_line_is_one_and_fits_its_schema() -> None:
    [route] = [route for route in ROUTES if route.line is not None]
    assert route.line is not None
    example = body_example(route.name)
    route.line.decode(json.dumps(example).encode())
    content = DOCUMENT["paths"][route.path]["post"]["requestBody"]["content"]
    assert _misfits(content["application/x-ndjson"]["schema"], example) == []


def test_every_example_of_an_answer_fits_its_schema() -> None:
    for route in ROUTES:
        example = answer_example(route.name)
        if example is None:
            continue
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        status = str(min(route.gives))
        schema = operation["responses"][status]["content"][route.media]["schema"]
        assert _misfits(schema, example) == [], route.name


def test_every_json_answer_of_the_story_has_an_example() -> None:
    without = {route.name for route in ROUTES if answer_example(route.name) is None}

    assert without <= PLAIN | {route.name for route in ROUTES if route.name.startswith(("prove_", "checkpoint"))}


def test_nothing_in_it_needs_anything_from_afar() -> None:
    page = reference_page(DOCUMENT)

    assert "<script" not in page
    assert "src=" not in page
    assert 'href="http' not in page
    for _, operation in _operations():
        assert f'id="{operation["operationId"]}"' in page


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url)) as made:
        yield made


@pytest.mark.anyio
async def test_the_story_of_the_examples_can_be_told_and_every_answer_fits_its_schema(api: ApiClient) -> None:
    async for route, answer in told(api):
        if route.name in PLAIN:
            continue
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        content = operation["responses"][str(answer.status_code)]["content"]
        # A service without a key of the log signs nothing, and a proof is asked for with parameters.
        assert answer.status_code in route.gives or route.tag == "log", (route.name, answer.text)
        schema = content[answer.headers["content-type"]]["schema"]
        assert _misfits(schema, answer.json()) == [], route.name
        if answer.is_success:
            described = {name.lower() for name in operation["responses"][str(answer.status_code)]["headers"]}
            assert NOTABLE & set(answer.headers) <= described, (route.name, answer.headers)
            # What was never rebuilt has no date.
            unsaid = SOMETIMES | ({"last-modified"} if route.name == "last_rebuild" else set[str]())
            assert described - set(answer.headers) <= unsaid, (route.name, answer.headers)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("sent", "content"),
    [
        ({"content-type": "text/plain"}, b"x"),
        ({"content-type": "application/json"}, b'{"nonsense": 1}'),
        ({"content-type": "application/json"}, b" " * 9_000_000),
        ({"idempotency-key": '"'}, b""),
    ],
    ids=["another media type", "unknown members", "too much", "a key that is none"],
)
async def test_what_a_write_refuses_is_described(api: ApiClient, sent: dict[str, str], content: bytes) -> None:
    for route in (route for route in ROUTES if route.method != "GET"):
        headers = {**api.headers, **sent}
        answer = await api.http.request(route.method, address(route), content=content, headers=headers)
        described = DOCUMENT["paths"][route.path][route.method.lower()]["responses"].get(str(answer.status_code), {})
        examples = described.get("content", {}).get("application/problem+json", {}).get("examples", {})
        assert answer.json()["type"].rpartition("#")[2] in examples, (route.name, answer.text)


def test_how_to_come_in_what_is_taken_and_when_to_come_back_are_described() -> None:
    told = {401: "WWW-Authenticate", 403: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
    for name, operation in _operations():
        for status in operation["responses"].keys() & {str(status) for status in told}:
            assert told[int(status)] in operation["responses"][status]["headers"], (name, status)


def test_a_rebuild_has_an_address_and_no_version() -> None:
    headers = DOCUMENT["paths"]["/v1/projections/{id}/rebuild"]["post"]["responses"]["202"]["headers"]

    assert set(headers) == {"Location", "Idempotent-Replayed", "RateLimit", "RateLimit-Policy"}


@pytest.mark.anyio
async def test_the_service_gives_its_own_description(api: ApiClient) -> None:
    described = (await api.get("/openapi.json")).json()
    page = await api.get("/docs")

    assert set(described["paths"]) == set(DOCUMENT["paths"])
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(_outline(), indent=1, sort_keys=True) + "\n", encoding="utf-8")

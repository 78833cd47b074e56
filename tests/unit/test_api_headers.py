"""Entity tags and idempotency keys, read as their standards say."""

from typing import Any

import pytest
from litestar.testing import RequestFactory

from services.api.answers import format_of
from services.api.errors import BadRequestError, NotAcceptableError, PreconditionFailedError
from services.api.preconditions import has_tag, idempotency_key, version_to_match


def _request(**headers: str) -> Any:  # noqa: ANN401  the factory's own type
    return RequestFactory().get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(("given", "version"), [('"7"', 7), (' "12" ', 12), ("*", None), ('"0x1", "9"', 9)])
def test_if_match_gives_a_version(given: str, version: int | None) -> None:
    assert version_to_match(_request(if_match=given)) == version


@pytest.mark.parametrize("given", ["7", "seven", '"7', '"1", "2"'])
def test_an_if_match_that_cannot_be_read_is_refused(given: str) -> None:
    with pytest.raises(BadRequestError):
        version_to_match(_request(if_match=given))


@pytest.mark.parametrize("given", ['"abc"', 'W/"7"', '"0"', '"-1"', '"9999999999999999999999"'])
def test_an_if_match_that_no_version_has_fails(given: str) -> None:
    with pytest.raises(PreconditionFailedError):
        version_to_match(_request(if_match=given))


@pytest.mark.parametrize(
    ("given", "listed"), [('"a"', True), ('"b", "a"', True), ('W/"a"', True), ("*", True), ('"b"', False), ("a", False)]
)
def test_if_none_match_compares_weakly(given: str, *, listed: bool) -> None:
    assert has_tag(_request(if_none_match=given), '"a"') is listed


def test_without_if_none_match_nothing_is_listed() -> None:
    assert not has_tag(_request(), '"a"')


@pytest.mark.parametrize(("given", "key"), [('"a b"', "a b"), ('"a\\"b\\\\"', 'a"b\\'), ("8e03-78:9", "8e03-78:9")])
def test_an_idempotency_key_is_a_quoted_string_or_a_token(given: str, key: str) -> None:
    assert idempotency_key(_request(idempotency_key=given)) == key


@pytest.mark.parametrize("given", ["", '""', '"a', "a b", '"a";x=1', '"' + "k" * 256 + '"', '"\\n"'])
def test_other_idempotency_keys_are_refused(given: str) -> None:
    with pytest.raises(BadRequestError):
        idempotency_key(_request(idempotency_key=given))


@pytest.mark.parametrize(
    ("accept", "asked", "format_"),
    [
        ("*/*", None, "geojson"),
        ("application/json", None, "json"),
        ("application/geo+json", None, "geojson"),
        ("text/html, application/json;q=0.9", None, "json"),
        ("application/*", None, "geojson"),
        ("text/html", "json", "json"),
    ],
)
def test_the_format_is_what_is_asked_for_else_what_is_accepted(accept: str, asked: str | None, format_: str) -> None:
    assert format_of(_request(accept=accept), asked, ("geojson", "json")) == format_


@pytest.mark.parametrize(("accept", "asked"), [("text/html", None), ("*/*", "xml")])
def test_a_format_that_cannot_be_given_is_refused(accept: str, asked: str | None) -> None:
    with pytest.raises(NotAcceptableError):
        format_of(_request(accept=accept), asked, ("geojson", "json"))

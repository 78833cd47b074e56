"""Requests that are refused by the running service for their method, address, key or headers."""

import pytest

from tests.api_client import make_key
from tests.e2e.instance import Service
from tests.e2e.refusal import assert_refused

SOURCE = {"id": "new-source", "name": "New", "kind": "ngo"}
MINE = "/v1/occurrences/mine-madagiz"
REASON = {"reason": "tried"}


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "POST", "BREW", "PROPFIND"])
@pytest.mark.parametrize("path", ["/v1/casualties", MINE, "/v1/control-map", "/health/live", "/openapi.json"])
def test_a_method_that_an_address_does_not_take_is_refused_with_those_that_it_takes(
    unchanged: Service, method: str, path: str
) -> None:
    answer = unchanged.client.request(method, path)
    assert_refused(answer, 405, "method-not-allowed")
    assert methods(answer.headers["allow"]) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "TRACE", "PUT", "DELETE", "BREW"])
def test_what_is_only_written_cannot_be_read(unchanged: Service, method: str) -> None:
    answer = unchanged.client.request(method, f"{MINE}/retraction")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert methods(answer.headers["allow"]) == {"POST", "OPTIONS"}
    assert (answer.content == b"") is (method == "HEAD")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/casualties", {"GET", "HEAD", "OPTIONS"}),
        ("/v1/occurrences", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/v1/places/kalbajar", {"GET", "HEAD", "PATCH", "OPTIONS"}),
        (f"{MINE}/retraction", {"POST", "OPTIONS"}),
    ],
)
def test_options_tells_what_can_be_done(unchanged: Service, path: str, allowed: set[str]) -> None:
    answer = unchanged.client.options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert methods(answer.headers["allow"]) == allowed


def methods(allow: str) -> set[str]:
    return {method.strip() for method in allow.split(",")}


@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "/v1", "/v1/nothing", "/v2/casualties", "/v1/casualtys", "//v1/casualties", "/v1/../etc/passwd",
        "/v1/%2e%2e/%2e%2e/etc/passwd", "/v1/places/kalbajar/nothing", "/v1/places/%00", "/v1/places/%ff",
        "/v1/places/Kalbajar", "/v1/places/a%2fb", f"/v1/places/{'a' * 5000}", "/docs/../services/api/app.py",
    ],
)  # fmt: skip
def test_an_address_at_which_nothing_is_is_not_found(unchanged: Service, path: str) -> None:
    assert_refused(unchanged.client.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/v1/places/kalbajarr", "kalbajar"),
        ("/v1/parties/azerbaijn", "azerbaijan"),
        ("/v1/sources/sanaa", "sana"),
        ("/v1/reports/mine-urdu-point", "mine-urdupoint"),
        ("/v1/occurrences/mine-magadiz", "mine-madagiz"),
        ("/v1/occurrences/mine-magadiz/history", "mine-madagiz"),
        ("/v1/control-map/kalbajarr/history", "kalbajar"),
    ],
)
def test_an_unknown_id_is_not_found_and_the_nearest_are_named(unchanged: Service, path: str, nearest: str) -> None:
    problem = assert_refused(unchanged.client.get(path), 404, "unknown-id")
    assert f" {nearest}" in problem["detail"].partition("the nearest known:")[2]


def test_an_unknown_id_is_not_found_for_writing_either(unchanged: Service) -> None:
    problem = assert_refused(
        unchanged.client.post("/v1/occurrences/mine-magadiz/retraction", json=REASON), 404, "unknown-id"
    )
    assert "mine-madagiz" in problem["detail"]
    for path in ("/v1/claims/mine-madagiz.c99", "/v1/transfers/ceasefire-2020-11-10.transfer-gazakh"):
        assert_refused(unchanged.client.get(path), 404, "unknown-id")
    for path in ("/v1/claims/mine-madagiz.c99/withdraw", "/v1/transfers/ceasefire-2020-11-10.gazakh/cancel"):
        assert_refused(unchanged.client.post(path, json=REASON), 404, "unknown-id")
    assert_refused(unchanged.client.post("/v1/projections/weather/rebuild"), 404, "unknown-id")


def test_without_a_key_nothing_is_read_and_nothing_written(unchanged: Service) -> None:
    with unchanged.with_key(None) as nobody:
        for answer in (nobody.get("/v1/casualties"), nobody.post("/v1/sources", json=SOURCE), nobody.get("/v1/log")):
            assert_refused(answer, 401, "unauthenticated")
            assert answer.headers["www-authenticate"] == 'Bearer realm="conflictlog"'


@pytest.mark.parametrize(
    "given",
    [
        "", "Bearer", "Bearer clk_short", "Bearer clk_" + "x" * 43, "Bearer clk_" + "x" * 5000,
        "Basic dXNlcjpwYXNz", "clk_" + "x" * 43, "Bearer clk_' OR 1=1 --", "Bearer clk_\xff", "Token " + "x" * 43,
    ],
)  # fmt: skip
def test_a_key_that_is_not_good_is_refused_and_not_repeated(unchanged: Service, given: str) -> None:
    headers = [(b"authorization", given.encode("latin-1"))]
    with unchanged.with_key(None) as nobody:
        answer = nobody.post("/v1/sources", json=SOURCE, headers=headers)
    assert_refused(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith('Bearer realm="conflictlog"')
    assert "x" * 20 not in answer.text


def test_two_keys_at_once_and_a_key_in_the_address_are_refused(unchanged: Service) -> None:
    good = f"Bearer {unchanged.key}"
    with unchanged.with_key(None) as nobody:
        twice = nobody.get("/v1/casualties", headers=[("authorization", good), ("authorization", good)])
        assert_refused(twice, 401, "unauthenticated")
        assert_refused(nobody.get("/v1/casualties", params={"key": unchanged.key}), 401, "unauthenticated")


@pytest.mark.anyio
async def test_a_key_without_the_scope_is_refused_with_the_scope_that_is_needed(
    unchanged: Service, november_database: str
) -> None:
    key = await make_key(november_database, "read")
    with unchanged.with_key(key) as reader:
        assert reader.get("/v1/casualties").status_code == 200
        for path, body, scope in (
            ("/v1/sources", SOURCE, "report"),
            (f"{MINE}/assessments", REASON, "assess"),
            ("/v1/projections/strikes/rebuild", None, "operate"),
        ):
            answer = reader.post(path, json=body)
            assert_refused(answer, 403, "insufficient-scope")
            assert f'scope="{scope}"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "key", ["", '""', '"open', "two words", '"x"; y', '"' + "k" * 256 + '"', "«»", '"a\\b"', "a,b", '"a", "b"']
)
def test_a_malformed_idempotency_key_is_refused(unchanged: Service, key: str) -> None:
    headers = [(b"idempotency-key", key.encode())]
    assert_refused(unchanged.client.post("/v1/sources", json=SOURCE, headers=headers), 400, "bad-request")


def test_an_idempotency_key_that_is_given_twice_or_used_for_something_else_is_refused(unchanged: Service) -> None:
    twice = [("idempotency-key", '"a"'), ("idempotency-key", '"a"')]
    assert_refused(unchanged.client.post("/v1/sources", json=SOURCE, headers=twice), 400, "bad-request")
    used = {"idempotency-key": '"nov2020-source-sana"'}
    assert unchanged.client.get("/v1/sources/sana").status_code == 200
    answer = unchanged.client.post("/v1/sources", json=SOURCE, headers=used)
    assert_refused(answer, 422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("tag", "status", "kind"),
    [
        ("7", 400, "bad-request"),
        ('"15', 400, "bad-request"),
        ('"1", "2"', 400, "bad-request"),
        ('"abc"', 412, "precondition-failed"),
        ('W/"15"', 412, "precondition-failed"),
        ('"0"', 412, "precondition-failed"),
        ('"' + "9" * 40 + '"', 412, "precondition-failed"),
        ('"1"', 412, "version-mismatch"),
        ('"999999"', 412, "version-mismatch"),
    ],
)
def test_an_if_match_that_is_none_or_names_another_version_is_refused(
    unchanged: Service, tag: str, status: int, kind: str
) -> None:
    answer = unchanged.client.post(f"{MINE}/retraction", json=REASON, headers={"if-match": tag})
    assert_refused(answer, status, kind)


def test_if_match_does_not_go_with_what_is_new(unchanged: Service) -> None:
    answer = unchanged.client.post("/v1/sources", json=SOURCE, headers={"if-match": '"1"'})
    assert_refused(answer, 400, "bad-request")


def test_a_form_that_cannot_be_given_is_refused(unchanged: Service) -> None:
    for query, headers in (({"format": "xml"}, {}), ({}, {"accept": "image/png"})):
        answer = unchanged.client.get("/v1/control-map", params=query, headers=headers)
        assert_refused(answer, 406, "not-acceptable")

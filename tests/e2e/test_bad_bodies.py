"""Bodies that are refused by the running service, each with everything that is wrong with it."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.instance import Service
from tests.e2e.refusal import assert_refused, faults

OCCURRENCES = "/v1/occurrences"
LIMIT = 1_000_000
GEOMETRY_LIMIT = 8_000_000
STRIKE: dict[str, Any] = {
    "kind": "strike",
    "id": "strike-never",
    "report": "strikes-asian-age",
    "occurred": {"start": "2020-11-25", "precision": "day"},
    "places": [{"place": "quneitra", "role": "target", "precision": "province"}],
    "parties": [{"party": "israel", "role": "attacker"}],
    "details": {"weapon": "airstrike"},
}
KILLED: dict[str, Any] = {
    "kind": "casualties",
    "claimant": "source:sana",
    "report": "strikes-asian-age",
    "effect": "killed",
    "count": {"low": 1, "best": 1, "high": 1},
}


def send(service: Service, content: bytes, path: str = OCCURRENCES, **headers: str) -> httpx.Response:
    sent = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client.post(path, content=content, headers=sent)


def strike(**changed: object) -> dict[str, Any]:
    return STRIKE | changed


@pytest.mark.parametrize(
    "media",
    [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
        "application/json; charset=iso-8859-1", "application/jsonp", "application/geo+json", "json", "*/*", "",
    ],
)  # fmt: skip
def test_another_media_type_is_refused(unchanged: Service, media: str) -> None:
    answer = send(unchanged, json.dumps(STRIKE).encode(), content_type=media)
    assert_refused(answer, 415, "unsupported-media-type")


def test_no_media_type_and_a_packed_body_are_refused(unchanged: Service) -> None:
    content = json.dumps(STRIKE).encode()
    assert_refused(unchanged.client.post(OCCURRENCES, content=content), 415, "unsupported-media-type")
    assert_refused(send(unchanged, content, content_encoding="gzip"), 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "content",
    [
        b'{"kind": "strike", "quote": "\xff"}', b'{"kind": "\xc3\x28"}', b"\xed\xa0\x80", b"\xff\xfe{\x00}\x00",
        '{"kind": "strike"}'.encode("utf-16"), b'\xef\xbb\xbf{"kind": "strike"}',
    ],
)  # fmt: skip
def test_what_is_not_utf_8_is_refused(unchanged: Service, content: bytes) -> None:
    assert_refused(send(unchanged, content), 400, "invalid-body")


@pytest.mark.parametrize(
    "content",
    [
        b"", b" \r\n", b"[]", b'[{"kind": "strike"}]', b'"strike"', b"null", b"7", b"true", b"{", b'{"kind": "strike"',
        b"{'kind': 'strike'}", b'{"kind": "strike",}', b'{"kind": "strike"} {}', b"NaN", b'{"kind": NaN}', b"\x00",
        b'{"kind": "strike"}\x00', b'{"a": Infinity}', b'{"a": 01}', b"// none\n{}", b'{"quote": "\x01"}',
        b'{"quote": "\\ud800"}', b"<xml/>", b"kind=strike",
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(unchanged: Service, content: bytes) -> None:
    assert_refused(send(unchanged, content), 400, "invalid-body")
    assert_refused(send(unchanged, content, "/v1/occurrences/mine-madagiz/claims"), 400, "invalid-body")


@pytest.mark.parametrize("where", ["quote", "attributed_to"])
def test_u0000_is_refused_wherever_it_stands(unchanged: Service, where: str) -> None:
    problem = assert_refused(unchanged.client.post(OCCURRENCES, json=strike(**{where: "a\0b"})), 400, "invalid-body")
    assert f"/{where}" in faults(problem)


def test_u0000_in_a_name_in_an_id_and_as_a_members_name_is_refused(unchanged: Service) -> None:
    place = {"name": "a\0", "kind": "village", "names": [{"name": "ok"}, {"name": "\0"}]}
    problem = assert_refused(unchanged.client.post("/v1/places", json=place), 400, "invalid-body")
    assert faults(problem) >= {"/name", "/names/1/name"}
    assert_refused(unchanged.client.post(OCCURRENCES, json=strike(id="a\0b")), 400, "invalid-body")
    assert_refused(unchanged.client.post(OCCURRENCES, json=strike(**{"a\0b": 1})), 400, "invalid-body")


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("depth", [65, 5_000, 100_000])
def test_what_is_nested_too_deeply_is_refused(unchanged: Service, opening: bytes, depth: int) -> None:
    closing = opening.translate(bytes.maketrans(b"[{", b"]}"), b'"a:')[::-1]
    for content in (opening * depth, opening * depth + b"1" + closing * depth):
        nested = b'{"kind": "strike", "details": ' + content + b"}"
        assert "deeper than 64" in assert_refused(send(unchanged, nested), 400, "invalid-body")["detail"]


@pytest.mark.parametrize(
    "number", ["9007199254740993", "-9007199254740993", "18446744073709551616", "1" * 400, "1e400", "-1", "1.5", '"7"']
)
def test_an_integer_that_cannot_be_kept_exactly_is_refused(unchanged: Service, number: str) -> None:
    content = json.dumps(strike(details={"weapon": "airstrike", "sorties": 7})).replace("7", number)
    problem = assert_refused(send(unchanged, content.encode()), 400, "invalid-body")
    assert "errors" not in problem or faults(problem) == {"/details/sorties"}


def test_every_member_that_is_unknown_is_named(unchanged: Service) -> None:
    body = strike(
        colour="red",
        occurred={"start": "2020-11-25", "until": "2020-11-26"},
        places=[{"place": "quneitra", "role": "target", "plcae": "x"}],
        claims=[{**KILLED, "count": {"low": 1, "middle": 2}}],
    )
    problem = assert_refused(unchanged.client.post(OCCURRENCES, json=body), 400, "invalid-body")
    assert faults(problem) == {"/colour", "/occurred/until", "/places/0/plcae", "/claims/0/count/middle"}


def test_every_fault_is_named_at_once(unchanged: Service) -> None:
    body = strike(
        id="No Slug",
        occurred={"start": "2020-11-25T12:00:00"},
        places=[{"place": "quneitra", "role": "victim"}],
        parties=[{"party": "israel"}],
        details={"weapon": "trebuchet", "sorties": -1},
        claims=[{**KILLED, "effect": "slain", "claimant": "sana", "count": {"low": 2, "best": "two"}}],
        quote="",
    )
    body.pop("report")
    problem = assert_refused(unchanged.client.post(OCCURRENCES, json=body), 400, "invalid-body")
    named = faults(problem)
    assert named >= {
        "/id", "/places/0/role", "/parties/0/role", "/details/weapon", "/details/sorties", "/claims/0/effect",
        "/claims/0/claimant", "/claims/0/count/best", "/quote", "/report",
    }  # fmt: skip
    assert any(pointer.startswith("/occurred") for pointer in named)


@pytest.mark.parametrize("start", ["2020-11-25T12:00:00", 1606262400, 1606262400.5, "1606262401", "yesterday", "", []])
def test_a_naive_time_and_the_number_of_a_second_are_refused(unchanged: Service, start: object) -> None:
    problem = assert_refused(
        unchanged.client.post(OCCURRENCES, json=strike(occurred={"start": start})), 400, "invalid-body"
    )
    assert all(pointer.startswith("/occurred") for pointer in faults(problem))
    report = {"source": "sana", "title": "None", "published_at": start}
    assert faults(assert_refused(unchanged.client.post("/v1/reports", json=report), 400, "invalid-body")) == {
        "/published_at"
    }


def test_bounds_out_of_order_and_a_member_given_twice_are_refused(unchanged: Service) -> None:
    body = strike(claims=[{**KILLED, "count": {"low": 5, "best": 3, "high": 4}}])
    problem = assert_refused(unchanged.client.post(OCCURRENCES, json=body), 400, "invalid-body")
    [wrong] = problem["errors"]
    assert wrong["pointer"].startswith("/claims/0")
    assert "count" in wrong["pointer"] + wrong["detail"]
    twice = json.dumps(STRIKE).replace('"kind": "strike"', '"kind": "strike", "kind": "clash"').encode()
    assert "kind" in assert_refused(send(unchanged, twice), 400, "invalid-body")["errors"][0]["detail"]


def test_every_unknown_id_is_named_with_the_nearest_known(unchanged: Service) -> None:
    body = strike(
        report="strike-asian-age",
        places=[{"place": "kuneitra", "role": "target"}],
        parties=[{"party": "isreal", "role": "attacker"}],
        claims=[{**KILLED, "claimant": "source:sanaa"}],
        links=[{"kind": "response_to", "occurrence": "strike-2020-11-81"}],
    )
    problem = assert_refused(unchanged.client.post(OCCURRENCES, json=body), 422, "refused")
    told = {error["pointer"]: error["detail"].partition("the nearest known:")[2] for error in problem["errors"]}
    nearest = {
        "/report": "strikes-asian-age",
        "/places/0/place": "quneitra",
        "/parties/0/party": "israel",
        "/claims/0/claimant": "sana",
        "/links/0/occurrence": "strike-2020-11-18",
    }
    assert set(told) == set(nearest)
    for pointer, name in nearest.items():
        assert name in told[pointer], pointer


@pytest.mark.parametrize(("path", "limit"), [(OCCURRENCES, LIMIT), ("/v1/places", GEOMETRY_LIMIT)])
def test_a_body_over_the_routes_limit_is_refused_whether_its_length_is_announced_or_not(
    unchanged: Service, path: str, limit: int
) -> None:
    over = json.dumps(strike(quote="x" * limit)).encode()
    announced = send(unchanged, over, path)
    assert str(limit) in assert_refused(announced, 413, "body-too-large")["detail"]

    def parts() -> Iterator[bytes]:
        for at in range(0, len(over), 65_536):
            yield over[at : at + 65_536]

    headers = {"content-type": "application/json"}
    chunked = unchanged.client.post(path, content=parts(), headers=headers)
    assert "content-length" not in chunked.request.headers
    assert_refused(chunked, 413, "body-too-large")


@pytest.mark.anyio
async def test_the_refusal_of_a_body_far_over_the_limit_arrives(unchanged: Service) -> None:
    size, part = 12 * LIMIT, b"x" * 65_536

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(size // len(part)):
            yield part

    headers = {"authorization": f"Bearer {unchanged.key}", "content-type": "application/json"}
    async with httpx.AsyncClient(base_url=unchanged.url, headers=headers, timeout=30, trust_env=False) as client:
        for _ in range(5):
            assert_refused(await client.post(OCCURRENCES, content=parts()), 413, "body-too-large")
            assert_refused(await client.post(OCCURRENCES, content=b"x" * size), 413, "body-too-large")


def test_a_body_at_the_limit_is_read(unchanged: Service) -> None:
    shell = len(json.dumps(strike(quote="")).encode())
    at_limit = json.dumps(strike(quote="x" * (LIMIT - shell))).encode()
    assert len(at_limit) == LIMIT
    assert faults(assert_refused(send(unchanged, at_limit), 400, "invalid-body")) == {"/quote"}
    assert_refused(send(unchanged, at_limit + b" "), 413, "body-too-large")

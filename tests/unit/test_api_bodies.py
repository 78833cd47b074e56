"""What is wrong with a body: all of it, each fault where it stands."""

import json
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import registry_requests as registry
from events import requests as asked
from services.api.batch_lines import LINE
from services.api.bodies import DEPTH_MAX, Shape, normalised
from services.api.errors import BadBodyError
from tests.reporter import EXPLOSION

OCCURRENCE: Shape[asked.OccurrenceBody] = Shape(asked.OccurrenceRequest, limit=1_000_000)
CLAIM: Shape[asked.ClaimBody] = Shape(asked.MakeClaim, limit=1_000_000)
CITATION: Shape[asked.CiteClaim] = Shape(asked.CiteClaim, limit=1_000_000)
PLACE: Shape[registry.RegisterPlace] = Shape(registry.RegisterPlace, limit=1_000_000)
REPORT: Shape[registry.FileReport] = Shape(registry.FileReport, limit=1_000_000)


def faults(shape: "Shape[Any]", body: object) -> dict[str, str]:
    """Give what is wrong with a body, by pointer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(BadBodyError) as refused:
        shape.decode(raw)
    return {wrong.pointer or "": wrong.detail for wrong in refused.value.wrong}


def test_a_good_body_is_read() -> None:
    body = OCCURRENCE.decode(json.dumps(EXPLOSION).encode())

    assert body.id == "mine"
    assert body.claims[0].content.__struct_config__.tag == "casualties"


def test_every_fault_is_listed_with_its_pointer() -> None:
    body = {
        **EXPLOSION,
        "id": "Not A Slug",
        "extra": 1,
        "occurred": {"start": "yesterday", "precision": "hour"},
        "places": [{"place": "kalbajar", "role": "bystander"}, {"role": "target"}],
        "details": {"device": "bomb", "size": 3},
        "claims": [
            {"kind": "casualties", "effect": "hurt", "count": {"low": -1, "best": "two"}},
            {"kind": "rumour"},
            {"effect": "killed"},
        ],
    }
    del body["report"]

    assert set(faults(OCCURRENCE, body)) == {
        "/id",
        "/extra",
        "/report",
        "/occurred/start",
        "/occurred/precision",
        "/places/0/role",
        "/places/1",
        "/details/device",
        "/details/size",
        "/claims/0/effect",
        "/claims/0/count/low",
        "/claims/0/count/best",
        "/claims/1/kind",
        "/claims/2/kind",
    }


def test_what_a_list_of_words_takes_is_told() -> None:
    found = faults(OCCURRENCE, {**EXPLOSION, "details": {"device": "bomb"}})

    assert found["/details/device"] == "'bomb' is none of mine, ied, uxo, cluster_munition, unspecified"


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"published_at": "2020-11-25T10:00:00"}, "/published_at"),
        ({"published_at": "1606298400"}, "/published_at"),
        ({"published_at": 1606298400}, "/published_at"),
        ({"published_at": "2020-02-30"}, "/published_at"),
        ({"occurred": {"start": "2020-11-25", "end": "2020-11-24"}}, "/occurred"),
        ({"occurred": {}}, "/occurred"),
        ({"claimant": "source:mod", "attributed_to": "somebody"}, ""),
        ({"claimant": "mod"}, "/claimant"),
        ({"id": "mine\n"}, "/id"),
        ({"places": [{"place": "a", "name": "b"}]}, "/places/0"),
        ({"places": {}}, "/places"),
        ({"links": [{"kind": "during"}]}, "/links/0/occurrence"),
        ({"kind": "war"}, "/kind"),
        ({"kind": 7}, "/kind"),
        ({"quote": ""}, "/quote"),
        ({"quote": "x" * 10_001}, "/quote"),
    ],
)
def test_a_fault_is_told_where_it_stands(changed: dict[str, object], pointer: str) -> None:
    assert set(faults(OCCURRENCE, {**EXPLOSION, **changed})) == {pointer}


def test_a_fault_behind_another_in_the_same_object_is_listed_too() -> None:
    found = faults(OCCURRENCE, {**EXPLOSION, "published_at": "nonsense", "quote": 7})

    assert set(found) == {"/published_at", "/quote"}


@pytest.mark.parametrize("kind", [{"kind": "war"}, {"kind": None}, {}])
def test_where_the_kind_is_wrong_what_all_kinds_share_is_told_too(kind: dict[str, object]) -> None:
    body = {**EXPLOSION, "extra": 1, "quote": "", "occurred": {"start": "yesterday"}, **kind}
    del body["report"]
    if not kind:
        del body["kind"]

    assert set(faults(OCCURRENCE, body)) == {"/kind", "/extra", "/quote", "/occurred/start", "/report"}


def test_where_a_claims_kind_is_wrong_what_some_kinds_have_is_not_refused() -> None:
    claims = [{"kind": "rumour", "effect": "killed", "claimant": "sana", "loudness": 3}]

    found = faults(OCCURRENCE, {**EXPLOSION, "claims": claims})
    assert set(found) == {"/claims/0/kind", "/claims/0/claimant", "/claims/0/loudness"}


@pytest.mark.parametrize("kind", ["casualties", "quantity", "aggregate"])
def test_bounds_out_of_order_are_refused_in_every_count(kind: str) -> None:
    claim = {"kind": kind, "report": "r1", "attributed_to": "x", "count": {"low": 5, "high": 3}}
    members = {"casualties": {"effect": "killed"}, "quantity": {"of": "mines"}, "aggregate": {"words": "many"}}[kind]

    assert any("low ≤ best ≤ high" in detail for detail in faults(CLAIM, {**claim, **members}).values())


@pytest.mark.parametrize("beside", [{}, {"published_at": "2020-13-45"}])
def test_all_sorts_of_faults_are_listed_together(beside: dict[str, str]) -> None:
    wrong, right = {"low": 5, "high": 3}, {"low": 3, "high": 5}
    changes = {"report": "r1", "locator": "\0", "reads": {"count": wrong}, **beside}
    claims = [{"kind": "quantity", "of": "mines", "count": count} for count in (right, wrong)]
    raw = json.dumps(changes).encode().replace(b'"report"', b'"report": "r2", "report"')

    assert set(faults(CITATION, raw)) == {"", "/locator", "/reads/count", *(f"/{name}" for name in beside)}
    assert set(faults(OCCURRENCE, {**EXPLOSION, "claims": claims, "quote": "\0", **beside})) == {
        "/claims/1/count",
        "/quote",
        *(f"/{name}" for name in beside),
    }


def test_a_denial_that_counts_somebody_is_refused() -> None:
    claim = {"kind": "casualties", "scope": "denial", "effect": "killed", "report": "r1", "count": {"low": 1}}

    assert set(faults(CLAIM, claim)) == {""}


def test_u0000_is_refused_wherever_it_stands() -> None:
    raw = json.dumps({**EXPLOSION, "quote": "a\0b", "locator": "\0"}).encode()

    assert faults(OCCURRENCE, raw) == {"/quote": "contains U+0000", "/locator": "contains U+0000"}


def test_an_escaped_backslash_before_u0000_is_no_u0000() -> None:
    assert OCCURRENCE.decode(json.dumps({**EXPLOSION, "quote": "\\u0000"}).encode()).quote == "\\u0000"


@pytest.mark.parametrize("said", ['":"', '","low":', '\\"kind\\":', "a\\", "{}"])
def test_text_that_looks_like_members_is_none(said: str) -> None:
    raw = json.dumps({**EXPLOSION, "quote": said}).encode()
    assert OCCURRENCE.decode(raw)
    assert "stands twice" in faults(OCCURRENCE, raw.replace(b'"quote"', b'"quote": "", "\\u0071uote"', 1))[""]


def test_a_member_that_stands_twice_is_refused() -> None:
    raw = json.dumps(EXPLOSION).encode().replace(b'"report": "r1"', b'"report": "r1", "report": "r2"')

    assert "stands twice" in faults(OCCURRENCE, raw)[""]


def test_an_integer_beyond_what_all_readers_keep_is_refused() -> None:
    found = faults(CLAIM, {"kind": "quantity", "of": "mines", "report": "r1", "count": {"low": 2**53 + 1}})

    assert "/count/low" in found


def test_a_body_as_deep_as_is_allowed_is_told_its_faults_and_a_deeper_one_that_it_is_too_deep() -> None:
    within = b"[" * DEPTH_MAX + b"]" * DEPTH_MAX
    beyond = b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1)

    assert "nested deeper" not in str(faults(OCCURRENCE, within))
    with pytest.raises(BadBodyError, match="nested deeper than 64"):
        OCCURRENCE.decode(beyond)


def test_brackets_in_text_are_no_depth() -> None:
    assert OCCURRENCE.decode(json.dumps({**EXPLOSION, "quote": '[{"\\' * 100}).encode()).quote


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b"{",
        b'{"kind": NaN}',
        b'{"kind": Infinity}',
        b"\xef\xbb\xbf{}",
        b'{"kind":"strike","quote":"\xff"}',
        b'{"kind":"strike","quote":"\\ud800"}',
        b'{"kind":"strike","quote":"\x01"}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"[" * 100_000,
        b'{"kind":"strike","occurred":1e400}',
        b'{"kind":"strike"} trailing',
        b"{'kind':'strike'}",
    ],
)
def test_what_is_no_body_is_refused(raw: bytes) -> None:
    with pytest.raises(BadBodyError):
        OCCURRENCE.decode(raw)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=20,
    )
)
def test_no_json_at_all_leads_to_anything_but_a_refusal(value: object) -> None:
    with pytest.raises(BadBodyError):
        OCCURRENCE.decode(json.dumps(value).encode("utf-8", "surrogatepass"))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_good_body_with_one_member_replaced_is_read_or_refused_with_a_fault_under_that_member(
    data: st.DataObject,
) -> None:
    name = data.draw(st.sampled_from(sorted(EXPLOSION)))
    value = data.draw(st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2))
    try:
        OCCURRENCE.decode(json.dumps({**EXPLOSION, name: value}).encode("utf-8", "surrogatepass"))
    except BadBodyError as refused:
        pointers = [cast("str", wrong.pointer) for wrong in refused.wrong]
        assert pointers
        assert all(pointer.startswith(f"/{name}") for pointer in pointers if name != "kind")


def test_names_of_members_are_escaped_in_pointers() -> None:
    assert set(faults(OCCURRENCE, {**EXPLOSION, "a/b~c": 1})) == {"/a~1b~0c"}
    assert set(faults(OCCURRENCE, {**EXPLOSION, "x": {"a/b": 2**60, "~": "\0"}})) == {"/x", "/x/a~1b", "/x/~0"}


@pytest.mark.parametrize("body", [{}, [], "x", 1, None])
def test_what_a_line_brings_is_no_fault_of_the_line(body: object) -> None:
    assert set(faults(LINE, {"path": "/v1/reports", "method": "PUT", "body": body, "x": 1})) == {"/method", "/x"}


def test_the_parts_of_a_geometry_are_walked() -> None:
    ring = [[0, 0], [200, 0], [0, 95], [0, 0]]
    body = {
        "name": "x",
        "kind": "district",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "time_zone": "Mars/X",
    }

    assert set(faults(PLACE, body)) == {
        "/geometry/coordinates/0/1/0",
        "/geometry/coordinates/0/2/1",
        "/time_zone",
    }


def test_an_open_ring_and_a_wrong_key_of_a_mapping_are_faults() -> None:
    ring = [[0, 0], [1, 0], [0, 1], [1, 1]]
    body = {
        "name": "x",
        "kind": "district",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "external_ids": {"Geo Names": "1"},
    }

    assert set(faults(PLACE, body)) == {"/geometry", "/external_ids/Geo Names"}


def test_a_needed_member_is_told() -> None:
    assert faults(REPORT, {}) == {"/source": "is needed", "/published_at": "is needed"}


def test_a_body_is_the_same_however_it_is_written() -> None:
    one = OCCURRENCE.decode(json.dumps({**EXPLOSION, "quote": None}, indent=4).encode())
    other = OCCURRENCE.decode(json.dumps(dict(sorted(EXPLOSION.items())), separators=(",", ":")).encode())

    assert normalised(one) == normalised(other)
    assert normalised(one) != normalised(OCCURRENCE.decode(json.dumps({**EXPLOSION, "id": "other"}).encode()))

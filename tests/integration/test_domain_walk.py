"""Everything that can be said is taken over HTTP with each of its members and read back as it was sent."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, get_args

import pytest
from msgspec import Struct, structs

from events import claims, details
from events import registry_requests as registry
from events.words import CODE_LISTS
from tests import servers
from tests.api_client import ApiClient, client, settings_for
from tests.domain_said import CLAIMS, DEPLOYMENT, DETAILS, REGISTERED, TRANSFER
from tests.november_told import get

pytestmark = pytest.mark.anyio

_ALL_OCCURRENCES = "strike"


@pytest.fixture(scope="module")
async def api(postgres_url: str, migrated_template: str, redis_server_url: str) -> AsyncGenerator[ApiClient]:
    """Give an interface that was told everything that there is to tell."""
    with servers.new_database(postgres_url, migrated_template) as url:
        async with client(settings_for(url, redis_server_url, rate_limit=1_000_000)) as made:
            await made.register_november()
            await made.record([("/v1/reports", {"id": "r3", "source": "mod", "published_at": "2020-11-26"})])
            await made.record((f"/v1/{path}", body) for path, (body, _) in REGISTERED.items())
            await made.record(_kinds_registered())
            await made.record(_occurrences())
            await made.record(
                (f"/v1/occurrences/{_ALL_OCCURRENCES}/claims", _claim(kind, said)) for kind, said in CLAIMS.items()
            )
            await made.fold()
            yield made


def _kinds_registered() -> list[tuple[str, Mapping[str, object]]]:
    lists = (("parties", "party_kind"), ("places", "place_kind"), ("sources", "source_kind"))
    return [
        (f"/v1/{path}", {"id": f"one-{str(kind).replace('_', '-')}", "name": str(kind), "kind": kind})
        for path, of in lists
        for kind in CODE_LISTS[of]
    ]


def _occurrences() -> list[tuple[str, Mapping[str, object]]]:
    """Tell one occurrence of each kind; between them they have every role, precision and link."""
    roles, precisions = CODE_LISTS["place_role"], CODE_LISTS["place_precision"]
    places = [
        {"place": "kalbajar", "role": roles[n % len(roles)], "precision": precisions[n % len(precisions)]}
        for n in range(len(precisions))
    ]
    told: list[tuple[str, Mapping[str, object]]] = []
    for number, (kind, said) in enumerate(DETAILS.items()):
        body: dict[str, object] = {
            "kind": kind,
            "id": "agreed" if kind == "agreement" else kind.replace("_", "-"),
            "report": "r1",
            "quote": "in these words",
            "locator": "p. 3",
            "published_at": "2020-11-24T12:00:00+04:00",
            "occurred": {
                "start": "2020-11-23",
                "end": "2020-11-24",
                "precision": CODE_LISTS["time_precision"][number % len(CODE_LISTS["time_precision"])],
            },
            "places": places,
            "parties": [{"party": "azerbaijan", "role": role} for role in CODE_LISTS["party_role"]],
            "claimant": "source:mod",
            "external_id": {"dataset": "tests", "id": kind, "release": "1"},
            "details": said,
        }
        if told:
            body["links"] = [{"kind": link, "occurrence": "agreed"} for link in CODE_LISTS["link"]]
        told.append(("/v1/occurrences", body))
    return told


def _claim(kind: str, said: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "kind": kind,
        "id": kind,
        "claimant": "party:azerbaijan",
        "report": "r1",
        "quote": "quoted",
        "locator": "p. 4",
        "published_at": "2020-11-25",
        "credibility": 3,
        **said,
    }


def _members(kind: type[Struct]) -> set[str]:
    return {field.encode_name for field in structs.fields(kind)}


def _contains(held: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        assert held.get(name) == value, name


def test_the_examples_leave_out_no_kind_and_no_member() -> None:
    assert set(DETAILS) == set(CODE_LISTS["occurrence_kind"])
    for kind in get_args(details.Details):
        # `place` is short for one of `places`, `returning` for a movement, and each is told as such.
        assert _members(kind) - {"place", "returning"} == set(DETAILS[str(kind.__struct_config__.tag)]), kind
    assert _members(details.TransferTerm) - {"place"} == set(TRANSFER) - {"kind"}
    assert _members(details.DeploymentTerm) == set(DEPLOYMENT) - {"kind"}
    claimed = {str(content.__struct_config__.tag): _members(content) for content in get_args(claims.ClaimContent)}
    assert claimed == {kind: set(said) for kind, said in CLAIMS.items()}
    bodies: dict[str, tuple[type[Struct], type[Struct]]] = {
        "parties": (registry.RegisterParty, registry.AmendParty),
        "places": (registry.RegisterPlace, registry.AmendPlace),
        "sources": (registry.RegisterSource, registry.AmendSource),
        "reports": (registry.FileReport, registry.AmendReport),
    }
    for path, (registers, amends) in bodies.items():
        said, amended = REGISTERED[path]
        # What is `restricted` is not read back by everybody; that has tests of its own.
        assert (_members(registers) - {"restricted"}, _members(amends)) == (set(said), set(amended)), path


async def test_every_kind_of_occurrence_is_read_back_as_it_was_told(api: ApiClient) -> None:
    for path, body in _occurrences():
        told = await get(api, f"{path}/{body['id']}")
        held: dict[str, Any] = told["occurrence"]
        _contains(held["details"], {"kind": body["kind"], **DETAILS[str(body["kind"])]})
        _contains(held, {name: body[name] for name in ("kind", "parties", "claimant", "external_id")})
        _contains(held, {"links": body["links"]} if "links" in body else {})
        # What a member is when it is left out is left out.
        usual = {"role": "location", "precision": "exact"}
        assert [{**usual, **at} for at in held["places"]] == body["places"]
        assert {"precision": "day", **held["occurred"]}.items() >= dict(body["occurred"]).items()  # type: ignore[call-overload]
        [cited] = told["citations"]
        _contains(cited, {name: body[name] for name in ("report", "quote", "locator")})
        assert cited["published_at"] == "2020-11-24T08:00:00Z"


async def test_every_kind_of_claim_is_read_back_as_it_was_made(api: ApiClient) -> None:
    for kind, said in CLAIMS.items():
        told = (await get(api, f"/v1/claims/strike.{kind}"))["claim"]
        content = {"scope": "part", **told["content"]} if kind == "casualties" else told["content"]
        assert content == {"kind": kind, **said}
        assert (told["claimant"], told["credibility"]) == ("party:azerbaijan", 3)
        _contains(told["citations"][0], {"report": "r1", "quote": "quoted", "locator": "p. 4"})


async def test_everything_registered_is_read_back_and_then_as_it_was_amended(api: ApiClient) -> None:
    for path, (said, amended) in REGISTERED.items():
        one = f"/v1/{path}/{said['id']}"
        held = (await get(api, one))["item"]
        _contains(held, {name: value for name, value in said.items() if name not in {"published_at", "names"}})
        assert _full(held) == said.get("names", []), path

        assert (await api.patch(one, amended)).status_code == 200
        await api.fold()
        now = (await get(api, one))["item"]
        added = {"names", "external_ids"}
        _contains(now, {name: value for name, value in amended.items() if name not in added})
        assert now.get("external_ids", {}) == {**said.get("external_ids", {}), **amended.get("external_ids", {})}
        for name in (*said.get("names", []), *amended.get("names", [])):
            assert name in _full(now), (path, name)
        assert (await get(api, one, at_position=(await get(api, one))["position"] - 1))["item"] == held


def _full(held: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"kind": "alternative", **name} for name in held.get("names", [])]


async def test_every_kind_of_party_place_and_source_is_taken(api: ApiClient) -> None:
    for path, body in _kinds_registered():
        assert (await get(api, f"{path}/{body['id']}"))["item"]["kind"] == body["kind"]


async def test_names_in_every_script_lead_to_their_place(api: ApiClient) -> None:
    written = ("кельбаджар", "كَلْبَجَر", "ケルバジャル", "քարվաճառ", "KELBEDJER")
    for name in written:
        found = await get(api, "/v1/places/resolve", name=name)
        assert (found["resolved"], [one["id"] for one in found["places"]]) == (True, ["a-corridor"]), name
    both = await get(api, "/v1/places/resolve", name="kəlbəcər", country="Azerbaijan")
    assert [one["id"] for one in both["places"]] == ["a-corridor", "kalbajar", "kalbajar-town"]


async def test_the_vocabulary_tells_every_code_with_its_names_and_what_others_call_it(api: ApiClient) -> None:
    body = await get(api, "/v1/vocabulary")
    assert body["lists"] == {name: list(codes) for name, codes in CODE_LISTS.items()}
    codes = {name: {one["code"]: one for one in entries} for name, entries in body["codes"].items()}
    assert {name: list(entries) for name, entries in codes.items()} == body["lists"]
    strike = codes["occurrence_kind"]["strike"]
    assert strike["labels"] == {"en": "strike", "ja": "攻撃", "ru": "удар"}
    assert [one["code"] for one in strike["matches"]] == [
        "Air/drone strike", "Shelling/artillery/missile attack", "Chemical weapon",
    ]  # fmt: skip
    cases = [
        ("time_precision", "month", "ucdp", "date_prec", "4"),
        ("place_precision", "water", "ucdp", "where_prec", "7"),
        ("place_precision", "near", "acled", "geo_precision", "2"),
        ("occurrence_kind", "attack_on_civilians", "ucdp", "type_of_violence", "3"),
        ("party_kind", "state_force", "acled", "inter", "1"),
        ("device", "uxo", "imsma", "device_class", "UXO"),
        ("source_reliability", "B", "admiralty", "reliability", "B"),
    ]
    for of, code, scheme, field, theirs in cases:
        matches = codes[of][code]["matches"]
        assert (scheme, field, theirs) in {(one["scheme"], one["field"], one["code"]) for one in matches}, (of, code)
    assert codes["claim_credibility"][1]["labels"] == {"en": "Confirmed by other sources"}
    assert set(body["schemes"]) == {"acled", "ucdp", "imsma", "admiralty"}


OCCURRED: dict[str, object] = {"report": "r1", "occurred": {"start": "2020-11-23"}}
MINE: dict[str, object] = {"kind": "explosion", **OCCURRED}
CHANGE: dict[str, object] = {"kind": "control_change", **OCCURRED}
SAID: dict[str, object] = {"claimant": "source:mod", "report": "r1"}
HARM: dict[str, object] = {**SAID, "kind": "casualties", "effect": "killed"}
REFUSED: list[tuple[str, Mapping[str, object], int, str, str]] = [
    ("occurrences", {**MINE, "places": [{"place": "kalbajr"}]}, 422, "/places/0/place", "nearest known: kalbajar"),
    ("occurrences", {**MINE, "parties": [{"party": "azerbajan", "role": "target"}]}, 422, "/parties/0/party", "azerb"),
    ("occurrences", {**MINE, "report": "r9"}, 422, "/report", "nearest known: r"),
    ("occurrences", {**MINE, "claimant": "source:mot"}, 422, "/claimant", "nearest known: mod"),
    ("occurrences", {**MINE, "links": [{"kind": "during", "occurrence": "agree"}]}, 422, "/links/0", "agreed"),
    ("occurrences", {**MINE, "places": [{"name": "Kalbajar"}]}, 422, "/places/0/name", "kalbajar (district in azerb"),
    ("occurrences", {**MINE, "places": [{"name": "x", "parent": "kalbajr"}]}, 422, "/places/0/parent", "kalbajar"),
    ("occurrences", {**MINE, "places": [{"place": "kalbajar", "name": "x"}]}, 400, "/places/0", "either"),
    ("occurrences", {**MINE, "claimant": "source:mod", "attributed_to": "x"}, 400, "", "either"),
    ("occurrences", {**MINE, "occurred": {}}, 400, "/occurred", "start"),
    ("occurrences", {**MINE, "occurred": {"start": "2020-11-24", "end": "2020-11-23"}}, 400, "/occurred", "before"),
    ("occurrences", {**CHANGE, "details": {"manner": "entry"}}, 422, "/places", "needs a place"),
    ("occurrences/strike/claims", {**HARM, "count": {}}, 400, "", "`count` states nothing"),
    ("occurrences/strike/claims", {**HARM, "count": {"low": 3, "best": 2}}, 400, "", "low ≤ best ≤ high"),
    ("occurrences/strike/claims", {**HARM, "scope": "denial", "count": {"low": 1}}, 400, "", "denial"),
    ("occurrences/strike/claims", {**SAID, "kind": "control", "place": "kalbajar"}, 400, "", "party"),
    ("occurrences/strike/claims", {**SAID, "kind": "dispute", "claim": "strike.none"}, 422, "/claim", "no claim"),
    ("occurrences/strike/claims", {**SAID, "kind": "damage"}, 400, "/words", "is needed"),
    ("occurrences/strike/claims", {"kind": "damage", "words": "x", "report": "r1"}, 422, "", "claimant"),
    ("occurrences/strike/merge", {"into": "strike", "reason": "x"}, 409, "", "circle"),
    ("occurrences/strik/retraction", {"reason": "x"}, 404, "", "nearest known: strike"),
    ("places", {"name": "x" * 400 + "ə" * 400, "kind": "town"}, 400, "/name", "500"),
    ("places", {"name": "ケ" * 400, "kind": "town"}, 422, "/name", "1000 bytes"),
    ("places", {"name": "x", "kind": "town", "time_zone": "Asia/Nowhere"}, 400, "/time_zone", "Asia/Nowhere"),
    ("sources", {"name": "x", "kind": "blog"}, 400, "/kind", "blog"),
    ("reports", {"source": "mot", "published_at": "2020-11-23"}, 422, "/source", "nearest known: mod"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[f"{number}: {case[0]}" for number, case in enumerate(REFUSED)])
async def test_what_breaks_a_rule_is_refused_with_its_reason_and_leaves_no_trace(
    api: ApiClient, case: tuple[str, Mapping[str, object], int, str, str]
) -> None:
    path, body, status, pointer, detail = case
    before = (await api.get("/v1/log/checkpoint")).text, (await get(api, "/v1/log", limit=1))["position"]
    answer = await api.post(f"/v1/{path}", body)
    told = answer.json()
    assert answer.status_code == status, answer.text
    faults = told.get("errors") or [{"pointer": "", "detail": told["detail"]}]
    assert any(fault["pointer"].startswith(pointer) and detail in fault["detail"] for fault in faults), answer.text
    assert before == ((await api.get("/v1/log/checkpoint")).text, (await get(api, "/v1/log", limit=1))["position"])

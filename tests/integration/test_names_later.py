"""A name that nothing bore when it was told counts, once a place bears it, at that place in every answer."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from tests.api_client import ApiClient, client, settings_for
from tests.november_told import get

pytestmark = pytest.mark.anyio

ALIAS = {"names": [{"name": "Magadiz", "language": "en", "kind": "misspelling"}]}
NAMED = {"name": "Mağadız", "role": "target"}
HARMED = {"kind": "casualties", "effect": "killed", "count": {"low": 3, "best": 3, "high": 3}}
TOLD: Mapping[str, Mapping[str, object]] = {
    "mine": {
        "kind": "explosion",
        "details": {"device": "mine"},
        "claims": [HARMED, {**HARMED, "effect": "displaced", "claimant": "party:azerbaijan"}],
    },
    "struck": {"kind": "strike", "parties": [{"party": "azerbaijan", "role": "attacker"}], "claims": [HARMED]},
    "struck-too": {
        "kind": "strike",
        "parties": [{"party": "azerbaijan", "role": "attacker"}],
        "places": [{"place": "kalbajar-town", "role": "target"}],
    },
    "entry": {"kind": "control_change", "details": {"to": "azerbaijan", "from": "armenian-forces", "manner": "entry"}},
    "fled": {"kind": "displacement", "places": [{"name": "Magadiz", "role": "origin"}]},
}


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    """Give an interface that was told of what happened in a place that nobody knows."""
    async with client(settings_for(database_url, redis_url, rate_limit=1_000_000)) as made:
        await made.register_november()
        village = {"kind": "village", "parent": "kalbajar", "time_zone": "Asia/Baku"}
        await made.record([("/v1/places", {"id": name, "name": name, **village}) for name in ("sugovushan", "talish")])
        shared: dict[str, object] = {"report": "r1", "occurred": {"start": "2020-11-23"}, "places": [NAMED]}
        await made.record(
            ("/v1/occurrences", {**shared, "id": name, **body, "claims": _named(body)}) for name, body in TOLD.items()
        )
        await made.fold()
        yield made


def _named(body: Mapping[str, Any]) -> list[dict[str, object]]:
    return [{**claim, "id": f"c{number}"} for number, claim in enumerate(body.get("claims", []))]


async def answers(api: ApiClient, **asked: str | int) -> dict[str, Any]:
    """Ask every route that knows of places about the village."""
    here: dict[str, str | int] = {"place": "sugovushan", "as_of": "2020-11-25", **asked}
    control = await get(api, "/v1/control-map", **here)
    by_place = await get(api, "/v1/casualties", **{**here, "place": "kalbajar"}, group_by="place", level="place")
    strikes = {**here, "attacker": "azerbaijan", "window": "P7D"}
    brief = await get(api, "/v1/brief", **{"from": "2020-11-20", "to": "2020-11-25"}, **asked)
    hazards = await get(api, "/v1/hazards", **here)
    moved = await get(api, "/v1/displacement", **here, level="place")
    return {
        "control": [one["properties"]["controllers"] for one in control["features"]],
        "history": [
            one["controllers"] for one in (await get(api, "/v1/control-map/sugovushan/history", **asked))["spans"]
        ],
        "casualties": [
            (row["best"], row["evidence"]["occurrences"]) for row in by_place["rows"] if row["effect"] == "killed"
        ],
        "evidence": {one["occurrence"] for one in (await get(api, "/v1/casualties/evidence", **here))["items"]},
        "window": (await get(api, "/v1/strikes/window", **strikes))["count"],
        "counts": (await get(api, "/v1/strikes/counts", **here))["total"],
        "listed": [one["areas"] for one in (await get(api, "/v1/strikes", **here, level="place"))["items"]],
        "hazards": [(one["occurrence"], one["places"][0].get("place")) for one in hazards["items"]],
        "moved": [one["movement"]["origins"] for one in moved["items"]],
        "timeline": [one["occurrence"]["id"] for one in (await get(api, "/v1/timeline", **here))["items"]],
        "occurrences": {one["id"] for one in (await get(api, "/v1/occurrences", **here))["items"]},
        "one": (await get(api, "/v1/occurrences/mine", **asked))["occurrence"]["places"][0].get("place"),
        "brief": "sugovushan" in str(brief["sections"]),
        "unresolved": [one["names"] for one in (await get(api, "/v1/places/unresolved", **asked))["items"]],
    }


NOT_YET: dict[str, Any] = {
    "control": [[]],
    "history": [],
    "casualties": [],
    "evidence": set[str](),
    "window": 0,
    "counts": 0,
    "listed": [],
    "hazards": [],
    "moved": [],
    "timeline": [],
    "occurrences": set[str](),
    "one": None,
    "brief": False,
    "unresolved": [["Magadiz", "Mağadız"]],
}
BY_THEN: dict[str, Any] = {
    "control": [["azerbaijan"]],
    "history": [["azerbaijan"]],
    "casualties": [(6, ["mine", "struck"])],
    "evidence": {"mine", "struck"},
    "window": 1,
    "counts": 1,
    "listed": [["sugovushan"]],
    "hazards": [("mine", "sugovushan")],
    "moved": [["sugovushan"], ["sugovushan"]],
    "timeline": ["mine", "struck", "entry", "fled"],
    "occurrences": {"mine", "struck", "entry", "fled"},
    "one": "sugovushan",
    "brief": True,
    "unresolved": [],
}


async def test_a_name_added_later_changes_every_answer_from_its_position_on(api: ApiClient) -> None:
    before = (await get(api, "/v1/control-map"))["position"]
    assert await answers(api) == NOT_YET

    assert (await api.patch("/v1/places/sugovushan", ALIAS)).status_code == 200
    await api.fold()

    assert await answers(api) == BY_THEN
    # "Registry edits are our own work and apply at every known_at."
    assert await answers(api, known_at="2020-11-26") == BY_THEN
    assert await answers(api, at_position=before) == NOT_YET


async def test_a_name_that_two_places_bear_is_not_guessed(api: ApiClient) -> None:
    for place in ("sugovushan", "talish"):
        assert (await api.patch(f"/v1/places/{place}", ALIAS)).status_code == 200
    await api.fold()

    assert await answers(api) == NOT_YET
    [item] = (await get(api, "/v1/places/unresolved"))["items"]
    assert (item["count"], item["borne_by"]) == (4, ["sugovushan", "talish"])
    assert item["occurrences"] == ["entry", "fled", "mine", "struck"]
    assert item["first_published_at"] == item["last_published_at"]
    found = await get(api, "/v1/places/resolve", name="magadiz")
    assert (found["resolved"], [one["id"] for one in found["places"]]) == (False, ["sugovushan", "talish"])


async def test_what_was_told_beside_a_name_says_which_of_two_places_is_meant(api: ApiClient) -> None:
    shared = {"kind": "strike", "report": "r1", "occurred": {"start": "2020-11-24"}}
    told = [("village", "kalbajar"), ("town", "kalbajar")]
    await api.record(
        ("/v1/occurrences", {**shared, "id": kind, "places": [{"name": "Əlincə", "kind": kind, "parent": parent}]})
        for kind, parent in told
    )
    await api.fold()
    inside = await get(api, "/v1/strikes", place="kalbajar", responsibility="unknown")
    assert [one["occurrence"] for one in inside["items"]] == ["town", "village"]

    for place in ("talish", "kalbajar-town"):
        assert (await api.patch(f"/v1/places/{place}", {"names": [{"name": "Əlincə"}]})).status_code == 200
    await api.fold()

    async def struck(place: str) -> list[str]:
        found = await get(api, "/v1/strikes", place=place, responsibility="unknown")
        return [one["occurrence"] for one in found["items"]]

    assert await struck("talish") == ["village"]
    # The town lies beside the district of its name, not in it.
    assert await struck("kalbajar-town") == []
    [left] = [one for one in (await get(api, "/v1/places/unresolved"))["items"] if one["names"] == ["Əlincə"]]
    assert (left["kinds"], left["parents"], left["borne_by"]) == (
        ["town"], ["kalbajar"], ["kalbajar-town", "talish"],
    )  # fmt: skip


async def test_the_nearest_known_names_stand_beside_one_that_is_not_known(api: ApiClient) -> None:
    assert (await api.patch("/v1/places/talish", {"names": [{"name": "Madagiz"}]})).status_code == 200
    await api.fold()

    [item] = (await get(api, "/v1/places/unresolved"))["items"]
    assert [(one["place"], one["name"]) for one in item["nearest"]] == [("talish", "Madagiz")]
    asked = await api.get("/v1/control-map", place="madagiz")
    assert "which is not registered; of that name: talish" in asked.json()["errors"][0]["detail"]
    body = {"kind": "protest", "report": "r1", "occurred": {"start": "2020-11-24"}, "places": [{"place": "madagis"}]}
    refused = await api.post("/v1/occurrences", body)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"pointer": "/places/0/place", "detail": "there is no place 'madagis'; the nearest known: talish"}
    ]


async def test_a_change_of_control_begins_on_the_day_of_the_place_that_is_known_later(api: ApiClient) -> None:
    west = {"id": "west", "name": "West", "kind": "town", "time_zone": "America/New_York"}
    body = {**TOLD["entry"], "id": "west-entry", "report": "r1", "occurred": {"start": "2020-11-23"}}
    await api.record([("/v1/places", west), ("/v1/occurrences", {**body, "places": [{"name": "Wild West"}]})])
    assert (await api.patch("/v1/places/west", {"names": [{"name": "Wild West"}]})).status_code == 200
    await api.fold()

    async def held(as_of: str) -> list[str]:
        found = await get(api, "/v1/control-map", place="west", as_of=as_of)
        return found["features"][0]["properties"]["controllers"]

    assert (await held("2020-11-22"), await held("2020-11-23")) == ([], ["azerbaijan"])


async def test_a_main_name_that_is_replaced_is_still_a_name(api: ApiClient) -> None:
    assert (await api.patch("/v1/places/sugovushan", {"name": "Suqovuşan"})).status_code == 200
    assert (await api.patch("/v1/places/sugovushan", {"name": "Madagiz"})).status_code == 200
    await api.fold()

    for name in ("sugovushan", "Suqovushan", "SUQOVUŞAN", "madagiz"):
        found = await get(api, "/v1/places/resolve", name=name)
        assert found["resolved"] is (name != "Suqovushan"), name
    kept = (await get(api, "/v1/places/sugovushan"))["item"]["names"]
    assert kept == [{"name": "sugovushan", "kind": "former"}, {"name": "Suqovuşan", "kind": "former"}]

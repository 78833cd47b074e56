"""Possible duplicates are shown with reasons and merged by nobody; what an analyst merges counts once, always."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from tests.api_client import ApiClient, client, settings_for, together
from tests.november_told import get

pytestmark = pytest.mark.anyio

PLACES = (
    {"id": "syria", "name": "Syria", "kind": "country", "time_zone": "Asia/Damascus"},
    {"id": "quneitra", "name": "Quneitra", "kind": "province", "parent": "syria", "point": [35.82, 33.13]},
    {"id": "rwihinah", "name": "Rwihinah", "kind": "village", "parent": "quneitra", "point": [35.86, 33.10]},
    {"id": "aleppo", "name": "Aleppo", "kind": "city", "parent": "syria", "point": [37.16, 36.20]},
    {"id": "naameh", "name": "Naameh", "kind": "village", "parent": "syria", "point": [35.99, 33.12]},
)
NEEDED = (
    ("/v1/parties", {"id": "israel", "name": "Israel", "kind": "state"}),
    ("/v1/parties", {"id": "iaf", "name": "Israeli Air Force", "kind": "state_force", "member_of": ["israel"]}),
    ("/v1/parties", {"id": "russia", "name": "Russia", "kind": "state"}),
    *(("/v1/places", place) for place in PLACES),
    ("/v1/sources", {"id": "sana", "name": "SANA", "kind": "state_media"}),
    ("/v1/sources", {"id": "rows", "name": "Rows", "kind": "dataset"}),
    *(
        ("/v1/reports", {"id": report, "source": source, "published_at": published})
        for report, source, published in (
            ("early", "sana", "2020-11-25"), ("late", "sana", "2020-11-27"), ("release", "rows", "2020-12-01")
        )
    ),
)  # fmt: skip


def strike(name: str, place: str | None, day: str = "2020-11-25", **others: object) -> tuple[str, Mapping[str, object]]:
    body: dict[str, object] = {
        "kind": "strike",
        "id": name,
        "report": "early",
        "occurred": {"start": day},
        "places": [] if place is None else [{"place": place, "role": "target"}],
        "parties": [{"party": "israel", "role": "attacker"}],
        "claims": [{"id": "killed", "kind": "casualties", "effect": "killed", "count": {"best": 2}}],
    }
    return "/v1/occurrences", body | others


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url, rate_limit=1_000_000)) as made:
        await made.record(NEEDED)
        yield made


async def similar(api: ApiClient, name: str, **asked: str | int) -> dict[str, dict[str, Any]]:
    body = await get(api, f"/v1/occurrences/{name}/similar", **asked)
    return {item["occurrence"]["id"]: item for item in body["items"]}


def reasons(item: Mapping[str, Any]) -> dict[str, int]:
    return {reason["about"]: reason["points"] for reason in item["reasons"]}


async def killed(api: ApiClient, **asked: str | int) -> tuple[int, int]:
    [total] = (await get(api, "/v1/casualties", effect="killed", **asked))["totals"]
    return total["best"], total["occurrences"]


async def test_what_may_be_the_same_is_shown_with_its_reasons_the_likeliest_first(api: ApiClient) -> None:
    unknown = [{"name": "Ayn Tineh", "role": "target"}]
    by_russia = [{"party": "russia", "role": "attacker"}]
    await api.record(
        [
            strike("one", "quneitra"),
            strike("same", "quneitra", report="late", parties=[{"party": "iaf", "role": "attacker"}]),
            strike("inside", "rwihinah", kind="explosion", details={"device": "unspecified"}),
            strike("near", "naameh", "2020-11-26", parties=by_russia),
            strike("country", "syria", report="late"),
            strike("far", "aleppo", report="late"),
            strike("later", "quneitra", "2020-11-28"),
            strike("talk", "quneitra", kind="statement", details={"words": "it was said"}, parties=[], claims=[]),
            strike("gone", "quneitra"),
            strike("written", None, places=unknown, report="late"),
            strike("written-too", None, places=unknown, report="release"),
            ("/v1/occurrences/gone/retraction", {"reason": "false"}),
        ]
    )
    await api.fold()
    before = (await api.get("/v1/log", limit=1)).json()

    found = await similar(api, "one")

    assert list(found) == ["same", "inside", "country", "near"]
    assert reasons(found["same"]) == {"kind": 10, "time": 30, "place": 30, "party": 20}
    assert reasons(found["inside"]) == {"kind": 5, "time": 30, "place": 20, "party": 20, "report": 5}
    assert reasons(found["near"]) == {"kind": 10, "time": 10, "place": 9, "report": 5}
    assert reasons(found["country"]) == {"kind": 10, "time": 30, "place": 5, "party": 20}
    [place] = [reason for reason in found["near"]["reasons"] if reason["about"] == "place"]
    assert (place["distance_km"], place["detail"]) == (15.9, "15.9 km apart")
    assert all(item["score"] == sum(reasons(item).values()) for item in found.values())
    written = await similar(api, "written")
    assert list(written) == ["written-too", "country", "far", "same"]
    assert {name: reasons(item).get("place") for name, item in written.items()} == {
        "written-too": 25, "country": None, "far": None, "same": None
    }  # fmt: skip
    assert reasons((await similar(api, "far"))["same"])["place"] == -25
    assert (await api.get("/v1/log", limit=1)).json() == before


async def test_two_rows_of_one_dataset_are_less_alike_and_the_same_id_in_another_is_more(api: ApiClient) -> None:
    def external(dataset: str, number: str) -> dict[str, Any]:
        return {"external_id": {"dataset": dataset, "id": number}, "report": "release"}

    await api.record(
        [
            strike("row", "quneitra", **external("ged", "7")),
            strike("next-row", "quneitra", **external("ged", "8")),
            strike("elsewhere", "aleppo", "2019-01-01", **external("copy-of-ged", "7")),
        ]
    )
    await api.fold()

    found = await similar(api, "row")

    assert {name: reasons(item).get("external_id") for name, item in found.items()} == {
        "next-row": -20, "elsewhere": 25
    }  # fmt: skip
    assert "report" not in reasons(found["next-row"])


async def test_candidates_follow_all_three_clocks_and_come_in_pages(api: ApiClient) -> None:
    await api.record([strike("one", "quneitra"), strike("two", "quneitra"), strike("three", "quneitra", report="late")])
    await api.fold()
    before = (await get(api, "/v1/occurrences"))["position"]
    await api.record([strike("four", "quneitra")])
    await api.fold()

    assert list(await similar(api, "one")) == ["four", "two", "three"]
    assert list(await similar(api, "one", at_position=before)) == ["two", "three"]
    assert list(await similar(api, "one", known_at="2020-11-26")) == ["four", "two"]
    assert list(await similar(api, "one", as_of="2020-11-24")) == []
    first = await api.get("/v1/occurrences/one/similar", None, limit=2)
    assert first.json()["total"] == 3
    second = (await api.get(first.links["next"]["url"])).json()
    assert ([item["occurrence"]["id"] for item in second["items"]], second["next_cursor"]) == (["three"], None)
    assert (await api.get("/v1/occurrences/none/similar")).status_code == 404
    assert (await api.get("/v1/occurrences/three/similar", None, known_at="2020-11-26")).status_code == 404


async def test_what_is_merged_counts_once_at_every_moment_and_unmerged_twice_again(api: ApiClient) -> None:
    await api.record([strike("one", "quneitra"), strike("two", "quneitra")])
    await api.fold()
    apart = (await get(api, "/v1/occurrences"))["position"]
    await api.record([("/v1/occurrences/two/merge", {"into": "one", "reason": "told twice"})])
    await api.fold()
    merged = (await get(api, "/v1/occurrences"))["position"]

    assert await killed(api) == await killed(api, known_at="2020-11-26") == (2, 1)
    assert await killed(api, known_at="2020-11-24T12:00:00Z", as_of="2020-11-30") == (0, 0)
    assert await killed(api, at_position=apart) == await killed(api, at_position=apart, known_at="2020-11-26") == (4, 2)
    assert list(await similar(api, "one")) == []
    counts = await get(api, "/v1/strikes/counts", as_of="2020-11-30")
    assert counts["total"] == 1
    told = await get(api, "/v1/occurrences/two")
    assert told["occurrence"]["merged_into"] == "one"
    assert [event["type"] for event in (await get(api, "/v1/occurrences/one/history"))["items"]][-1] == (
        "occurrence.merged"
    )

    await api.record([("/v1/occurrences/two/unmerge", {"reason": "two of them after all"})])
    await api.fold()
    assert await killed(api) == await killed(api, known_at="2020-11-26") == (4, 2)
    assert await killed(api, at_position=merged) == (2, 1)


async def test_of_merges_that_would_close_a_circle_or_a_chain_at_once_one_is_taken(
    database_url: str, redis_url: str, api: ApiClient
) -> None:
    settings = settings_for(database_url, redis_url, rate_limit=1_000_000)
    async with client(settings) as other:
        for number in range(4):
            a, b, c = (f"{name}{number}" for name in "abc")
            await api.record([strike(name, "quneitra") for name in (a, b, c)])
            pairs = [(a, b), (b, a)] if number % 2 else [(a, b), (b, c), (c, a)]
            answers = await together(
                *(
                    (api, other)[nth % 2].post(f"/v1/occurrences/{one}/merge", {"into": into, "reason": "the same"})
                    for nth, (one, into) in enumerate(pairs)
                )
            )
            assert sorted(answer.status_code for answer in answers) == [200, *([409] * (len(pairs) - 1))]
    await api.fold()
    assert (await get(api, "/v1/strikes/counts", as_of="2020-11-30"))["total"] == 8

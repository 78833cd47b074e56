"""Hazards, displacement, timelines and coverage of November 2020, at each of the three clocks."""

from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime

import pytest

from tests import servers
from tests.api_client import ApiClient, settings_for
from tests.november_told import get, november_told

pytestmark = pytest.mark.anyio

WEEK = {"from": "2020-11-18", "to": "2020-11-25"}


@pytest.fixture(scope="module")
async def november(postgres_url: str, migrated_template: str, redis_server_url: str) -> AsyncGenerator[ApiClient]:
    """Give an interface that knows November 2020; nothing more may be told to it."""
    with servers.new_database(postgres_url, migrated_template) as url:
        async with november_told(settings_for(url, redis_server_url, rate_limit=1_000_000)) as api:
            yield api


@pytest.fixture
async def writable(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    """Give an interface of its own that knows November 2020."""
    async with november_told(settings_for(database_url, redis_url)) as api:
        yield api


async def test_hazards_are_told_by_area_with_what_they_rest_on(november: ApiClient) -> None:
    body = await get(november, "/v1/hazards", as_of="2020-11-30")

    assert [item["occurrence"] for item in body["items"]] == [
        "clearance-karabakh-2020-11",
        "mine-madagiz",
        "munitions-karabakh-2020-11",
    ]
    areas = {area["area"]: area for area in body["areas"]}
    assert areas["nagorno-karabakh"]["contaminations"] == 1
    assert areas["nagorno-karabakh"]["devices"] == ["ied", "uxo"]
    assert areas["peacekeeping-zone"]["clearances"] == 1
    laid = body["items"][2]
    assert (laid["items"]["words"], laid["links"]["reports"]) == ("large numbers", ["/v1/reports/digest-2020-11-25"])
    only = await get(november, "/v1/hazards", as_of="2020-11-30", place="nagorno-karabakh", kind="contamination")
    assert (only["total"], [area["area"] for area in only["areas"]]) == (1, ["nagorno-karabakh"])


async def test_a_report_at_an_end_of_the_calendar_leaves_coverage_and_briefs_to_be_read(writable: ApiClient) -> None:
    for zone, published in (("Asia/Tokyo", "9999-12-31T23:00:00Z"), ("America/New_York", "0001-01-01T00:00:00Z")):
        source = {"id": zone[:4].lower(), "name": zone, "kind": "official", "time_zone": zone}
        report = {"source": source["id"], "published_at": published}
        await writable.record([("/v1/sources", source), ("/v1/reports", report)])
    await writable.fold()

    covered = await get(writable, "/v1/coverage", as_of="9999-12-31", source="asia,amer")
    days = {item["source"]: item["first_day"] for item in covered["items"]}
    assert days == {"asia": "9999-12-31", "amer": "0001-01-01"}
    assert (await get(writable, "/v1/brief", **WEEK))["sections"]


async def test_hazards_follow_all_three_clocks(writable: ApiClient) -> None:
    before = (await get(writable, "/v1/hazards"))["position"]
    await writable.record(
        [("/v1/occurrences/mine-madagiz/retraction", {"reason": "told twice", "published_at": "2020-12-10"})]
    )
    await writable.fold()

    async def ids(**asked: str | int) -> list[str]:
        return [item["occurrence"] for item in (await get(writable, "/v1/hazards", **asked))["items"]]

    assert "mine-madagiz" not in await ids()
    assert "mine-madagiz" in await ids(known_at="2020-12-09")
    assert "mine-madagiz" in await ids(at_position=before)
    assert await ids(known_at="2020-11-24", as_of="2020-11-30") == ["mine-madagiz"]
    assert await ids(as_of="2020-11-22") == ["clearance-karabakh-2020-11"]


async def test_displacement_gives_ranges_by_the_rules_of_the_tally(writable: ApiClient) -> None:
    left: dict[str, object] = {
        "kind": "displacement",
        "id": "left-kalbajar",
        "report": "digest-2020-11-25",
        "occurred": {"start": "2020-11-14", "end": "2020-11-25"},
        "places": [{"place": "kalbajar", "role": "origin"}],
        "claims": [
            _displaced("un", "source:jam-news", {"low": 900, "best": 1000, "high": 1200}),
            _displaced("gov", "party:armenia", {"low": 1100, "best": 1500}),
        ],
    }
    back: dict[str, object] = {
        **left,
        "id": "back-to-agdam",
        "details": {"returning": True},
        "places": [{"place": "agdam"}],
        "claims": [_displaced("un", "source:jam-news", {"best": 30})],
    }
    silent: dict[str, object] = {**left, "id": "left-lachin", "places": [{"place": "lachin"}], "claims": []}
    await writable.record([("/v1/occurrences", body) for body in (left, back, silent)])
    await writable.fold()

    body = await get(writable, "/v1/displacement", as_of="2020-11-30")
    people = {
        item["movement"]["occurrence"]: item["people"] and (item["people"]["low"], item["people"]["best"])
        for item in body["items"]
    }
    assert people == {"left-kalbajar": (900, 1000), "back-to-agdam": (None, 30), "left-lachin": None}
    assert (body["displaced"]["low"], body["displaced"]["best"], body["returned"]["best"]) == (900, 1000, 30)
    away = await get(writable, "/v1/displacement", as_of="2020-11-30", returning="false", place="lachin")
    assert ([item["movement"]["origins"] for item in away["items"]], away["displaced"]) == ([["lachin"]], None)
    brief = await get(writable, "/v1/brief", **WEEK)
    (section,) = [section for section in brief["sections"] if section["topic"] == "displacement"]
    texts = [sentence["text"] for sentence in section["sentences"]]
    [told] = [text for text in texts if "From: Kalbajar" in text]
    assert any("Agdam (district): people came back. People: 30. " in text for text in texts)
    assert "People: 1,000 (lowest 900, highest 1,500, the smallest figure claimed" in told


async def test_those_who_came_back_are_not_added_to_those_who_had_to_leave(writable: ApiClient) -> None:
    for movement, people in (("flight", 1000), ("return", 30)):
        claims = [_displaced("un", "source:jam-news", {"best": people})]
        told: dict[str, object] = {"kind": "displacement", "id": movement, "details": {"movement": movement}}
        about = {"report": "digest-2020-11-25", "occurred": {"start": "2020-11-24"}, "places": [{"place": "agdam"}]}
        await writable.record([("/v1/occurrences", told | about | {"claims": claims})])
    await writable.fold()

    for asked in ({}, {"group_by": "occurrence"}, {"group_by": "affected_party"}):
        tally = await get(writable, "/v1/casualties", effect="displaced", as_of="2020-11-30", **asked)
        assert [(row["best"], row["occurrences"]) for row in tally["rows"]] == [(1000, 1)]
    evidence = await get(writable, "/v1/casualties/evidence", effect="displaced", as_of="2020-11-30")
    assert [claim["occurrence"] for claim in evidence["items"]] == ["flight"]
    brief = await get(writable, "/v1/brief", **WEEK)
    [harmed] = [section for section in brief["sections"] if section["topic"] == "casualties"]
    told_of = " ".join(sentence["text"] for sentence in harmed["sentences"])
    assert ("displaced 1,000" in told_of, "displaced 30" in told_of) == (True, False)


def _displaced(name: str, claimant: str, count: Mapping[str, int]) -> dict[str, object]:
    return {"kind": "casualties", "id": name, "claimant": claimant, "effect": "displaced", "count": count}


async def test_a_timeline_is_in_the_order_of_what_happened_page_by_page(november: ApiClient) -> None:
    whole = await get(november, "/v1/timeline", as_of="2020-12-31")
    order = [(item["date"], item["occurrence"]["occurred"].get("start_at", "")) for item in whole["items"]]
    assert [day for day, _ in order] == sorted(day for day, _ in order)

    seen: list[str] = []
    path = "/v1/timeline?as_of=2020-12-31&limit=3"
    while path:
        answer = await november.get(path)
        seen += [item["occurrence"]["id"] for item in answer.json()["items"]]
        path = answer.links["next"]["url"] if "next" in answer.links else ""
    assert seen == [item["occurrence"]["id"] for item in whole["items"]]
    assert whole["total"] == len(seen)


async def test_a_places_timeline_tells_who_held_it_and_what_was_agreed(november: ApiClient) -> None:
    body = await get(november, "/v1/timeline", place="kalbajar", as_of="2020-11-25")

    assert [item["occurrence"]["id"] for item in body["items"]] == [
        "leaving-kalbajar-2020-11",
        "barracks-kalbajar-2020-11-24",
        "transfer-kalbajar",
    ]
    barracks = body["items"][1]
    assert barracks["claims"] == ["barracks-kalbajar-2020-11-24.by-the-withdrawing"]
    assert barracks["links"]["occurrence"] == "/v1/occurrences/barracks-kalbajar-2020-11-24"
    assert [span["controllers"] for span in body["control"]] == [["armenian-forces"], ["azerbaijan"]]
    assert [(one["due"], one["rescheduled_from"]) for one in body["transfers"]] == [("2020-11-25", "2020-11-15")]
    two = await get(november, "/v1/timeline", place="kalbajar,agdam")
    assert (two["control"], two["transfers"]) == (None, None)


async def test_coverage_shows_who_fell_silent(november: ApiClient) -> None:
    body = await get(november, "/v1/coverage", **WEEK)
    sources = {item["source"]: item for item in body["items"]}

    assert (body["from"], body["to"]) == ("2020-11-18", "2020-11-25")
    assert [day["reports"] for day in sources["jam-news"]["series"]] == [0, 0, 0, 0, 0, 0, 1, 1]
    silent = sources["qadin"]
    assert (silent["reports"], silent["last_day"], silent["days_since_last"], silent["longest_silence"]) == (
        0, "2020-11-10", 15, 8,
    )  # fmt: skip
    every_day = {day["period"]: day["reports"] for day in body["all_sources"]}
    assert sum(every_day.values()) == sum(item["reports"] for item in body["items"]) == 12
    # Retold claims count once in the whole.
    assert sources["urdupoint"]["claims"] == 3
    assert [one["claimant"] for one in sources["urdupoint"]["claimants"]] == ["source:russia-mod"]


async def test_coverage_follows_the_clocks_and_counts_withdrawn_reports_apart(writable: ApiClient) -> None:
    withdrawal = {"reason": "an error", "published_at": "2020-12-05"}
    await writable.record([("/v1/reports/mine-jam-news/withdraw", withdrawal)])
    await writable.fold()

    async def jam(**asked: str) -> tuple[int, int]:
        body = await get(writable, "/v1/coverage", source="jam-news", **{"from": "2020-11-01"}, **asked)
        return body["items"][0]["reports"], body["items"][0]["withdrawn"]

    assert await jam() == (3, 1)
    assert await jam(known_at="2020-12-04") == (3, 0)
    assert await jam(as_of="2020-11-24") == (2, 1)
    assert await jam(known_at="2020-11-20") == (1, 0)
    weekly = await get(writable, "/v1/coverage", source="jam-news", period="week", **{"from": "2020-11-01"})
    assert [one["period"] for one in weekly["items"][0]["series"]][:2] == ["2020-W44", "2020-W45"]
    never = await get(writable, "/v1/coverage", source="sana")
    assert [(one["source"], one["reports"], one["last_day"]) for one in never["items"]] == [("sana", 0, None)]


async def test_each_report_covers_the_claims_that_it_carries_itself(writable: ApiClient) -> None:
    def killed(best: int, **more: object) -> dict[str, object]:
        return {"kind": "casualties", "effect": "killed", "count": {"best": best}, **more}

    wounded = killed(2) | {"effect": "wounded"}
    clash = {"id": "one", "kind": "clash", "occurred": {"start": "2020-12-09"}, "report": "first"}
    await writable.record(
        [
            ("/v1/reports", {"id": "first", "source": "sana", "published_at": "2020-12-10"}),
            ("/v1/reports", {"id": "second", "source": "jam-news", "published_at": "2020-12-10"}),
            ("/v1/occurrences", clash | {"claims": [killed(1), wounded]}),
            ("/v1/occurrences/one/claims", killed(3, report="second", claimant="source:jam-news")),
        ]
    )
    await writable.fold()

    day = {"from": "2020-12-10", "to": "2020-12-10"}
    for source, claims in (("sana", 2), ("jam-news", 1)):
        [item] = (await get(writable, "/v1/coverage", source=source, **day))["items"]
        assert (item["claims"], item["occurrences"]) == (claims, 1)
        assert item["claimants"] == [{"claimant": f"source:{source}", "claims": claims, "occurrences": 1}]


async def test_what_was_published_today_is_covered_though_its_day_has_not_ended(writable: ApiClient) -> None:
    today = datetime.now(UTC).date().isoformat()
    await writable.record([("/v1/reports", {"id": "today", "source": "sana", "published_at": today})])
    await writable.fold()

    [sana] = (await get(writable, "/v1/coverage", source="sana", to=today))["items"]
    assert (sana["reports"], sana["last_day"]) == (1, today)
    assert (await get(writable, "/v1/coverage", source="sana", as_of="2020-12-31"))["items"][0]["reports"] == 0
    [then] = (await get(writable, "/v1/coverage", source="jam-news", as_of="2020-11-24T12:00:00Z"))["items"]
    assert then["last_day"] == "2020-11-15"

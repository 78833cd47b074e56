"""What is restricted from its first moment to its release: who sees what of it, in answers, the feed and exports."""

import re
from base64 import b64decode
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from projections.snapshot_postgres import Snapshots
from projections.veil import Reader
from services.api.parts import Parts
from services.exports.export import exported_in
from services.exports.exported import WithheldError
from services.exports.restore import restore
from services.wiring import API_ROLE, WORKER_ROLE, loading, open_log, open_pool, open_redis
from services.worker.clock import Clock
from tests.api_client import NO_REDIS, ApiClient, client, make_key, settings_for
from tests.exporting import exported, whole
from tests.parking_cases import poison
from tests.restricted_world import OPEN, RESTRICTED, SECRET, secrets
from tests.waiting import until

pytestmark = pytest.mark.anyio

STRIKE = f"/v1/occurrences/{SECRET}-strike"


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    settings = settings_for(database_url, redis_url, anonymous_reading=True, rate_limit=1_000_000)
    async with client(settings) as made:
        await made.record(OPEN)
        yield made


async def _status(api: ApiClient, path: str = STRIKE) -> int:
    return (await api.http.get(path)).status_code


async def _log(api: ApiClient, **asked: Any) -> dict[str, Any]:  # noqa: ANN401  any parameter's value
    return (await api.http.get("/v1/log", params={"limit": 1000, **asked})).json()


def _same(now: datetime) -> datetime:
    return now


async def _tick(api: ApiClient) -> int:
    async with open_pool(api.database_url, WORKER_ROLE, size=1) as pool, open_redis(NO_REDIS) as redis:
        return await Clock(pool, redis).tick()


async def test_a_release_by_hand_lets_all_see_it_and_only_an_assessor_may_make_it(api: ApiClient) -> None:
    await api.record(secrets(RESTRICTED))
    await api.fold()
    reporter = {"authorization": f"Bearer {await make_key(api.database_url, 'report', 'read:restricted')}"}

    assert await _status(api) == 404
    assert (await api.post(f"{STRIKE}/release", {"reason": "over"}, reporter)).status_code == 403
    shorter = await api.post(f"{STRIKE}/restriction", {"reason": "short", "until": "2099-01-01"}, reporter)
    assert (shorter.status_code, shorter.json()["type"]) == (409, "/docs/problems#embargo-shortened")
    assert (await api.post(f"{STRIKE}/release", {"reason": "over"})).status_code == 200
    await api.fold()

    assert await _status(api) == 200
    again = await api.post(f"{STRIKE}/release", {"reason": "over"})
    assert (again.status_code, again.json()["type"]) == (409, "/docs/problems#not-restricted")


async def test_an_embargo_that_has_ended_already_is_refused_and_nothing_is_recorded(api: ApiClient) -> None:
    before = await _log(api)
    [_, strike, *_] = secrets({"reason": "late", "until": "2020-12-01"})

    alone = await api.post(*strike)
    in_a_batch = await api.raw(
        "/v1/batch",
        b'{"method":"POST","path":"/v1/places/village/restriction","body":{"reason":"late","until":"2020-12-01"}}\n',
        content_type="application/x-ndjson",
    )

    assert (alone.status_code, alone.json()["errors"][0]["pointer"]) == (400, "/restricted/until")
    assert '"outcome":"refused"' in in_a_batch.text
    assert "/body/until" in in_a_batch.text
    assert await _log(api) == before


async def test_an_embargo_ends_for_readers_at_its_very_moment_whatever_any_worker_does(api: ApiClient) -> None:
    end = datetime(2098, 1, 1, tzinfo=UTC)
    await api.record(secrets({"reason": "for a time", "until": end.isoformat()}))
    await api.fold()
    state: Any = api.app.state

    for now, status in ((end - timedelta(microseconds=1), 404), (end, 200)):
        parts: Parts = state.parts
        state.parts = structs.replace(parts, now=partial(_same, now))
        assert await _status(api) == status
        assert (SECRET in (await api.http.get("/v1/log", params={"limit": 1000})).text) is (status == 200)


async def test_the_clock_tells_followers_that_an_embargo_has_ended_and_gives_them_what_was_withheld(
    api: ApiClient,
) -> None:
    end = datetime.now(UTC) + timedelta(seconds=2)
    recorded = await api.record(secrets({"reason": "for a moment", "until": end.isoformat()}))
    last = recorded[-1]["position"]
    released = 0

    async def all_released() -> bool:
        nonlocal released
        released += await _tick(api)
        return released == 6

    await until(all_released, within_s=60)

    assert datetime.now(UTC) >= end
    # A second clock finds nothing left to say.
    assert await _tick(api) == 0
    followed = await _log(api, after=last)
    assert [item["type"] for item in followed["items"]] == ["occurrence.released"] * 5 + ["place.released"]
    assert all(item["data"]["by_clock"] for item in followed["items"])
    given = [item["sequence"] for item in followed["released"]]
    whole = [item for item in (await _log(api, after=13))["items"] if int(item["sequence"]) <= last]
    # All but the cellar, which was withheld with the shelter that it lies in and never restricted itself.
    assert given == [item["sequence"] for item in whole if item["subject"] != "place-cellar"]
    assert all(item["released"] for item in followed["released"])
    assert SECRET in str(followed["released"])
    claims = await _log(api, after=last, type="claim.made")
    assert (claims["items"], len(claims["released"])) == ([], 1)
    assert "released" not in (await api.get("/v1/log", after=last)).json()


OVER = b'{"reason":"for a moment","until":"2020-12-01T00:00:00Z"}'
UNREAD = (b"no JSON\xff", b'{"until":"soon"}', b'{"until":"now"}', b'{"until":"2020-13-45T00:00:00Z"}', b"[" * 100_000)


@pytest.mark.parametrize(("shape", "data"), [*((1, data) for data in UNREAD), (9, OVER)])
async def test_a_restriction_whose_end_cannot_be_read_stays_and_every_other_embargo_ends(
    api: ApiClient, shape: int, data: bytes
) -> None:
    async with open_log(api.database_url) as log:
        await poison(log, "occurrence-open-strike", "occurrence.restricted", data, shape=shape)
        await poison(log, "occurrence-open-deal", "occurrence.restricted", OVER)

    assert [await _tick(api), await _tick(api)] == [1, 0]

    released = (await api.get("/v1/log", type="occurrence.released")).json()["items"]
    assert [item["subject"] for item in released] == ["occurrence-open-deal"]
    await api.fold()
    assert [await _status(api, f"/v1/occurrences/open-{name}") for name in ("strike", "deal")] == [404, 200]


async def test_the_feed_has_no_gap_and_its_leaves_make_the_whole_tree(api: ApiClient) -> None:
    await api.record(secrets(RESTRICTED))
    await api.fold()

    page = await _log(api)
    raw = (await api.http.get("/v1/log", params={"limit": 1000})).text
    all_of_it = (await api.get("/v1/log", limit=1000)).json()

    assert [int(item["sequence"]) for item in page["items"]] == list(range(1, page["position"] + 1))
    assert SECRET not in raw
    kept = {item["sequence"]: item for item in page["items"] if item.get("withheld")}
    assert {item["type"] for item in kept.values()} == {"withheld"}
    assert {item["subject"] for item in kept.values()} == {"occurrence", "report", "place"}
    ids = {item["id"] for item in all_of_it["items"]}
    assert not any(item["id"] in ids or item["data"] is not None for item in kept.values())
    async with open_log(api.database_url) as log:
        for event in await log.read(limit=1000):
            sequence = f"{event.position:020}"
            if sequence in kept:
                assert b64decode(kept[sequence]["leafhash"]) == event.leaf_hash
    filtered = await _log(api, type="claim.made")
    assert (len(filtered["items"]), filtered["total"]) == (2, 2)


async def test_an_event_that_names_what_is_hidden_is_shown_without_its_content(api: ApiClient) -> None:
    await api.record(secrets(RESTRICTED))
    done = await api.record([("/v1/occurrences/open-strike/merge", {"into": f"{SECRET}-strike", "reason": "the same"})])
    await api.fold()

    both = (await _log(api, after=done[0]["position"] - 2))["items"]
    [event] = [item for item in both if item["subject"] == "occurrence-open-strike"]
    merged = await api.http.get("/v1/occurrences", params={"include": "merged", "id": "open-strike"})

    assert (event["type"], event["subject"], event["data"]) == ("occurrence.merged", "occurrence-open-strike", None)
    assert merged.json()["items"][0]["merged_into"] == "(withheld)"
    into = [(f"{STRIKE}/merge", {"into": "open-deal", "reason": "the same"})]
    await api.record([("/v1/occurrences/open-strike/unmerge", {}), *into])
    told = (await _log(api, after=done[0]["position"]))["items"]
    assert "occurrence-open-deal" in {item["subject"] for item in told}
    assert SECRET not in str(told)


async def test_what_only_may_be_seen_by_some_is_never_kept_for_others(api: ApiClient) -> None:
    await api.record(secrets(RESTRICTED))
    await api.fold()

    mine = await api.get("/v1/occurrences")
    theirs = await api.http.get("/v1/occurrences", headers={"if-none-match": mine.headers["etag"]})

    assert theirs.status_code == 200
    assert theirs.json()["total"] < mine.json()["total"]
    assert "private" in mine.headers["cache-control"]
    assert all("Authorization" in answer.headers["vary"] for answer in (mine, theirs))


async def test_a_restricted_place_is_shown_where_its_parent_is_and_so_is_what_lies_in_it(api: ApiClient) -> None:
    await api.record(secrets(RESTRICTED))
    await api.fold()

    for place in ("shelter", "cellar"):
        seen = (await api.http.get(f"/v1/places/{place}")).json()["item"]
        assert (seen["point"], seen["name"], seen.get("names"), seen.get("external_ids")) == (
            [41.1, 36.1], "(withheld)", None, None,
        )  # fmt: skip
        assert "reason" not in seen["restricted"]
    known = (await api.get("/v1/places/shelter")).json()["item"]
    assert (known["point"], known["restricted"]["reason"]) == ([41.4242, 36.4242], RESTRICTED["reason"])


async def test_what_is_restricted_is_hidden_before_any_worker_has_folded_it(api: ApiClient) -> None:
    await api.fold()
    await api.record(secrets(RESTRICTED))

    assert SECRET not in (await api.http.get("/v1/log", params={"after": 13, "type": "claim.made"})).text
    events = (await api.http.get("/v1/log", params={"limit": 1000})).json()["items"]
    assert [item["type"] for item in events if "zzsecret-strike" in str(item)] == []


async def test_totals_count_it_only_where_the_operator_says_so_and_only_where_they_single_nobody_out(
    database_url: str, redis_url: str
) -> None:
    settings = settings_for(database_url, redis_url, anonymous_reading=True, count_restricted=True)
    async with client(settings) as api:
        await api.record((*OPEN, *secrets(RESTRICTED)))
        await api.fold()

        async def killed(**asked: str) -> tuple[int, int, str]:
            answer = await api.http.get("/v1/casualties", params={"effect": "killed", **asked})
            [total] = answer.json()["totals"]
            return total["best"], total["occurrences"], answer.text

        assert [(await killed(group_by=by))[:2] for by in ("month", "status,kind")] == [(6, 2)] * 2
        assert SECRET not in (await killed(group_by="month"))[2]
        for finer in ({"group_by": "day"}, {"as_of": "2020-11-28"}, {"from": "2020-11-01"}, {"place": "village"}):
            assert (await killed(**finer))[:2] == (3, 1)
        evidence = await api.http.get("/v1/casualties/evidence")
        assert (evidence.json()["total"], SECRET in evidence.text) == (1, False)


async def test_suggestions_name_nothing_that_is_restricted_whoever_asks(api: ApiClient) -> None:
    await api.record(secrets(RESTRICTED))
    await api.fold()

    for path in (
        f"/v1/occurrences/{SECRET}-strik",
        f"/v1/reports/{SECRET}-repor",
        f"/v1/casualties?occurrence={SECRET}-m",
    ):
        for headers in ({}, api.headers):
            answer = await api.http.get(path, headers=headers)
            assert answer.status_code in {400, 404}
            assert SECRET not in re.sub(rf"{SECRET}-(strik|repor|mine|m)\b", "", answer.text)
    recorded = await api.post("/v1/occurrences/open-strike/citations", {"report": f"{SECRET}-repor"})
    assert SECRET not in re.sub(rf"{SECRET}-repor\b", "", recorded.text)


@pytest.mark.parametrize("name", ["log.ndjson", "log"])
async def test_an_export_withholds_it_unless_it_is_asked_for_and_only_then_can_be_restored(
    api: ApiClient, tmp_path: Path, other_url: str, name: str
) -> None:
    await api.record(secrets(RESTRICTED))
    await api.fold()
    async with open_pool(api.database_url, API_ROLE, size=2) as pool, open_log(api.database_url, reads=pool) as log:
        async with pool.connection() as connection:
            veil = await Snapshots(pool).veil(connection, Reader(now=datetime.now(UTC)))
        safe = await exported(log, tmp_path / f"safe-{name}", veil=veil)
        everything = await exported(log, tmp_path / f"whole-{name}")
        with pytest.raises(WithheldError):
            await restore(loading(other_url), exported_in(tmp_path / f"safe-{name}"))
        await restore(loading(other_url), exported_in(tmp_path / f"whole-{name}"))
        async with open_log(other_url) as other:
            assert await whole(other) == await whole(log)

    assert (safe.withheld > 10, safe.root, everything.withheld) == (True, everything.root, 0)
    path = tmp_path / f"safe-{name}"
    held = [event for page in exported_in(path).pages() for event in page]
    assert [event for event in held if SECRET in event.stream or SECRET.encode() in event.data] == []
    assert [event.position for event in held] == list(range(1, safe.last + 1))

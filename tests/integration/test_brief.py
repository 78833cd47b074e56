"""The brief of November 2020: what it says at each of the three clocks, and that all of it can be followed."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from services.wiring import open_log
from tests import servers
from tests.api_client import ApiClient, settings_for
from tests.november_told import brief_of, get, november_told, texts_of
from tests.parking_cases import poison

pytestmark = pytest.mark.anyio


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


def _all(brief: Mapping[str, Any]) -> str:
    return "\n".join(text for section in brief["sections"] for text in texts_of(brief, section["topic"]))


async def test_the_brief_tells_control_as_it_stood_and_was_known(november: ApiClient) -> None:
    now = texts_of(await brief_of(november), "control")
    assert "20 November 2020: Agdam (district) passed from Armenian forces to Azerbaijan (entry of troops)." in now[0]
    assert now[1].endswith("This carried out what was agreed for 25 November 2020, first for 15 November 2020.")
    assert "Lachin (district): to pass to Azerbaijan by 1 December 2020. Pending." in now[2]
    assert "Not included: Lachin corridor" in now[2]

    then = texts_of(await brief_of(november, to="2020-11-24", known_at="2020-11-12"), "control")
    assert then[0] == "No change of control was reported."
    [kalbajar] = [text for text in then if text.startswith("Kalbajar")]
    assert "by 15 November 2020. Overdue: no report says that it has happened." in kalbajar
    earlier = texts_of(await brief_of(november, **{"from": "2020-11-10", "to": "2020-11-16"}), "control")
    assert any("what was due on 15 November 2020 was moved to 25 November 2020" in text for text in earlier)
    [agreed] = [text for text in earlier if text.startswith("10 November 2020, 01:00 (Asia/Baku): agreement")]
    assert "A ceasefire is part of it." in agreed
    assert any("qadin.net gives a clause as “Land in the Gazakh district" in text for text in earlier)


async def test_the_brief_counts_strikes_and_keeps_suspicion_apart(november: ApiClient) -> None:
    total, first, suspected, second = texts_of(await brief_of(november), "strikes")

    assert total == "Israel: 2 strikes in the period."
    assert "Strike 1 of 2 by Israel" in first
    assert "from the direction of Golan Heights" in first
    assert "Not counted as a strike by Israel." in suspected
    assert "Responsibility: Israel — suspected (Syrian Observatory for Human Rights (SOHR))." in suspected
    assert "Strike 2 of 2 by Israel in the period. 7 days after the one before. Hit again: " in second


async def test_a_strike_is_told_on_the_day_that_its_dead_are_told_on(writable: ApiClient) -> None:
    strike = {
        "kind": "strike",
        "report": "digest-2020-11-25",
        "occurred": {"start": "2020-11-28T23:30:00Z", "precision": "exact"},
        "places": [{"place": "quneitra", "role": "target"}],
        "parties": [{"party": "israel", "role": "attacker"}],
        "claims": [{"kind": "casualties", "effect": "killed", "count": {"best": 3}}],
    }
    await writable.record([("/v1/occurrences", strike)])
    await writable.fold()

    there = await brief_of(writable, **{"from": "2020-11-29", "to": "2020-11-29"})
    assert texts_of(there, "strikes")[0] == "Israel: 1 strike in the period."
    assert "29 November 2020, 01:30 (Asia/Damascus), Quneitra" in texts_of(there, "strikes")[1]
    assert texts_of(there, "casualties")[0] == "In all: killed 3."
    [counted] = [section["sentences"][0] for section in there["sections"] if section["topic"] == "strikes"]
    assert (await get(writable, counted["links"][0]["href"]))["total"] == 1
    told = texts_of(
        await brief_of(writable, **{"from": "2020-11-28", "to": "2020-11-29"}, as_of="2020-11-28T23:45Z"), "strikes"
    )
    assert told[0] == "Israel: 1 strike in the period."
    assert "Strike 1 of 1 by Israel" in told[1]
    before = await brief_of(writable, **{"from": "2020-11-28", "to": "2020-11-28"})
    assert texts_of(before, "strikes") == ["No strike was reported."]


async def test_the_brief_gives_ranges_and_who_says_what(november: ApiClient) -> None:
    told = texts_of(await brief_of(november), "casualties")
    [strike] = [text for text in told if text.startswith("25 November 2020, near Jabal al-Mani")]
    [mine] = [text for text in told if text.startswith("23 November 2020, near Madagiz")]

    assert "killed 0 (lowest 0, no upper limit stated, the smallest figure claimed, contested)" in strike
    assert "Syrian Arab News Agency (SANA) — killed: nobody (“no casualty”)." in strike
    assert "(SOHR) — killed: at least 8 (“at least 8, none of them Syrian”), Pro-Iran militias" in strike
    assert "killed 1; wounded 5." in mine
    assert mine.endswith("Japanese translation of the digest has instead: police, “a police officer (警察官)”.")


async def test_allegations_and_assessments_are_told_apart_and_counted_nowhere(november: ApiClient) -> None:
    brief = await brief_of(november)
    apart = {*texts_of(brief, "allegations"), *texts_of(brief, "assessments")}
    counted = "\n".join(text for text in _all(brief).splitlines() if text not in apart)

    assert any("An allegation that no other source is known to confirm. From: Afrin." in text for text in apart)
    assert any("offices opened to register families — 2 (“two offices”)" in text for text in apart)
    assert any("“More Israeli strikes on Syria are to be expected”" in text for text in apart)
    for words in ("Families of Syrian fighters", "to be expected", "offices opened"):
        assert words not in counted


async def test_who_denies_an_allegation_or_a_judgement_is_told_with_it(writable: ApiClient) -> None:
    about = {"report": "digest-2020-11-25", "occurred": {"start": "2020-11-24"}}
    denial = {"kind": "dispute", "claimant": "party:azerbaijan", "words": "There is no such plan."}
    for kind in ("statement", "assessment"):
        body = {**about, "kind": kind, "details": {"words": "More will come."}, "claims": [denial]}
        await writable.record([("/v1/occurrences", body)])
    await writable.fold()

    brief = await brief_of(writable)
    for topic in ("allegations", "assessments"):
        [told] = [text for text in texts_of(brief, topic) if "More will come" in text]
        assert told.endswith("“More will come”. Disputed by Azerbaijan: “There is no such plan”."), told


async def test_a_denial_of_one_claim_does_not_read_as_one_of_what_happened(writable: ApiClient) -> None:
    about = {"report": "digest-2020-11-25", "occurred": {"start": "2020-11-24"}, "kind": "clash", "id": "clash"}
    figure = {"kind": "casualties", "id": "dead", "effect": "killed", "count": {"best": 2}}
    denial = {"kind": "dispute", "claim": "clash.dead", "claimant": "party:azerbaijan"}
    said = {"kind": "dispute", "claim": "clash.dead", "claimant": "party:israel", "words": "It was one."}
    await writable.record([("/v1/occurrences", {**about, "claims": [figure, denial, said]})])
    await writable.fold()

    [told] = [text for text in texts_of(await brief_of(writable), "events") if "clash" in text]
    assert told.endswith("Azerbaijan disputes claim dead. Israel disputes claim dead: “It was one”."), told


async def test_every_sentence_about_something_leads_to_what_it_rests_on(november: ApiClient) -> None:
    brief = await brief_of(november)
    followed: set[str] = set()
    for section in brief["sections"]:
        for sentence in section["sentences"]:
            assert sentence["links"] or sentence["text"].startswith(("Nothing", "By source", "Heard of")), sentence
            followed |= {link["href"] for link in sentence["links"]}
    assert len(followed) > 60
    for href in sorted(followed):
        assert (await november.get(href)).status_code == 200, href


async def test_the_list_behind_a_number_is_that_of_the_same_moment(november: ApiClient) -> None:
    brief = await brief_of(november, known_at="2020-11-22T12:00:00+02:00")
    [number] = [text for text in texts_of(brief, "strikes") if text.endswith("in the period.")]
    links = {link["title"]: link["href"] for s in brief["sections"] for one in s["sentences"] for link in one["links"]}

    assert number == "Israel: 1 strike in the period."
    assert (await get(november, links["the whole list"]))["total"] == 1
    coverage = await get(november, links["18 November 2020 to 25 November 2020"])
    reports = sum(one["reports"] for one in coverage["items"])
    assert texts_of(brief, "coverage")[0].startswith(f"Reports published in the period: {reports};")


async def test_a_retraction_leaves_the_numbers_and_stays_to_be_read(writable: ApiClient) -> None:
    await writable.record([("/v1/occurrences/mine-madagiz/retraction", {"reason": "no", "published_at": "2020-11-30"})])
    await writable.fold()

    brief = await brief_of(writable)
    assert texts_of(brief, "retractions") == ["23 November 2020, near Madagiz: explosion, retracted."]
    assert "Madagiz" not in "\n".join([*texts_of(brief, "casualties"), *texts_of(brief, "hazards")])
    before = await brief_of(writable, known_at="2020-11-29")
    assert texts_of(before, "retractions") == ["Nothing."]
    assert any("near Madagiz: killed 1; wounded 5" in text for text in texts_of(before, "casualties"))


async def test_how_people_had_to_go_is_told(writable: ApiClient) -> None:
    places = [{"place": "shusha", "role": "origin"}]
    for movement in ("departure", "expulsion", "return"):
        about = {"kind": "displacement", "report": "digest-2020-11-25", "occurred": {"start": "2019-11-24"}}
        body = {**about, "places": places, "details": {"movement": movement}}
        await writable.record([("/v1/occurrences", body)])
    await writable.fold()

    told = texts_of(await brief_of(writable, **{"from": "2019-11-24", "to": "2019-11-24"}), "displacement")
    assert sorted(text.split(": ")[1].split(".")[0] for text in told) == [
        "people came back",
        "people left",
        "people were expelled",
    ]


async def test_an_occurrence_that_cannot_be_read_to_its_end_is_told_as_far_as_it_can_be(writable: ApiClient) -> None:
    whole = await brief_of(writable)
    async with open_log(writable.database_url) as log:
        await poison(log, "occurrence-mine-madagiz", "occurrence.cited", shape=9)
        # This one's place in its history cannot be right.
        await poison(log, "occurrence-strike-2020-11-25", "claim.withdrawn", b'{"claim":"strike-2020-11-25.none"}')
    await writable.fold()

    brief = await brief_of(writable)
    assert brief["sections"] == whole["sections"]
    assert brief["parked_streams"] == 2
    assert "2 streams could not be read to their ends: their latest events are missing." in brief["basis"]
    written = await writable.get("/v1/brief?from=2020-11-18&to=2020-11-25&format=markdown")
    assert "2 streams could not be read" in written.text


async def test_an_analyst_is_named(writable: ApiClient) -> None:
    figure = {"assessor": "Nomura", "reason": "both outlets called", "effect": "killed", "count": {"best": 4}}
    await writable.record([("/v1/occurrences/strike-2020-11-25/assessments", figure)])
    await writable.fold()

    assert any("Nomura, an analyst — killed: 4" in text for text in texts_of(await brief_of(writable), "casualties"))


async def test_what_only_a_total_counts_is_told_apart_from_a_side_that_nobody_stated(writable: ApiClient) -> None:
    killed = {"kind": "casualties", "effect": "killed"}
    claims = [{**killed, "scope": "total", "count": {"best": 9}}, {**killed, "count": {"best": 2}}]
    clash = {"kind": "clash", "report": "digest-2020-11-25", "occurred": {"start": "2020-11-24"}, "claims": claims}
    await writable.record([("/v1/occurrences", clash)])
    await writable.fold()

    told = texts_of(await brief_of(writable), "casualties")
    assert "Side not stated: killed 2." in told
    assert "Not told apart by side: killed 7." in told


async def test_an_unchanged_log_gives_the_same_brief_and_each_form_has_a_tag_of_its_own(november: ApiClient) -> None:
    path = "/v1/brief?from=2020-11-18&to=2020-11-25"
    tags: set[str] = set()
    for asked in ("", "&language=ja", "&language=ru", "&format=markdown"):
        answer = await november.get(path + asked)
        again = await november.get(path + asked, {"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
        tags.add(answer.headers["etag"])
    assert len(tags) == 4


async def test_the_readers_language_is_negotiated_and_said(november: ApiClient) -> None:
    path = "/v1/brief?from=2020-11-18&to=2020-11-25"
    preferred = await november.get(path, {"accept-language": "de, ru;q=0.8", "accept": "text/markdown"})
    asked = await november.get(f"{path}&language=ja", {"accept-language": "ru"})

    assert preferred.headers["content-type"] == "text/markdown; charset=utf-8"
    assert preferred.headers["content-language"] == "ru"
    assert "Accept-Language" in preferred.headers["vary"]
    assert preferred.text.startswith("# Обзор обстановки: 18 ноября 2020 — 25 ноября 2020\n")
    assert asked.json()["title"] == "情勢概要 2020年11月18日から2020年11月25日まで"
    assert (await november.get(f"{path}&language=fr")).status_code == 400
    assert (await november.get(path, {"accept": "text/csv"})).status_code == 406


async def test_a_brief_may_cover_as_many_years_as_there_are(november: ApiClient) -> None:
    brief = await brief_of(november, **{"from": "0001-01-01", "to": "2026-01-01"})
    sources = (await get(november, "/v1/coverage", **{"from": "2020-01-01", "to": "2021-12-31"}))["items"]

    reports = sum(source["reports"] for source in sources)
    assert texts_of(brief, "coverage")[0].startswith(f"Reports published in the period: {reports};")


async def test_a_period_that_is_none_is_refused(november: ApiClient) -> None:
    for asked in ({"from": "2020-11-26", "to": "2020-11-25"}, {"from": "2020-11-31"}, {"to": "25 November"}):
        answer = await november.get("/v1/brief", None, **asked)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), asked
    for path in ("hazards", "displacement", "coverage", "timeline"):
        answer = await november.get(f"/v1/{path}", None, **{"from": "2020-11-26", "to": "2020-11-25"})
        assert answer.status_code in {200, 400}, path

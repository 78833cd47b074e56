"""The brief on control: each postponement in its period, and nothing left out without a word."""

from collections.abc import AsyncGenerator, Sequence

import pytest

from tests.api_client import ApiClient, settings_for
from tests.november_told import brief_of, november_told, texts_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def writable(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    """Give an interface of its own that knows November 2020."""
    async with november_told(settings_for(database_url, redis_url)) as api:
        yield api


async def test_each_postponement_is_told_in_the_period_that_it_was_published_in(writable: ApiClient) -> None:
    path = "/v1/transfers/ceasefire-2020-11-10.transfer-lachin/reschedule"
    for due, published in (("2020-12-05", "2020-11-28"), ("2020-12-05", "2020-12-03"), ("2020-12-10", "2020-12-04")):
        await writable.record([(path, {"due": due, "report": "digest-2020-11-25", "published_at": published})])
    await writable.fold()

    async def moved(first: str, last: str) -> Sequence[str]:
        told = texts_of(await brief_of(writable, **{"from": first, "to": last}), "control")
        return [text.partition("what was ")[2] for text in told if "was moved to" in text]

    once = "due on 1 December 2020 was moved to 5 December 2020."
    again = "due on 5 December 2020 was moved to 10 December 2020."
    assert await moved("2020-11-26", "2020-11-30") == [once]
    assert await moved("2020-12-01", "2020-12-06") == [again]
    assert await moved("2020-11-26", "2020-12-06") == [once, again]
    told = texts_of(await brief_of(writable, **{"from": "2020-11-26", "to": "2020-11-30"}), "control")
    assert any("by 10 December 2020. Pending. " in text and "first due on 1 December 2020." in text for text in told)


async def test_a_brief_tells_who_holds_a_place_and_who_signed_where_only_the_details_name_them(
    writable: ApiClient,
) -> None:
    about = {"report": "digest-2020-11-25", "occurred": {"start": "2020-11-24"}}
    change = {"to": "azerbaijan", "manner": "capture", "places": ["shusha"]}
    agreed = {"signatories": ["azerbaijan", "armenian-forces"]}
    for kind, details in (("control_change", change), ("agreement", agreed)):
        await writable.record([("/v1/occurrences", {**about, "kind": kind, "details": details})])
    await writable.fold()

    told = texts_of(await brief_of(writable), "control")
    assert any(text.startswith("At the end of the period Shusha is held by Azerbaijan, since 24 Nov") for text in told)
    assert any("agreement of Azerbaijan and Armenian forces." in text for text in told)


async def test_a_brief_tells_who_holds_a_place_that_only_a_claim_in_its_period_names(writable: ApiClient) -> None:
    held = {"kind": "control", "place": "martuni", "party": "armenian-forces", "from": "1994-05-12"}
    place = {"id": "martuni", "name": "Martuni", "kind": "town", "parent": "azerbaijan"}
    said = {"kind": "statement", "report": "digest-2020-11-25", "occurred": {"start": "2020-11-24"}, "claims": [held]}
    await writable.record([("/v1/places", place), ("/v1/occurrences", said)])
    await writable.fold()

    text = "At the end of the period Martuni is held by Armenian forces, since 12 May 1994."
    assert any(told.startswith(text) for told in texts_of(await brief_of(writable), "control"))
    later = await brief_of(writable, **{"from": "2020-11-26", "to": "2020-11-30"})
    assert not any("Martuni" in told for told in texts_of(later, "control"))


async def test_what_a_brief_of_control_leaves_out_is_counted_and_no_place_of_a_change_is(writable: ApiClient) -> None:
    about = {"report": "digest-2020-11-25", "occurred": {"start": "2019-11-24"}, "published_at": "2019-11-24"}
    villages = [f"village-{number}" for number in range(41)]
    places = [("/v1/places", {"id": village, "name": village, "kind": "village"}) for village in villages]
    agreements = [("/v1/occurrences", {**about, "kind": "agreement", "details": {}})] * 42
    taken = {"to": "azerbaijan", "manner": "capture", "places": villages}
    change = ("/v1/occurrences", {**about, "kind": "control_change", "details": taken})
    await writable.record([*places, *agreements, change])
    await writable.fold()

    told = texts_of(await brief_of(writable, **{"from": "2019-11-24", "to": "2019-11-24"}), "control")
    assert told.count("2 more are not told here.") == 1
    assert sum("is held by Azerbaijan" in text for text in told) == 41

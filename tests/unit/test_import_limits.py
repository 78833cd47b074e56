"""Rows that say what the log could not give back: refused alone, with the limit that they break."""

import json

import pytest

from events.bulk import BulkRecorder
from events.claims import CasualtiesClaim
from events.details import Clash
from events.values import Count, ExternalId, Occurred
from services.ids import RandomIds
from services.imports.bodies import as_written, command, occurrence
from services.imports.geonames import geonames
from tests.import_cases import Imported, ged

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"best": "9" * 20}, "claim total: Expected `int` <= 9007199254740991 - at `$.written.count.best`"),
        ({"id": "x" * 600}, "Expected `str` of length <= 500 - at `$.external_id.id`"),
        ({"id": "ц" * 500}, "it cannot be known by"),
        ({"source_article": "a\0b"}, "it contains U+0000"),
        ({"where_coordinates": "a\0b village"}, "a\0b village cannot be registered: it contains U+0000"),
        ({"adm_1": "a\0b"}, "a\0b cannot be registered: it contains U+0000"),
        ({"where_coordinates": "x" * 700}, "cannot be registered: Expected `str` of length <= 500 - at `$.name`"),
        ({"side_b": "x" * 700, "side_b_new_id": "9"}, "cannot be registered: Expected `str` of length <= 500"),
        ({"side_b": "a\0b", "side_b_new_id": "9"}, "cannot be registered: it contains U+0000"),
    ],
)
async def test_a_row_that_breaks_a_limit_is_refused_and_the_rest_is_taken(changes: dict[str, str], reason: str) -> None:
    log = Imported()

    first = await log.take_ged(ged({"id": "1"}, {"id": "2"} | changes, {"id": "3"}), "23.1")
    head = await log.log.head()
    again = await log.take_ged(ged({"id": "1"}, {"id": "2"} | changes, {"id": "3"}), "23.1")

    for summary in (first, again):
        [refused] = summary.refused
        assert (refused.row, reason in refused.reason) == (3, True), refused.reason
    assert (first.recorded, again.repeated, await log.log.head()) == (2, 2, head)
    assert set(await log.occurrences()) == {"ucdp-ged-1", "ucdp-ged-3"}
    assert len((await log.registry()).places) == 4


async def test_text_about_a_null_is_no_null() -> None:
    summary = await Imported().take_ged(ged({"source_article": r"C:\u0000 and \\u0000"}))

    assert (summary.recorded, summary.refused) == (1, [])


async def test_a_place_whose_name_breaks_a_limit_is_refused_alone() -> None:
    towns = [
        {"geonameid": number, "name": name, "latitude": 33, "longitude": 36 + number, "countrycode": "SY"}
        for number, name in enumerate(("Homs", "a\0b", "Hama"))
    ]
    log = Imported()

    summary = await log.take(geonames(lambda: iter([json.dumps(town) + "\n" for town in towns])))

    [refused] = summary.refused
    assert (refused.row, refused.reason.endswith("cannot be registered: it contains U+0000")) == (2, True)
    assert (summary.recorded, set((await log.registry()).places)) == (2, {"homs", "hama", "syria"})


async def test_what_an_older_release_left_unreadable_is_told_and_stops_nothing() -> None:
    log = Imported()
    rows = [{"id": str(number)} for number in range(8)]
    await log.take_ged(ged(*rows), "23.1")
    beyond = CasualtiesClaim(effect="killed", count=Count(best=10**20))
    unreadable = occurrence(
        Clash(),
        occurred=Occurred(start="2016-01-01"),
        report="ucdp-ged-23-1",
        claimant="source:ucdp-ged",
        external_id=ExternalId(dataset="ucdp-ged", id="bad", release="23.1"),
        claims=(as_written("total", beyond),),
    )
    await BulkRecorder(log.log, RandomIds()).record([command(unreadable)])

    summary = await log.take_ged(ged(*rows[1:]), "24.1")

    assert summary.retracted == 1
    assert summary.notes == ["what is on record of 'bad' cannot be read: left as it is"]

"""Places of one name: how many there are, what they are called, and which are one."""

import json

import pytest

from services.imports.geonames import geonames
from services.imports.registrar import Registrar
from services.imports.wanted import WantedPlace
from tests.import_cases import Imported, ged

pytestmark = pytest.mark.anyio

IVANIVKA = {"name": "Ivanivka", "latitude": 46.9, "longitude": 30.5, "countrycode": "UA", "featurecode": "PPL"}


async def test_any_number_of_places_of_one_name_are_told_apart() -> None:
    log = Imported()
    towns = [{**IVANIVKA, "geonameid": number, "latitude": 45 + number / 4} for number in range(15)]
    file = geonames(lambda: iter([json.dumps(town) + "\n" for town in towns]))

    first = await log.take(file)
    head = await log.log.head()
    again = await log.take(file)

    assert (first.recorded, first.refused, first.places) == (15, [], 16)
    assert (again.repeated, await log.log.head()) == (15, head)


async def test_places_of_one_name_without_codes_are_told_apart_by_where_they_are() -> None:
    log = Imported()
    rows = [
        {"id": str(number), "where_coordinates": "Kiboko village", "adm_1": "", "adm_2": "", "latitude": str(number)}
        for number in range(14)
    ]

    summary = await log.take_ged(ged(*rows))

    events = await log.occurrences()
    assert (summary.recorded, len({one.reported.places for one in events.values()})) == (14, 14)


async def test_an_id_made_of_two_long_names_is_cut_and_stays_its_own() -> None:
    log = Imported()
    area = WantedPlace(name="area " * 16, kind="province")
    wanted = [WantedPlace(name="town " * 16, kind="town", parent=area, codes=(("geonames", str(n)),)) for n in range(2)]

    await Registrar(log.door, log.door).settle(wanted, ())

    ids = {one for one in (await log.registry()).places if one.startswith("town")}
    assert (len(ids), max(map(len, ids)) <= 120) == (2, True)


@pytest.mark.parametrize("cells", [{"adm_2": "-"}, {"where_coordinates": "--"}, {"adm_1": " – ", "adm_2": "'"}])
async def test_a_name_that_says_nothing_is_none(cells: dict[str, str]) -> None:
    log = Imported()
    rows = [{"id": str(number)} | cells for number in range(14)]
    await log.take_ged(ged(*rows))
    head = await log.log.head()

    again = await log.take_ged(ged(*rows))

    assert (again.repeated, again.refused, await log.log.head()) == (14, [], head)
    assert all(any(letter.isalnum() for letter in one.said.name) for one in (await log.registry()).places.values())


async def test_a_gazetteer_s_place_whose_name_says_nothing_is_quarantined() -> None:
    rows = [json.dumps({**IVANIVKA, "geonameid": 1, "name": "-"})]

    summary = await Imported().take(geonames(lambda: iter(rows)))

    assert [one.reason for one in summary.quarantined] == ["'-' names no place"]

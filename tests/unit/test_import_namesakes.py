"""Places of one name: how many there are, what they are called, and which are one."""

import json
from functools import partial

import pytest

from services.imports import running
from services.imports.acled import Acled
from services.imports.control_log import ControlLog
from services.imports.geojson_places import geojson_places
from services.imports.geonames import geonames
from services.imports.registrar import Registrar
from services.imports.wanted import WantedPlace
from tests.control_log_cases import ROW
from tests.import_cases import DATA, Imported, as_csv, ged, lines_of, needs
from tests.unit.test_import_acled import ROW as ACLED_ROW

pytestmark = pytest.mark.anyio

AREA = {"type": "Polygon", "coordinates": [[[36, 35], [37, 35], [37, 36], [36, 35]]]}
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


KHAFSAH = {"name": "Al Khafsah", "latitude": 36.2, "longitude": 38.03, "countrycode": "SY", "geonameid": 7}
KHAFSAH_ROW = {
    "id": "1", "adm_1": "Aleppo governorate", "adm_2": "Manbij district", "where_coordinates": "Al Khafsah village",
    "latitude": "36.201", "longitude": "38.031",
}  # fmt: skip


@pytest.mark.parametrize("gazetteer_first", [True, False])
async def test_a_town_that_two_datasets_know_by_another_kind_and_area_is_one(*, gazetteer_first: bool) -> None:
    log = Imported()
    for turn in (gazetteer_first, not gazetteer_first) * 2:
        if turn:
            await log.take(geonames(lambda: iter([json.dumps(KHAFSAH)])))
        else:
            await log.take_ged(ged(KHAFSAH_ROW))

    view = await log.registry()
    [name] = {one for one in view.places if "khafsah" in one}
    assert view.place_ancestors(name) == ("manbij-district", "aleppo-governorate", "syria")
    assert view.places[name].said.external_ids == {"geonames": "7"}
    assert (await log.occurrence("ucdp-ged-1")).reported.places[0].place == name


@pytest.mark.parametrize("chunk", [1, 1000])
@pytest.mark.parametrize("finer_first", [True, False])
async def test_a_town_whose_district_only_some_rows_tell_is_one_and_lies_in_it(
    chunk: int, monkeypatch: pytest.MonkeyPatch, *, finer_first: bool
) -> None:
    monkeypatch.setattr(running, "CHUNK", chunk)
    log = Imported()
    rows = [KHAFSAH_ROW, {**KHAFSAH_ROW, "id": "2", "adm_2": ""}, {**KHAFSAH_ROW, "id": "3", "adm_2": "Other district"}]
    file = ged(*(rows if finer_first else [rows[1], rows[0], rows[2]]))

    await log.take_ged(file)
    head = await log.log.head()
    again = await log.take_ged(file)

    view = await log.registry()
    assert {one for one in view.places if "khafsah" in one} == {"al-khafsah-village"}
    assert view.place_at("al-khafsah-village", "district") == "manbij-district"
    assert (again.repeated, again.unresolved, await log.log.head()) == (3, {}, head)


@pytest.mark.parametrize("chunk", [1, 1000])
@pytest.mark.parametrize("gazetteer_first", [True, False])
async def test_of_a_town_that_one_dataset_puts_into_two_provinces_each_row_counts_where_it_says(
    chunk: int, monkeypatch: pytest.MonkeyPatch, *, gazetteer_first: bool
) -> None:
    monkeypatch.setattr(running, "CHUNK", chunk)
    log = Imported()
    if gazetteer_first:
        await log.take(geonames(lambda: iter([json.dumps(KHAFSAH)])))
    file = ged(KHAFSAH_ROW, {**KHAFSAH_ROW, "id": "2", "adm_1": "Raqqa governorate"}, {**KHAFSAH_ROW, "id": "3"})

    await log.take_ged(file)
    head = await log.log.head()
    again = await log.take_ged(file)

    view, told = await log.registry(), await log.occurrences()
    provinces = [
        view.place_at(told[f"ucdp-ged-{number}"].reported.places[0].place or "", "province") for number in (1, 2, 3)
    ]
    assert provinces == ["aleppo-governorate", "raqqa-governorate", "aleppo-governorate"]
    assert (again.repeated, await log.log.head()) == (3, head)


@pytest.mark.parametrize("changes", [{"latitude": "36.25"}, {"country": "Iraq", "country_id": "645"}])
async def test_a_village_of_the_name_farther_off_or_in_another_country_is_another(changes: dict[str, str]) -> None:
    log = Imported()
    await log.take(geonames(lambda: iter([json.dumps(KHAFSAH)])))

    await log.take_ged(ged(KHAFSAH_ROW | changes))

    assert len({one for one in (await log.registry()).places if "khafsah" in one}) == 2


@pytest.mark.parametrize("files", [((7, 8),), ((7,), (8,))])
async def test_of_two_places_that_a_gazetteer_codes_apart_on_one_spot_each_stays_its_own(
    files: tuple[tuple[int, ...], ...],
) -> None:
    log = Imported()
    await log.take_ged(ged(KHAFSAH_ROW))
    lines = [[json.dumps({**KHAFSAH, "geonameid": number}) + "\n" for number in numbers] for numbers in files]

    taken = [await log.take(geonames(partial(iter, some))) for some in (*lines, *lines)]

    assert [one.refused for one in taken] == [[]] * len(taken)
    assert sum(one.repeated for one in taken[len(files) :]) == 2
    assert len({one for one in (await log.registry()).places if "khafsah" in one}) == 2


@needs("ucdp_ged_syria_2016-2018.csv")
@needs("geonames_cities500_az_am_sy_il_lb.jsonl")
@pytest.mark.parametrize("chunk", [137, 1000])
async def test_syria_s_towns_are_those_of_the_gazetteer(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", chunk)
    log = Imported()
    await log.take(geonames(lines_of(DATA / "geonames_cities500_az_am_sy_il_lb.jsonl")))
    lines = list(lines_of(DATA / "ucdp_ged_syria_2016-2018.csv")())[:1500]

    await log.take_ged(lambda: iter(lines))

    view = await log.registry()
    assert not {"manbij-town", "afrin-town", "azaz-town"} & view.places.keys()
    assert view.place_at("manbij", "province") == "aleppo-governorate"


@pytest.mark.parametrize(
    ("geometry", "meant"), [(AREA, "town"), ({"type": "Point", "coordinates": [36.6, 35.9]}, "other")]
)
async def test_a_town_is_not_the_area_that_bears_its_name(geometry: object, meant: str) -> None:
    log = Imported()
    said = {"ADM3_EN": "Idleb", "ADM2_EN": "Idleb", "ADM1_EN": "Idleb", "ADM0_EN": "Syria"}
    feature = {"type": "Feature", "properties": said, "geometry": geometry}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    await log.take(geojson_places(lambda: iter([text]), kind=None, parent=None))

    await log.take(
        ControlLog(as_csv([{**ROW, "place": "Idleb", "lat": "35.9", "lon": "36.6"}]), "table", parent="Syria")
    )

    [event] = (await log.occurrences()).values()
    assert (await log.registry()).places[event.reported.places[0].place or ""].said.kind == meant


CITY_OF_KYIV = {"ADM1_EN": "Kyiv", "ADM1_PCODE": "UA80", "ADM0_EN": "Ukraine", "ADM0_PCODE": "UA"}
IN_UKRAINE = {"country": "Ukraine", "country_id": "369", "adm_2": "", "where_coordinates": ""}


@pytest.mark.parametrize("outlines_first", [True, False])
async def test_a_city_that_is_a_province_of_its_own_is_not_the_province_around_it(*, outlines_first: bool) -> None:
    log = Imported()
    feature = {"type": "Feature", "properties": CITY_OF_KYIV, "geometry": AREA}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    acled = {**ACLED_ROW, "country": "Ukraine", "admin1": "Kyiv", "admin2": "", "admin3": "", "location": ""}
    for turn in (outlines_first, not outlines_first) * 2:
        if turn:
            await log.take(geojson_places(lambda: iter([text]), kind=None, parent=None))
        else:
            await log.take_ged(ged({**IN_UKRAINE, "id": "1", "adm_1": "Kyiv oblast"}))
            await log.take(Acled(as_csv([acled]), "2020-12-05"))

    provinces = [one for one in (await log.registry()).places.values() if one.said.kind == "province"]
    [city] = [one for one in provinces if one.said.external_ids == {"p_code": "UA80"}]
    [oblast] = [one for one in provinces if one.said.name == "Kyiv oblast"]
    told = {place.place for one in (await log.occurrences()).values() for place in one.reported.places}
    assert (city.said.geometry is not None, oblast.said.geometry, oblast.id in told) == (True, None, True)
    assert (city.id in told, len(provinces)) == (False, 3)

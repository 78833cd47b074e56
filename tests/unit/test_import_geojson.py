"""GeoJSON of places as publishers write it: other languages, levels that bear one name, codes of countries, towns."""

import json
import math
import tracemalloc
from collections.abc import Mapping, Sequence

import pytest

from events.command import Command
from events.registry import Place
from services.imports import running
from services.imports.geojson_places import geojson_places
from services.imports.sink import Outcome
from services.imports.summary import Summary
from tests.import_cases import Imported

pytestmark = pytest.mark.anyio

AREA = {"type": "Polygon", "coordinates": [[[36, 34], [37, 34], [37, 35], [36, 34]]]}
POINT = {"type": "Point", "coordinates": [32.5, 15.6]}


async def taken(
    log: Imported, *properties: Mapping[str, object], shapes: Sequence[Mapping[str, object]] = (AREA,)
) -> Summary:
    features = [
        {"type": "Feature", "properties": each, "geometry": shapes[min(number, len(shapes) - 1)]}
        for number, each in enumerate(properties)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    return await log.take(geojson_places(lambda: iter([text]), kind=None, parent=None))


async def places(log: Imported) -> Mapping[str, Place]:
    return (await log.registry()).places


@pytest.mark.parametrize(
    "said",
    [
        {"ADM1_FR": "Gao", "ADM1_PCODE": "ML07", "ADM0_FR": "Mali", "ADM0_PCODE": "ML"},
        {"ADM1_ES": "Gao", "ADM1_PCODE": "ML07", "ADM0_ES": "Mali", "ADM0_PCODE": "ML"},
        {"admin1Name_fr": "Gao", "admin1Pcode": "ML07", "admin0Name_fr": "Mali", "admin0Pcode": "ML"},
        {"admin1Name": "Gao", "admin1Pcod": "ML07", "admin0Name": "Mali"},
    ],
)
async def test_ocha_s_layers_are_read_in_any_language(said: Mapping[str, object]) -> None:
    log = Imported()

    summary = await taken(log, said)

    place = (await places(log))["gao"].said
    assert (place.kind, place.parent, place.external_ids) == ("province", "mali", {"p_code": "ML07"})
    assert summary.quarantined == []


@pytest.mark.parametrize(("kind", "nothing"), [("Polygon", "[]"), ("MultiPolygon", "[[]]")])
async def test_an_outline_without_a_position_is_none_and_a_later_one_is_taken(kind: str, nothing: str) -> None:
    log = Imported()

    await taken(log, {"NAME_1": "Gao"}, shapes=[{"type": kind, "coordinates": json.loads(nothing)}])
    empty = (await places(log))["gao"].said.geometry
    await taken(log, {"NAME_1": "Gao"})

    outline = (await places(log))["gao"].said.geometry
    assert (empty, outline is None) == (None, False)


async def test_a_country_s_code_where_a_language_s_should_stand_is_read_as_its_language_or_none() -> None:
    log = Imported()

    await taken(log, {"ADM1_EN": "Kharkivska", "ADM1_UA": "Харківська", "ADM1_ZZ": "Kharkiv", "ADM0_EN": "Ukraine"})

    names = (await places(log))["kharkivska"].said.names
    assert {(name.name, name.language) for name in names} == {("Харківська", "uk"), ("Kharkiv", None)}


@pytest.mark.parametrize(
    "said",
    [
        {"NAME_1": "Gao", "VARNAME_1": "NA", "COUNTRY": "Mali", "ISO_1": "ML-7"},
        {"adm1_name": "Gao", "adm1_id": "MLI-20210101-07", "adm0_name": "Mali", "adm0_id": "MLI-20210101"},
    ],
)
async def test_a_code_or_what_stands_for_none_is_no_name(said: Mapping[str, object]) -> None:
    log = Imported()

    await taken(log, said)

    assert (await places(log))["gao"].said.names == ()


@pytest.mark.parametrize("name", [None, "", "1"])
async def test_an_area_without_a_name_is_not_called_as_what_it_lies_in(name: str | None) -> None:
    log = Imported()

    summary = await taken(log, {"ADM2_EN": name, "ADM2_PCODE": "TD0101", "ADM1_EN": "Batha", "ADM0_EN": "Chad"})

    assert [one.reason for one in summary.quarantined] == ["no property names it"]
    assert await places(log) == {}


async def test_each_language_is_a_name_and_english_the_first_one() -> None:
    log = Imported()

    await taken(log, {"ADM2_AR": "الفاشر", "ADM2_FR": "El-Facher", "ADM2_EN": "El Fasher", "ADM1_EN": "North Darfur"})

    place = (await places(log))["el-fasher"].said
    assert {(name.name, name.language) for name in place.names} == {("الفاشر", "ar"), ("El-Facher", "fr")}


async def test_a_country_in_another_language_is_the_one_of_its_code() -> None:
    log = Imported()

    await taken(log, {"ADM1_FR": "Bahr el-Ghazel", "ADM1_PCODE": "TD19", "ADM0_FR": "Tchad", "ADM0_PCODE": "TD"})

    place = (await places(log))["chad"].said
    assert (place.time_zone, [name.name for name in place.names]) == ("Africa/Ndjamena", ["Tchad"])


async def test_an_area_lies_in_the_country_that_it_says_whatever_another_one_codes() -> None:
    log = Imported()

    await taken(log, {"name": "Crimea", "admin": "Russia", "iso_3166_2": "UA-43"})

    found = await places(log)
    assert (found["crimea"].said.parent, set(found)) == ("russia", {"crimea", "russia"})


async def test_areas_that_bear_one_name_lie_in_each_other() -> None:
    log = Imported()
    kassala = {"ADM0_EN": "Sudan", "ADM1_EN": "Kassala", "ADM1_PCODE": "SD11"}

    await taken(log, kassala)
    await taken(log, {**kassala, "ADM2_EN": "Kassala", "ADM2_PCODE": "SD11001"})
    await taken(log, {**kassala, "ADM2_EN": "Kassala", "ADM2_PCODE": "SD11001", "ADM3_EN": "Khatmiya"})

    view = await log.registry()
    assert view.place_ancestors("khatmiya") == ("kassala-kassala", "kassala", "sudan")
    assert [view.places[one].said.kind for one in view.place_ancestors("khatmiya")] == [
        "district",
        "province",
        "country",
    ]


async def test_the_group_of_geoboundaries_is_the_country() -> None:
    log = Imported()

    await taken(log, {"shapeName": "Niger", "shapeISO": "NER", "shapeGroup": "NER", "shapeType": "ADM0"})
    await taken(log, {"shapeName": "Bosso", "shapeISO": "", "shapeGroup": "NER", "shapeType": "ADM2"})

    found = await places(log)
    assert found["niger"].said.external_ids == {"iso_3166_1": "NE"}
    assert (found["bosso"].said.kind, found["bosso"].said.parent) == ("district", "niger")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Chad", {"ISO_A3": "TCD"}),
        ("Chad", {"ADM0_A3": "TCD", "ISO_A3": "-99"}),
        ("Republic of Chad", {"ISO_A2": "TD"}),
    ],
)
async def test_what_bears_a_country_s_code_and_no_level_is_that_country(name: str, code: Mapping[str, object]) -> None:
    log = Imported()
    await taken(log, {"NAME_1": "Lac", "ISO": "TD-LC"})

    await taken(log, {"NAME": name, **code})

    found = await places(log)
    assert set(found) == {"lac", "chad"}
    assert (found["chad"].said.kind, found["chad"].said.geometry is not None) == ("country", True)


async def test_a_point_with_a_country_s_code_lies_in_that_country() -> None:
    log = Imported()

    await taken(log, {"name": "Camp", "iso3": "TCD"}, shapes=[POINT])

    assert (await places(log))["camp"].said.parent == "chad"


async def test_natural_earth_s_populated_places_are_towns_in_their_provinces() -> None:
    log = Imported()
    sudan = {"ADM0NAME": "Sudan", "SOV0NAME": "Sudan", "ADM0_A3": "SDN", "ISO_A2": "SD"}

    await taken(
        log,
        {"FEATURECLA": "Admin-0 capital", "NAME": "Khartoum", "ADM1NAME": "Khartoum", "GEONAMEID": 379253.0, **sudan},
        {"FEATURECLA": "Admin-1 capital", "NAME": "El Fasher", "ADM1NAME": "North Darfur", "GEONAMEID": -1, **sudan},
        {"FEATURECLA": "Populated place", "NAME": "Nyala", **sudan},
        shapes=[{**POINT, "coordinates": [32.5 - east, 15.6]} for east in range(3)],
    )

    found = await places(log)
    told = {name: (found[name].said.kind, found[name].said.parent) for name in ("el-fasher", "nyala", "north-darfur")}
    assert told == {
        "el-fasher": ("city", "north-darfur"),
        "nyala": ("town", "sudan"),
        "north-darfur": ("province", "sudan"),
    }
    [khartoum] = [one.said for one in found.values() if one.said.kind == "city" and one.said.name == "Khartoum"]
    assert khartoum.parent is not None
    assert (found[khartoum.parent].said.name, found[khartoum.parent].said.kind) == ("Khartoum", "province")
    assert (khartoum.external_ids, found["el-fasher"].said.external_ids) == ({"geonames": "379253"}, {})


async def test_features_that_only_their_outlines_tell_apart_are_known_again() -> None:
    log = Imported()
    further = {**AREA, "coordinates": [[[46, 34], [47, 34], [47, 35], [46, 34]]]}

    await taken(log, {"NAME_1": "Dup"}, {"NAME_1": "Dup"}, {"NAME_1": "Other"}, shapes=[AREA, further])
    head = await log.log.head()
    again = await taken(log, {"NAME_1": "Dup"}, {"NAME_1": "Other"}, {"NAME_1": "Dup"}, shapes=[further, further, AREA])

    assert (again.repeated, again.refused, await log.log.head()) == (3, [], head)
    assert {len(one.said.external_ids) for one in (await places(log)).values() if one.said.name == "Dup"} == {1}
    assert (await places(log))["other"].said.external_ids == {}


def test_outlines_that_wait_take_about_as_much_memory_as_their_text() -> None:
    ring = [[round(math.cos(turn / 2000), 9), round(math.sin(turn / 2000), 9)] for turn in range(4000)]
    area = {**AREA, "coordinates": [[*ring, ring[0]]]}
    features = [{"type": "Feature", "properties": {"NAME_1": f"Area {n}"}, "geometry": area} for n in range(20)]
    text = json.dumps({"type": "FeatureCollection", "features": features})

    tracemalloc.start()
    entries = list(geojson_places(lambda: iter([text]), kind=None, parent=None).entries())
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(entries) == 20
    assert held < 2 * len(text)


async def test_rows_are_taken_in_smaller_lots_where_their_outlines_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Imported()
    lots: list[int] = []
    send = log.door.send

    async def counted(commands: Sequence[Command]) -> Sequence[Outcome]:
        lots.append(len(commands))
        return await send(commands)

    monkeypatch.setattr(log.door, "send", counted)
    monkeypatch.setattr(running, "OUTLINES_MOST", 150)

    summary = await taken(log, *({"NAME_1": f"Area {n}"} for n in range(5)))

    assert (summary.recorded, max(lots)) == (5, 2)

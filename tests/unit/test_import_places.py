"""Gazetteers: GeoJSON of several publishers and GeoNames' rows become places, once."""

import json
from collections.abc import Mapping

import msgspec
import pytest

from events import registry_requests as registry
from events.geometry import Polygon
from events.registry import Place
from events.values import Name
from services.imports.bodies import command
from services.imports.entry import FormatError
from services.imports.geojson_places import geojson_places
from services.imports.geonames import geonames
from services.imports.registrar import Registrar
from services.imports.summary import Summary
from services.imports.wanted import WantedParty, WantedPlace
from tests.import_cases import DATA, Imported, ged, lines_of, needs

pytestmark = pytest.mark.anyio

AREA = {"type": "Polygon", "coordinates": [[[36, 34, 100], [37, 34, 100], [37, 35, 100], [36, 34, 100]]]}
TOWN = {
    "geonameid": 170654,
    "name": "Damascus",
    "latitude": 33.5102,
    "longitude": 36.29128,
    "countrycode": "SY",
    "timezone": "Asia/Damascus",
    "alternatenames": ["Dimashq", "دمشق", "Damascus"],
}


async def outlined(log: Imported, *properties: Mapping[str, object], parent: str | None = None) -> Summary:
    features = [{"type": "Feature", "properties": each, "geometry": AREA} for each in properties]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    return await log.take(geojson_places(lambda: iter([text]), kind=None, parent=parent))


async def places(log: Imported) -> Mapping[str, Place]:
    return (await log.registry()).places


async def test_natural_earth_s_provinces_get_their_names_codes_and_outline() -> None:
    log = Imported()

    summary = await outlined(
        log, {"name": "Hims", "name_ar": "حمص", "name_alt": "Homs|Emesa", "iso_3166_2": "SY-HI", "admin": "Syria"}
    )

    assert summary.position == await log.log.head()
    place = (await places(log))["hims"]
    assert (place.said.kind, place.said.parent) == ("province", "syria")
    assert {(name.name, name.language) for name in place.said.names} == {("حمص", "ar"), ("Homs", None), ("Emesa", None)}
    assert place.said.external_ids == {"iso_3166_2": "SY-HI"}
    assert place.said.geometry is not None
    assert place.said.geometry.coordinates == (((36.0, 34.0), (37.0, 34.0), (37.0, 35.0), (36.0, 34.0)),)


async def test_geoboundaries_says_its_level_and_codes() -> None:
    log = Imported()

    await outlined(
        log, {"shapeName": "Ar Rastan", "shapeType": "ADM2", "shapeID": "X1", "shapeGroup": "SYR"}, parent="Syria"
    )

    place = (await places(log))["ar-rastan"]
    assert (place.said.kind, place.said.parent) == ("district", "syria")
    assert place.said.external_ids == {"geoboundaries": "X1"}


async def test_ocha_s_places_lie_in_each_other_as_their_properties_say() -> None:
    log = Imported()

    await outlined(
        log,
        {
            "ADM2_EN": "Ar-Rastan", "ADM2_AR": "الرستن", "ADM2_PCODE": "SY0402",
            "ADM1_EN": "Homs", "ADM1_AR": "حمص", "ADM0_EN": "Syrian Arab Republic",
        },
    )  # fmt: skip

    view = await log.registry()
    assert view.places["ar-rastan"].said.kind == "district"
    assert view.place_ancestors("ar-rastan") == ("homs", "syrian-arab-republic")
    assert view.places["ar-rastan"].said.external_ids == {"p_code": "SY0402"}
    assert [(name.name, name.language) for name in view.places["ar-rastan"].said.names] == [("الرستن", "ar")]


async def test_a_code_that_natural_earth_made_up_is_not_kept_as_iso_s() -> None:
    log = Imported()

    await outlined(log, {"NAME_1": "UNDOF", "ISO": "SY-X01~"}, parent="Syria")

    assert (await places(log))["undof"].said.external_ids == {}


async def test_a_known_place_is_given_what_it_lacks_and_nothing_twice() -> None:
    log = Imported()
    syria = registry.RegisterPlace(id="syria", name="Syria", kind="country")
    homs = registry.RegisterPlace(id="homs-province", name="Homs", kind="province", parent="syria")
    await log.door.send([command(syria), command(homs)])

    first = await outlined(log, {"NAME_1": "Homs", "ISO": "SY-HI"})
    head = await log.log.head()
    again = await outlined(log, {"NAME_1": "Homs", "ISO": "SY-HI"})

    place = (await places(log))["homs-province"]
    assert place.said.geometry is not None
    assert place.said.external_ids == {"iso_3166_2": "SY-HI"}
    assert (first.recorded, again.repeated, await log.log.head()) == (1, 1, head)


async def test_a_name_with_another_in_brackets_is_both() -> None:
    log = Imported()
    await log.take_ged(ged({}))

    await outlined(log, {"NAME_1": "Homs (Hims)", "ISO": "SY-HI"})

    found = await places(log)
    assert found["homs-governorate"].said.geometry is not None
    assert await log.log.places_named(["hims"]) == {"hims": {"homs-governorate"}}


async def test_a_feature_without_a_name_or_a_closed_ring_is_quarantined() -> None:
    log = Imported()
    open_ring = {"type": "Polygon", "coordinates": [[[36, 34], [37, 34], [37, 35], [36, 35]]]}
    features = [
        {"type": "Feature", "properties": {"colour": "red"}, "geometry": AREA},
        {"type": "Feature", "properties": {"name": "Homs"}, "geometry": open_ring},
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})

    summary = await log.take(geojson_places(lambda: iter([text]), kind=None, parent=None))

    assert [one.row for one in summary.quarantined] == [1, 2]
    assert "does not end there" in summary.quarantined[1].reason


async def test_a_row_whose_place_cannot_be_registered_is_refused_with_the_reason() -> None:
    log = Imported()

    summary = await outlined(log, {"name": "ア" * 400, "admin": "Syria"})

    assert (summary.recorded, summary.repeated) == (0, 0)
    [refused] = summary.refused
    assert refused.reason.startswith(f"{'ア' * 400} cannot be registered: ")
    assert "1000 bytes" in refused.reason


@pytest.mark.parametrize("turned", [False, True])
async def test_what_several_rows_say_of_one_place_is_put_together(*, turned: bool) -> None:
    log = Imported()
    outline = Polygon(coordinates=(((36.0, 34.0), (37.0, 34.0), (37.0, 35.0), (36.0, 34.0)),))
    coded = WantedPlace(name="Hims", kind="city", codes=(("geonames", "1"),))
    drawn = WantedPlace(
        name="Him's",
        kind="city",
        names=(Name(name="حمص"),),
        point=(36.71, 34.73),
        outline=msgspec.json.encode(outline),
        time_zone="Asia/Damascus",
    )
    registrar = Registrar(log.door, log.door)

    await registrar.settle((drawn, coded) if turned else (coded, drawn), ())

    [place] = (await places(log)).values()
    assert registrar.names.places == {drawn: place.id, coded: place.id}
    assert {name.name for name in place.names} == {"Hims", "Him's", "حمص"}
    assert (place.said.point, place.said.time_zone) == ((36.71, 34.73), "Asia/Damascus")
    assert (place.said.external_ids, place.said.geometry) == ({"geonames": "1"}, outline)


async def test_of_two_places_of_a_name_the_likelier_is_meant() -> None:
    log = Imported()
    syria = registry.RegisterPlace(id="syria", name="Syria", kind="country")
    homs = registry.RegisterPlace(id="homs", name="Homs", kind="province", parent="syria")
    near = registry.RegisterPlace(id="near", name="Hims", kind="city", parent="homs", point=(36.7, 34.8))
    right_under = registry.RegisterPlace(id="right-under", name="Hims", kind="city", parent="syria")
    await log.door.send([command(body) for body in (syria, homs, near, right_under)])
    country = WantedPlace(name="Syria", kind="country")
    here = WantedPlace(name="Hims", kind="city", parent=country, point=(36.7, 34.9))
    somewhere = WantedPlace(name="Hims", kind="city", parent=country)
    registrar = Registrar(log.door, log.door)

    await registrar.settle((here, somewhere), ())

    assert (registrar.names.places[here], registrar.names.places[somewhere]) == ("near", "right-under")


async def test_of_two_parties_that_would_bear_one_id_the_one_named_first_bears_it() -> None:
    log = Imported()
    named = [WantedParty(name=name, kind="armed_group", register="ucdp") for name in ("The Northern", "the_Northern")]
    found: list[str] = []
    for order in (named, named[::-1]):
        registrar = Registrar(log.door, log.door)
        await registrar.settle((), order)
        found.append(registrar.names.parties[order[0]])
        log = Imported()

    assert found == ["the-northern", "the-northern"]


async def test_places_that_a_dataset_numbers_or_codes_apart_are_not_put_together() -> None:
    log = Imported()
    wanted = [
        WantedPlace(name="Hims", kind="city"),
        WantedPlace(name="Hims", kind="city", number=2),
        WantedPlace(name="Homs", kind="city", codes=(("geonames", "1"),)),
        WantedPlace(name="Homs", kind="city", codes=(("geonames", "2"),)),
    ]

    await Registrar(log.door, log.door).settle(wanted, ())

    assert len(await places(log)) == 4


async def test_what_is_no_collection_of_features_is_none_of_this_format() -> None:
    with pytest.raises(FormatError):
        await Imported().take(geojson_places(lambda: iter(["id,name\n"]), kind=None, parent=None))


async def test_a_town_of_geonames_is_found_by_each_of_its_names() -> None:
    log = Imported()

    await log.take(geonames(lambda: iter([json.dumps(TOWN)])))

    place = (await places(log))["damascus"]
    assert (place.said.kind, place.said.parent, place.said.time_zone) == ("town", "syria", "Asia/Damascus")
    assert (place.said.point, place.said.external_ids) == ((36.29128, 33.5102), {"geonames": "170654"})
    assert await log.log.places_named(["دمشق"]) == {"دمشق": {"damascus"}}


async def test_geonames_own_table_is_read_too() -> None:
    cells = [
        "1",
        "Şuşa",
        "Susa",
        "Shusha,Шуша",
        "39.76",
        "46.75",
        "P",
        "PPLA2",
        "AZ",
        "",
        "",
        "",
        "",
        "",
        "0",
        "",
        "",
        "Asia/Baku",
        "",
    ]

    log = Imported()
    summary = await log.take(geonames(lambda: iter(["\t".join(cells) + "\n", "too\tfew\n"])))

    assert (await places(log))["susa"].said.parent == "azerbaijan"
    assert [one.row for one in summary.quarantined] == [2]


@needs("naturalearth_adm1_azerbaijan.geojson")
async def test_the_real_outlines_are_taken_once() -> None:
    log = Imported()
    files = [DATA / f"naturalearth_adm1_{country}.geojson" for country in ("azerbaijan", "syria", "armenia")]

    taken = [await log.take(geojson_places(lines_of(file), kind=None, parent=None)) for file in files]
    head = await log.log.head()
    again = [await log.take(geojson_places(lines_of(file), kind=None, parent=None)) for file in files]

    assert [(one.recorded, one.refused, one.quarantined) for one in taken] == [(78, [], []), (15, [], []), (11, [], [])]
    assert (await log.log.head(), [one.recorded for one in again]) == (head, [0, 0, 0])
    assert {one.said.parent for one in (await places(log)).values() if one.said.kind == "province"} >= {
        "azerbaijan",
        "syria",
    }


@needs("geonames_cities500_az_am_sy_il_lb.jsonl")
async def test_the_real_towns_are_taken_once() -> None:
    log = Imported()
    towns = lines_of(DATA / "geonames_cities500_az_am_sy_il_lb.jsonl")

    taken = await log.take(geonames(towns))
    head = await log.log.head()
    again = await log.take(geonames(towns))

    assert (taken.rows, taken.refused, taken.quarantined) == (1954, [], [])
    assert (await log.log.head(), again.recorded) == (head, 0)

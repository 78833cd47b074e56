"""Countries under the names that each dataset gives them: one place each, with ISO's code and its time zone."""

import json
from collections.abc import Sequence

import pytest

from events.names import fold
from events.registry import Place
from events.times import zone_named
from services.imports import running
from services.imports.acled import Acled
from services.imports.countries import alpha_2, code_of_country, country_named, names_of_country, zone_of_country
from services.imports.geonames import geonames
from services.imports.registrar import Registrar
from services.imports.wanted import WantedPlace
from tests.import_cases import Imported, as_csv, ged
from tests.unit.test_import_acled import ROW

pytestmark = pytest.mark.anyio

UCDP = {
    "Bosnia-Herzegovina": "BA", "Cambodia (Kampuchea)": "KH", "Central African Republic": "CF", "Congo": "CG",
    "DR Congo (Zaire)": "CD", "Ivory Coast": "CI", "Kingdom of eSwatini (Swaziland)": "SZ", "Macedonia, FYR": "MK",
    "Madagascar (Malagasy)": "MG", "Myanmar (Burma)": "MM", "North Korea": "KP", "Russia (Soviet Union)": "RU",
    "Serbia (Yugoslavia)": "RS", "South Korea": "KR", "Swaziland": "SZ", "Trinidad and Tobago": "TT",
    "United Kingdom": "GB", "United States of America": "US", "Vietnam (North Vietnam)": "VN",
    "Yemen (North Yemen)": "YE", "Zimbabwe (Rhodesia)": "ZW",
}  # fmt: skip
ACLED = {
    "Bosnia and Herzegovina": "BA", "Democratic Republic of Congo": "CD", "Republic of Congo": "CG", "eSwatini": "SZ",
    "Kosovo": "XK", "Myanmar": "MM", "North Macedonia": "MK", "Palestine": "PS", "Yemen": "YE", "Timor-Leste": "TL",
}  # fmt: skip


async def settled(log: Imported, wanted: Sequence[WantedPlace]) -> list[str | None]:
    registrar = Registrar(log.door, log.door)
    await registrar.settle(wanted, ())
    return [registrar.names.places[one] for one in wanted]


async def places(log: Imported) -> dict[str, Place]:
    return dict((await log.registry()).places)


@pytest.mark.parametrize(("name", "code"), [*UCDP.items(), *ACLED.items()])
def test_each_name_that_a_dataset_writes_is_known(name: str, code: str) -> None:
    assert code_of_country(name) == code


@pytest.mark.parametrize(
    ("given", "code"), [("XKX", "XK"), ("xkx", "XK"), ("KOS", "XK"), ("PSX", "PS"), ("UKR", "UA"), ("XZZ", None)]
)
def test_codes_that_publishers_made_for_themselves_are_known_beside_iso_s(given: str, code: str | None) -> None:
    assert alpha_2(given) == code


def test_no_name_is_of_two_countries() -> None:
    codes = [f"{a}{b}" for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    named = {code: {fold(name) for name in names_of_country(code)} for code in codes if country_named(code)}

    assert len({name for names in named.values() for name in names}) == sum(map(len, named.values()))


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("UA", "Europe/Kyiv"), ("PS", "Asia/Hebron"), ("CN", "Asia/Shanghai"), ("AR", "America/Argentina/Buenos_Aires"),
        ("CL", "America/Santiago"), ("CD", None), ("ID", None), ("KZ", None), ("MX", None), ("RU", None), ("US", None),
    ],
)  # fmt: skip
def test_a_country_has_the_zone_that_nearly_all_live_by_and_none_where_there_are_several(
    code: str, zone: str | None
) -> None:
    assert zone_of_country(code) == zone


def test_each_zone_of_a_country_is_known() -> None:
    codes = [f"{a}{b}" for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    zones = {zone for code in codes if (zone := zone_of_country(code)) is not None}

    assert {zone_named(zone).key for zone in zones} == zones


@pytest.mark.parametrize("chunk", [1, 1000])
async def test_a_country_that_a_newer_release_names_anew_is_the_same(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", chunk)
    log = Imported()
    areas = {"adm_1": "", "adm_2": "", "where_coordinates": "", "country_id": "678"}
    names = ("Yemen (North Yemen)", "Yemen", "Republic of Yemen")
    rows = [{**areas, "id": str(number), "country": name} for number, name in enumerate(names)]

    await log.take_ged(ged(*rows))

    [place] = (await places(log)).values()
    assert place.id == "yemen-north-yemen"
    assert place.said.external_ids == {"gwno": "678", "iso_3166_1": "YE"}
    assert place.said.time_zone == "Asia/Aden"


async def test_datasets_that_name_a_country_each_in_its_way_tell_of_one() -> None:
    log = Imported()
    bunia = {"geonameid": 1, "name": "Bunia", "latitude": 1.5, "longitude": 30.2, "countrycode": "CD"}

    await log.take_ged(ged({"country": "DR Congo (Zaire)", "country_id": "490", "adm_1": "", "adm_2": ""}))
    await log.take(Acled(as_csv([{**ROW, "country": "Democratic Republic of Congo", "admin1": ""}]), "2020-12-05"))
    await log.take(geonames(lambda: iter([json.dumps(bunia)])))

    found = await places(log)
    assert {place.said.parent for place in found.values()} == {None, "dr-congo-zaire"}


async def test_a_country_that_was_known_before_under_one_of_its_names_is_found() -> None:
    log = Imported()
    unknown = WantedPlace(name="Yemen (North Yemen)", kind="country", codes=(("gwno", "678"),))
    await settled(log, [unknown])

    found = await settled(log, [WantedPlace(name="Yemen", kind="country")])

    assert found == ["yemen-north-yemen"]
    assert await log.log.places_named(["yemen"]) == {"yemen": {"yemen-north-yemen"}}

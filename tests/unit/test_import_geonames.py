"""GeoNames' rows as others pass them on: through a dataframe, and newer than the time zones that are installed."""

import json

import pytest

from services.imports.geonames import geonames
from tests.import_cases import Imported

pytestmark = pytest.mark.anyio


async def test_a_row_that_went_through_a_dataframe_and_bears_an_unknown_time_zone_is_read() -> None:
    log = Imported()
    town = {
        "geonameid": 32.0,
        "name": "Damascus",
        "latitude": 33.5102,
        "longitude": 36.29128,
        "countrycode": "SY",
        "timezone": "Mars/Olympus",
        "alternatenames": [None, "Dimashq"],
    }

    summary = await log.take(geonames(lambda: iter([json.dumps(town)])))

    place = (await log.registry()).places["damascus"].said
    assert (place.external_ids, place.time_zone, summary.recorded) == ({"geonames": "32"}, "Asia/Damascus", 1)
    assert [name.name for name in place.names] == ["Dimashq"]

"""Parties that a dataset names: each is the one of its code, whatever a row calls it."""

import pytest

from services.imports import running
from tests.import_cases import Imported, ged

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("chunk", [1, 1000])
async def test_a_side_that_is_named_anew_is_the_party_of_its_code(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", chunk)
    renamed = {"side_b": "Insurgents of Syria"}
    newer = ged({"best": "7"} | renamed, {"id": "1"} | renamed)
    log = Imported()
    await log.take_ged(ged({}), "23.1", "2023-06-08")
    await log.take_ged(newer, "24.1", "2024-06-06", complete=False)
    head = await log.log.head()

    again = await log.take_ged(newer, "24.1", "2024-06-06", complete=False)

    parties = {one.reported.parties[1].party for one in (await log.occurrences()).values()}
    assert parties == {"syrian-insurgents"}
    assert (again.repeated, await log.log.head()) == (2, head)


@pytest.mark.parametrize("chunk", [1, 1000])
async def test_a_new_side_under_two_names_is_one_party(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", chunk)
    log = Imported()

    summary = await log.take_ged(ged({"id": "1"}, {"id": "2", "side_b": "Insurgents of Syria"}))

    assert (summary.recorded, summary.parties) == (2, 2)
    assert {one.reported.parties[1].party for one in (await log.occurrences()).values()} == {"syrian-insurgents"}

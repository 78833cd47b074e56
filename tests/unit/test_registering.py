"""What registering and amending come to."""

import pytest

from events import registry_requests as registry
from events.refusals import FaultyError
from events.registry import Place
from tests.reporter import Reporter

pytestmark = pytest.mark.anyio


@pytest.fixture
async def reporter() -> Reporter:
    made = Reporter()
    await made.register_november()
    return made


async def test_a_place_has_its_parents_zone_unless_it_brings_its_own(reporter: Reporter) -> None:
    place = await reporter.registered("place-kalbajar")
    assert isinstance(place, Place)
    assert place.said.time_zone == "Asia/Baku"


async def test_an_id_is_made_from_the_name_and_kept_apart_from_others(reporter: Reporter) -> None:
    party = {"name": "Armée du Nord", "kind": "armed_group"}
    first = await reporter.send(registry.RegisterParty, party)
    second = await reporter.send(registry.RegisterParty, {**party, "acled_inter": 2})
    again = await reporter.send(registry.RegisterParty, party)
    assert (first.id, second.id, again.id) == ("armee-du-nord", "armee-du-nord-2", "armee-du-nord")


async def test_a_place_cannot_come_to_lie_in_itself(reporter: Reporter) -> None:
    with pytest.raises(FaultyError, match="circle"):
        await reporter.send(registry.AmendPlace, {"parent": "kalbajar"}, "azerbaijan")
    with pytest.raises(FaultyError, match="circle"):
        await reporter.send(registry.AmendPlace, {"within": "kalbajar"}, "kalbajar")


async def test_amending_adds_names_and_replaces_the_rest(reporter: Reporter) -> None:
    names = [{"name": "Кельбаджар", "language": "ru"}]
    await reporter.send(registry.AmendPlace, {"names": names, "point": [46.0, 40.1]}, "kalbajar")
    place = await reporter.registered("place-kalbajar")
    assert isinstance(place, Place)
    assert [name.name for name in place.names] == ["Kəlbəcər", "Kalbajar", "Кельбаджар"]
    assert place.said.point == (46.0, 40.1)
    assert await reporter.log.places_named(["кельбаджар"]) == {"кельбаджар": frozenset({"kalbajar"})}

"""The worked example's answers, whatever the order of arrival, and however often it is told."""

from typing import Any, cast

import pytest

from services.demo.commands import commands
from services.demo.load import load
from services.demo.order import shuffled
from tests.e2e.closing_table import assert_closing_table, assert_corrections
from tests.e2e.instance import Service, served
from tests.e2e.loading import assert_taken_once, resend
from tests.servers import new_database

COMMANDS = commands()
SEEDS = [seed if seed < 1 else pytest.param(seed, marks=pytest.mark.long) for seed in range(20)]
ASKED = (
    "/v1/control-map?as_of=2020-11-24",
    "/v1/control-map?as_of=2020-12-02",
    "/v1/control-map/kalbajar/history",
    "/v1/transfers?as_of=2020-12-02&known_at=2020-11-30",
    "/v1/casualties?group_by=affected_party,status,claimant,place,day&level=district",
    "/v1/casualties?group_by=occurrence&known_at=2020-11-24",
    "/v1/strikes/window?attacker=israel&window=P30D&as_of=2020-11-30&responsibility=acknowledged,attributed,suspected",
    "/v1/claimants",
    "/v1/places/unresolved",
)


@pytest.fixture(scope="module")
def as_filed(postgres_url: str, migrated_template: str, redis_server_url: str) -> dict[str, object]:
    """Give the answers once all is told in the files' own order."""
    with (
        new_database(postgres_url, migrated_template) as database_url,
        served(database_url, redis_server_url) as [service],
    ):
        assert load(service.client).position == len(COMMANDS)
        assert_closing_table(service.client, len(COMMANDS))
        return answers_of(service)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_any_order_the_answers_are_the_same_and_told_twice_nothing_is_appended(
    as_filed: dict[str, object], database_url: str, redis_url: str, seed: int
) -> None:
    # From the end of the files, so that as much as possible comes later than it stands there.
    order = shuffled(COMMANDS[::-1], seed)
    with served(database_url, redis_url) as [service]:
        answers = resend(service, order)
        assert {answer.status_code for answer in answers.values()} == {200, 201}
        assert_taken_once(service, order, answers)
        assert_closing_table(service.client, len(order))
        assert answers_of(service) == as_filed

        assert load(service.client).position == len(order)
        assert service.head() == len(order)
        assert_closing_table(service.client, len(order))
        assert_corrections(service.client)


def answers_of(service: Service) -> dict[str, object]:
    """Give what is answered, but for where it stands in the log."""
    return {path: _told(service.client.get(path).raise_for_status().json()) for path in ASKED}


def _told(value: object) -> object:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {name: _told(member) for name, member in members if name not in {"position", "positions"}}
    if isinstance(value, list):
        return [_told(item) for item in cast("list[Any]", value)]
    return value

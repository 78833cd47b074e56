"""The claims of November 2020: imported, with what the report of 25 November adds, they answer as the demo does."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.demo.commands import Command, commands
from services.demo.questions import Facts, questions
from services.ids import RandomIds
from services.imports.claims_file import ClaimsFile, november
from services.imports.log_sink import LogSink
from services.imports.registrar import Registrar
from services.imports.running import run
from services.imports.summary import Summary
from services.wiring import open_log
from tests.api_client import NO_REDIS, ApiClient, client, settings_for
from tests.import_cases import DATA, lines_of, needs
from tests.servers import new_database

CLAIMS = "nov2020_claims.csv"
REGISTRIES = ("/v1/parties", "/v1/places", "/v1/sources", "/v1/reports")
DIGEST = "digest-2020-11-25"

pytestmark = [pytest.mark.anyio, needs(CLAIMS)]


def told_by_the_claims(command: Command) -> bool:
    return str(command.body.get("locator", "")).startswith("claims file")


# What the report of 25 November adds about the strikes: where that of the 18th fell, and whose that of the 25th was.
OF_THE_REPORT: Sequence[tuple[str, Mapping[str, Any]]] = (
    (
        "/v1/occurrences/strike-2020-11-18/amendments",
        {
            "reason": "the report names all areas",
            "published_at": "2020-11-25",
            "changes": {
                "places": [
                    {"place": "rif-dimashq", "role": "target", "precision": "province"},
                    {"place": "quneitra", "role": "target", "precision": "province"},
                    {"place": "damascus-international-airport", "role": "target"},
                    {"place": "golan-heights", "role": "origin", "precision": "near"},
                ]
            },
        },
    ),
    (
        "/v1/occurrences/strike-2020-11-25/claims",
        {
            "id": "by-israel",
            "kind": "responsibility",
            "claimant": "source:november-digest",
            "report": DIGEST,
            "party": "israel",
            "degree": "attributed",
        },
    ),
)


async def answers(api: ApiClient) -> dict[str, list[Facts]]:
    await api.fold()
    found: dict[str, list[Facts]] = {}
    for question in questions():
        answer = await api.get(question.path, None, **question.asked)
        assert answer.status_code == 200, answer.text
        found[f"{question.section}: {question.text}"] = question.read(answer.content)
    return found


async def imported(database_url: str) -> Summary:
    async with open_log(database_url) as log:
        door = LogSink(log, RandomIds())
        importing = ClaimsFile(lines_of(DATA / CLAIMS), november())
        return await run(importing, door, Registrar(door, door), Summary("claims"))


async def test_the_claims_and_the_report_answer_as_the_demo_does(
    postgres_url: str, migrated_template: str, database_url: str
) -> None:
    everything = commands()
    with new_database(postgres_url, migrated_template) as demo_url:
        async with client(settings_for(demo_url, NO_REDIS, rate_limit=100_000)) as api:
            await api.record((one.path, one.body) for one in everything)
            expected = await answers(api)

    async with client(settings_for(database_url, NO_REDIS, rate_limit=100_000)) as api:
        await api.record((one.path, one.body) for one in everything if one.path in REGISTRIES)
        summary = await imported(database_url)
        rest = [one for one in everything if one.path not in REGISTRIES and not told_by_the_claims(one)]
        await api.record((one.path, one.body) for one in rest)
        await api.record(OF_THE_REPORT)
        found = await answers(api)
    again = await imported(database_url)

    assert (summary.rows, summary.recorded, summary.refused, summary.quarantined) == (25, 25, [], [])
    assert found == expected
    assert again.repeated == 25

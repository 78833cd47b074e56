"""`conflictlog parked` as it is typed, and how the service says that streams are parked."""

import asyncio
import json

import psycopg
import pytest
from click.testing import CliRunner, Result

from events.codec import READERS
from services.cli import main
from tests.api_client import NO_REDIS, ApiClient, client, settings_for
from tests.parking_cases import poison
from tests.projected import parts

STREAM = "place-kalbajar"


def conflictlog(*arguments: str, url: str) -> Result:
    names = ("CONFLICTLOG_DATA", "CONFLICTLOG_URL", "CONFLICTLOG_KEY")
    return CliRunner().invoke(
        main, arguments, env={**dict.fromkeys(names), "DATABASE_URL": url}, prog_name="conflictlog"
    )


def parked(*arguments: str, url: str) -> Result:
    return conflictlog("parked", *arguments, url=url)


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch, database_url: str) -> pytest.MonkeyPatch:
    """Be a release that does not know how places are amended, whose worker met such an event; undo it to upgrade."""
    monkeypatch.delitem(READERS, ("place.amended", 1))
    asyncio.run(_told(database_url))
    return monkeypatch


async def _told(database_url: str) -> None:
    async with client(settings_for(database_url, NO_REDIS)) as api:
        await api.register_november()
        answer = await api.patch(f"/v1/places/{STREAM.removeprefix('place-')}", {"names": [{"name": "Karvachar"}]})
        assert answer.status_code == 200, answer.text
        await api.fold()


def test_what_is_parked_is_listed_tried_again_and_recorded(older: pytest.MonkeyPatch, database_url: str) -> None:
    done = parked("list", url=database_url)
    assert done.exit_code == 0, done.output
    assert STREAM in done.output
    [one] = json.loads(parked("list", "--json", url=database_url).stdout)["parked"]
    assert (one["stream"], one["projection"], one["position"], one["waiting"]) == (STREAM, "registry", 9, 1)
    assert "place.amended version 1 is unknown here" in one["reason"]

    done = parked("retry", STREAM, "--reason", "perhaps", "--by", "ada", "--json", url=database_url)
    assert (done.exit_code, json.loads(done.stdout)) == (1, [{"stream": STREAM, "outcome": "still_parked"}])
    done = parked("skip", STREAM, "--reason", "until the upgrade", "--by", "ada", url=database_url)
    assert (done.exit_code, done.stdout) == (0, f"{STREAM}: skipped\n")
    done = parked("retry", "--all", "--reason", "nothing is left", url=database_url)
    assert (done.exit_code, done.stdout) == (0, "nothing is parked\n")
    older.undo()
    done = parked("retry", STREAM, "--reason", "upgraded", "--by", "bob", url=database_url)
    assert (done.exit_code, done.stdout) == (0, f"{STREAM}: folded\n")

    found = json.loads(parked("list", "--json", url=database_url).stdout)
    assert found["parked"] == []
    assert [(one["act"], one["decided_by"], one["reason"], one["outcome"]) for one in found["decisions"]] == [
        ("retry", "ada", "perhaps", "still_parked"),
        ("skip", "ada", "until the upgrade", "skipped"),
        ("retry", "bob", "upgraded", "folded"),
    ]
    assert all(one["decided_at"] and one["projections"] == ["registry"] for one in found["decisions"])


@pytest.mark.usefixtures("older")
def test_a_stream_that_waits_for_a_rebuild_holds_up_no_other(database_url: str) -> None:
    asyncio.run(_poisoned(database_url))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE progress.checkpoint SET version = version - 1 WHERE projection = 'registry'")

    done = parked("retry", "--all", "--reason", "upgraded", url=database_url)

    assert (done.exit_code, done.stdout) == (1, f"{STREAM}: still parked\noccurrence-later: still parked\n")
    done = parked("retry", STREAM, "--reason", "upgraded", url=database_url)
    assert (done.exit_code, "not parked for any projection that this release folds" in done.stderr) == (1, True)


async def _poisoned(url: str) -> None:
    async with parts(url) as held:
        await poison(held.log, "occurrence-later")
        await held.runner().drain()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["retry", STREAM], "--reason"),
        (["retry", "--reason", "why not"], "name the streams, or give --all"),
        (["skip", STREAM, "--all", "--reason", "why not"], "name the streams, or give --all"),
        (["skip", STREAM, "--reason", " "], "must say something"),
        (["retry", STREAM, "--reason", "\u00e9" * 5_001], "--reason is longer than 10000 bytes"),
        (["skip", STREAM, "--reason", "why not", "--by", "a" * 1_001], "--by is longer than 1000 bytes"),
        (["retry", STREAM, "--reason", "caf\udce9"], "what was given is not UTF-8"),
        (["skip", "place-lachin", "--reason", "why not"], "not parked: place-lachin"),
    ],
)
def test_what_cannot_be_settled_is_refused_and_leaves_no_trace(
    older: pytest.MonkeyPatch, database_url: str, arguments: list[str], why: str
) -> None:
    assert older is not None
    before = parked("list", "--json", url=database_url).stdout
    done = parked(*arguments, url=database_url)
    assert (done.exit_code, why in done.stderr) == (2, True), done.output
    assert parked("list", "--json", url=database_url).stdout == before


def test_the_service_says_so_and_answers_as_if_nothing_had_been_once_it_is_over(
    older: pytest.MonkeyPatch, database_url: str
) -> None:
    asyncio.run(_served(older, database_url))


async def _served(older: pytest.MonkeyPatch, database_url: str) -> None:
    async with client(settings_for(database_url, NO_REDIS)) as api:
        before = await api.get("/v1/places?min_position=9")
        assert before.json()["parked_streams"] == 1
        assert "Karvachar" not in before.text
        assert (await _states(api))["registry"] == ("parked", 1)
        [registry] = [one for one in (await api.get("/v1/projections")).json()["items"] if one["name"] == "registry"]
        assert (registry["parked"], registry["skipped"], registry["lag_events"]) == (1, 0, 0)
        # Whoever cannot read the stream says so, and decides nothing about it.
        refused = await api.patch("/v1/places/kalbajar", {"names": [{"name": "Kelbajar"}]})
        assert (refused.status_code, refused.json()["type"].partition("#")[2]) == (503, "newer-event")

        older.undo()
        done = await asyncio.to_thread(parked, "retry", STREAM, "--reason", "upgraded", url=database_url)
        assert done.exit_code == 0, done.output
        after = await api.get("/v1/places")
        assert "parked_streams" not in after.json()
        assert after.headers["etag"] != before.headers["etag"]
        assert "Karvachar" in after.text
        found = await api.get("/v1/places/resolve?name=Karvachar")
        assert [one["id"] for one in found.json()["places"]] == ["kalbajar"]
        assert (await _states(api))["registry"] == ("ok", None)


async def _states(api: ApiClient) -> dict[str, tuple[str, int | None]]:
    found = (await api.get("/health/ready")).json()["projections"]
    return {name: (part["status"], part.get("parked")) for name, part in found.items()}

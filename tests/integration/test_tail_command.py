"""`conflictlog tail`: the log in lines, from where it is asked for."""

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest
from click.testing import CliRunner

from services.cli.commands import main
from services.cli.tail import lines_of
from tests.api_client import EXPLOSION, ApiClient, client, settings_for

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(database_url: str, redis_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, redis_url)) as made:
        await made.register_november()
        await made.record([("/v1/occurrences", EXPLOSION)])
        yield made


async def _tail(database_url: str, *arguments: str) -> list[str]:
    environment = {"DATABASE_URL": database_url}
    ran = await asyncio.to_thread(CliRunner().invoke, main, ["tail", "--no-follow", *arguments], env=environment)
    assert ran.exit_code == 0, ran.output
    return ran.output.splitlines()


async def test_each_event_is_a_line_as_the_interface_gives_it(api: ApiClient) -> None:
    listed = (await api.get("/v1/log")).json()["items"]

    assert [json.loads(line) for line in await _tail(api.database_url, "--json", "--after", "0")] == listed
    assert [json.loads(line) for line in await _tail(api.database_url, "--json", "-n", "2")] == listed[-2:]
    assert await _tail(api.database_url, "--after", str(len(listed))) == []


async def test_people_see_the_position_the_type_and_the_stream(api: ApiClient) -> None:
    [line] = await _tail(api.database_url, "-n", "2", "--type", "claim.made", "--stream", "occurrence-mine")
    position, _, tag, stream = line.split()
    assert int(position) == len((await api.get("/v1/log")).json()["items"])
    assert (tag, stream) == ("claim.made", "occurrence-mine")


async def test_a_type_that_no_event_has_is_refused(api: ApiClient) -> None:
    ran = CliRunner().invoke(main, ["tail", "--type", "claim.told"], env={"DATABASE_URL": api.database_url})
    assert ran.exit_code == 2
    assert "claim.told" in ran.output


def test_only_a_line_feed_ends_a_line() -> None:
    parts = ["data: a\u2028b\u0085".encode(), b"c\n", b"\ndata: d", b"\n"]
    assert list(lines_of(iter(parts))) == ["data: a\u2028b\u0085c".encode(), b"", b"data: d"]

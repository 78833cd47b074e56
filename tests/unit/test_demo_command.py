"""`conflictlog demo` where the API does not take the set, and when `up` takes everything for ready."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import httpx
import pytest
from click.testing import CliRunner

from services.cli import demo, main
from services.cli.running import Up, Where, at_head
from services.embedded.instance import Running


def refuse(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(422, json={"title": "The Idempotency-Key was used for another request"})


@contextmanager
def brought_up(_where: Where, _say: Callable[[str], None]) -> Generator[Up]:
    with httpx.Client(transport=httpx.MockTransport(refuse), base_url="http://played") as client:
        yield Up(cast("Running", None), client)


def test_a_set_that_is_not_taken_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(demo, "brought_up", brought_up)
    result = CliRunner().invoke(main, ["demo", "--once", "--data", str(tmp_path)])
    assert result.exit_code == 1
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("conflictlog: the set was not taken; where another one was loaded, choose a new --data: ")
    assert "422" in line


@pytest.mark.parametrize(
    ("state", "ready"), [("live", False), ("stopped", False), ("former", True), ("building", True), ("trial", True)]
)
def test_only_what_is_read_has_to_be_at_the_head(state: str, *, ready: bool) -> None:
    items = [{"lag_events": 0, "state": "live"}, {"lag_events": 19, "state": state}]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"items": items}))
    with httpx.Client(transport=transport, base_url="http://played") as client:
        assert at_head(client) is ready

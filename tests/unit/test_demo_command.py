"""`conflictlog demo` where the API does not take the set."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import httpx
import pytest
from click.testing import CliRunner

from services.cli import demo, main
from services.cli.running import Up, Where
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

"""The worked example's answers after the product's own processes were killed in the middle of loading it."""

from pathlib import Path

import pytest

from services.demo.commands import commands
from tests.e2e.closing_table import assert_closing_table, assert_corrections
from tests.e2e.instance import embedded
from tests.e2e.loading import assert_taken_once, load_at_once

pytestmark = pytest.mark.long

COMMANDS = commands()


@pytest.mark.parametrize("name", ["worker-follow", "api"])
def test_a_process_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing(tmp_path: Path, name: str) -> None:
    with embedded(tmp_path) as run:
        killed: list[int] = []

        def kill() -> None:
            killed.append(run.end(name).pid)

        def back() -> None:
            run.process(name)

        # Between two deaths it is given the time to be at work again.
        answers = load_at_once(run.service, COMMANDS, {30: kill, 60: back, 65: kill, 95: back, 100: kill})
        assert len(set(killed)) == 3
        assert_taken_once(run.service, COMMANDS, answers)
        assert_closing_table(run.service.client, len(COMMANDS))
        assert_corrections(run.service.client)

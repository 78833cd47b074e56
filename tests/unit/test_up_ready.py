"""When `conflictlog up` says that it is ready: what is read is at the head, whatever else the database keeps."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from projections.catalogue import CATALOGUE
from services.cli.running import at_head

STRIKES = CATALOGUE.named("strikes")


def generation(state: str, lag_events: int, version: int = STRIKES.version) -> dict[str, Any]:
    return {"name": STRIKES.name, "version": version, "state": state, "lag_events": lag_events}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([generation("live", 0)], True),
        ([generation("live", 1)], False),
        ([generation("stopped", 1)], False),
        # What is kept to go back to stands still, and what was cut short goes on only once all runs.
        ([generation("live", 0), generation("former", 9), generation("building", 9), generation("trial", 9)], True),
        # What other code folded is folded on by nobody: a worker that starts later builds it anew.
        ([generation("live", 9, STRIKES.version - 1)], True),
    ],
)
def test_it_waits_for_what_is_read_and_moves_and_for_nothing_else(
    items: Sequence[dict[str, Any]], *, expected: bool
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": items} if request.url.path == "/v1/projections" else {})

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://played") as client:
        assert at_head(client) is expected

"""What Prometheus is told."""

from collections.abc import AsyncGenerator

import pytest

from services.api.metrics import Metric, exposition
from tests.api_client import NO_REDIS, ApiClient, client, settings_for

pytestmark = pytest.mark.anyio


@pytest.fixture
async def nobody(database_url: str) -> AsyncGenerator[ApiClient]:
    async with client(settings_for(database_url, NO_REDIS)) as api:
        await api.record([("/v1/sources", {"id": "s", "name": "S", "kind": "ngo"})])
        await api.fold()
        await api.record([("/v1/sources", {"id": "t", "name": "T", "kind": "ngo"})])
        api.headers = {}
        yield api


async def test_prometheus_is_told_how_far_everything_is_without_a_key(nobody: ApiClient) -> None:
    answer = await nobody.get("/metrics")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    values = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert values['conflictlog_up{part="postgres"}'] == "1"
    assert values['conflictlog_up{part="redis"}'] == "0"
    assert "conflictlog_rebuilds_waiting" not in values
    assert values["conflictlog_head_position"] == "2"
    assert values['conflictlog_projection_position{projection="casualties"}'] == "1"
    assert values['conflictlog_projection_lag_events{projection="casualties"}'] == "1"
    assert float(values['conflictlog_projection_lag_seconds{projection="casualties"}']) >= 0


def test_a_label_is_escaped_and_a_family_without_values_left_out() -> None:
    some = Metric("a", "What it is.", [({"name": 'x"\\\n'}, 12345678901.0)])
    assert exposition([some, Metric("b", "Nothing.", ())]).decode().splitlines() == [
        "# HELP a What it is.",
        "# TYPE a gauge",
        'a{name="x\\"\\\\\\n"} 12345678901',
    ]

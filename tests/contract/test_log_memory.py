"""MemoryLog keeps the promises of the log."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from events.log import EventLog
from events.log_memory import MemoryLog
from tests.contract.event_log import EventLogContract
from tests.events_said import append

NOVEMBER = datetime(2020, 11, 25, 12, tzinfo=UTC)


@pytest.mark.anyio
class TestMemoryLog(EventLogContract):
    @pytest.fixture
    def log(self) -> EventLog:
        return MemoryLog(lambda: NOVEMBER)

    async def test_a_clock_that_goes_back_takes_recorded_at_nowhere(self) -> None:
        moments = iter([NOVEMBER, NOVEMBER - timedelta(hours=1), NOVEMBER + timedelta(hours=1)])
        log = MemoryLog(lambda: next(moments).astimezone(timezone(timedelta(hours=4))))
        for nth in range(3):
            await log.append(append(f"occurrence-{nth}"))
        recorded = [event.recorded_at for event in await log.read()]
        assert recorded == [NOVEMBER, NOVEMBER, NOVEMBER + timedelta(hours=1)]

"""PostgresLog keeps the promises of the log."""

from collections.abc import AsyncIterator

import pytest

from events.log import EventLog
from services.wiring import open_log
from tests.contract.event_log import EventLogContract


@pytest.mark.anyio
class TestPostgresLog(EventLogContract):
    @pytest.fixture
    async def log(self, database_url: str) -> AsyncIterator[EventLog]:
        async with open_log(database_url) as log:
            yield log

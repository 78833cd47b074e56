"""PostgresLog keeps the promises of the log, whichever of its statements a batch goes through."""

from collections.abc import AsyncIterator

import pytest

from events import append_postgres
from events.log import EventLog
from services.wiring import open_log
from tests.contract.event_log import EventLogContract


async def gives_up(*_: object) -> None:
    """Leave a batch to the next way of appending it."""


@pytest.mark.anyio
@pytest.mark.parametrize("ways", [(), ("_append_batch",), ("_append_batch", "_append_sifted")], ids=len)
class TestPostgresLog(EventLogContract):
    @pytest.fixture
    async def log(
        self, database_url: str, ways: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[EventLog]:
        for way in ways:
            monkeypatch.setattr(append_postgres, way, gives_up)
        async with open_log(database_url) as log:
            yield log

"""PostgresLog keeps the promises of the log, whichever of its statements a batch goes through."""

from collections.abc import AsyncIterator

import pytest

from events import append_postgres
from events.log import EventLog
from services.wiring import open_log
from tests.contract.event_log import EventLogContract


async def gives_up(*_: object) -> None:
    """Leave every batch to be checked under the lock."""


@pytest.mark.anyio
@pytest.mark.parametrize("left_out", [(), ("_append_batch",)], ids=["as it comes", "checked"])
class TestPostgresLog(EventLogContract):
    @pytest.fixture
    async def log(
        self, database_url: str, left_out: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[EventLog]:
        for way in left_out:
            monkeypatch.setattr(append_postgres, way, gives_up)
        async with open_log(database_url) as log:
            yield log

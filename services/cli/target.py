"""Which database a command acts on."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from services.embedded.instance import Instance, reached
from services.embedded.postgres import OWNER
from services.settings import SettingsError

_HERE = Path("data")


@contextmanager
def database(data: Path | None, role: str = OWNER) -> Generator[str]:
    """Give the address of a database: the instance in `data`, else DATABASE_URL, else the instance in ./data.

    An instance's is that of the role; DATABASE_URL is taken as it is, so its login must be able to become the role.
    An instance that does not run is started for as long as this lasts.
    """
    given = os.environ.get("DATABASE_URL", "").strip()
    if data is None and given:
        yield given
        return
    if data is None and not Instance(_HERE).exists:
        raise SettingsError("no database is named: give --data DIR or DATABASE_URL, or run `conflictlog up` once")
    with reached(data or _HERE) as instance:
        yield instance.postgres.url(role)

"""Real data: taking a dataset in until it is in every answer, and asking for much of it at once."""

import asyncio
import os
import resource
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from services.settings import variable
from tests.bench.load import Closed, told
from tests.bench.measuring import Measure
from tests.bench.over_http import answering, asking
from tests.bench.system import Database, System, at_head, process
from tests.ports import free_port

DATA = Path(__file__).parents[3] / "shared" / "data"
SYRIA = DATA / "ucdp_ged_syria_2016-2018.csv"
CITIES = DATA / "city_control_changelog_2022.csv"

_WARM_S = 1.0
_MB = 1024
_YEAR = "level=province&from=2016-01-01&to=2016-12-31"
_QUESTIONS = {
    "casualties_month": f"/v1/casualties?group_by=month&{_YEAR}",
    "casualties_place": f"/v1/casualties?group_by=place&{_YEAR}",
    "casualties_side": f"/v1/casualties?group_by=affected_party,status&{_YEAR}",
    "casualties_all": f"/v1/casualties?group_by=status,place,month&{_YEAR}",
    "control_map": "/v1/control-map?as_of=2022-06-01&known_at=2022-06-30",
    "bare_answer": "/v1/answer",
}


@asynccontextmanager
async def real_measures(system: System, seconds: float) -> AsyncGenerator[Sequence[Measure]]:
    """Give the measures, in a database of its own; without the data there are none."""
    if not SYRIA.exists():
        sys.stderr.write(f"  left out: there is no {SYRIA.name} beside the project\n")
        yield []
        return
    bare, port = free_port(), free_port()
    async with system.beside("real") as database:
        urls = {variable("database_url"): database.worker, variable("redis_url"): system.redis_url}
        serving = {
            variable("database_url"): database.api,
            variable("redis_url"): system.redis_url,
            variable("anonymous_reading"): "true",
            variable("anonymous_rate_limit"): "1000000000",
        }
        with (
            process("services.cli", "worker", "--roles", "follow", **urls),
            process("services.cli", "api", "--port", str(port), **serving),
            process("tests.bench.bare", str(bare), "2"),
        ):
            await answering(port)
            await answering(bare)
            taken = await _taken_in(database, system, "ucdp-ged", SYRIA)
            await _taken_in(database, system, "control-log", CITIES)

            async def once() -> Mapping[str, float]:
                return taken

            yield [
                once,
                *(_asked(name, bare if name == "bare_answer" else port, seconds) for name in _QUESTIONS),
            ]


def _asked(name: str, port: int, seconds: float) -> Measure:

    async def measure() -> Mapping[str, float]:
        found = await told(Closed(port, [asking(_QUESTIONS[name])], 1, seconds, _WARM_S))
        return {name: found.p50, f"{name}.p99": found.p99}

    return measure


def _rows(file: Path) -> int:
    return file.read_bytes().count(b"\n") - 1


async def _taken_in(database: Database, system: System, format_: str, file: Path) -> Mapping[str, float]:
    """Import a file as a user does, and wait until it is in every answer."""
    urls = {variable("database_url"): database.api, variable("redis_url"): system.redis_url}
    rows = _rows(file)
    begun = time.perf_counter()
    importing = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services.cli", "import", format_, str(file), "--json"),
        stdout=asyncio.subprocess.DEVNULL,
        env=os.environ | urls,
    )
    if await importing.wait():
        raise RuntimeError(f"{file.name} was not taken in")
    await at_head(database)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _MB
    return {"import_syria": rows / (time.perf_counter() - begun), "import_syria_memory": peak}

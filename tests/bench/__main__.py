"""`python -m tests.bench`: run the system, measure it beside its references, write and print what came of it."""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

import uvloop
from msgspec import Struct

from tests.bench.append import append_measures
from tests.bench.cases import CASES
from tests.bench.growth import growth_measures
from tests.bench.history import make_history
from tests.bench.importing import import_measures
from tests.bench.measuring import Board, show, write
from tests.bench.note import note_measure
from tests.bench.over_http import post_measures, visible_measures
from tests.bench.reading import reading_measures
from tests.bench.real import real_measures
from tests.bench.system import System, running_system

GROUPS = ("visible", "append", "post", "import", "reading", "real", "growth", "note")
BUILD = Path("build")


class Sizes(Struct, frozen=True, kw_only=True):
    """How much is measured in a round: seconds, events in the log that is read, those to catch up, and so on."""

    seconds: float
    events: int
    page: int
    requests: int
    positions: int


QUICK = Sizes(seconds=0.5, events=2_000, page=1_000, requests=500, positions=50_000)
USUAL = Sizes(seconds=2.0, events=20_000, page=5_000, requests=4_000, positions=200_000)
FULL = Sizes(seconds=5.0, events=1_000_000, page=20_000, requests=15_000, positions=5_000_000)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_const", const=QUICK, dest="sizes", help="less of everything")
    size.add_argument("--full", action="store_const", const=FULL, dest="sizes", help="a million events, five to grow")
    parser.add_argument("--only", default=",".join(GROUPS), help=f"some of {','.join(GROUPS)}")
    parser.add_argument("--rounds", type=int, default=5, help="how often each thing is measured (5)")
    parser.add_argument("--output", type=Path, default=BUILD / "bench.json", help="where the JSON goes")
    parser.set_defaults(sizes=USUAL)
    return parser.parse_args()


async def measured(system: System, board: Board, asked: argparse.Namespace) -> None:
    """Take the measurements of each group in turn, and write down what there is after each."""
    async with system.log() as log:
        for request in system.history.registered:
            await log.append(request)
    for group in asked.only.split(","):
        others = os.getloadavg()[0] - 1
        busy = f": some {others:.0f} other processes want to run, so times are longer" if others > 1 else ""
        sys.stderr.write(f"{group}{busy}\n")
        await _group(system, board, asked.sizes, asked.rounds, group)
        write(board.measured(CASES), asked.output)


async def _group(system: System, board: Board, sizes: Sizes, rounds: int, group: str) -> None:
    match group:
        case "visible":
            await board.rounds(rounds, visible_measures(system, 2 * sizes.seconds))
        case "append":
            async with append_measures(system, sizes.seconds) as measures:
                await board.rounds(rounds, measures)
        case "post":
            async with post_measures(system, 2 * sizes.seconds) as measures:
                await board.rounds(rounds, measures)
        case "import":
            async with import_measures(system, sizes.requests) as measures:
                await board.rounds(rounds, measures)
        case "reading":
            async with reading_measures(system, sizes.events, sizes.page) as measures:
                await board.rounds(rounds, measures)
        case "real":
            async with real_measures(system, sizes.seconds) as measures:
                await board.rounds(rounds, measures)
        case "growth":
            async with growth_measures(system, sizes.positions, sizes.seconds, sizes.page) as measures:
                await board.rounds(rounds, measures)
        case "note":
            await board.rounds(rounds, [note_measure(system, sizes.seconds)])
        case _:
            raise SystemExit(f"{group} is none of {', '.join(GROUPS)}")


def main() -> None:
    """Measure on a new instance, beside the build products: they are on a disk that keeps what is committed."""
    asked = arguments()
    board = Board()
    BUILD.mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="bench-", dir=BUILD))
    try:
        with running_system(directory, asyncio.run(make_history())) as system:
            uvloop.run(measured(system, board, asked))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    show(board.measured(CASES))


if __name__ == "__main__":
    main()

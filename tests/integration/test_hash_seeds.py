"""The same log folded by other processes, which go through sets and pages otherwise, comes to the same rows."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping

import msgspec

from projections.digest_postgres import Digest
from tests.architecture.tree import ROOT
from tests.projected import digests, parts, tell_together
from tests.servers import new_database

FOLDERS = [("0", 7), ("1", 64), ("4242", 1000)]


async def told(url: str) -> None:
    async with parts(url) as held:
        await tell_together(held)


async def folded(url: str, page: int) -> Mapping[str, Digest]:
    async with parts(url) as held:
        await held.runner(page).drain()
        return await digests(held)


def folded_by_another(url: str, hash_seed: str, page: int) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "tests.integration.test_hash_seeds", url, str(page)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)


def test_other_processes_with_other_hash_seeds_and_pages_give_the_same_digests(
    postgres_url: str, database_url: str
) -> None:
    asyncio.run(told(database_url))
    name = database_url.rpartition("/")[2]
    found: list[bytes] = []
    for hash_seed, page in FOLDERS:
        with new_database(postgres_url, name) as copy:
            said, _ = folded_by_another(copy, hash_seed, page).communicate(timeout=60)
        found.append(said)
    assert b"strikes" in found[0]
    assert found == [found[0]] * len(FOLDERS)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(folded(sys.argv[1], int(sys.argv[2]))), order="sorted"))

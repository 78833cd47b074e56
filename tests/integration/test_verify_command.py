"""`conflictlog verify` as it is typed: what it asks for, says and ends with."""

import asyncio
import json
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from events.checkpoint import PublicKey, SigningKey
from services.cli import main
from services.proofs.signer import Signer, make_seed
from tests.api_client import NO_REDIS, client, settings_for
from tests.projected import parts
from tests.tampering import flip_a_bit, tamper


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    made = tmp_path / "log.key"
    make_seed(made)
    return made


@pytest.fixture
def key(key_file: Path) -> PublicKey:
    return Signer(key_file).public


@pytest.fixture
def kept(database_url: str, key_file: Path, tmp_path: Path) -> Path:
    """Give the directory where proofs and a checkpoint of a small log were kept."""
    asyncio.run(_keep(database_url, key_file, tmp_path))
    return tmp_path


async def _keep(database_url: str, key_file: Path, directory: Path) -> None:
    async with client(settings_for(database_url, NO_REDIS, log_key=str(key_file))) as api:
        await api.register_november()
        for name, path in (
            ("inclusion.json", "proof/inclusion?position=3"),
            ("consistency.json", "proof/consistency?first=4"),
            ("first", "checkpoint?format=text&at_position=4"),
            ("other", "checkpoint?format=text&at_position=5"),
        ):
            answer = await api.get(f"/v1/log/{path}")
            assert answer.status_code == 200, answer.text
            (directory / name).write_bytes(answer.content)


def verify(*arguments: str | Path, **environment: str) -> Result:
    names = ("DATABASE_URL", "CONFLICTLOG_LOG_KEY", "CONFLICTLOG_ORIGIN", "CONFLICTLOG_DATA")
    return CliRunner().invoke(
        main, ["verify", *map(str, arguments)], env={**dict.fromkeys(names), **environment}, prog_name="conflictlog"
    )


def test_a_database_is_verified_together_with_the_checkpoint_beside_the_key(
    kept: Path, database_url: str, key_file: Path
) -> None:
    done = verify(DATABASE_URL=database_url, CONFLICTLOG_LOG_KEY=str(key_file))

    assert done.exit_code == 0, done.output
    assert "verified 8 events" in done.output
    assert "the log begins with the 8 events that were signed" in done.output
    assert (kept / "log.checkpoint").exists()


def test_a_fault_ends_with_1_and_names_the_first_position(kept: Path, database_url: str, key_file: Path) -> None:
    assert kept.exists()
    tamper(database_url, flip_a_bit(position=4, at=3))

    done = verify(DATABASE_URL=database_url, CONFLICTLOG_LOG_KEY=str(key_file))
    told = verify("--json", DATABASE_URL=database_url)

    assert done.exit_code == told.exit_code == 1
    assert "the first differing position is 4" in done.stdout
    assert json.loads(told.stdout)["first_position"] == 4


def test_a_projection_that_could_not_be_looked_at_ends_with_2_and_what_is_left_out_is_named(
    kept: Path, database_url: str
) -> None:
    assert kept.exists()
    asyncio.run(_fold(database_url))
    sound = verify(DATABASE_URL=database_url)
    assert (sound.exit_code, sound.stdout.rpartition("; ")[2]) == (0, "not checked: signed checkpoint\n")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE progress.checkpoint SET version = 0 WHERE projection = 'strikes'")

    done = verify(DATABASE_URL=database_url)
    told = verify("--json", DATABASE_URL=database_url)

    assert done.exit_code == told.exit_code == 2
    assert "NOT CHECKED  projection strikes: version 0" in done.stdout
    assert done.stdout.endswith("not verified: 0 faults; not checked: signed checkpoint, projection strikes\n")
    assert json.loads(told.stdout)["ok"] is False


async def _fold(url: str) -> None:
    async with parts(url) as held:
        await held.runner().drain()


@pytest.mark.parametrize("proof", ["inclusion.json", "consistency.json"])
def test_a_proof_is_checked_with_the_key_alone(kept: Path, key: PublicKey, proof: str) -> None:
    (kept / "key").write_text(key.encoded + "\n", encoding="utf-8")

    for given in (key.encoded, str(kept / "key")):
        done = verify("--proof", kept / proof, "--key", given)
        assert (done.exit_code, done.stdout.split(":")[0]) == (0, "proved"), done.output
    told = verify("--proof", kept / proof, "--key", key.encoded, "--json")
    assert json.loads(told.stdout)["size"] == 8


def test_a_proof_that_does_not_hold_ends_with_1(kept: Path, key: PublicKey) -> None:
    raw = (kept / "inclusion.json").read_text(encoding="utf-8")
    (kept / "changed.json").write_text(raw.replace('"version":1', '"version":2'), encoding="utf-8")
    (kept / "none.json").write_text("{}", encoding="utf-8")
    stranger = SigningKey(key.name, bytes(32)).public.encoded

    for proof, given in (("changed.json", key.encoded), ("none.json", key.encoded), ("inclusion.json", stranger)):
        done = verify("--proof", kept / proof, "--key", given)
        assert (done.exit_code, done.stdout.split(":")[0]) == (1, "NOT PROVED"), done.output
    assert json.loads(verify("--proof", kept / "none.json", "--key", stranger, "--json").stdout)["ok"] is False


def test_a_proof_is_about_the_checkpoint_that_was_kept_or_does_not_hold(kept: Path, key: PublicKey) -> None:
    asked = ("--proof", kept / "consistency.json", "--key", key.encoded, "--checkpoint")

    assert verify(*asked, kept / "first").exit_code == 0
    assert verify(*asked, kept / "other").exit_code == 1


def test_a_checkpoint_that_was_kept_is_compared_with_the_log(kept: Path, database_url: str, key: PublicKey) -> None:
    done = verify("--checkpoint", kept / "first", "--key", key.encoded, DATABASE_URL=database_url)

    assert done.exit_code == 0
    assert "begins with the 4 events" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--public-key",), "no key is named"),
        (("--proof", "inclusion.json"), "give --key"),
        (("--proof", "inclusion.json", "--key", "nonsense"), "--key"),
        (("--proof", "inclusion.json", "--key", "absent.key"), "absent.key is no key, and there is no such file"),
        (("--proof", "inclusion.json", "--key", "first"), "first holds no key: a key is NAME+ID+KEY"),
        (("--data", "nowhere"), "holds no instance"),
        (("--checkpoint", "first"), "give --key"),
        (("--proof", "absent.json"), "does not exist"),
        ((), "no database is named"),
    ],
)
def test_what_is_missing_is_asked_for_in_one_line(
    kept: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(kept)

    done = verify(*arguments)

    assert done.exit_code == 2
    assert words in done.stderr


def test_a_kept_checkpoint_that_the_key_did_not_sign_is_told_of(kept: Path, database_url: str) -> None:
    stranger = SigningKey("conflictlog", bytes(32)).public.encoded

    done = verify("--checkpoint", kept / "first", "--key", stranger, DATABASE_URL=database_url)

    assert (done.exit_code, "not signed by" in done.stderr) == (2, True)


@pytest.mark.parametrize("address", ["postgresql://nobody@127.0.0.1:1/none", "postgresql://127.0.0.1:1:2/"])
def test_a_database_that_cannot_be_looked_at_ends_with_2(address: str) -> None:
    assert verify(DATABASE_URL=address).exit_code == 2


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33, b"\xff" * 44])
def test_a_key_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.key"
    file.write_bytes(content)

    done = verify("--public-key", CONFLICTLOG_LOG_KEY=str(file), DATABASE_URL="postgresql:///nowhere")

    assert (done.exit_code, "must hold 32 bytes" in done.stderr) == (2, True)

"""The log's key and the checkpoint beside it: the largest is kept, whoever signed it."""

from base64 import b64encode
from pathlib import Path
from stat import S_IMODE

import pytest

from events.checkpoint import NoteError, SigningKey, opened
from services.embedded.errors import NotWritableError
from services.proofs import signer as signing
from services.proofs.signer import Signer, make_seed, signer_of
from services.settings import Settings, SettingsError

ROOTS = [bytes([number]) * 32 for number in range(4)]


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    made = tmp_path / "log.key"
    make_seed(made)
    return made


def test_a_seed_is_drawn_once_and_is_for_its_owner_alone(key_file: Path) -> None:
    seed = key_file.read_bytes()
    make_seed(key_file)

    assert (len(seed), key_file.read_bytes(), S_IMODE(key_file.stat().st_mode)) == (32, seed, 0o600)


def test_a_seed_may_be_written_in_base64(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(bytes(range(32)))
    (tmp_path / "text").write_bytes(b64encode(bytes(range(32))) + b"\n")

    assert Signer(tmp_path / "raw").public == Signer(tmp_path / "text").public


def test_a_log_without_a_name_is_named_after_its_key(tmp_path: Path) -> None:
    names = set[str]()
    for number in range(3):
        file = tmp_path / str(number)
        file.write_bytes(bytes([number]) * 32)
        assert Signer(file).public == Signer(file).public
        names.add(Signer(file).public.name)

    assert len(names) == 3
    assert all(name.startswith("conflictlog/") for name in names)


def test_the_largest_checkpoint_is_kept_and_any_process_reads_it(key_file: Path) -> None:
    first, second = Signer(key_file, "log"), Signer(key_file, "log")
    assert first.last() is None
    for one, size in ((first, 1), (second, 3), (first, 2)):
        one.keep(size, ROOTS[size])

    for one in (first, second, Signer(key_file, "log")):
        last = one.last()
        assert last is not None
        assert (last.size, last.root) == (3, ROOTS[3])
    kept = opened(key_file.with_suffix(".checkpoint").read_text(encoding="utf-8"), first.public)
    assert kept.size == 3


def test_where_it_cannot_be_written_it_is_remembered(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, _content: bytes) -> None:
        raise NotWritableError(path)

    monkeypatch.setattr(signing, "write_private", refuse)
    one = Signer(key_file, "log")
    one.keep(2, ROOTS[2])

    last = one.last()
    assert last is not None
    assert last.size == 2
    assert Signer(key_file, "log").last() is None


def test_a_checkpoint_of_another_key_or_none_at_all_is_told_of(key_file: Path) -> None:
    file = key_file.with_suffix(".checkpoint")
    for content in (SigningKey("log", bytes(32)).sign(1, ROOTS[1]).encode(), b"", b"\xff"):
        file.write_bytes(content)
        with pytest.raises(NoteError):
            Signer(key_file, "log").last()


def test_a_key_that_is_not_there_stops_the_start_and_names_the_setting(tmp_path: Path) -> None:
    settings = Settings(database_url="x", redis_url="y", log_key=str(tmp_path / "none"))

    with pytest.raises(SettingsError, match=r"CONFLICTLOG_LOG_KEY=.*none cannot be used"):
        signer_of(settings)
    assert signer_of(Settings(database_url="x", redis_url="y")) is None


@pytest.mark.parametrize("origin", ["a b", "a+b", "a\tb"])
def test_a_name_that_no_note_can_hold_is_no_setting(key_file: Path, origin: str) -> None:
    environment = {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h", "CONFLICTLOG_ORIGIN": origin}

    with pytest.raises(SettingsError, match="CONFLICTLOG_ORIGIN"):
        Settings.from_environment(environment)
    with pytest.raises(SettingsError, match="CONFLICTLOG_ORIGIN"):
        Signer(key_file, origin)
    found = Settings.from_environment(environment | {"CONFLICTLOG_ORIGIN": "example.org/log"})
    assert Settings.from_environment(found.environment()) == found

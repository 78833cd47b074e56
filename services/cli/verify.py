"""`conflictlog verify`: the log and all that is derived from it, or a proof that somebody kept."""

import asyncio
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec import Struct

from events.checkpoint import Checkpoint, NoteError, PublicKey, opened
from events.merkle import ProofError
from services.cli.bars import bars
from services.cli.failures import CANNOT_AS_ASKED, FAILED, CannotAsAskedError, CommandError, explained
from services.cli.machines import say_json
from services.cli.options import as_json, some_instance
from services.cli.target import database
from services.embedded.instance import Instance
from services.embedded.postgres import WORKER
from services.garbage import collected_seldom
from services.proofs.documents import InclusionProof, Proof, check_proof, read_proof
from services.proofs.signer import Signer
from services.settings import variable
from services.verification.findings import Verified
from services.verification.run import verify

_HERE = Path("data")
_MARKS = {"ok": "ok", "failed": "FAILED", "left_out": "left out", "not_checked": "NOT CHECKED"}
_file = click.Path(path_type=Path, exists=True, dir_okay=False)


class Proved(Struct, frozen=True):
    """What came of a proof."""

    ok: bool
    detail: str
    size: int | None = None
    position: int | None = None


@click.command("verify")
@some_instance
@click.option("--proof", type=_file, help="Check this proof by itself; nothing else is asked.")
@click.option("--key", help="The log's public key, NAME+ID+KEY, or a file that holds it.")
@click.option("--checkpoint", "notes", type=_file, multiple=True, help="A signed checkpoint that was kept.")
@click.option("--public-key", is_flag=True, help="Show the log's public key, to be kept elsewhere.")
@click.option("--log-only", is_flag=True, help="Leave out the projections.")
@as_json
def command(  # noqa: PLR0913 - its options
    data: Path | None,
    proof: Path | None,
    key: str | None,
    notes: tuple[Path, ...],
    *,
    public_key: bool,
    log_only: bool,
    json_wanted: bool,
) -> None:
    """Hash every event anew, fold every projection anew, and tell whether all is as it was.

    The exit code is 1 if anything is not; the first differing position is named. It is 2 where nothing is known to be
    wrong, but nobody could look: no database that answers, a checkpoint or key that cannot be read, or a projection
    that is read and cannot be compared. What was left out is named at the end.
    """
    signer = None if proof is not None else _signer(data)
    if public_key:
        if signer is None:
            raise CannotAsAskedError(f"no key is named: give --data DIR or {variable('log_key')}")
        if json_wanted:
            say_json({"public_key": signer.public.encoded})
        else:
            click.echo(signer.public.encoded)
        return
    trusted = _public(key) if key is not None else signer.public if signer else None
    kept = _read_notes(notes, trusted)
    if proof is not None:
        _show_proved(_proved(proof, trusted, kept), json_wanted=json_wanted)
        return
    signed = [*kept, *_kept_by(signer)]
    with _looking():
        found = _verified(data, signed, log_only=log_only)
    _show(found, json_wanted=json_wanted)


def _signer(data: Path | None) -> Signer | None:
    """Give the key of the instance, else the one that the environment names, None where there is none."""
    file = Instance(data or _HERE).log_key
    if data is None and (os.environ.get("DATABASE_URL") or not file.exists()):
        named = os.environ.get(variable("log_key"), "")
        return Signer(Path(named), os.environ.get(variable("origin"), "")) if named else None
    return Signer(file, os.environ.get(variable("origin"), "")) if file.exists() else None


def _public(given: str) -> PublicKey:
    """Read the public key, or the file that holds it."""
    file = Path(given)
    try:
        return PublicKey.from_encoded(file.read_text(encoding="utf-8").strip() if file.is_file() else given)
    except (NoteError, UnicodeDecodeError) as error:
        shape = "a key is NAME+ID+KEY, as `conflictlog verify --public-key` prints it"
        what = f"{file} holds no key" if file.is_file() else f"{given} is no key, and there is no such file"
        raise CannotAsAskedError(f"--key: {what}: {shape}") from error


def _read_notes(notes: Sequence[Path], trusted: PublicKey | None) -> list[Checkpoint]:
    """Read checkpoints that were kept; one that the key did not sign cannot be compared with."""
    if notes and trusted is None:
        raise CannotAsAskedError("--checkpoint needs the log's public key: give --key")
    found: list[Checkpoint] = []
    for file in notes:
        try:
            found += [opened(file.read_text(encoding="utf-8"), trusted)] if trusted else []
        except (NoteError, UnicodeDecodeError) as error:
            raise CannotAsAskedError(f"{file}: {error}") from error
    return found


def _kept_by(signer: Signer | None) -> list[Checkpoint]:
    """Give the checkpoint that the service itself keeps beside its key."""
    try:
        last = signer.last() if signer else None
    except NoteError as error:
        raise CommandError(f"the checkpoint kept beside the key: {error}") from error
    return [last] if last else []


def _proved(file: Path, trusted: PublicKey | None, kept: Sequence[Checkpoint]) -> Proved:
    """Check a proof."""
    if trusted is None:
        raise CannotAsAskedError("--proof needs the log's public key: give --key")
    try:
        proof = read_proof(file.read_bytes())
        checkpoint = check_proof(proof, trusted)
        _compare(proof, trusted, kept)
    except ProofError as error:
        return Proved(ok=False, detail=str(error))
    log = f"the log {checkpoint.origin} of {checkpoint.size} events"
    if isinstance(proof, InclusionProof):
        event = proof.event
        detail = f"{event.type}, {event.stream} version {event.version}, stands at position {event.position} of {log}"
        return Proved(ok=True, detail=detail, size=checkpoint.size, position=event.position)
    return Proved(ok=True, detail=f"its first {proof.first} events are the beginning of {log}", size=checkpoint.size)


def _compare(proof: Proof, trusted: PublicKey, kept: Sequence[Checkpoint]) -> None:
    """Raise ProofError unless each checkpoint that was kept is one that the proof is about."""
    inclusion = isinstance(proof, InclusionProof)
    notes = [proof.checkpoint] if inclusion else [proof.first_checkpoint, proof.second_checkpoint]
    about = {(one.size, one.root) for one in (opened(note, trusted) for note in notes)}
    for one in kept:
        if (one.size, one.root) not in about:
            raise ProofError(f"the proof is not about the checkpoint over {one.size} events that was kept")


@contextmanager
def _looking() -> Generator[None]:
    """Let whatever keeps from looking end with 2: 1 tells that something was found."""
    try:
        with explained():
            yield
    except CommandError as error:
        raise CannotAsAskedError(error.message) from error


def _verified(data: Path | None, signed: Sequence[Checkpoint], *, log_only: bool) -> Verified:
    with collected_seldom(), database(data, WORKER) as url, bars() as tell:
        return asyncio.run(verify(url, signed, tell, log_only=log_only))


def _show(found: Verified, *, json_wanted: bool) -> None:
    faults = sum(check.status == "failed" for check in found.checks)
    if json_wanted:
        say_json(found)
    else:
        for check in found.checks:
            where = "" if check.position is None else f"position {check.position}: "
            click.echo(f"{_MARKS[check.status]:<11}  {check.name}: {where}{check.detail}")
        left = ", ".join(check.name for check in found.checks if check.status in {"left_out", "not_checked"})
        unseen = f"; not checked: {left}" if left else ""
        if found.ok:
            click.echo(f"verified {found.head} events; the root of their tree is {found.root}{unseen}")
        else:
            where = f"; the first differing position is {found.first_position}" if found.first_position else ""
            click.echo(f"not verified: {faults} faults{where}{unseen}")
    if not found.ok:
        raise click.exceptions.Exit(FAILED if faults else CANNOT_AS_ASKED)


def _show_proved(found: Proved, *, json_wanted: bool) -> None:
    if json_wanted:
        say_json(found)
    else:
        click.echo(f"{'proved' if found.ok else 'NOT PROVED'}: {found.detail}")
    if not found.ok:
        raise click.exceptions.Exit(FAILED)

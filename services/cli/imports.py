"""`conflictlog import`: take datasets of others into the log."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import cast, get_args

import click
import msgspec
from msgspec import Struct
from rich.progress import TaskProgressColumn

from events.decision import slug
from events.times import parse, zone_named
from events.words import PlaceKind
from services.cli.bars import bar
from services.cli.failures import CannotAsAskedError, CommandError
from services.cli.import_ndjson import command as ndjson
from services.cli.import_summary import show
from services.cli.options import as_json, some_instance
from services.cli.restore import command as log
from services.cli.target import database
from services.embedded.postgres import API
from services.garbage import collected_seldom
from services.ids import RandomIds
from services.imports.absent import Absence, retract_absent
from services.imports.acled import DATASET as ACLED
from services.imports.acled import Acled, AcledDeletions, note_unknown
from services.imports.claims_file import ClaimsFile, Glossary, november
from services.imports.control_log import ControlLog
from services.imports.entry import FormatError, Importing, Release
from services.imports.geojson_places import geojson_places
from services.imports.geonames import geonames
from services.imports.log_sink import LogSink
from services.imports.registrar import Registrar
from services.imports.running import NotTakenError, run
from services.imports.summary import Summary
from services.imports.ucdp_ged import DATASET as UCDP_GED
from services.imports.ucdp_ged import UcdpGed
from services.imports.ucdp_releases import release_in
from services.wiring import open_log

_PACKED = "it is packed: unpack it first and give the file in it"
_UTF_16 = "it is UTF-16: save it as UTF-8 first"
_OTHER_FILES = {
    b"\x1f\x8b": _PACKED,
    b"PK\x03\x04": f"{_PACKED}, or save it as CSV where it is a workbook",
    b"\xff\xfe": _UTF_16,
    b"\xfe\xff": _UTF_16,
}
"""What is wrong with a file that begins with these bytes."""

_REGISTRIES_FIRST = (
    "no claim was taken: register the places, parties, sources and reports that the table and its names mean first, or "
    "give --names for those that are on record (`conflictlog demo` holds those of November 2020)"
)


class _File:
    """A file that can be read again, and tells how far it is read."""

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self.path = path
        self.size = max(1, path.stat().st_size)
        self.done = 0
        self._opened = ExitStack()

    def close(self) -> None:
        """Close what was opened, also where its lines were not read to their end."""
        self._opened.close()

    def lines(self) -> Iterator[str]:
        """Give the lines, ends of lines included, from the first one on."""
        self.done = 0
        for line in self._opened.enter_context(self.path.open("rb")):
            self.done += len(line)
            if self.done == len(line):
                _refuse_other_than_text(line)
            try:
                text = line.decode("utf-8-sig" if self.done == len(line) else "utf-8")
            except UnicodeDecodeError as error:
                at = self.done - len(line) + error.start
                raise FormatError(f"it is not UTF-8 (byte {at}): save it as UTF-8 first") from error
            # GeoJSON often is one line: it need not be there twice while it is worked on.
            del line
            yield text


def _refuse_other_than_text(beginning: bytes) -> None:
    for mark, reason in _OTHER_FILES.items():
        if beginning.startswith(mark):
            raise FormatError(reason)


class _Work(Struct, frozen=True):
    """An import to be run, what is to be done after it, and where its counts go."""

    importing: Importing
    summary: Summary
    after: Callable[[LogSink, Registrar, Summary], Awaitable[None]] | None = None


@click.group("import")
def command() -> None:
    """Take datasets of others into the log; run again, or after Ctrl-C, it goes on where it stopped.

    The exit code is 1 where a row was refused, or where all of them were quarantined.
    """


def _importing(make: Callable[..., _Work]) -> Callable[..., None]:
    """Add FILE and the options that all formats share to what makes an import of a file, and run it."""

    @wraps(make)
    def imported(*, file: Path, data: Path | None, json_wanted: bool, **own: object) -> None:
        with closing(_File(file)) as source:
            work = make(source, **own)
            is_taken = False
            try:
                _run(source, work, data)
                is_taken = True
            except (FormatError, NotTakenError) as error:
                raise CommandError(f"{file}: {error}") from error
            finally:
                if is_taken or work.summary.rows:
                    show(work.summary, json_wanted=json_wanted)
        if work.summary.refused or 0 < work.summary.rows == len(work.summary.quarantined):
            raise click.exceptions.Exit(1)

    argument = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    return argument(some_instance(as_json(imported)))


_published = click.option(
    "--published",
    metavar="DATE",
    help="When the file was published (default: now, since nothing of it was known here before).",
)


@command.command("ucdp-ged")
@click.option("--release", help="The release that the file is, such as 24.1 or 23.0.5 (default: as its name says).")
@click.option(
    "--complete/--partial",
    default=None,
    help="Whether the file has all that its release says of its countries and years, so that what it lacks is gone.",
)
@_published
@_importing
def ucdp_ged(source: _File, release: str | None, published: str | None, *, complete: bool | None) -> _Work:
    """Import UCDP GED: a release, a candidate release, or HDX's copy, as CSV."""
    named = Release(
        dataset=UCDP_GED, name=release or release_in(source.path.name), published_at=_published_at(published)
    )
    importing = UcdpGed(source.lines(), named)

    async def retract(door: LogSink, registrar: Registrar, summary: Summary) -> None:
        await retract_absent(Absence(named, importing.covered, complete), registrar, door, summary)

    return _Work(importing, Summary(UCDP_GED, named.name), retract)


@command.command("acled")
@click.option("--deleted", is_flag=True, help="The file is ACLED's list of deleted events.")
@_published
@_importing
def acled(source: _File, published: str | None, *, deleted: bool) -> _Work:
    """Import ACLED: an export as CSV, or an answer of its API as JSON; its use is under the licence that you have."""
    if deleted:
        return _Work(AcledDeletions(source.lines), Summary(ACLED), note_unknown)
    return _Work(Acled(source.lines, _published_at(published)), Summary(ACLED))


@command.command("control-log")
@click.option("--name", help="What to call the table (default: the file's name).")
@click.option("--time-zone", help="The zone of its days (default: UTC), and of its moments that name no offset.")
@click.option("--parent", help="The country that its places lie in, by name.")
@_importing
def control_log(source: _File, name: str | None, time_zone: str | None, parent: str | None) -> _Work:
    """Import a table of who holds what, as the changes that each of its revisions made."""
    dataset = slug(name or source.path.stem)
    if not dataset:
        raise CannotAsAskedError(f"{name or source.path.stem!r} gives no id: say --name")
    try:
        zone_named(time_zone or "UTC")
    except ValueError as error:
        raise CannotAsAskedError(str(error)) from error
    return _Work(ControlLog(source.lines, dataset, time_zone=time_zone, parent=parent), Summary(dataset))


@command.command("geojson")
@click.option("--kind", type=click.Choice(get_args(PlaceKind)), help="What the places are, where they do not say.")
@click.option("--parent", help="The country that the places lie in, where they do not say.")
@_importing
def geojson(source: _File, kind: str | None, parent: str | None) -> _Work:
    """Import places with outlines: Natural Earth, geoBoundaries or OCHA COD, as GeoJSON."""
    places = geojson_places(source.lines, kind=cast("PlaceKind | None", kind), parent=parent)
    return _Work(places, Summary("places"))


@command.command("geonames")
@_importing
def geonames_rows(source: _File) -> _Work:
    """Import places with their names: GeoNames' tables, or the same rows as JSON lines."""
    return _Work(geonames(source.lines), Summary("geonames"))


@command.command("claims")
@click.option(
    "--names",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A JSON glossary of the names in it (default: that of November 2020).",
)
@_importing
def claims(source: _File, names: Path | None) -> _Work:
    """Import a table of claims, one voice and one source URL a row."""
    try:
        glossary = november() if names is None else msgspec.json.decode(names.read_bytes(), type=Glossary)
    except msgspec.MsgspecError as error:
        raise CannotAsAskedError(f"--names {names}: {error}") from error

    async def noted(_door: LogSink, _registrar: Registrar, summary: Summary) -> None:
        if summary.refused and not (summary.recorded or summary.repeated or summary.changed):
            summary.notes.append(_REGISTRIES_FIRST)

    return _Work(ClaimsFile(source.lines, glossary), Summary("claims"), noted)


command.add_command(ndjson)
command.add_command(log)


def _run(source: _File, work: _Work, data: Path | None) -> None:
    """Run an import with a progress bar."""
    if data is None and os.environ.get("CONFLICTLOG_URL") and not os.environ.get("DATABASE_URL"):
        # The public interface refuses bounds that contradict each other, which an import keeps as they are.
        raise CannotAsAskedError("a dataset goes straight into a database: give --data DIR or DATABASE_URL")
    with (
        database(data, API) as url,
        collected_seldom(),
        bar(f"importing {source.path.name}", TaskProgressColumn(), source.size) as tell,
    ):
        asyncio.run(_taken(url, work, lambda: tell(source.done)))


async def _taken(url: str, work: _Work, tell: Callable[[], None]) -> None:
    async with open_log(url) as opened:
        door = LogSink(opened, RandomIds())
        registrar = Registrar(door, door)
        await run(work.importing, door, registrar, work.summary, tell)
        if work.after is not None:
            await work.after(door, registrar, work.summary)


def _published_at(said: str | None) -> str:
    """Give when a file was published: as said, else now. The end of today, which a bare date means, is yet to come."""
    if said is None:
        return datetime.now(UTC).isoformat()
    try:
        parse(said)
    except ValueError as error:
        raise CannotAsAskedError(f"--published: {error}") from error
    return said

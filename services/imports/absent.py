"""What a newer release of a dataset no longer has is retracted, within what the release covers."""

from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct, field

from events import requests as asked
from events.command import Command
from events.known import ALL_KNOWN, Known, as_known
from events.occurrence import Occurrence
from events.releases import absent, is_newer
from services.imports.bodies import command
from services.imports.entry import Covered, Release
from services.imports.registrar import Registrar
from services.imports.sink import Refused, Sink
from services.imports.summary import Summary

MOST_ABSENT = 0.2
"""A file that lacks more of what it covers is taken for a part of its release, unless it is said to be complete."""


class Recorded(Sink, Protocol):
    """Tells what is on record of a dataset."""

    def occurrences_of(self, dataset: str) -> AsyncIterator[tuple[str, Occurrence | None]]:
        """Give each occurrence that the dataset told of, with its id there; None for one that cannot be read."""
        ...

    async def country_of(self, place: str) -> str | None:
        """Give the country that a place is or lies in, by id."""
        ...


class Absence(Struct, frozen=True):
    """Which release was read, what it covers, and whether the file holds all of it (None: as it seems)."""

    release: Release
    covered: Covered
    complete: bool | None


class _Lacking(Struct):
    """What is on record of the file's span of time and not in it.

    `gone` is what an older release had and the file's, which covers it, has not; `left` how many older rows else there
    are. `newer` is the newest release of that time.
    """

    gone: list[str] = field(default_factory=list[str])
    left: int = 0
    newer: str | None = None


async def retract_absent(absence: Absence, registrar: Registrar, door: Recorded, summary: Summary) -> None:
    """Retract what an older release had, and this one, which covers its country and day, has not.

    Covered are the countries of the file in the years, or months, of which it has rows of them; in all that lie between
    if it is said to be complete. Nothing is retracted for a release without a name, nor for a part of a release. What
    cannot be told from the file is noted.
    """
    release = absence.release.name
    if release is None or absence.complete is False:
        return
    lacking = await _lacking(absence, registrar, door, summary)
    gone, told = lacking.gone, len(absence.covered.ids)
    if absence.complete is None and len(gone) > MOST_ABSENT * (told + len(gone)):
        summary.notes.append(
            f"{len(gone)} rows on record that release {release} covers are not in the file: left as they are, "
            "since the file seems to be a part of it; say --complete to retract them"
        )
        gone = []
    if lacking.left:
        of, then = "countries, years or months", "say --complete to retract those of its countries"
        if absence.complete:
            of, then = "countries", "retract those that are gone"
        summary.notes.append(
            f"{lacking.left} older rows on record are of {of} of which the file has nothing: left as they are; {then}"
        )
    if lacking.newer is not None and summary.recorded:
        # The log does not tell what a release covered: only the file of that release does.
        summary.notes.append(
            f"release {lacking.newer} is on record already: if it no longer has what is recorded now, take it in again "
            "to retract that"
        )
    for outcome in await door.send([_retraction(one, absence) for one in gone]):
        if isinstance(outcome, Refused):
            summary.notes.append(outcome.reason)
        elif outcome.how != "repeated":
            summary.retracted += 1
            summary.position = max(summary.position, outcome.position)


async def _lacking(absence: Absence, registrar: Registrar, recorded: Recorded, summary: Summary) -> _Lacking:
    release, covered = absence.release, absence.covered
    areas = {(registrar.names.places.get(place), period) for place, period in covered.areas}
    countries = {country for country, _ in areas} - {None}
    span, found = covered.span, _Lacking()
    async for name, occurrence in recorded.occurrences_of(release.dataset):
        if occurrence is None:
            summary.notes.append(f"what is on record of {name!r} cannot be read: left as it is")
            continue
        told = occurrence.releases[-1].release if occurrence.releases else release.name
        is_older = name not in covered.ids and not occurrence.retracted and is_newer(release.name, told)
        if not (is_older or is_newer(told, found.newer or release.name)):
            continue
        known = as_known(occurrence, ALL_KNOWN)
        periods = () if known is None or known.merged_into is not None else _periods(known, span)
        if known is None or not periods:
            continue
        if not is_older:
            found.newer = told
            continue
        place = next((one.place or one.parent for one in known.places if one.place or one.parent), None)
        country = None if place is None else await recorded.country_of(place)
        # What goes over the edge of what the file has may have been told of on its other side.
        if country in countries and (absence.complete or all((country, period) in areas for period in periods)):
            found.gone.append(occurrence.id)
        else:
            found.left += 1
    return found


def _periods(known: Known, span: tuple[str, str]) -> tuple[str, ...]:
    """Give the years, or months, in which an occurrence began and ended, none if one is outside the file's span."""
    first, last = span
    days = (known.occurred.start or known.occurred.end or "", known.occurred.end or known.occurred.start or "")
    periods = tuple(day[: len(first)] for day in days)
    return periods if all(first <= period <= last for period in periods) else ()


def _retraction(occurrence: str, absence: Absence) -> Command:
    release = absence.release
    body = asked.RetractOccurrence(
        reason=absent(release.dataset, release.name or ""), published_at=release.published_at
    )
    return command(body, subject=occurrence, key=f"absent:{release.dataset}:{release.name}:{occurrence}")

"""What a newer release of a dataset no longer has is retracted, within what the release covers."""

from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct

from events import requests as asked
from events.command import Command
from events.known import ALL_KNOWN, as_known
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


async def retract_absent(absence: Absence, registrar: Registrar, door: Recorded, summary: Summary) -> None:
    """Retract what an older release had, and this one, which covers its country and day, has not.

    Covered are the countries of the file in the years, or months, of which it has rows of them; in all that lie between
    if it is said to be complete. Nothing is retracted for a release without a name, nor for a part of a release.
    """
    release = absence.release.name
    if release is None or absence.complete is False:
        return
    gone, left = await _gone(absence, registrar, door, summary)
    told = len(absence.covered.ids)
    if absence.complete is None and len(gone) > MOST_ABSENT * (told + len(gone)):
        summary.notes.append(
            f"{len(gone)} rows on record that release {release} covers are not in the file: left as they are, "
            "since the file seems to be a part of it; say --complete to retract them"
        )
        gone = []
    if left:
        of, then = (
            ("countries", "retract those that are gone")
            if absence.complete
            else ("countries, years or months", "say --complete to retract those of its countries")
        )
        summary.notes.append(
            f"{left} older rows on record are of {of} of which the file has nothing: left as they are; {then}"
        )
    for outcome in await door.send([_retraction(one, absence) for one in gone]):
        if isinstance(outcome, Refused):
            summary.notes.append(outcome.reason)
        elif outcome.how != "repeated":
            summary.retracted += 1
            summary.position = max(summary.position, outcome.position)


async def _gone(absence: Absence, registrar: Registrar, recorded: Recorded, summary: Summary) -> tuple[list[str], int]:
    """Give what is gone, and how much else of the file's span of time is in older releases and not in it."""
    areas = {(registrar.names.places.get(place), period) for place, period in absence.covered.areas}
    countries = {country for country, _ in areas} - {None}
    first, last = absence.covered.span
    gone: list[str] = []
    left = 0
    async for name, occurrence in recorded.occurrences_of(absence.release.dataset):
        if occurrence is None:
            summary.notes.append(f"what is on record of {name!r} cannot be read: left as it is")
            continue
        if name in absence.covered.ids or occurrence.retracted or not occurrence.releases:
            continue
        if not is_newer(absence.release.name, occurrence.releases[-1].release):
            continue
        known = as_known(occurrence, ALL_KNOWN)
        if known is None or known.merged_into is not None:
            continue
        days = (known.occurred.start or known.occurred.end or "", known.occurred.end or known.occurred.start or "")
        periods = [day[: len(first)] for day in days]
        if not first <= periods[0] <= periods[1] <= last:
            continue
        place = next((one.place or one.parent for one in known.places if one.place or one.parent), None)
        country = None if place is None else await recorded.country_of(place)
        # What goes over the edge of what the file has may have been told of on its other side.
        if country in countries and (absence.complete or all((country, period) in areas for period in periods)):
            gone.append(occurrence.id)
        else:
            left += 1
    return gone, left


def _retraction(occurrence: str, absence: Absence) -> Command:
    release = absence.release
    body = asked.RetractOccurrence(
        reason=absent(release.dataset, release.name or ""), published_at=release.published_at
    )
    return command(body, subject=occurrence, key=f"absent:{release.dataset}:{release.name}:{occurrence}")

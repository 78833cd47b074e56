"""What a decision is made on, and what it gives: pure values between the log and the rules."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from msgspec import Struct

from events.codec import Event
from events.log import PlaceName
from events.occurrence import Claim, Occurrence
from events.references import Reference
from events.refusals import Fault, FaultyError, UnknownError
from events.registry import Place, Report, Source
from events.times import end_of, parse, zone_named
from events.values import Citation, Instant


class Facts(Struct, frozen=True, kw_only=True):
    """What was read for a decision. `versions` holds every stream looked at, 0 where there is none.

    `named` gives the places that bear a folded name; `suffix` is a fresh ending for an id that has to be made;
    `hidden` are the streams of occurrences and reports that who asks may not know of: they are not there for them.
    """

    versions: Mapping[str, int]
    occurrences: Mapping[str, Occurrence]
    places: Mapping[str, Place]
    reports: Mapping[str, Report]
    sources: Mapping[str, Source]
    parties: Mapping[str, tuple[str, ...]]
    named: Mapping[str, Sequence[Place]]
    nearest: Mapping[Reference, tuple[str, ...]]
    suffix: str
    hidden: frozenset[str] = frozenset()

    def occurrence(self, name: str) -> Occurrence:
        """Give an occurrence that the request is about; raises UnknownError."""
        found = self.occurrences.get(name)
        if found is None:
            raise UnknownError("occurrence", name)
        return found

    def claim(self, name: str) -> tuple[Occurrence, Claim]:
        """Give a claim that the request is about, and its occurrence; raises UnknownError."""
        occurrence = self.occurrences.get(name.partition(".")[0])
        claim = occurrence.claims.get(name) if occurrence else None
        if occurrence is None or claim is None:
            raise UnknownError("claim", name)
        return occurrence, claim


class Write(Struct, frozen=True):
    """Events for one stream at an expected version."""

    stream: str
    expected: int
    events: tuple[Event, ...]


class Decision(Struct, frozen=True, kw_only=True):
    """What a request comes to: what is to be written, all or none."""

    writes: tuple[Write, ...]
    names: tuple[PlaceName, ...] = ()
    expects: Mapping[str, int] = {}


class Citable(Struct, frozen=True):
    """What a request says of where something stands, taken from any body that cites."""

    report: str
    published_at: str | None
    quote: str | None
    locator: str | None


def cite(said: Citable, facts: Facts) -> Citation:
    """Give a citation with the moment it was made known: the request's own, else the report's.

    A bare date is known from the end of that day in the source's zone.
    """
    report = facts.reports[said.report].said
    published_at = report.published_at
    if said.published_at is not None:
        published_at = end_of(parse(said.published_at), zone_named(report.time_zone))
    return Citation(report=said.report, published_at=published_at, quote=said.quote, locator=said.locator)


def published(said: str | None) -> Instant | None:
    """Give the moment at which something was made known; a bare date is the end of that day in UTC."""
    return None if said is None else end_of(parse(said), zone_named("UTC"))


def refuse(faults: Sequence[Fault]) -> None:
    """Raise FaultyError if there are faults."""
    if faults:
        raise FaultyError(tuple(faults))


def slug(name: str) -> str:
    """Make an id of a name: ASCII letters and digits with hyphens; empty where the script gives none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")

"""Small builders of what tests fold: events as they would be said, and the registries that they name."""

from collections.abc import Iterable
from datetime import UTC, datetime

from events.claims import ClaimContent
from events.details import Details
from events.known import ALL_KNOWN, Known, as_known
from events.occurrence import At, Occurrence, begin, evolve
from events.occurrence_events import ClaimMade, OccurrenceEvent, OccurrenceReported
from events.registry import Party, Place
from events.registry_events import PartyRegistered, PlaceRegistered
from events.times import end_of, parse, zone_named
from events.values import Citation, Interval, Occurred, PartyIn, PlaceAt, interval
from events.words import PartyRole, PlaceKind, PlaceRole
from projections.registry_view import RegistryView

RECORDED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def moment(said: str) -> datetime:
    """Give the instant at which what was published then is known: a bare date is the end of that day in UTC."""
    return end_of(parse(said), zone_named("UTC"))


def at(position: int, when: datetime = RECORDED_AT) -> At:
    return At(position, when)


def cited(report: str, published: str) -> Citation:
    return Citation(report=report, published_at=moment(published))


def place(name: str, role: PlaceRole = "location") -> PlaceAt:
    return PlaceAt(place=name, role=role)


def party(name: str, role: PartyRole) -> PartyIn:
    return PartyIn(party=name, role=role)


def when(start: str | None, end: str | None = None, zone: str = "UTC") -> Interval:
    return interval(Occurred(start=start, end=end), zone)


def reported(
    details: Details, occurred: Interval, citation: Citation, *who_and_where: PartyIn | PlaceAt
) -> OccurrenceReported:
    """Report an occurrence in the words of `source:<report>`."""
    return OccurrenceReported(
        details=details,
        occurred=occurred,
        places=tuple(part for part in who_and_where if isinstance(part, PlaceAt)),
        parties=tuple(part for part in who_and_where if isinstance(part, PartyIn)),
        claimant=f"source:{citation.report}",
        citation=citation,
    )


def claim(name: str, content: ClaimContent, claimant: str, citation: Citation) -> ClaimMade:
    return ClaimMade(claim=name, content=content, claimant=claimant, citation=citation)


def folded(occurrence: str, events: Iterable[OccurrenceEvent], first: int = 1) -> Occurrence:
    """Fold the events of one occurrence, recorded one after the other from position `first` on."""
    state: Occurrence | None = None
    for position, event in enumerate(events, first):
        if state is None:
            assert isinstance(event, OccurrenceReported)
            state = begin(occurrence, event, at(position))
        else:
            state = evolve(state, event, at(position))
    assert state is not None
    return state


def known(occurrence: Occurrence, known_at: str | None = None) -> Known:
    """Give the occurrence as known at a moment, by default with all that was ever published."""
    view = as_known(occurrence, ALL_KNOWN if known_at is None else moment(known_at))
    assert view is not None
    return view


def a_place(name: str, kind: PlaceKind, parent: str | None = None, *within: str, zone: str = "UTC") -> Place:
    said = PlaceRegistered(name=name, kind=kind, parent=parent, within=within, time_zone=zone)
    return Place(name, 1, 1, said)


def a_party(name: str, *member_of: str) -> Party:
    return Party(name, 1, 1, PartyRegistered(name=name, kind="other", member_of=member_of))


def registry(*registered: Place | Party) -> RegistryView:
    return RegistryView(
        1,
        {entry.id: entry for entry in registered if isinstance(entry, Place)},
        {entry.id: entry for entry in registered if isinstance(entry, Party)},
        {},
    )

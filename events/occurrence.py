"""An occurrence: folded from its stream, and seen as it was known at a moment."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import assert_never

from msgspec import Struct

from events import occurrence_events as said
from events.claims import ClaimContent
from events.details import Details
from events.values import Citation, ExternalId, Instant, Interval, PlaceAt, Reads
from events.words import Credibility


class Restriction(Struct, frozen=True, omit_defaults=True):
    """Why only some may see something, and until when; None: until it is released. Only they are told why."""

    reason: str = ""
    until: datetime | None = None


class Cited(Struct, frozen=True):
    """A citation, its position in the log, and what its wording has otherwise."""

    position: int
    citation: Citation
    reads: Reads | None = None


class Amended(Struct, frozen=True):
    """A correction and when it was made known."""

    published_at: datetime
    position: int
    changes: said.Changes
    reason: str


class Standing(Struct, frozen=True):
    """A retraction, or with `stands` a reinstatement, and when it was made known."""

    published_at: datetime
    position: int
    stands: bool
    reason: str | None


class Ended(Struct, frozen=True):
    """When a claim was withdrawn, or superseded `by` another."""

    published_at: datetime
    position: int
    by: str | None
    reason: str | None


class Claim(Struct):
    """A claim with all that was ever said of it; `request_sha256` where a request made it alone."""

    id: str
    number: int
    content: ClaimContent
    claimant: str
    valid: Interval | None
    credibility: Credibility | None
    citations: list[Cited]
    ended: list[Ended]
    request_sha256: str | None = None


class Rescheduled(Struct, frozen=True):
    """A new due day and when it was made known."""

    published_at: datetime
    position: int
    due: date
    citation: Citation


class Effected(Struct, frozen=True):
    """The change of control that carried a transfer out."""

    published_at: datetime
    position: int
    occurrence: str


class Cancelled(Struct, frozen=True):
    """That a transfer will not take place."""

    published_at: datetime
    position: int
    reason: str | None


class TransferEvents(Struct):
    """What was said of a transfer after it was agreed."""

    rescheduled: list[Rescheduled]
    effected: list[Effected]
    cancelled: list[Cancelled]


class Told(Struct, frozen=True):
    """That a release of a dataset tells of it, and the hash of the request that said so."""

    release: str | None
    sha256: str | None


class Occurrence(Struct):
    """All that was ever said of an occurrence; `number` is its first position, by which projections know it.

    `releases` are those of its dataset by which it was told or changed, in order of arrival; `absorbed` the occurrences
    that are merged into it. `restriction` is the last one that nothing released, though its embargo may have ended.
    """

    id: str
    number: int
    version: int
    position: int
    reported: said.OccurrenceReported
    citations: list[Cited]
    amendments: list[Amended]
    standing: list[Standing]
    merged_into: str | None
    claims: dict[str, Claim]
    assessments: list[tuple[int, said.OccurrenceAssessed]]
    transfers: dict[str, TransferEvents]
    releases: list[Told] = []
    absorbed: tuple[str, ...] = ()
    restriction: Restriction | None = None

    @property
    def retracted(self) -> bool:
        """Tell whether it is retracted, by all that is known."""
        return bool(self.standing) and not max(self.standing, key=lambda fact: fact.position).stands

    @property
    def places(self) -> tuple[PlaceAt, ...]:
        """Where it was, as last corrected."""
        return next((changes.places for changes in self._latest if changes.places is not None), self.reported.places)

    @property
    def details(self) -> Details:
        """What it was, as last corrected."""
        return next((changes.details for changes in self._latest if changes.details is not None), self.reported.details)

    @property
    def _latest(self) -> Iterator[said.Changes]:
        """The corrections, the one published last first."""
        facts = sorted(self.amendments, key=lambda fact: (fact.published_at, fact.position), reverse=True)
        return (fact.changes for fact in facts)


class At(Struct, frozen=True):
    """Where and when an event was recorded."""

    position: int
    recorded_at: datetime


def begin(occurrence: str, event: said.OccurrenceReported, at: At) -> Occurrence:
    """Give the occurrence that its first event tells of."""
    return Occurrence(
        id=occurrence,
        number=at.position,
        version=1,
        position=at.position,
        reported=event,
        citations=[Cited(at.position, event.citation)],
        amendments=[],
        standing=[],
        merged_into=None,
        claims={},
        assessments=[],
        transfers={},
        releases=[] if event.external_id is None else [_told(event.external_id, event)],
    )


def evolve(state: Occurrence, event: said.OccurrenceEvent, at: At) -> Occurrence:
    """Take one further event into the occurrence, in place."""
    state.version += 1
    state.position = at.position
    match event:
        case said.OccurrenceReported():
            raise ValueError(f"{state.id} is reported a second time at position {at.position}")
        case said.OccurrenceCited(citation=citation, reads=reads):
            state.citations.append(Cited(at.position, citation, reads))
        case said.OccurrenceAmended(changes=changes, reason=reason):
            state.amendments.append(Amended(_published(event.published_at, at), at.position, changes, reason))
            if changes.external_id is not None:
                state.releases.append(_told(changes.external_id, event))
        case said.OccurrenceRetracted(reason=reason):
            state.standing.append(
                Standing(_published(event.published_at, at), at.position, stands=False, reason=reason)
            )
        case said.OccurrenceReinstated(reason=reason):
            state.standing.append(Standing(_published(event.published_at, at), at.position, stands=True, reason=reason))
        case said.OccurrenceRestricted(reason=reason, until=until):
            state.restriction = Restriction(reason, until)
        case said.OccurrenceReleased():
            state.restriction = None
        case said.OccurrenceMerged() | said.OccurrenceUnmerged():
            _evolve_merge(state, event)
        case said.OccurrenceAssessed():
            state.assessments.append((at.position, event))
        case said.ClaimMade() | said.ClaimCited() | said.ClaimSuperseded() | said.ClaimWithdrawn():
            _evolve_claim(state, event, at)
        case said.TransferRescheduled() | said.TransferEffected() | said.TransferCancelled():
            _evolve_transfer(state, event, at)
        case _:
            assert_never(event)
    return state


def _evolve_merge(state: Occurrence, event: said.OccurrenceMerged | said.OccurrenceUnmerged) -> None:
    other = event.absorbed
    if other is None:
        state.merged_into = event.into if isinstance(event, said.OccurrenceMerged) else None
        return
    state.absorbed = tuple(one for one in state.absorbed if one != other)
    if isinstance(event, said.OccurrenceMerged):
        state.absorbed = (*state.absorbed, other)


def _evolve_claim(
    state: Occurrence,
    event: said.ClaimMade | said.ClaimCited | said.ClaimSuperseded | said.ClaimWithdrawn,
    at: At,
) -> None:
    match event:
        case said.ClaimMade():
            state.claims[event.claim] = Claim(
                id=event.claim,
                number=at.position,
                content=event.content,
                claimant=event.claimant,
                valid=event.valid,
                credibility=event.credibility,
                citations=[Cited(at.position, event.citation)],
                ended=[],
                request_sha256=event.request.sha256 if event.request else None,
            )
        case said.ClaimCited(claim=claim, citation=citation, reads=reads):
            state.claims[claim].citations.append(Cited(at.position, citation, reads))
        case said.ClaimSuperseded(claim=claim, by=by):
            state.claims[claim].ended.append(Ended(_published(event.published_at, at), at.position, by, None))
        case said.ClaimWithdrawn(claim=claim, reason=reason):
            state.claims[claim].ended.append(Ended(_published(event.published_at, at), at.position, None, reason))
        case _:
            assert_never(event)


def _evolve_transfer(
    state: Occurrence, event: said.TransferRescheduled | said.TransferEffected | said.TransferCancelled, at: At
) -> None:
    transfer = state.transfers.setdefault(event.transfer, TransferEvents([], [], []))
    match event:
        case said.TransferRescheduled(due=due, citation=citation):
            transfer.rescheduled.append(Rescheduled(citation.published_at, at.position, due, citation))
        case said.TransferEffected(occurrence=occurrence):
            transfer.effected.append(Effected(_published(event.published_at, at), at.position, occurrence))
        case said.TransferCancelled(reason=reason):
            transfer.cancelled.append(Cancelled(_published(event.published_at, at), at.position, reason))
        case _:
            assert_never(event)


def _told(external_id: ExternalId, event: said.Said) -> Told:
    return Told(external_id.release, event.request.sha256 if event.request else None)


def _published(published_at: Instant | None, at: At) -> datetime:
    return published_at or at.recorded_at

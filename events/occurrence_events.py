"""Everything that can be said of an occurrence, on its own stream `occurrence-<id>`."""

from datetime import date

from msgspec import Struct

from events.claims import ClaimContent
from events.details import Details
from events.values import (
    Citation,
    Count,
    ExternalId,
    Instant,
    Interval,
    Link,
    PartyIn,
    PlaceAt,
    Reads,
    Request,
)
from events.words import Credibility, Effect, Status


class Said(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One event; `request` stands on the first event of those that were sent together."""

    request: Request | None = None


class OccurrenceReported(Said, frozen=True, kw_only=True):
    """A report says that something happened, or was agreed."""

    details: Details
    occurred: Interval
    places: tuple[PlaceAt, ...] = ()
    parties: tuple[PartyIn, ...] = ()
    claimant: str
    citation: Citation
    links: tuple[Link, ...] = ()
    external_id: ExternalId | None = None


class OccurrenceCited(Said, frozen=True, kw_only=True):
    """Another report tells of the same thing."""

    citation: Citation
    reads: Reads | None = None


class Changes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The members of an occurrence that a correction replaces; null leaves them.

    `external_id` names the newer release of its dataset in which the occurrence stands like this.
    """

    details: Details | None = None
    occurred: Interval | None = None
    places: tuple[PlaceAt, ...] | None = None
    parties: tuple[PartyIn, ...] | None = None
    links: tuple[Link, ...] | None = None
    external_id: ExternalId | None = None


class OccurrenceAmended(Said, frozen=True, kw_only=True):
    """An occurrence was told wrongly and is corrected; what stood before stays readable."""

    changes: Changes
    reason: str
    published_at: Instant | None = None


class OccurrenceRetracted(Said, frozen=True, kw_only=True):
    """It did not happen, or is not to be counted; it stays in the log and in its history."""

    reason: str
    published_at: Instant | None = None


class OccurrenceReinstated(Said, frozen=True, kw_only=True):
    """It was retracted wrongly."""

    reason: str | None = None
    published_at: Instant | None = None


class OccurrenceRestricted(Said, frozen=True, kw_only=True):
    """Only who has the scope `read:restricted` may see it, until then; without `until`, until it is released."""

    reason: str
    until: Instant | None = None


class OccurrenceReleased(Said, frozen=True, kw_only=True):
    """It may be seen again: by decision, or because its embargo ended, which the clock says."""

    reason: str
    by_clock: bool = False


class OccurrenceMerged(Said, frozen=True, kw_only=True):
    """It is the same as another occurrence, which counts for both.

    It stands on the streams of both, so that neither can be merged otherwise meanwhile: on that of the other,
    `absorbed` is the one that was merged into it.
    """

    into: str
    reason: str
    absorbed: str | None = None


class OccurrenceUnmerged(Said, frozen=True, kw_only=True):
    """It was merged wrongly; on the stream of the one that counted for both, `absorbed` is the one that was merged."""

    reason: str | None = None
    absorbed: str | None = None


class OccurrenceAssessed(Said, frozen=True, kw_only=True):
    """An analyst, named and with a reason, adopts a claim or sets a figure."""

    assessor: str
    reason: str
    adopts: str | None = None
    affected: tuple[str, ...] = ()
    status: Status = "unspecified"
    effect: Effect | None = None
    count: Count | None = None


class ClaimMade(Said, frozen=True, kw_only=True):
    """One claimant asserts something; `valid` is the span of a control claim, read in the place's time zone."""

    claim: str
    content: ClaimContent
    claimant: str
    citation: Citation
    valid: Interval | None = None
    credibility: Credibility | None = None


class ClaimCited(Said, frozen=True, kw_only=True):
    """Another report retells a claim; where its wording differs, `reads` says how."""

    claim: str
    citation: Citation
    reads: Reads | None = None


class ClaimSuperseded(Said, frozen=True, kw_only=True):
    """The claimant gives a newer claim in place of an older one."""

    claim: str
    by: str
    published_at: Instant | None = None


class ClaimWithdrawn(Said, frozen=True, kw_only=True):
    """The claimant takes the claim back."""

    claim: str
    reason: str | None = None
    published_at: Instant | None = None


class TransferRescheduled(Said, frozen=True, kw_only=True):
    """A transfer is put off or brought forward."""

    transfer: str
    due: date
    citation: Citation


class TransferEffected(Said, frozen=True, kw_only=True):
    """A change of control carries out a transfer."""

    transfer: str
    occurrence: str
    published_at: Instant | None = None


class TransferCancelled(Said, frozen=True, kw_only=True):
    """A transfer will not take place."""

    transfer: str
    reason: str | None = None
    published_at: Instant | None = None


OccurrenceEvent = (
    OccurrenceReported
    | OccurrenceCited
    | OccurrenceAmended
    | OccurrenceRetracted
    | OccurrenceReinstated
    | OccurrenceRestricted
    | OccurrenceReleased
    | OccurrenceMerged
    | OccurrenceUnmerged
    | OccurrenceAssessed
    | ClaimMade
    | ClaimCited
    | ClaimSuperseded
    | ClaimWithdrawn
    | TransferRescheduled
    | TransferEffected
    | TransferCancelled
)

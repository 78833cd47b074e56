"""The one table of what can be sent: to which path, as what, about what."""

from typing import Any, Literal

from msgspec import Struct

from events import refusals as refused
from events import registry_requests as registry
from events import requests as asked
from events import restriction_requests as kept
from services.api.keys import Scope

Subject = Literal["party", "place", "source", "report", "occurrence", "claim", "transfer"]

LIMIT = 1_000_000
GEOMETRY_LIMIT = 8_000_000
"""How many bytes a body may have; the outline of a country is longer than anything said about it."""


class Recording(Struct, frozen=True, kw_only=True):
    """One thing that can be sent: to which path, as what, and about what.

    `makes` is the collection in which the thing made has an address of its own.
    """

    name: str
    path: str
    body: Any
    summary: str
    method: Literal["POST", "PATCH"] = "POST"
    subject: Subject | None = None
    makes: str | None = None
    scope: Scope = "report"
    limit: int = LIMIT
    refuses: tuple[type[Exception], ...] = ()


_ENDED = (refused.ClaimEndedError,)
_CANCELLED = (refused.TransferCancelledError,)

RECORDINGS = (
    Recording(
        name="register_party",
        path="/v1/parties",
        body=registry.RegisterParty,
        makes="parties",
        summary="Register a party",
    ),
    Recording(
        name="register_place",
        path="/v1/places",
        body=registry.RegisterPlace,
        makes="places",
        limit=GEOMETRY_LIMIT,
        summary="Register a place",
    ),
    Recording(
        name="register_source",
        path="/v1/sources",
        body=registry.RegisterSource,
        makes="sources",
        summary="Register a source",
    ),
    Recording(
        name="file_report", path="/v1/reports", body=registry.FileReport, makes="reports", summary="File a report"
    ),
    Recording(
        method="PATCH",
        name="amend_party",
        path="/v1/parties/{id}",
        body=registry.AmendParty,
        subject="party",
        summary="Amend a party",
    ),
    Recording(
        method="PATCH",
        name="amend_place",
        path="/v1/places/{id}",
        body=registry.AmendPlace,
        subject="place",
        limit=GEOMETRY_LIMIT,
        summary="Amend a place; names and geometry can be added at any time",
    ),
    Recording(
        method="PATCH",
        name="amend_source",
        path="/v1/sources/{id}",
        body=registry.AmendSource,
        subject="source",
        summary="Amend a source",
    ),
    Recording(
        method="PATCH",
        name="amend_report",
        path="/v1/reports/{id}",
        body=registry.AmendReport,
        subject="report",
        summary="Amend a report",
    ),
    Recording(
        name="withdraw_report",
        path="/v1/reports/{id}/withdraw",
        body=registry.WithdrawReport,
        subject="report",
        summary="Say that a source took its report back",
        refuses=(refused.ReportWithdrawnError,),
    ),
    Recording(
        name="report_occurrence",
        path="/v1/occurrences",
        body=asked.OccurrenceRequest,
        makes="occurrences",
        summary="Report an occurrence, with the claims that come with it",
        refuses=(refused.ExternalIdTakenError,),
    ),
    Recording(
        name="make_claim",
        path="/v1/occurrences/{id}/claims",
        body=asked.MakeClaim,
        subject="occurrence",
        makes="claims",
        summary="Make a claim about an occurrence",
        refuses=(refused.IdTakenError,),
    ),
    Recording(
        name="cite_occurrence",
        path="/v1/occurrences/{id}/citations",
        body=asked.CiteOccurrence,
        subject="occurrence",
        summary="Cite another report of the same occurrence",
    ),
    Recording(
        name="amend_occurrence",
        path="/v1/occurrences/{id}/amendments",
        body=asked.AmendOccurrence,
        subject="occurrence",
        summary="Correct an occurrence; the old values stay readable",
    ),
    Recording(
        name="assess_occurrence",
        path="/v1/occurrences/{id}/assessments",
        body=asked.AssessOccurrence,
        subject="occurrence",
        scope="assess",
        summary="Adopt a claim or set a figure, as an analyst",
    ),
    Recording(
        name="retract_occurrence",
        path="/v1/occurrences/{id}/retraction",
        body=asked.RetractOccurrence,
        subject="occurrence",
        summary="Retract an occurrence: it counts nowhere and stays readable",
        refuses=(refused.AlreadyRetractedError,),
    ),
    Recording(
        name="reinstate_occurrence",
        path="/v1/occurrences/{id}/reinstatement",
        body=asked.ReinstateOccurrence,
        subject="occurrence",
        summary="Let a retracted occurrence stand again",
        refuses=(refused.NotRetractedError,),
    ),
    Recording(
        name="restrict_occurrence",
        path="/v1/occurrences/{id}/restriction",
        body=kept.RestrictOccurrence,
        subject="occurrence",
        summary="Keep an occurrence from readers without the scope `read:restricted`, or keep it from them for longer",
        refuses=(refused.EmbargoShortenedError,),
    ),
    Recording(
        name="release_occurrence",
        path="/v1/occurrences/{id}/release",
        body=kept.ReleaseOccurrence,
        subject="occurrence",
        scope="assess",
        summary="Let all readers see a restricted occurrence",
        refuses=(refused.NotRestrictedError,),
    ),
    Recording(
        name="restrict_place",
        path="/v1/places/{id}/restriction",
        body=kept.RestrictPlace,
        subject="place",
        summary="Keep from readers without the scope `read:restricted` where a place is, or for longer",
        refuses=(refused.EmbargoShortenedError,),
    ),
    Recording(
        name="release_place",
        path="/v1/places/{id}/release",
        body=kept.ReleasePlace,
        subject="place",
        scope="assess",
        summary="Let all readers see where a restricted place is",
        refuses=(refused.NotRestrictedError,),
    ),
    Recording(
        name="merge_occurrence",
        path="/v1/occurrences/{id}/merge",
        body=asked.MergeOccurrence,
        subject="occurrence",
        summary="Say that an occurrence is the same as another",
        refuses=(refused.MergeError,),
    ),
    Recording(
        name="unmerge_occurrence",
        path="/v1/occurrences/{id}/unmerge",
        body=asked.UnmergeOccurrence,
        subject="occurrence",
        summary="Say that a merged occurrence is one of its own",
        refuses=(refused.MergeError,),
    ),
    Recording(
        name="cite_claim",
        path="/v1/claims/{id}/citations",
        body=asked.CiteClaim,
        subject="claim",
        summary="Cite another report that retells a claim; it is never counted twice",
        refuses=_ENDED,
    ),
    Recording(
        name="supersede_claim",
        path="/v1/claims/{id}/supersede",
        body=asked.SupersedeClaim,
        subject="claim",
        summary="Put a newer claim of the same claimant in a claim's place",
        refuses=(*_ENDED, refused.IdTakenError),
    ),
    Recording(
        name="withdraw_claim",
        path="/v1/claims/{id}/withdraw",
        body=asked.WithdrawClaim,
        subject="claim",
        summary="Say that a claimant took a claim back",
        refuses=_ENDED,
    ),
    Recording(
        name="reschedule_transfer",
        path="/v1/transfers/{id}/reschedule",
        body=asked.RescheduleTransfer,
        subject="transfer",
        summary="Put a transfer off, or bring it forward",
    ),
    Recording(
        name="effect_transfer",
        path="/v1/transfers/{id}/effect",
        body=asked.EffectTransfer,
        subject="transfer",
        summary="Say which change of control carried a transfer out",
        refuses=(*_CANCELLED, refused.AlreadyEffectedError),
    ),
    Recording(
        name="cancel_transfer",
        path="/v1/transfers/{id}/cancel",
        body=asked.CancelTransfer,
        subject="transfer",
        summary="Say that a transfer will not take place",
        refuses=_CANCELLED,
    ),
)

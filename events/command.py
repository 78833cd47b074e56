"""The one door into the log: every request that records something, and the rule that decides it."""

from collections.abc import Sequence
from functools import cached_property
from typing import assert_never

from msgspec import Struct

from events import decide_claim, decide_occurrence, decide_registry, decide_restriction, decide_transfer
from events import registry_requests as registry
from events import requests as asked
from events import restriction_requests as kept
from events.decision import Decision, Facts
from events.references import Reference, references

RegistryBody = (
    registry.RegisterParty
    | registry.RegisterPlace
    | registry.RegisterSource
    | registry.FileReport
    | registry.AmendParty
    | registry.AmendPlace
    | registry.AmendSource
    | registry.AmendReport
    | registry.WithdrawReport
)
OccurrenceBody = (
    asked.OccurrenceBody
    | asked.CiteOccurrence
    | asked.AmendOccurrence
    | asked.AssessOccurrence
    | asked.RetractOccurrence
    | asked.ReinstateOccurrence
    | asked.MergeOccurrence
    | asked.UnmergeOccurrence
)
ClaimBody = asked.ClaimBody | asked.CiteClaim | asked.SupersedeClaim | asked.WithdrawClaim
TransferBody = asked.RescheduleTransfer | asked.EffectTransfer | asked.CancelTransfer
RestrictionBody = kept.RestrictOccurrence | kept.ReleaseOccurrence | kept.RestrictPlace | kept.ReleasePlace
RequestBody = RegistryBody | OccurrenceBody | ClaimBody | TransferBody | RestrictionBody


class Command(Struct, frozen=True, kw_only=True, dict=True):
    """A request to record something.

    `subject` is what the request is about, an id; None for what is new. `sha256` is the hash of the request,
    by which the same one is known again; `by` names the API key that sent it. `if_match` is the version that
    the subject's stream must have. `hidden` are the streams that who sent it may not know of.
    """

    body: RequestBody
    subject: str | None = None
    sha256: str
    by: str
    idempotency_key: str | None = None
    if_match: int | None = None
    hidden: frozenset[str] = frozenset()

    @cached_property
    def references(self) -> Sequence[Reference]:
        """Every id that the request refers to."""
        return references(self.body)


def decide(command: Command, new_id: str, facts: Facts) -> Decision:
    """Say what a request comes to; raises a RefusalError when it is not taken."""
    subject = command.subject or ""
    match command.body:
        case registry.RegisterParty() | registry.RegisterPlace() | registry.RegisterSource() | registry.FileReport():
            return decide_registry.register(command.body, new_id, facts)
        case registry.AmendParty() | registry.AmendPlace() | registry.AmendSource() | registry.AmendReport():
            return decide_registry.amend(command.body, subject, facts)
        case registry.WithdrawReport():
            return decide_registry.withdraw_report(command.body, subject, facts)
        case asked.OccurrenceBody():
            return decide_occurrence.report(command.body, new_id, facts)
        case asked.ClaimBody():
            return decide_claim.make(command.body, subject, facts)
        case asked.CiteClaim() | asked.SupersedeClaim() | asked.WithdrawClaim():
            return _decide_claim(command.body, subject, facts)
        case asked.RescheduleTransfer() | asked.EffectTransfer() | asked.CancelTransfer():
            return _decide_transfer(command.body, subject, facts)
        case kept.RestrictOccurrence() | kept.ReleaseOccurrence() | kept.RestrictPlace() | kept.ReleasePlace():
            return decide_restriction.decide(command.body, subject, facts)
        case _:
            return _decide_occurrence(command.body, subject, facts)


def _decide_occurrence(
    body: asked.CiteOccurrence
    | asked.AmendOccurrence
    | asked.AssessOccurrence
    | asked.RetractOccurrence
    | asked.ReinstateOccurrence
    | asked.MergeOccurrence
    | asked.UnmergeOccurrence,
    subject: str,
    facts: Facts,
) -> Decision:
    match body:
        case asked.CiteOccurrence():
            return decide_occurrence.cite_occurrence(body, subject, facts)
        case asked.AmendOccurrence():
            return decide_occurrence.amend(body, subject, facts)
        case asked.AssessOccurrence():
            return decide_occurrence.assess(body, subject, facts)
        case asked.RetractOccurrence():
            return decide_occurrence.retract(body, subject, facts)
        case asked.ReinstateOccurrence():
            return decide_occurrence.reinstate(body, subject, facts)
        case asked.MergeOccurrence():
            return decide_occurrence.merge(body, subject, facts)
        case asked.UnmergeOccurrence():
            return decide_occurrence.unmerge(body, subject, facts)
        case _:
            assert_never(body)


def _decide_claim(
    body: asked.CiteClaim | asked.SupersedeClaim | asked.WithdrawClaim, subject: str, facts: Facts
) -> Decision:
    match body:
        case asked.CiteClaim():
            return decide_claim.cite_claim(body, subject, facts)
        case asked.SupersedeClaim():
            return decide_claim.supersede(body, subject, facts)
        case asked.WithdrawClaim():
            return decide_claim.withdraw(body, subject, facts)
        case _:
            assert_never(body)


def _decide_transfer(
    body: asked.RescheduleTransfer | asked.EffectTransfer | asked.CancelTransfer, subject: str, facts: Facts
) -> Decision:
    match body:
        case asked.RescheduleTransfer():
            return decide_transfer.reschedule(body, subject, facts)
        case asked.EffectTransfer():
            return decide_transfer.effect(body, subject, facts)
        case asked.CancelTransfer():
            return decide_transfer.cancel(body, subject, facts)
        case _:
            assert_never(body)

"""Decisions about newer releases of a dataset: what they change of an occurrence that an older one told of."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, structs

from events import occurrence_events as said
from events import requests as asked
from events.claims import CasualtiesClaim, ClaimContent, ControlClaim, ResponsibilityClaim
from events.decide_occurrence import report
from events.decision import Decision, Facts, Write, slug
from events.known import ALL_KNOWN, Known, KnownClaim, as_known
from events.occurrence import Occurrence
from events.releases import is_newer, release_of

Topic = tuple[object, ...]
"""What a claim is about, whatever it says of that."""


class Restated(Struct, frozen=True):
    """An occurrence as it stands, and as the newer release has it."""

    standing: Known
    first: said.OccurrenceReported
    claims: Sequence[said.ClaimMade]

    @property
    def published_at(self) -> datetime:
        """When the newer release made it known."""
        return self.first.citation.published_at


def supersede_release(body: asked.OccurrenceBody, subject: str, facts: Facts) -> Decision:
    """Amend what a newer release has otherwise, let its claims take the place of the older ones, and cite it.

    "Then it supersedes what changed and retracts what is gone, published on the release's day": a claim that the
    newer release does not make any more is withdrawn, and what an older release had retracted stands again.
    """
    occurrence = facts.occurrence(subject)
    told = report(body, subject, facts).writes[0].events
    standing = as_known(occurrence, ALL_KNOWN)
    first, *claims = told
    if standing is None or not isinstance(first, said.OccurrenceReported):
        raise ValueError(f"{subject} is not there to be changed")
    restated = Restated(standing, first, [event for event in claims if isinstance(event, said.ClaimMade)])
    events: list[said.OccurrenceEvent] = [
        _amended(restated),
        *_claimed(occurrence, restated),
        *_reinstated(occurrence, restated),
        # What is restricted already stays so; its embargo is not the dataset's to change.
        *(event for event in claims if isinstance(event, said.OccurrenceRestricted) and not occurrence.restriction),
        # The last event names what a request came to: the occurrence itself.
        said.OccurrenceCited(citation=first.citation),
    ]
    return Decision(writes=(Write(f"occurrence-{subject}", occurrence.version, tuple(events)),))


def is_older(body: asked.OccurrenceBody, occurrence: Occurrence) -> bool:
    """Tell whether a request holds no newer release than the one that was told of last."""
    if body.external_id is None or not occurrence.releases:
        return True
    return not is_newer(body.external_id.release, occurrence.releases[-1].release)


def is_superseded(release: str | None, occurrence: Occurrence) -> bool:
    """Tell whether the release that was told of last is newer than this one."""
    return bool(occurrence.releases) and is_newer(occurrence.releases[-1].release, release)


def stands_so(occurrence: Occurrence, sha256: str) -> bool:
    """Tell whether the release that was told of last said the same, and it was not retracted since."""
    return bool(occurrence.releases) and occurrence.releases[-1].sha256 == sha256 and not occurrence.retracted


def _amended(restated: Restated) -> said.OccurrenceAmended:
    """Give the members that the newer release has otherwise, with its name."""
    standing, first = restated.standing, restated.first
    external = first.external_id
    return said.OccurrenceAmended(
        changes=said.Changes(
            details=None if first.details == standing.details else first.details,
            occurred=None if first.occurred == standing.occurred else first.occurred,
            places=None if first.places == standing.places else first.places,
            parties=None if first.parties == standing.parties else first.parties,
            links=None if first.links == standing.links else first.links,
            external_id=external,
        ),
        reason="" if external is None else f"as release {external.release} of {external.dataset} has it",
        published_at=restated.published_at,
    )


def _claimed(occurrence: Occurrence, restated: Restated) -> Iterator[said.OccurrenceEvent]:
    """Let each claim that changed take the place of the one before it, and withdraw those that are gone."""
    standing = {claim.id: claim for claim in restated.standing.standing_claims}
    before = _predecessors(occurrence, restated.claims, standing)
    for new in restated.claims:
        old = before.get(new.claim)
        if old is not None and (old.content, old.valid) == (new.content, new.valid):
            continue
        name = new.claim if new.claim not in occurrence.claims else f"{new.claim}-{_suffix(occurrence, restated)}"
        yield structs.replace(new, claim=name)
        if old is not None:
            yield said.ClaimSuperseded(claim=old.id, by=name, published_at=restated.published_at)
    followed = {claim.id for claim in before.values()}
    for gone in standing.values():
        # What other voices were heard to say is theirs to take back.
        if gone.id not in followed and gone.claimant == restated.first.claimant:
            yield said.ClaimWithdrawn(
                claim=gone.id, reason="the newer release has it no more", published_at=restated.published_at
            )


def _predecessors(
    occurrence: Occurrence, claims: Sequence[said.ClaimMade], standing: Mapping[str, KnownClaim]
) -> Mapping[str, KnownClaim]:
    """Find which standing claim each new one follows: that of its name, or what superseded it, else of its topic."""
    found: dict[str, KnownClaim] = {}
    for new in claims:
        if (last := _last_of_line(occurrence, new.claim)) in standing:
            found[new.claim] = standing[last]
    taken = {claim.id for claim in found.values()}
    for new in claims:
        if new.claim in found:
            continue
        same = next((one for one in standing.values() if one.id not in taken and _same_topic(one, new)), None)
        if same is not None:
            taken.add(same.id)
            found[new.claim] = same
    return found


def _last_of_line(occurrence: Occurrence, claim: str) -> str:
    """Follow a claim to the one that superseded it last."""
    seen: set[str] = set()
    while claim in occurrence.claims and claim not in seen:
        seen.add(claim)
        by = next((ended.by for ended in occurrence.claims[claim].ended if ended.by is not None), None)
        if by is None:
            break
        claim = by
    return claim


def _same_topic(one: KnownClaim, other: said.ClaimMade) -> bool:
    return one.claimant == other.claimant and _topic(one.content) == _topic(other.content)


def _topic(content: ClaimContent) -> Topic:
    match content:
        case CasualtiesClaim(scope=scope, affected=affected, status=status, effect=effect, place=place):
            return (CasualtiesClaim, scope, tuple(sorted(affected)), status, effect, place)
        case ControlClaim(place=place):
            return (ControlClaim, place)
        case ResponsibilityClaim(party=party):
            return (ResponsibilityClaim, party)
        case _:
            return (type(content),)


def _reinstated(occurrence: Occurrence, restated: Restated) -> Iterator[said.OccurrenceReinstated]:
    """Let what an older release of the dataset retracted stand again; what somebody else retracted stays so."""
    external = restated.first.external_id
    if not occurrence.retracted or external is None:
        return
    last = max(occurrence.standing, key=lambda fact: fact.position)
    retracted_by = release_of(last.reason or "", external.dataset)
    if retracted_by is not None and is_newer(external.release, retracted_by):
        yield said.OccurrenceReinstated(
            reason=f"{external.dataset} has it again in release {external.release}",
            published_at=restated.published_at,
        )


def _suffix(occurrence: Occurrence, restated: Restated) -> str:
    external = restated.first.external_id
    release = None if external is None else external.release
    return slug(release or "") or str(occurrence.version)

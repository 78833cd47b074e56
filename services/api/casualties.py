"""Who was harmed: casualties by group, and the claims and citations behind every number."""

from typing import Annotated

from litestar.response.base import ASGIResponse
from msgspec import Meta, structs

from events.values import Line, OccurrenceId, Said
from events.words import Degree, Device, Effect, OccurrenceKind, Status, Weapon
from projections.casualties import queries
from projections.casualties.answers import CasualtyEvidence, CasualtyTally, Evidence
from projections.casualties.queries import EvidencePage
from projections.casualties.question import CasualtyQuery, Grouping, PartyLevel
from projections.registry_view import Level
from projections.veil import Veil
from services.api.claimants import ClaimantText, claimants_named
from services.api.queries import Clocked, Limit, OpaqueCursor, PartyIds, PlaceIds, read_query
from services.api.reading import Held, answered, held, paged, part_of
from services.api.routes import Asked, Route

_NAME = "casualties"
_COARSE = {"affected_party", "status", "kind", "month", "year"}

PeriodText = Annotated[str, Meta(max_length=10, description="A period as written in the answer's rows.")]


class CasualtiesQuery(Clocked, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which casualties, and by what they are grouped."""

    group_by: tuple[Grouping, ...] = ()
    affected_party: PartyIds = ()
    status: tuple[Status, ...] = ()
    effect: tuple[Effect, ...] = ()
    kind: tuple[OccurrenceKind, ...] = ()
    weapon: tuple[Weapon, ...] = ()
    device: tuple[Device, ...] = ()
    attacker: PartyIds = ()
    place: PlaceIds = ()
    claimant: tuple[ClaimantText, ...] = ()
    dataset: tuple[Line, ...] = ()
    occurrence: tuple[OccurrenceId, ...] = ()
    day: tuple[PeriodText, ...] = ()
    week: tuple[PeriodText, ...] = ()
    month: tuple[PeriodText, ...] = ()
    year: tuple[PeriodText, ...] = ()
    from_: Said | None = None
    to: Said | None = None
    level: Level = "province"
    party_level: PartyLevel = "leaf"
    responsibility: tuple[Degree, ...] = ("acknowledged", "attributed")


class EvidenceQuery(CasualtiesQuery, frozen=True, kw_only=True, rename={"from_": "from"}):
    """The same parameters, of which only the filters matter, and a page."""

    limit: Limit = 100
    cursor: OpaqueCursor | None = None


async def casualties(asked: Asked) -> ASGIResponse:
    """Give the tally."""
    query = read_query(asked.request, CasualtiesQuery)
    counts = asked.parts.settings.count_restricted and singles_nobody_out(query)
    async with held(asked, query, _NAME, counts=counts) as holding:
        found = await queries.casualties(*holding.given, _question(query, holding))
        for row in (*found.rows, *found.totals, *found.not_located) if counts else ():
            _leave_out(row.evidence, holding.snapshot.veil)
        return answered(asked, holding, found)


def singles_nobody_out(query: CasualtiesQuery) -> bool:
    """Tell whether a question is about everything there is, grouped by nothing finer than a month.

    By a filter or a clock more could be told of what is restricted: the difference of two answers is one occurrence.
    """
    freely = structs.replace(query, group_by=(), effect=(), level="province", party_level="leaf", min_position=None)
    return set(query.group_by) <= _COARSE and structs.replace(freely, wait_s=5.0) == CasualtiesQuery()


def _leave_out(evidence: Evidence, veil: Veil) -> None:
    """Leave out of the evidence what is counted and not told."""
    occurrences = [name for name in evidence.occurrences if not veil.hides_subject("occurrence", name)]
    claims = [name for name in evidence.claims if not veil.hides_subject("claim", name)]
    if (len(occurrences), len(claims)) != (len(evidence.occurrences), len(evidence.claims)):
        evidence.occurrences, evidence.claims, evidence.complete = occurrences, claims, False


async def evidence(asked: Asked) -> ASGIResponse:
    """Give a page of claims."""
    query = read_query(asked.request, EvidenceQuery)
    async with held(asked, query, _NAME) as holding:
        page = part_of(query, EvidencePage, cursor=holding.after)
        return paged(asked, holding, await queries.evidence(*holding.given, _question(query, holding), page))


def _question(query: Clocked, holding: Held) -> CasualtyQuery:
    question = part_of(query, CasualtyQuery)
    return structs.replace(question, claimant=claimants_named(question.claimant, holding.snapshot.registry))


CASUALTY_ROUTES = (
    Route(
        method="GET",
        path="/v1/casualties",
        name="casualties",
        tag="casualties",
        summary="How many people were harmed, by group, as ranges",
        description=CasualtyTally.__doc__ or "",
        scope="read",
        act=casualties,
        query=CasualtiesQuery,
        gives={200: CasualtyTally},
    ),
    Route(
        method="GET",
        path="/v1/casualties/evidence",
        name="casualty_evidence",
        tag="casualties",
        summary="The claims and citations behind the same filter",
        scope="read",
        act=evidence,
        query=EvidenceQuery,
        gives={200: CasualtyEvidence},
    ),
)

"""Who was harmed: casualties by group, and the claims and citations behind every number."""

from typing import Annotated

from litestar.response.base import ASGIResponse
from msgspec import Meta, structs

from events.values import Line, OccurrenceId, Said
from events.words import Degree, Device, Effect, OccurrenceKind, Status, Weapon
from projections.casualties import queries
from projections.casualties.answers import CasualtyEvidence, CasualtyTally
from projections.casualties.queries import EvidencePage
from projections.casualties.question import CasualtyQuery, Grouping, PartyLevel
from projections.registry_view import Level
from services.api.claimants import ClaimantText, claimants_named
from services.api.queries import Clocked, Limit, OpaqueCursor, PartyIds, PlaceIds, read_query
from services.api.reading import Held, answered, held, paged, part_of
from services.api.routes import Asked, Route

_NAME = "casualties"

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
    async with held(asked, query, _NAME) as holding:
        return answered(asked, holding, await queries.casualties(*holding.given, _question(query, holding)))


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

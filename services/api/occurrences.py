"""Occurrences and claims: found by what they are, told with everything that stands behind them."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar.response.base import ASGIResponse
from msgspec import Meta, Struct

from events.refusals import UnknownError
from events.values import Line, OccurrenceId, Said, SourceId
from events.words import OccurrenceKind, PartyRole, PlaceRole, TimePrecision
from projections.bounds import Box
from projections.clocks import Answered
from projections.occurrences import one, queries
from projections.occurrences.answers import (
    ClaimAnswer,
    Claimant,
    HistoryAnswer,
    Include,
    OccurrenceAnswer,
    OccurrenceList,
    OccurrenceQuery,
    Page,
    UnresolvedPlaces,
)
from projections.occurrences.similar import SimilarList
from projections.occurrences.unresolved_postgres import unresolved_places
from projections.paging import Slice, number_of
from services.api.answers import FORMATS, GEOJSON, format_of
from services.api.claimants import ClaimantText, claimants_named
from services.api.geojson import OccurrenceFeatures, features_of
from services.api.queries import Clocked, ClockedPage, PartyIds, Phrase, PlaceIds, read_query
from services.api.reading import Held, answered, held, paged, part_of, there
from services.api.routes import Asked, Format, Route

_NAME = "occurrences"


class OccurrencesQuery(ClockedPage, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which occurrences."""

    kind: tuple[OccurrenceKind, ...] = ()
    party: PartyIds = ()
    role: tuple[PartyRole | PlaceRole, ...] = ()
    place: PlaceIds = ()
    bbox: Box | None = None
    from_: Said | None = None
    to: Said | None = None
    precision: tuple[TimePrecision, ...] = ()
    source: tuple[SourceId, ...] = ()
    claimant: tuple[ClaimantText, ...] = ()
    dataset: tuple[Line, ...] = ()
    external_id: Line | None = None
    id: Annotated[tuple[OccurrenceId, ...], Meta(description="Only these.")] = ()
    q: Phrase | None = None
    include: tuple[Include, ...] = ()
    format: Format | None = None


class ClaimantsPage(Answered, kw_only=True):
    """Everyone whose claims stand."""

    items: Sequence[Claimant]
    next_cursor: str | None
    total: int


async def occurrences(asked: Asked) -> ASGIResponse:
    """Give a page of occurrences."""
    query = read_query(asked.request, OccurrencesQuery)
    media = FORMATS[format_of(asked.request, query.format, ("json", "geojson"))]
    async with held(asked, query, _NAME) as holding:
        registry = holding.snapshot.registry
        claimants = claimants_named(query.claimant, registry)
        question = part_of(query, OccurrenceQuery, ids=query.id, claimant=claimants)
        found = await queries.occurrences(*holding.given, question, part_of(query, Page, cursor=holding.after))
        return paged(asked, holding, features_of(found, registry) if media == GEOJSON else found, media)


async def occurrence(asked: Asked) -> ASGIResponse:
    """Give one occurrence."""
    query = read_query(asked.request, Clocked)
    holding = await _moment(asked, query)
    found = await one.one_occurrence(asked.parts.log, holding.snapshot.registry, holding.clocks, asked.id)
    return answered(asked, holding, there(found, "occurrence", asked.id))


async def history(asked: Asked) -> ASGIResponse:
    """Give the events of one occurrence."""
    query = read_query(asked.request, Clocked)
    holding = await _moment(asked, query)
    found = await one.history(asked.parts.log, holding.clocks, asked.id)
    return answered(asked, holding, there(found, "occurrence", asked.id))


async def claim(asked: Asked) -> ASGIResponse:
    """Give one claim."""
    query = read_query(asked.request, Clocked)
    holding = await _moment(asked, query)
    found = await one.one_claim(asked.parts.log, holding.clocks, asked.id)
    return answered(asked, holding, there(found, "claim", asked.id))


async def similar(asked: Asked) -> ASGIResponse:
    """Give a page of what may be the same occurrence."""
    query = read_query(asked.request, ClockedPage)
    async with held(asked, query, _NAME) as holding:
        found = await queries.similar(*holding.given, asked.id, part_of(query, Slice, cursor=holding.after))
        return paged(asked, holding, there(found, "occurrence", asked.id))


async def _moment(asked: Asked, query: Clocked) -> Held:
    """Find out the moment, and let go of the connection: the log up to a position never changes."""
    async with held(asked, query, _NAME) as holding:
        return holding


async def unresolved(asked: Asked) -> ASGIResponse:
    """Give a page of the places stored as written."""
    query = read_query(asked.request, ClockedPage)
    async with held(asked, query, _NAME) as holding:
        page = part_of(query, Slice, cursor=holding.after)
        return paged(asked, holding, await unresolved_places(*holding.given, page))


async def claimants(asked: Asked) -> ASGIResponse:
    """Give a page of the claimants."""
    query = read_query(asked.request, ClockedPage)
    async with held(asked, query, _NAME) as holding:
        found = await queries.claimants(holding.snapshot.connection, holding.clocks)
        return paged(asked, holding, ClaimantsPage(**_cut(found.items, query, holding)))


def _cut(items: Sequence[Struct], query: ClockedPage, holding: Held) -> dict[str, Any]:
    """Cut a page out of a list that is short enough to be read whole."""
    after = number_of(holding.after)
    end = after + query.limit
    return {
        "items": items[after:end],
        "next_cursor": str(end) if end < len(items) else None,
        "total": len(items),
        **holding.clocks.echoed,
    }


OCCURRENCE_ROUTES = (
    Route(
        method="GET",
        path="/v1/occurrences",
        name="occurrences",
        tag="occurrences",
        summary="Occurrences, in the order in which they were first reported here",
        description=OccurrenceQuery.__doc__ or "",
        scope="read",
        act=occurrences,
        query=OccurrencesQuery,
        gives={200: OccurrenceList},
        also={GEOJSON: OccurrenceFeatures},
    ),
    Route(
        method="GET",
        path="/v1/occurrences/{id}",
        name="occurrence",
        tag="occurrences",
        summary="One occurrence with its claims and citations",
        scope="read",
        act=occurrence,
        query=Clocked,
        gives={200: OccurrenceAnswer},
        refuses=(UnknownError,),
    ),
    Route(
        method="GET",
        path="/v1/occurrences/{id}/history",
        name="occurrence_history",
        tag="occurrences",
        summary="What was said of an occurrence, oldest first",
        scope="read",
        act=history,
        query=Clocked,
        gives={200: HistoryAnswer},
        refuses=(UnknownError,),
    ),
    Route(
        method="GET",
        path="/v1/occurrences/{id}/similar",
        name="similar_occurrences",
        tag="occurrences",
        summary="Occurrences that may be the same, with what speaks for it",
        description=SimilarList.__doc__ or "",
        scope="read",
        act=similar,
        query=ClockedPage,
        gives={200: SimilarList},
        refuses=(UnknownError,),
    ),
    Route(
        method="GET",
        path="/v1/claims/{id}",
        name="claim",
        tag="occurrences",
        summary="One claim with its citations",
        scope="read",
        act=claim,
        query=Clocked,
        gives={200: ClaimAnswer},
        refuses=(UnknownError,),
    ),
    Route(
        method="GET",
        path="/v1/places/unresolved",
        name="unresolved_places",
        tag="registries",
        summary="Names of places that stand as written: nothing bears them, or several places do",
        scope="read",
        act=unresolved,
        query=ClockedPage,
        gives={200: UnresolvedPlaces},
    ),
    Route(
        method="GET",
        path="/v1/claimants",
        name="claimants",
        tag="registries",
        summary="Everyone whose claims stand",
        scope="read",
        act=claimants,
        query=ClockedPage,
        gives={200: ClaimantsPage},
    ),
)

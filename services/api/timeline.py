"""What happened in which order, and which source told how much on which day."""

from typing import Annotated

from litestar.response.base import ASGIResponse
from msgspec import Meta

from events.values import Said, SourceId
from events.words import OccurrenceKind
from projections.control_map import queries as control
from projections.control_map.answers import TransferItem
from projections.control_map.control import Period as Held
from projections.control_map.queries import TransferQuery
from projections.coverage import queries as covered
from projections.coverage.answers import Coverage, CoverageQuery, Period
from projections.occurrences import queries
from projections.occurrences.answers import Include, OccurrenceQuery, Page
from projections.occurrences.timeline import Timeline
from projections.paging import Slice
from services.api.claimants import ClaimantText, claimants_named
from services.api.queries import LIMIT_MAX, ClockedPage, PartyIds, PlaceIds, read_query
from services.api.reading import held, paged, part_of
from services.api.routes import Asked, Route


class TimelineQuery(ClockedPage, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which occurrences."""

    place: PlaceIds = ()
    party: PartyIds = ()
    kind: tuple[OccurrenceKind, ...] = ()
    claimant: tuple[ClaimantText, ...] = ()
    from_: Said | None = None
    to: Said | None = None
    include: tuple[Include, ...] = ()


class CoveredQuery(ClockedPage, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which sources, over which days."""

    source: tuple[SourceId, ...] = ()
    from_: Annotated[Said, Meta(description="The first day; default 29 days before the last.")] | None = None
    to: (
        Annotated[Said, Meta(description="The last day; default that of the clocks, else of the last report.")] | None
    ) = None
    period: Period = "day"


class PlaceTimeline(Timeline, kw_only=True):
    """A page of what happened, oldest first.

    Where one place is asked for, `control` is who held it over time, up to `as_of`, and `transfers` what was agreed of
    it, or of what it lies in; else they are null.
    """

    control: list[Held] | None
    transfers: list[TransferItem] | None


async def timeline(asked: Asked) -> ASGIResponse:
    """Give a page of a timeline."""
    query = read_query(asked.request, TimelineQuery)
    async with held(asked, query, "occurrences", "control_map") as holding:
        question = part_of(query, OccurrenceQuery, claimant=claimants_named(query.claimant, holding.snapshot.registry))
        found = await queries.timeline(*holding.given, question, part_of(query, Page, cursor=holding.after))
        spans = agreed = None
        if len(query.place) == 1:
            history = await control.control_history(*holding.given, query.place[0])
            spans = None if history is None else history.spans
            terms = await control.transfers(*holding.given, TransferQuery(place=query.place, limit=LIMIT_MAX))
            agreed = terms.items
        answer = PlaceTimeline(
            items=found.items,
            next_cursor=found.next_cursor,
            total=found.total,
            control=spans,
            transfers=agreed,
            **holding.clocks.echoed,
        )
        return paged(asked, holding, answer)


async def coverage(asked: Asked) -> ASGIResponse:
    """Give a page of sources."""
    query = read_query(asked.request, CoveredQuery)
    async with held(asked, query, "occurrences") as holding:
        page = part_of(query, Slice, cursor=holding.after)
        return paged(asked, holding, await covered.coverage(*holding.given, part_of(query, CoverageQuery), page))


TIMELINE_ROUTES = (
    Route(
        method="GET",
        path="/v1/timeline",
        name="timeline",
        tag="situation",
        summary="What happened, oldest first; of one place also who held it",
        description=PlaceTimeline.__doc__ or "",
        scope="read",
        act=timeline,
        query=TimelineQuery,
        gives={200: PlaceTimeline},
    ),
    Route(
        method="GET",
        path="/v1/coverage",
        name="coverage",
        tag="situation",
        summary="Which source told how much on which day, silence included",
        description=CoverageQuery.__doc__ or "",
        scope="read",
        act=coverage,
        query=CoveredQuery,
        gives={200: Coverage},
    ),
)

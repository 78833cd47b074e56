"""What lies in the ground, and who had to leave: hazards and displacement."""

from litestar.response.base import ASGIResponse

from events.values import Said
from events.words import Device, Movement
from projections.displacement.answers import DisplacementQuery
from projections.hazards import queries
from projections.hazards.answers import HazardList, HazardQuery
from projections.hazards.told import HazardKind
from projections.paging import Slice
from projections.registry_view import Level
from services import displacement as moved
from services.api.queries import ClockedPage, PlaceIds, read_query
from services.api.reading import held, paged, part_of
from services.api.routes import Asked, Route


class HazardsQuery(ClockedPage, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which hazards."""

    place: PlaceIds = ()
    kind: tuple[HazardKind, ...] = ()
    device: tuple[Device, ...] = ()
    from_: Said | None = None
    to: Said | None = None
    level: Level = "district"


class MovementsQuery(ClockedPage, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which movements of people."""

    place: PlaceIds = ()
    returning: bool | None = None
    movement: tuple[Movement, ...] = ()
    from_: Said | None = None
    to: Said | None = None
    level: Level = "district"


async def hazards(asked: Asked) -> ASGIResponse:
    """Give a page of hazards, and all of them by area."""
    query = read_query(asked.request, HazardsQuery)
    async with held(asked, query, "hazards") as holding:
        page = part_of(query, Slice, cursor=holding.after)
        return paged(asked, holding, await queries.hazards(*holding.given, part_of(query, HazardQuery), page))


async def displacement(asked: Asked) -> ASGIResponse:
    """Give a page of movements."""
    query = read_query(asked.request, MovementsQuery)
    async with held(asked, query, *moved.NEEDS) as holding:
        page = part_of(query, Slice, cursor=holding.after)
        found = await moved.displacement(*holding.given, part_of(query, DisplacementQuery), page)
        return paged(asked, holding, found)


SITUATION_ROUTES = (
    Route(
        method="GET",
        path="/v1/hazards",
        name="hazards",
        tag="situation",
        summary="Contamination, clearance and explosions of devices, and what they come to by area",
        description=HazardQuery.__doc__ or "",
        scope="read",
        act=hazards,
        query=HazardsQuery,
        gives={200: HazardList},
    ),
    Route(
        method="GET",
        path="/v1/displacement",
        name="displacement",
        tag="situation",
        summary="Who left from where and for where, who came back, and how many as a range",
        description=DisplacementQuery.__doc__ or "",
        scope="read",
        act=displacement,
        query=MovementsQuery,
        gives={200: moved.DisplacementAnswer},
    ),
)

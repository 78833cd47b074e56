"""Who controls what: the control map, the history of a place, and what was agreed to change hands."""

from litestar.response.base import ASGIResponse

from events.refusals import UnknownError
from events.words import PlaceKind
from projections.bounds import Box
from projections.control_map import queries
from projections.control_map.answers import ControlHistoryAnswer, ControlMapAnswer, TransferAnswer, TransfersAnswer
from projections.control_map.queries import ControlMapQuery, TransferQuery
from projections.control_map.transfers import TransferStatus
from projections.control_map.winning import Status
from services.api.answers import FORMATS, GEOJSON, JSON, format_of
from services.api.queries import Clocked, ClockedPage, PartyIds, PlaceIds, read_query
from services.api.reading import answered, held, paged, part_of, there
from services.api.routes import Asked, Format, Route

_NAME = "control_map"


class MapQuery(Clocked, frozen=True, kw_only=True):
    """Which places of the control map."""

    place: PlaceIds = ()
    party: PartyIds = ()
    status: tuple[Status, ...] = ()
    kind: tuple[PlaceKind, ...] = ()
    bbox: Box | None = None
    format: Format | None = None


class TransfersQuery(ClockedPage, frozen=True, kw_only=True):
    """Which transfers."""

    status: tuple[TransferStatus, ...] = ()
    place: PlaceIds = ()


async def control_map(asked: Asked) -> ASGIResponse:
    """Give the map; as JSON it is the same FeatureCollection under the plainer media type."""
    query = read_query(asked.request, MapQuery)
    media = FORMATS[format_of(asked.request, query.format, ("geojson", "json"))]
    async with held(asked, query, _NAME) as holding:
        found = await queries.control_map(*holding.given, part_of(query, ControlMapQuery))
        return answered(asked, holding, found, media)


async def history(asked: Asked) -> ASGIResponse:
    """Give the spans of one place."""
    query = read_query(asked.request, Clocked)
    async with held(asked, query, _NAME) as holding:
        found = await queries.control_history(*holding.given, asked.id)
        return answered(asked, holding, there(found, "place", asked.id))


async def transfers(asked: Asked) -> ASGIResponse:
    """Give a page of transfers."""
    query = read_query(asked.request, TransfersQuery)
    async with held(asked, query, _NAME) as holding:
        found = await queries.transfers(*holding.given, part_of(query, TransferQuery, cursor=holding.after))
        return paged(asked, holding, found)


async def transfer(asked: Asked) -> ASGIResponse:
    """Give one transfer."""
    query = read_query(asked.request, Clocked)
    async with held(asked, query, _NAME) as holding:
        found = await queries.transfer(*holding.given, asked.id)
        return answered(asked, holding, there(found, "transfer", asked.id))


CONTROL_ROUTES = (
    Route(
        method="GET",
        path="/v1/control-map",
        name="control_map",
        tag="control",
        summary="Who is reported to hold which place",
        description=ControlMapQuery.__doc__ or "",
        scope="read",
        act=control_map,
        query=MapQuery,
        gives={200: ControlMapAnswer},
        media=GEOJSON,
        also={JSON: ControlMapAnswer},
    ),
    Route(
        method="GET",
        path="/v1/control-map/{id}/history",
        name="control_history",
        tag="control",
        summary="Who held a place when, as known at `known_at`",
        scope="read",
        act=history,
        query=Clocked,
        gives={200: ControlHistoryAnswer},
        refuses=(UnknownError,),
    ),
    Route(
        method="GET",
        path="/v1/transfers",
        name="transfers",
        tag="control",
        summary="What was agreed to go from one party to another, and whether it did",
        description=TransferQuery.__doc__ or "",
        scope="read",
        act=transfers,
        query=TransfersQuery,
        gives={200: TransfersAnswer},
    ),
    Route(
        method="GET",
        path="/v1/transfers/{id}",
        name="transfer",
        tag="control",
        summary="One transfer",
        scope="read",
        act=transfer,
        query=Clocked,
        gives={200: TransferAnswer},
        refuses=(UnknownError,),
    ),
)

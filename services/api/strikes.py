"""Who struck whom, how often: strikes in a list, counted, and in a trailing window."""

from datetime import date
from typing import Annotated

from litestar.response.base import ASGIResponse
from msgspec import Meta

from events.values import Said
from events.words import Degree, Weapon
from projections.registry_view import Level
from projections.strikes import queries
from projections.strikes.answers import StrikeCounts, StrikeList, StrikeWindow
from projections.strikes.counts import GroupBy, Grouping, PartyLevel
from projections.strikes.matching import StrikeQuery
from projections.strikes.queries import Page
from projections.strikes.windows import window
from services.api.queries import Clocked, Limit, OpaqueCursor, PartyIds, PlaceIds, read_query
from services.api.reading import answered, held, paged, part_of
from services.api.routes import Asked, Route

_NAME = "strikes"
_ANY_DAY = date(2020, 11, 25)

ZoneText = Annotated[
    str,
    Meta(
        max_length=60,
        description="An IANA time zone; default the place's, else UTC. `local` is that of each strike's own place.",
        examples=["Asia/Damascus"],
    ),
]
Duration = Annotated[
    str,
    Meta(max_length=40, description="An ISO 8601 duration of whole days, weeks, months or years.", examples=["P7D"]),
]


class FilteredQuery(Clocked, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which strikes."""

    attacker: PartyIds = ()
    target_party: PartyIds = ()
    place: PlaceIds = ()
    weapon: tuple[Weapon, ...] = ()
    responsibility: tuple[Degree, ...] = ("acknowledged", "attributed")
    from_: Said | None = None
    to: Said | None = None
    tz: ZoneText | None = None
    level: Level = "province"


class StrikesQuery(FilteredQuery, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which strikes, page by page."""

    limit: Limit = 100
    cursor: OpaqueCursor | None = None


class CountsQuery(FilteredQuery, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which strikes, and by what they are counted."""

    group_by: tuple[GroupBy, ...] = ()
    party_level: PartyLevel = "leaf"


class WindowQuery(Clocked, frozen=True, kw_only=True):
    """Which strikes, and how far back from `as_of`."""

    window: Duration
    attacker: PartyIds = ()
    target_party: PartyIds = ()
    place: PlaceIds = ()
    weapon: tuple[Weapon, ...] = ()
    responsibility: tuple[Degree, ...] = ("acknowledged", "attributed")
    tz: ZoneText | None = None
    level: Level = "province"

    def __post_init__(self) -> None:
        """Refuse what is no duration of whole days."""
        window(self.window, _ANY_DAY)


async def strikes(asked: Asked) -> ASGIResponse:
    """Give a page of strikes."""
    query = read_query(asked.request, StrikesQuery)
    async with held(asked, query, _NAME) as holding:
        page = part_of(query, Page, cursor=holding.after)
        return paged(asked, holding, await queries.strikes(*holding.given, part_of(query, StrikeQuery), page))


async def counts(asked: Asked) -> ASGIResponse:
    """Give grouped counts."""
    query = read_query(asked.request, CountsQuery)
    async with held(asked, query, _NAME) as holding:
        question, grouping = part_of(query, StrikeQuery), part_of(query, Grouping)
        return answered(asked, holding, await queries.counts(*holding.given, question, grouping))


async def trailing(asked: Asked) -> ASGIResponse:
    """Give the strikes of a window."""
    query = read_query(asked.request, WindowQuery)
    async with held(asked, query, _NAME) as holding:
        question = part_of(query, StrikeQuery)
        return answered(asked, holding, await queries.trailing(*holding.given, question, query.window))


STRIKE_ROUTES = (
    Route(
        method="GET",
        path="/v1/strikes",
        name="strikes",
        tag="strikes",
        summary="Strikes, oldest first",
        description=StrikeQuery.__doc__ or "",
        scope="read",
        act=strikes,
        query=StrikesQuery,
        gives={200: StrikeList},
    ),
    Route(
        method="GET",
        path="/v1/strikes/counts",
        name="strike_counts",
        tag="strikes",
        summary="Strikes counted, with zeros in a series",
        scope="read",
        act=counts,
        query=CountsQuery,
        gives={200: StrikeCounts},
    ),
    Route(
        method="GET",
        path="/v1/strikes/window",
        name="strike_window",
        tag="strikes",
        summary="The strikes of a trailing window that ends at `as_of`, whole local days",
        scope="read",
        act=trailing,
        query=WindowQuery,
        gives={200: StrikeWindow},
    ),
)

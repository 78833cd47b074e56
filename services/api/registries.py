"""What is registered: parties, places, sources and reports, and places by any of their names."""

from typing import Annotated, Any, Literal

from litestar.response.base import ASGIResponse
from msgspec import Meta, Struct, defstruct

from events.refusals import UnknownError
from events.times import end_of, parse, start_of, zone_named
from events.values import Id, Language, Line, PartyId, PlaceId, ReportId, Said, SourceId
from events.words import PartyKind, PlaceKind, SourceKind
from projections.clocks import Answered, refuse_reversed
from projections.registry import queries
from projections.registry.queries import Category, NameQuery, RegistryList, RegistryQuery, ReportQuery, ResolvedName
from projections.registry.told import ToldParty, ToldPlace, ToldReport, ToldSource
from services.api.queries import Clocked, ClockedPage, Search, read_query
from services.api.reading import answered, held, paged, part_of, there
from services.api.routes import Act, Asked, Route

Ids = Annotated[tuple[Id, ...], Meta(description="Only these.")]


class PartiesQuery(ClockedPage, frozen=True, kw_only=True):
    """Which parties."""

    id: Ids = ()
    kind: tuple[PartyKind, ...] = ()
    member_of: tuple[PartyId, ...] = ()
    aligned_with: tuple[PartyId, ...] = ()
    q: Search | None = None


class PlacesQuery(ClockedPage, frozen=True, kw_only=True):
    """Which places."""

    id: Ids = ()
    kind: tuple[PlaceKind, ...] = ()
    parent: Annotated[tuple[PlaceId, ...], Meta(description="Places whose parent is, or that are within, these.")] = ()
    q: Search | None = None


class SourcesQuery(ClockedPage, frozen=True, kw_only=True):
    """Which sources."""

    id: Ids = ()
    kind: tuple[SourceKind, ...] = ()
    aligned_with: tuple[PartyId, ...] = ()
    q: Search | None = None


class ReportsQuery(ClockedPage, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which reports; `from` and `to` go by when they were published."""

    id: Ids = ()
    source: tuple[SourceId, ...] = ()
    language: tuple[Language, ...] = ()
    url: Line | None = None
    translation_of: ReportId | None = None
    withdrawn: bool | None = None
    from_: Said | None = None
    to: Said | None = None
    q: Search | None = None

    def __post_init__(self) -> None:
        """Refuse a span that ends before it begins."""
        refuse_reversed(self.from_, self.to)


class ResolveQuery(Clocked, frozen=True, kw_only=True):
    """A place's name as somebody wrote it, and what is known of the place."""

    name: Line
    kind: PlaceKind | None = None
    parent: Annotated[Line | None, Meta(description="A place that it lies in: its id, ISO code or a name.")] = None
    country: Annotated[Line | None, Meta(description="The country: its id, ISO 3166 code or a name.")] = None


async def parties(asked: Asked) -> ASGIResponse:
    """Give a page of parties."""
    query = read_query(asked.request, PartiesQuery)
    return await _listed(
        asked, query, "party", kinds=query.kind, belongs_to=query.member_of, aligned_with=query.aligned_with
    )


async def places(asked: Asked) -> ASGIResponse:
    """Give a page of places."""
    query = read_query(asked.request, PlacesQuery)
    return await _listed(asked, query, "place", kinds=query.kind, belongs_to=query.parent)


async def sources(asked: Asked) -> ASGIResponse:
    """Give a page of sources."""
    query = read_query(asked.request, SourcesQuery)
    return await _listed(asked, query, "source", kinds=query.kind, aligned_with=query.aligned_with)


async def _listed(
    asked: Asked, query: PartiesQuery | PlacesQuery | SourcesQuery, category: Category, **filters: tuple[str, ...]
) -> ASGIResponse:
    given = {name: list(values) or None for name, values in filters.items()}
    async with held(asked, query) as holding:
        question = RegistryQuery(
            category=category,
            ids=list(query.id) or None,
            q=query.q,
            limit=query.limit,
            cursor=holding.after,
            kinds=given.get("kinds"),
            belongs_to=given.get("belongs_to"),
            aligned_with=given.get("aligned_with"),
        )
        return paged(asked, holding, await queries.list_registered(*holding.given, question))


async def reports(asked: Asked) -> ASGIResponse:
    """Give a page of reports."""
    query = read_query(asked.request, ReportsQuery)
    utc = zone_named("UTC")
    async with held(asked, query) as holding:
        question = ReportQuery(
            ids=list(query.id) or None,
            sources=list(query.source) or None,
            languages=list(query.language) or None,
            url=query.url,
            translation_of=query.translation_of,
            withdrawn=query.withdrawn,
            first=None if query.from_ is None else start_of(parse(query.from_), utc),
            last=None if query.to is None else end_of(parse(query.to), utc),
            q=query.q,
            limit=query.limit,
            cursor=holding.after,
        )
        return paged(asked, holding, await queries.list_reports(holding.snapshot.connection, holding.clocks, question))


async def resolve(asked: Asked) -> ASGIResponse:
    """Give the places that bear a name."""
    query = read_query(asked.request, ResolveQuery)
    async with held(asked, query) as holding:
        return answered(asked, holding, await queries.resolve_name(*holding.given, part_of(query, NameQuery)))


def _one(category: Category | Literal["report"]) -> Act:
    async def one(asked: Asked) -> ASGIResponse:
        query = read_query(asked.request, Clocked)
        async with held(asked, query) as holding:
            found = await queries.one_registered(*holding.given, (category, asked.id))
            return answered(asked, holding, there(found, category, asked.id))

    return one


def _page_of(kind: type[Struct]) -> type[Struct]:
    """Describe a page of one kind of entry: a RegistryList whose items are all of that kind."""
    members: list[tuple[str, Any]] = [("items", list[kind]), ("next_cursor", str | None), ("total", int)]
    return defstruct(
        f"{_word(kind)}Page", members, bases=(Answered,), namespace={"__doc__": RegistryList.__doc__}, kw_only=True
    )


def _entry_of(kind: type[Struct]) -> type[Struct]:
    """Describe one entry of a kind: a RegistryEntry with it."""
    return defstruct(
        f"{_word(kind)}Entry", [("item", kind)], bases=(Answered,), namespace={"__doc__": kind.__doc__}, kw_only=True
    )


def _word(kind: type[Struct]) -> str:
    return kind.__name__.removeprefix("Told")


class _Register(Struct, frozen=True):
    """One of the registries: its path, its category, how it is listed, by what, and what it holds."""

    name: str
    category: Category | Literal["report"]
    act: Act
    query: type[ClockedPage]
    holds: type[Struct]


_REGISTERS = (
    _Register("parties", "party", parties, PartiesQuery, ToldParty),
    _Register("places", "place", places, PlacesQuery, ToldPlace),
    _Register("sources", "source", sources, SourcesQuery, ToldSource),
    _Register("reports", "report", reports, ReportsQuery, ToldReport),
)

REGISTRY_ROUTES = (
    *(
        Route(
            method="GET",
            path=f"/v1/{register.name}",
            name=register.name,
            tag="registries",
            summary=f"The {register.name} registered, by id",
            scope="read",
            act=register.act,
            query=register.query,
            gives={200: _page_of(register.holds)},
        )
        for register in _REGISTERS
    ),
    *(
        Route(
            method="GET",
            path=f"/v1/{register.name}/{{id}}",
            name=register.category,
            tag="registries",
            summary=f"One {register.category}",
            scope="read",
            act=_one(register.category),
            query=Clocked,
            gives={200: _entry_of(register.holds)},
            refuses=(UnknownError,),
        )
        for register in _REGISTERS
    ),
    Route(
        method="GET",
        path="/v1/places/resolve",
        name="resolve_place",
        tag="registries",
        summary="The places that bear a name: one, several, or none and the nearest",
        scope="read",
        act=resolve,
        query=ResolveQuery,
        gives={200: ResolvedName},
    ),
)

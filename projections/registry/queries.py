"""What is registered, read: all of it for other answers, lists with filters, and places by any of their names."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
from msgspec import Struct
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.names import fold
from events.registry import Party, Place, Registered, Report, Source
from events.statements import statements
from projections.clocks import Answered, Clocks
from projections.naming import Naming
from projections.nearest_postgres import NearName, nearest_names
from projections.registry.told import Told, ToldPlace, told
from projections.registry_view import RegistryView

Connection = AsyncConnection[TupleRow]
Category = Literal["party", "place", "source"]

_SQL = statements(Path(__file__).with_suffix(".sql"))
_STATES: Mapping[str, msgspec.json.Decoder[Any]] = {
    "party": msgspec.json.Decoder(Party),
    "place": msgspec.json.Decoder(Place),
    "source": msgspec.json.Decoder(Source),
    "report": msgspec.json.Decoder(Report),
}


class RegistryQuery(Struct, frozen=True, kw_only=True):
    """Which parties, places or sources: of these kinds, below these, aligned with these, with this text in a name."""

    category: Category
    kinds: Sequence[str] | None = None
    belongs_to: Sequence[str] | None = None
    aligned_with: Sequence[str] | None = None
    ids: Sequence[str] | None = None
    q: str | None = None
    limit: int = 100
    cursor: str | None = None


class ReportQuery(Struct, frozen=True, kw_only=True):
    """Which reports: published from `first` to `last`, both included."""

    ids: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    languages: Sequence[str] | None = None
    url: str | None = None
    translation_of: str | None = None
    withdrawn: bool | None = None
    first: datetime | None = None
    last: datetime | None = None
    q: str | None = None
    limit: int = 100
    cursor: str | None = None


class RegistryList(Answered, kw_only=True):
    """A page of what is registered."""

    items: list[Told]
    next_cursor: str | None
    total: int


class RegistryEntry(Answered, kw_only=True):
    """One party, place, source or report."""

    item: Told


class NameQuery(Struct, frozen=True, kw_only=True):
    """A name as somebody wrote it, and what is known of the place that it names.

    `parent` is what it lies in, directly or not, `country` the country that it is or lies in: by its id, an id that
    others give it, such as ISO 3166's, or a name.
    """

    name: str
    kind: str | None = None
    parent: str | None = None
    country: str | None = None


class ResolvedName(Answered, kw_only=True):
    """The places that bear a name: one, several, or none and the nearest.

    Of several, `kind`, `parent` or `country` say which is meant.
    """

    name: str
    resolved: bool
    places: list[ToldPlace]
    nearest: list[NearName]


async def registry_at(connection: Connection, position: int, base: RegistryView | None) -> RegistryView:
    """Give everything registered as at a position, on top of what an earlier view has already."""
    after = base.position if base else 0
    cursor = await connection.execute(_SQL["changed_since"], {"position": position, "after": after}, binary=True)
    found: dict[str, dict[str, Any]] = {
        "place": dict(base.places) if base else {},
        "party": dict(base.parties) if base else {},
        "source": dict(base.sources) if base else {},
    }
    changed: list[str] = []
    for category, state in await cursor.fetchall():
        entry: Registered = _STATES[category].decode(state)
        found[category][entry.id] = entry
        if category == "place":
            changed.append(entry.id)
    view = RegistryView(position, found["place"], found["party"], found["source"])
    if base is not None:
        view.add_names(base, changed)
    return view


async def list_registered(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: RegistryQuery
) -> RegistryList:
    """Give a page of parties, places or sources, by id, as the reader's registry has them.

    What the reader sees only coarsely is not found by what they do not see of it: its names, and what it lies in.
    """
    open_to_all = query.q is None and query.belongs_to is None
    asked = msgspec.structs.asdict(query) | {"like": _like(query.q), "open_to_all": open_to_all}
    found = await _page(connection, clocks, ("registered", query.category), asked)
    if query.category == "place":
        found.items = [told(registry.places[item.id]) if item.id in registry.covered else item for item in found.items]
    return found


async def list_reports(connection: Connection, clocks: Clocks, query: ReportQuery) -> RegistryList:
    """Give a page of reports, by id."""
    asked = msgspec.structs.asdict(query) | {"like": _like(query.q)}
    return await _page(connection, clocks, ("reports", "report"), asked)


async def one_registered(
    connection: Connection, registry: RegistryView, clocks: Clocks, what: tuple[Category | Literal["report"], str]
) -> RegistryEntry | None:
    """Give what is registered in a category under an id, None if nothing is."""
    category, entry = what
    if category == "report":
        found = await list_reports(connection, clocks, ReportQuery(ids=[entry], limit=1))
    else:
        query = RegistryQuery(category=category, ids=[entry], limit=1)
        found = await list_registered(connection, registry, clocks, query)
    return RegistryEntry(item=found.items[0], **clocks.echoed) if found.items else None


async def resolve_name(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: NameQuery
) -> ResolvedName:
    """Give the places that bear a name, by what is compared of it (see events.names.fold)."""
    folded = fold(query.name)
    found = [
        place
        for place in registry.bearing(Naming(folded, query.kind))
        if (query.parent is None or _is_in(registry, place, query.parent))
        and (query.country is None or _is_of(registry, place, query.country))
    ]
    nearest = await nearest_names(connection, clocks.position, [] if found else [folded])
    places = [cast("ToldPlace", told(registry.places[place])) for place in found]
    return ResolvedName(
        name=query.name, resolved=len(found) == 1, places=places, nearest=nearest.get(folded, []), **clocks.echoed
    )


def _is_in(registry: RegistryView, place: str, area: str) -> bool:
    return any(_is_called(registry.places.get(around), area) for around in registry.place_ancestors(place))


def _is_of(registry: RegistryView, place: str, country: str) -> bool:
    around = (registry.places.get(one) for one in (place, *registry.place_ancestors(place)))
    return any(one is not None and one.said.kind == "country" and _is_called(one, country) for one in around)


def _is_called(place: Place | None, said: str) -> bool:
    """Tell whether a place is called so: by its id, an id that others give it, such as ISO 3166's, or a name."""
    if place is None:
        return False
    return said in {place.id, *place.said.external_ids.values()} or fold(said) in {
        fold(one.name) for one in place.names
    }


async def _page(
    connection: Connection, clocks: Clocks, what: tuple[str, str], asked: Mapping[str, Any]
) -> RegistryList:
    statement, category = what
    after = asked["cursor"] or ""
    sent = {**asked, "position": clocks.position, "after": after, "limit": asked["limit"] + 1}
    rows = await (await connection.execute(_SQL[statement], sent)).fetchall()
    [(total,)] = await (await connection.execute(_SQL[f"count_{statement}"], sent)).fetchall()
    kept = rows[: asked["limit"]]
    more = len(rows) > len(kept)
    return RegistryList(
        items=[told(_STATES[category].decode(state)) for _, state in kept],
        next_cursor=kept[-1][0] if more else None,
        total=total,
        **clocks.echoed,
    )


def _like(q: str | None) -> str | None:
    if q is None:
        return None
    text = fold(q)
    for sign in "\\%_":
        text = text.replace(sign, "\\" + sign)
    return f"%{text}%"

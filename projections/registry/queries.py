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
_NEAREST = 5


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
    """A name as somebody wrote it, and what is known of the place that it names."""

    name: str
    kind: str | None = None
    parent: str | None = None


class NearName(Struct, frozen=True):
    """A place that bears a name like the one asked for; `likeness` is from 0 to 1."""

    place: str
    name: str
    likeness: float


class ResolvedName(Answered, kw_only=True):
    """The places that bear a name: one, several (then say which, by `kind` or `parent`), or none and the nearest."""

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
    for category, state in await cursor.fetchall():
        entry: Registered = _STATES[category].decode(state)
        found[category][entry.id] = entry
    return RegistryView(position, found["place"], found["party"], found["source"])


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
    """Give the places that bear a name, by what is compared of it (see events.names.fold).

    `parent` is an id or a name of a place that it lies in, directly or not.
    """
    asked = {"folded": fold(query.name), "category": "place", "position": clocks.position, "limit": _NEAREST}
    cursor = await connection.execute(_SQL["bearing_name"], asked)
    bearing = dict.fromkeys(place for place, _ in await cursor.fetchall())
    found = [place for place in bearing if _is_meant(registry, registry.places[place], query)]
    nearest: list[NearName] = []
    if not found:
        cursor = await connection.execute(_SQL["nearest_names"], asked)
        nearest = [
            NearName(place, name, round(float(likeness), 3)) for place, name, likeness in await cursor.fetchall()
        ]
    places = [cast("ToldPlace", told(registry.places[place])) for place in found]
    return ResolvedName(name=query.name, resolved=len(found) == 1, places=places, nearest=nearest, **clocks.echoed)


def _is_meant(registry: RegistryView, place: Place, query: NameQuery) -> bool:
    if query.kind is not None and place.said.kind != query.kind:
        return False
    if query.parent is None:
        return True
    wanted = fold(query.parent)
    around = [registry.places[area] for area in registry.place_ancestors(place.id) if area in registry.places]
    return any(query.parent == area.id or any(wanted == fold(name.name) for name in area.names) for area in around)


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

"""Answers about control, read on a connection that is inside a transaction with one snapshot."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct, structs
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.registry import Place
from events.statements import statements
from events.words import PlaceKind
from projections.bounds import Box, touches
from projections.clocks import Clocks
from projections.control_map.answers import (
    ControlFeature,
    ControlHistoryAnswer,
    ControlMapAnswer,
    TransferAnswer,
    TransfersAnswer,
    feature_of,
    transfer_item,
)
from projections.control_map.facts import Transfer, read_all
from projections.control_map.resolve import history_of
from projections.control_map.situation import Situation
from projections.control_map.transfers import TransferStatus
from projections.control_map.winning import Status
from projections.registry_view import RegistryView

Connection = AsyncConnection[TupleRow]

_SQL = statements(Path(__file__).with_suffix(".sql"))
# Nowhere does a day end later.
_LAST_ZONE = "Etc/GMT+12"


class ControlMapQuery(Struct, frozen=True, kw_only=True):
    """Which places: lying in these, held by these or their members, of these statuses and kinds, touching this box.

    Several values of one parameter are alternatives. Asked for by `place`, `kind` or `bbox`, or for `unknown`, it is
    the registered places that are meant, also those that only inherit, and a `place` asked for stands in the answer
    whatever is known of it. Else it is the places that statements are about or that transfers name.
    """

    place: tuple[str, ...] = ()
    party: tuple[str, ...] = ()
    status: tuple[Status, ...] = ()
    kind: tuple[PlaceKind, ...] = ()
    bbox: Box | None = None


class TransferQuery(Struct, frozen=True, kw_only=True):
    """Which transfers: of these statuses, naming a place that lies in these or in which one of these lies."""

    status: tuple[TransferStatus, ...] = ()
    place: tuple[str, ...] = ()
    limit: int = 100
    cursor: str | None = None


async def control_map(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: ControlMapQuery
) -> ControlMapAnswer:
    """Give who is reported to hold which place."""
    about = None if not query.place else _bearing(_inside(query.place, registry), registry)
    situation = await _situation(connection, registry, clocks, about)
    return ControlMapAnswer(
        **clocks.echoed,
        features=list(features(situation, query)),
    )


async def control_history(
    connection: Connection, registry: RegistryView, clocks: Clocks, place: str
) -> ControlHistoryAnswer | None:
    """Give the history of one place, None where none of that id is registered."""
    entry = registry.places.get(place)
    if entry is None:
        return None
    situation = await _situation(connection, registry, clocks, _bearing([place], registry))
    return ControlHistoryAnswer(
        **clocks.echoed,
        place=place,
        name=entry.said.name,
        spans=history_of(place, situation),
    )


async def transfers(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: TransferQuery
) -> TransfersAnswer:
    """Give the transfers agreed on, one page of them; a cursor is the id that the page comes after."""
    situation = await _situation(connection, registry, clocks, ())
    found = [
        transfer
        for transfer in situation.transfers.values()
        if (not query.status or situation.progress(transfer).status in query.status)
        and (not query.place or _concerns(transfer, query.place, registry))
    ]
    after = query.cursor
    left = [transfer for transfer in found if after is None or transfer.id > after]
    shown = left[: query.limit]
    return TransfersAnswer(
        **clocks.echoed,
        items=[transfer_item(transfer, situation) for transfer in shown],
        next_cursor=shown[-1].id if shown and len(left) > len(shown) else None,
        total=len(found),
    )


async def transfer(
    connection: Connection, registry: RegistryView, clocks: Clocks, transfer_id: str
) -> TransferAnswer | None:
    """Give one transfer, None where none of that id was agreed on by then."""
    situation = await _situation(connection, registry, clocks, ())
    found = situation.transfers.get(transfer_id)
    if found is None:
        return None
    return TransferAnswer(
        **clocks.echoed,
        **structs.asdict(transfer_item(found, situation)),
    )


def features(situation: Situation, query: ControlMapQuery) -> Iterator[ControlFeature]:
    """Give the features asked for, ordered by place."""
    registry = situation.registry
    for place in sorted(_candidates(situation, query)):
        entry = registry.places.get(place)
        if entry is None or not _is_asked_for(entry, query):
            continue
        feature = feature_of(entry, situation)
        control = feature.properties
        if query.status and control.status not in query.status:
            continue
        if query.party and not any(registry.party_in(one, of) for one in control.controllers for of in query.party):
            continue
        told = control.status != "unknown" or control.pending_transfer is not None
        if told or place in query.place or "unknown" in query.status:
            yield feature


def _candidates(situation: Situation, query: ControlMapQuery) -> Iterable[str]:
    if query.place:
        return _inside(query.place, situation.registry)
    if query.kind or query.bbox is not None or "unknown" in query.status:
        return situation.registry.places
    return situation.named()


def _is_asked_for(place: Place, query: ControlMapQuery) -> bool:
    if query.kind and place.said.kind not in query.kind:
        return False
    return query.bbox is None or touches(place, query.bbox)


def _inside(areas: Sequence[str], registry: RegistryView) -> set[str]:
    """Give places and all that lies in them."""
    found = set(areas)
    edge = list(found)
    while edge:
        edge = [place for area in edge for place in registry.children.get(area, ()) if place not in found]
        found.update(edge)
    return found


def _bearing(places: Iterable[str], registry: RegistryView) -> list[str]:
    """Give places and all that they lie in."""
    return sorted({one for place in places for one in (place, *registry.place_ancestors(place))})


def _concerns(transfer: Transfer, areas: Sequence[str], registry: RegistryView) -> bool:
    named = (*transfer.places, *(exclusion.place for exclusion in transfer.excluding))
    return any(registry.place_in(place, area) or registry.place_in(area, place) for place in named for area in areas)


async def _situation(
    connection: Connection, registry: RegistryView, clocks: Clocks, about: Sequence[str] | None
) -> Situation:
    """Read what is known about control, all of it or what bears on some places."""
    cursor = await connection.execute(
        _SQL["facts" if about is None else "facts_about"],
        {
            "known": clocks.known,
            "position": clocks.position,
            "until": clocks.as_of_in(_LAST_ZONE),
            **({} if about is None else {"places": list(about)}),
        },
    )
    row = await cursor.fetchone()
    return Situation(read_all(row[0] if row else "[]"), registry, clocks)

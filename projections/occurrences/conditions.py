"""What a question about occurrences asks of their rows: named conditions, and the values in them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from events.times import is_date, parse
from projections.bounds import touches
from projections.clocks import Clocks
from projections.occurrences.answers import OccurrenceQuery
from projections.occurrences.words import phrase
from projections.registry_view import RegistryView


def asks_where(query: OccurrenceQuery) -> bool:
    """Tell whether a question needs to know which words for places there are."""
    return bool(query.place) or query.bbox is not None


def conditions(
    registry: RegistryView, clocks: Clocks, query: OccurrenceQuery, words: Sequence[str] = ()
) -> tuple[Sequence[str], Mapping[str, Any]]:
    """Give the names of the conditions and what they are given; raises ValueError for a time that is none.

    `words` are those for places that were given by a name which nothing bore.
    """
    found: dict[str, dict[str, Any]] = {"begun": _begun(clocks)}
    if query.retracted_only:
        found["only_retracted"] = {}
    elif "retracted" not in query.include:
        found["not_retracted"] = {}
    if "merged" not in query.include:
        found["not_merged"] = {}
    found |= _listed("kinds", query.kind) | _listed("precisions", query.precision)
    found |= _listed("claimants", query.claimant) | _listed("sources", query.source)
    found |= _listed("datasets", query.dataset) | _listed("ids", query.ids)
    found |= _who_and_where(registry, query, words)
    if query.bbox is not None:
        inside = {place.id for place in registry.places.values() if touches(place, query.bbox)}
        found |= {"inside": {"inside": [*inside, *(word for word in words if registry.meant(word) in inside)]}}
    if query.external_id is not None:
        found["external_id"] = {"external_id": query.external_id}
    if query.q is not None:
        found["search"] = {"phrase": phrase(query.q)}
    found |= _bound("first", query.from_) | _bound("last", query.to)
    asked: dict[str, Any] = {"known": clocks.known, "position": clocks.position}
    for values in found.values():
        asked |= values
    return list(found), asked


def _begun(clocks: Clocks) -> dict[str, Any]:
    day = clocks.as_of if clocks.as_of is not None and is_date(clocks.as_of) else None
    return {"as_of_day": day, "as_of": clocks.as_of_in("UTC")}


def _listed(name: str, values: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {name: {name: list(values)}} if values else {}


def _who_and_where(registry: RegistryView, query: OccurrenceQuery, words: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Ask for places, parties and roles: the role is the party's, else the place's, else anybody's."""
    found: dict[str, dict[str, Any]] = {}
    party_role = query.role if query.party else ()
    place_role = query.role if query.place and not query.party else ()
    if query.place:
        wanted = {place for place in registry.places if any(registry.place_in(place, area) for area in query.place)}
        meant = (word for word in words if registry.around(word) in {*wanted, *query.place})
        found["places"] = {"places": _in_roles({*wanted, *query.place, *meant}, place_role)}
    if query.party:
        wanted = [party for party in registry.parties if any(registry.party_in(party, one) for one in query.party)]
        found["parties"] = {"parties": _in_roles({*wanted, *query.party}, party_role)}
    if query.role and not query.place and not query.party:
        found["acting"] = {"acting": [f"{role}:" for role in query.role]}
    return found


def _in_roles(names: Iterable[str], roles: Sequence[str]) -> list[str]:
    return sorted(f"{role}:{name}" for name in names for role in roles) if roles else sorted(names)


def _bound(end: str, said: str | None) -> dict[str, dict[str, Any]]:
    if said is None:
        return {}
    name = f"{end}_day" if is_date(said) else f"{end}_moment"
    return {name: {name: parse(said)}}

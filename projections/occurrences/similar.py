"""Occurrences that may be the same as another: what speaks for it, each reason with its points, and nothing merged."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from events.values import Position
from projections.clocks import Answered
from projections.naming import is_word, naming_of
from projections.occurrences.told import Told
from projections.registry_view import RegistryView

FAMILIES: Sequence[frozenset[str]] = (
    frozenset({"strike", "explosion", "clash", "attack_on_civilians", "destruction"}),
    frozenset({"control_change", "deployment"}),
    frozenset({"agreement", "statement"}),
    frozenset({"contamination", "clearance", "explosion"}),
)
"""Kinds under which different sources file the same thing; every other kind is its own family."""

SEARCHED_MAX = 1000
"""How many candidates are weighed at most, those whose start is nearest."""
NEAR_KM = 25.0
NEAR_DAYS = 1
SCORE_MAX = 100
_EARTH_KM = 6371.0088
_KM_PER_DEGREE = 111.0

About = Literal["kind", "time", "place", "party", "report", "external_id"]


class Reason(Struct, kw_only=True, omit_defaults=True):
    """Why it may be the same: what is alike, and how much of the score that is."""

    about: About
    points: int
    detail: str
    shared: tuple[str, ...] = ()
    distance_km: float | None = None


class Similar(Struct, kw_only=True):
    """An occurrence that may be the same; `score` is the sum of its reasons' points, held between 0 and 100."""

    occurrence: Told
    score: int
    reasons: tuple[Reason, ...]


class SimilarList(Answered, kw_only=True):
    """Occurrences that may be the same as this one, the likeliest first; none is merged by itself.

    They are of the same family of kinds, begin or last within a day of it, and lie within 25 km of one of its places,
    in one, or around one, or share a report with it; or they bear its id in another dataset. Retracted and merged ones
    are left out. `complete` is false where there were more than 1,000 such: the nearest in time are weighed.
    """

    id: str
    items: list[Similar]
    next_cursor: str | None
    total: int
    complete: bool


class Candidate(Struct, frozen=True):
    """What of an occurrence is weighed; `names` are those of places that are still not known by them, folded."""

    number: int
    id: str
    kind: str
    first_day: date
    last_day: date
    dataset: str | None
    external_id: str | None
    places: tuple[str, ...]
    names: tuple[str, ...]
    parties: tuple[str, ...]
    reports: tuple[str, ...]


class Weighed(Struct, frozen=True):
    """A candidate with what speaks for it."""

    number: int
    id: str
    score: int
    reasons: tuple[Reason, ...]


def family_of(kind: str) -> frozenset[str]:
    """Give the kinds under which the same thing may have been filed."""
    return frozenset({kind}).union(*(family for family in FAMILIES if kind in family))


def around(places: Iterable[str], registry: RegistryView) -> frozenset[str]:
    """Give the places that are these, near them, in them or around them."""
    found: set[str] = set()
    for place in places:
        edge = {place}
        inside: set[str] = set()
        while edge:
            inside |= edge
            edge = {inner for outer in edge for inner in registry.children.get(outer, ())} - inside
        found |= inside
        found.update(registry.place_ancestors(place))
        found.update(_near(place, registry))
    return frozenset(found)


def placed(kept: Iterable[str], registry: RegistryView) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the places that an occurrence's row names, and the names that nothing bears by now."""
    told = [one for one in kept if is_word(one) or ":" not in one]
    meant = {one: registry.meant(one) for one in told}
    unknown = (naming_of(one).folded for one, place in meant.items() if place is None)
    return tuple(sorted({place for place in meant.values() if place is not None})), tuple(sorted(set(unknown)))


def may_be_same(subject: Candidate, registry: RegistryView, words: Iterable[str]) -> Mapping[str, object]:
    """Give what is asked for to find what may be the same as an occurrence.

    `words` are those for places that were given by a name which nothing bore.
    """
    margin = timedelta(days=NEAR_DAYS)
    near = around(subject.places, registry)
    return {
        "number": subject.number,
        "family": sorted(family_of(subject.kind)),
        "first": subject.first_day - margin if subject.first_day > date.min + margin else date.min,
        "last": subject.last_day + margin if subject.last_day < date.max - margin else date.max,
        "first_day": subject.first_day,
        "anywhere": not subject.places and not subject.names,
        "around": sorted({*near, *(word for word in words if registry.meant(word) in near)}),
        "words": sorted(word for word in words if naming_of(word).folded in subject.names),
        "reports": list(subject.reports),
        "dataset": subject.dataset,
        "external_id": subject.external_id,
        "limit": SEARCHED_MAX + 1,
    }


def weigh(subject: Candidate, others: Iterable[Candidate], registry: RegistryView) -> list[Weighed]:
    """Give what speaks for each candidate, the highest score first, then by the smaller id."""
    found = [_weighed(subject, other, registry) for other in others]
    return sorted(found, key=lambda one: (-one.score, one.id))


def distance_km(one: Position, other: Position) -> float:
    """Give the length of the great circle between two points (the haversine formula)."""
    west, south, east, north = map(math.radians, (*one, *other))
    chord = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, chord)))


def _near(place: str, registry: RegistryView) -> Iterable[str]:
    here = _point(place, registry)
    if here is None:
        return
    for other in registry.places:
        there = _point(other, registry)
        # Degrees of latitude are told apart before any sine is taken.
        if there is None or abs(there[1] - here[1]) * _KM_PER_DEGREE > NEAR_KM + 1:
            continue
        if distance_km(here, there) <= NEAR_KM:
            yield other


def _point(place: str, registry: RegistryView) -> Position | None:
    entry = registry.places.get(place)
    return None if entry is None else entry.said.point


def _weighed(subject: Candidate, other: Candidate, registry: RegistryView) -> Weighed:
    reasons = [
        _kind(subject, other),
        _time(subject, other),
        _place(subject, other, registry),
        _parties(subject, other, registry),
        _reports(subject, other),
        _external_id(subject, other),
    ]
    kept = tuple(reason for reason in reasons if reason is not None)
    score = sum(reason.points for reason in kept)
    return Weighed(other.number, other.id, min(SCORE_MAX, max(0, score)), kept)


def _kind(subject: Candidate, other: Candidate) -> Reason | None:
    if other.kind == subject.kind:
        return Reason(about="kind", points=10, detail=f"both are {subject.kind}", shared=(subject.kind,))
    if other.kind in family_of(subject.kind):
        return Reason(about="kind", points=5, detail=f"{other.kind} is of the same family as {subject.kind}")
    return None


def _time(subject: Candidate, other: Candidate) -> Reason | None:
    """Two single days that are the same say most; of spans that overlap, the longer says the less."""
    first, last = max(subject.first_day, other.first_day), min(subject.last_day, other.last_day)
    if first <= last:
        longest = max((one.last_day - one.first_day).days + 1 for one in (subject, other))
        points = max(10, round(30 * ((last - first).days + 1) / longest))
        both = first.isoformat() if first == last else f"{first} to {last}"
        return Reason(about="time", points=points, detail=f"both cover {both}")
    gap = (first - last).days
    if gap <= NEAR_DAYS:
        return Reason(about="time", points=10, detail=f"{gap} day apart")
    return None


def _place(subject: Candidate, other: Candidate, registry: RegistryView) -> Reason | None:
    """Give the best of what places say: the same one, a name written alike, the distance, one that holds the other."""
    same = set(subject.places) & set(other.places)
    # The name of a country says little: much happens there on a day.
    if any(not _is_country(place, registry) for place in same):
        return Reason(about="place", points=30, detail="the same place", shared=tuple(sorted(same)))
    if alike := set(subject.names) & set(other.names):
        return Reason(about="place", points=25, detail="a place written alike", shared=tuple(sorted(alike)))
    told = [_one_in_the_other(subject, other, registry), _distance(subject, other, registry)]
    return max((reason for reason in told if reason is not None), key=lambda one: one.points, default=None)


def _distance(subject: Candidate, other: Candidate, registry: RegistryView) -> Reason | None:
    distances = [
        distance_km(here, there)
        for one in subject.places
        for two in other.places
        if (here := _point(one, registry)) is not None and (there := _point(two, registry)) is not None
    ]
    if not distances:
        return None
    nearest = min(distances)
    points = max(5, round(25 * (1 - nearest / NEAR_KM))) if nearest <= NEAR_KM else -25
    return Reason(about="place", points=points, detail=f"{nearest:.1f} km apart", distance_km=round(nearest, 1))


def _one_in_the_other(subject: Candidate, other: Candidate, registry: RegistryView) -> Reason | None:
    holding = {
        outer
        for one in subject.places
        for two in other.places
        for inner, outer in ((one, two), (two, one))
        if registry.place_in(inner, outer)
    }
    if not holding:
        return None
    points = 5 if all(_is_country(place, registry) for place in holding) else 15
    return Reason(about="place", points=points, detail="one lies in the other", shared=tuple(sorted(holding)))


def _is_country(place: str, registry: RegistryView) -> bool:
    entry = registry.places.get(place)
    return entry is not None and entry.said.kind == "country"


def _parties(subject: Candidate, other: Candidate, registry: RegistryView) -> Reason | None:
    shared = _matching(subject.parties, other.parties, registry)
    if not shared:
        return None
    fewer = min(len(subject.parties), len(other.parties))
    points = max(5, round(20 * min(len(shared), fewer) / fewer))
    return Reason(about="party", points=points, detail="the same parties, or members of them", shared=shared)


def _matching(one: Collection[str], other: Collection[str], registry: RegistryView) -> tuple[str, ...]:
    return tuple(sorted({a for a in one if any(registry.party_in(a, b) or registry.party_in(b, a) for b in other)}))


def _reports(subject: Candidate, other: Candidate) -> Reason | None:
    shared = tuple(sorted(set(subject.reports) & set(other.reports)))
    return Reason(about="report", points=5, detail="told of by the same report", shared=shared) if shared else None


def _external_id(subject: Candidate, other: Candidate) -> Reason | None:
    if subject.external_id is None or other.external_id is None:
        return None
    if subject.dataset == other.dataset:
        detail = f"{subject.dataset} itself lists both, under two ids"
        return Reason(about="external_id", points=-20, detail=detail)
    if subject.external_id != other.external_id:
        return None
    detail = f"the same id in {other.dataset} as in {subject.dataset}"
    return Reason(about="external_id", points=25, detail=detail, shared=(subject.external_id,))

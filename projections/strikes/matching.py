"""Which strikes are asked for, on which day each of them counts, and which areas it hit."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from events.times import EVER, FOREVER, end_of, local_day, parse, start_of, zone_named
from events.words import Degree, PlacePrecision, Weapon
from projections.clocks import Clocks
from projections.naming import is_word
from projections.registry_view import LEVEL_OF_PRECISION, Level, RegistryView
from projections.strikes.told import strongest

LOCAL = "local"
"""Instead of a zone: each strike counts on the day that it was where it happened."""


class StrikeRow(Struct, frozen=True):
    """What a strike is found by: the columns of its row."""

    number: int
    occurrence: str
    moment: datetime
    whole_day: bool
    last_moment: datetime
    zone: str
    precision: str
    weapon: Weapon
    attackers: Sequence[str]
    degrees: Sequence[Degree]
    target_parties: Sequence[str]
    target_places: Sequence[str]
    place_precisions: Sequence[PlacePrecision]

    def zone_in(self, tz: str) -> ZoneInfo:
        """Give the zone that its day is read in: a bare date is a day in its place's zone, whatever zone is asked."""
        return zone_named(self.zone if self.whole_day or tz == LOCAL else tz)

    def day_in(self, tz: str) -> date:
        """Give the day it counts on: that of its start, also where it spans two."""
        return local_day(self.moment, self.zone_in(tz))

    def spans_days(self, tz: str) -> bool:
        """Tell whether it reaches, or at its precision may reach, into another day than the one it counts on."""
        return local_day(self.last_moment, self.zone_in(tz)) != self.day_in(tz)


class StrikeQuery(Struct, frozen=True, kw_only=True):
    """The strikes that are asked for; several values of one parameter are alternatives.

    Parties and places stand for all that are members of them or lie in them. `tz` defaults to the zone of the
    places asked for where they share one, else to UTC; `local` is that of each strike's own place. `from_` and `to`
    are dates, whole in `tz`, or times.
    Raises ValueError for a zone, a date or a time that does not exist, and for `from` after `to`.
    """

    attacker: tuple[str, ...] = ()
    target_party: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    weapon: tuple[Weapon, ...] = ()
    responsibility: tuple[Degree, ...] = ("acknowledged", "attributed")
    from_: str | None = None
    to: str | None = None
    tz: str | None = None
    level: Level = "province"

    def __post_init__(self) -> None:
        """Refuse what no answer could be given for."""
        zone = zone_of(self.tz or "UTC")
        since = EVER if self.from_ is None else start_of(parse(self.from_), zone)
        until = FOREVER if self.to is None else end_of(parse(self.to), zone)
        if until < since:
            raise ValueError(f"`from` {self.from_} is after `to` {self.to}")


def placed(strike: StrikeRow, registry: RegistryView) -> StrikeRow:
    """Give a strike with its target places as finely as they are known, and those that are meant by words.

    Words stand last.
    """
    if not strike.target_places:
        return strike
    if LEVEL_OF_PRECISION.keys().isdisjoint(strike.place_precisions) and not is_word(strike.target_places[-1]):
        return strike
    struck = zip(strike.target_places, strike.place_precisions, strict=True)
    known = {place for word, precision in struck if (place := registry.known_as(word, precision)) is not None}
    return structs.replace(strike, target_places=sorted(known))


def tz_of(query: StrikeQuery, registry: RegistryView) -> str:
    """Give the zone of the answer: as asked, else the place's, else UTC."""
    if query.tz is not None:
        return query.tz
    zones = {registry.zone_of(place) for place in query.place}
    return zones.pop() if len(zones) == 1 else "UTC"


def zone_of(tz: str) -> ZoneInfo:
    """Give the zone that an answer itself has its days in: UTC where each strike has its own."""
    return zone_named("UTC" if tz == LOCAL else tz)


def asked_for(
    strikes: Iterable[StrikeRow], query: StrikeQuery, registry: RegistryView, clocks: Clocks
) -> list[StrikeRow]:
    """Give the strikes that fit a query, in order of their day, moment and id; none after `as_of`."""
    tz = tz_of(query, registry)
    spans: dict[ZoneInfo, tuple[datetime, datetime]] = {}
    found: list[StrikeRow] = []
    for strike in strikes:
        zone = strike.zone_in(tz)
        since, until = spans.get(zone) or spans.setdefault(zone, _span(query, clocks, zone))
        if since <= strike.moment <= until and _fits(strike, query, registry):
            found.append(strike)
    return sorted(found, key=lambda strike: order(strike, tz))


def order(strike: StrikeRow, tz: str) -> tuple[date, datetime, str]:
    """Give what strikes are ordered by: day, moment, and last the smaller id, never arrival."""
    return strike.day_in(tz), strike.moment, strike.occurrence


def responsible(strike: StrikeRow, query: StrikeQuery, registry: RegistryView) -> tuple[str | None, ...]:
    """Give the attackers that are asked for, of those held responsible to a degree that is asked for.

    A party is responsible to the strongest degree of itself and of its members among the attackers. A strike by
    nobody known is one of an `unknown` attacker, given as None.
    """
    if not strike.attackers:
        return (None,) if "unknown" in query.responsibility and not query.attacker else ()
    attackers = [
        attacker for attacker in strike.attackers if degree_of(strike, attacker, registry) in query.responsibility
    ]
    if not query.attacker:
        return tuple(attackers)
    groups = [group for group in query.attacker if degree_of(strike, group, registry) in query.responsibility]
    return tuple(attacker for attacker in attackers if any(registry.party_in(attacker, group) for group in groups))


def degree_of(strike: StrikeRow, party: str, registry: RegistryView) -> Degree:
    """Give how firmly a party or a member of it is held responsible; `unknown` where neither is named."""
    return strongest(
        [
            degree
            for attacker, degree in zip(strike.attackers, strike.degrees, strict=True)
            if registry.party_in(attacker, party)
        ]
    )


def targets_hit(strike: StrikeRow, query: StrikeQuery, registry: RegistryView) -> tuple[str, ...]:
    """Give the parties struck, of those asked for."""
    if not query.target_party:
        return tuple(strike.target_parties)
    return tuple(
        party for party in strike.target_parties if any(registry.party_in(party, group) for group in query.target_party)
    )


def places_hit(strike: StrikeRow, query: StrikeQuery, registry: RegistryView) -> tuple[str, ...]:
    """Give the places struck, of those asked for."""
    if not query.place:
        return tuple(strike.target_places)
    return tuple(place for place in strike.target_places if any(registry.place_in(place, area) for area in query.place))


def areas(places: Iterable[str], level: Level, registry: RegistryView) -> tuple[str, ...]:
    """Give the areas of a level that places are or lie in; a place that is known only coarser stands for itself."""
    return tuple(sorted({registry.place_at(place, level) or place for place in places}))


def areas_shared(one: Sequence[str], other: Sequence[str], registry: RegistryView) -> tuple[str, ...]:
    """Give the areas that two strikes share: equal ones, and of one that contains another the containing one."""
    shared = {area for area in one if any(registry.place_in(place, area) for place in other)}
    shared |= {area for area in other if any(registry.place_in(place, area) for place in one)}
    return tuple(sorted(shared))


def _fits(strike: StrikeRow, query: StrikeQuery, registry: RegistryView) -> bool:
    return (
        (not query.weapon or strike.weapon in query.weapon)
        and (not query.target_party or bool(targets_hit(strike, query, registry)))
        and (not query.place or bool(places_hit(strike, query, registry)))
        and bool(responsible(strike, query, registry))
    )


def _span(query: StrikeQuery, clocks: Clocks, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give the first and the last moment that is asked for; "nothing after `as_of` counts"."""
    since = EVER if query.from_ is None else start_of(parse(query.from_), zone)
    until = clocks.as_of_in(zone.key)
    return since, until if query.to is None else min(until, end_of(parse(query.to), zone))

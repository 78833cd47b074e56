"""Strikes counted by attacker, target party, weapon, place, and day, week or month, with zeros where none was."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from events.times import local_day, parse
from projections.clocks import Clocks
from projections.registry_view import RegistryView
from projections.strikes.answers import CountRow
from projections.strikes.matching import (
    StrikeQuery,
    StrikeRow,
    areas,
    places_hit,
    responsible,
    targets_hit,
    tz_of,
    zone_of,
)

GroupBy = Literal["attacker", "target_party", "weapon", "place", "day", "week", "month"]
PartyLevel = Literal["top", "leaf"]

ROWS_MAX = 10_000
"""The most rows of one answer, the zeros included."""

_PERIODS = frozenset({"day", "week", "month"})


class Grouping(Struct, frozen=True, kw_only=True):
    """What strikes are counted by; `party_level` rolls parties up to the outermost that they are members of.

    Raises ValueError for a thing named twice and for more than one of day, week and month.
    """

    group_by: tuple[GroupBy, ...] = ()
    party_level: PartyLevel = "leaf"

    def __post_init__(self) -> None:
        """Refuse groupings that have no meaning."""
        if len(set(self.group_by)) < len(self.group_by):
            raise ValueError("`group_by` names a thing once")
        if len(_PERIODS.intersection(self.group_by)) > 1:
            raise ValueError("`group_by` takes one of day, week and month")


class Days(Struct, frozen=True):
    """The first and the last local day that a count covers."""

    first: date
    last: date


def days_covered(
    strikes: Sequence[StrikeRow], query: StrikeQuery, registry: RegistryView, clocks: Clocks
) -> Days | None:
    """Give the days from `from`, else from the first strike, to `to` or `as_of`, whichever is earlier.

    Where that day has begun in the place but not yet in the answer's zone, to the day of the last strike.
    None where there are none: no strike and no `from`, or a `from` after `as_of`.
    """
    tz = tz_of(query, registry)
    zone = zone_of(tz)
    last = clocks.day_in(zone.key)
    if query.to is not None:
        last = min(last, _day_of(query.to, zone))
    if strikes:
        last = max(last, strikes[-1].day_in(tz))
    if query.from_ is not None:
        first = _day_of(query.from_, zone)
    elif strikes:
        first = strikes[0].day_in(tz)
    else:
        return None
    return Days(first, last) if first <= last else None


def _day_of(said: str, zone: ZoneInfo) -> date:
    parsed = parse(said)
    return local_day(parsed, zone) if isinstance(parsed, datetime) else parsed


def counted(
    strikes: Sequence[StrikeRow], grouping: Grouping, query: StrikeQuery, registry: RegistryView, days: Days | None
) -> list[CountRow]:
    """Count strikes that fit a query, in order of the groups.

    "A strike on two areas stands in both rows, and once in the total"; a series has a row for every day, week or
    month covered, zeros included. Raises ValueError where that would be more than 10,000 rows.
    """
    groups: dict[tuple[str | None, ...], list[StrikeRow]] = {}
    for strike in strikes:
        for key in product(*(_values(strike, thing, grouping, query, registry) for thing in grouping.group_by)):
            groups.setdefault(key, []).append(strike)
    _fill(groups, grouping.group_by, days)
    tz = tz_of(query, registry)
    return [
        CountRow(
            **dict(zip(grouping.group_by, key, strict=True)),
            count=len(found),
            spanning=sum(strike.spans_days(tz) for strike in found),
            occurrences=[strike.occurrence for strike in found],
        )
        for key, found in sorted(groups.items(), key=lambda group: [(value is None, value or "") for value in group[0]])
    ]


def _values(
    strike: StrikeRow, thing: GroupBy, grouping: Grouping, query: StrikeQuery, registry: RegistryView
) -> Iterable[str | None]:
    match thing:
        case "attacker":
            return _rolled_up(responsible(strike, query, registry), grouping.party_level, registry)
        case "target_party":
            return _rolled_up(targets_hit(strike, query, registry) or (None,), grouping.party_level, registry)
        case "weapon":
            return (strike.weapon,)
        case "place":
            return areas(places_hit(strike, query, registry), query.level, registry) or (None,)
        case "day" | "week" | "month":
            return (_period(strike.day_in(tz_of(query, registry)), thing),)


def _rolled_up(parties: Iterable[str | None], level: PartyLevel, registry: RegistryView) -> Iterable[str | None]:
    if level == "leaf":
        return parties
    return dict.fromkeys(None if party is None else registry.party_at_top(party) for party in parties)


def _period(day: date, thing: GroupBy) -> str:
    """Give the name of a day, an ISO 8601 week or a month."""
    match thing:
        case "week":
            year, week, _ = day.isocalendar()
            return f"{year:04}-W{week:02}"
        case "month":
            return day.isoformat()[:7]
        case _:
            return day.isoformat()


def _fill(
    groups: dict[tuple[str | None, ...], list[StrikeRow]], group_by: Sequence[GroupBy], days: Days | None
) -> None:
    at = next((index for index, thing in enumerate(group_by) if thing in _PERIODS), None)
    if at is None or days is None:
        return
    span = (days.last - days.first).days + 1
    periods = dict.fromkeys(_period(days.first + timedelta(days=n), group_by[at]) for n in range(span))
    others = {(*key[:at], *key[at + 1 :]) for key in groups} or ({()} if len(group_by) == 1 else set())
    if len(periods) * len(others) > ROWS_MAX:
        raise ValueError(
            f"{len(periods)} of {group_by[at]} in {len(others)} groups are more than {ROWS_MAX} rows:"
            " narrow `from` and `to`, or group by less"
        )
    for other, period in product(others, periods):
        groups.setdefault((*other[:at], period, *other[at:]), [])

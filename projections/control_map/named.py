"""Statements about a place that was given by a name which nothing bore when it was told."""

from msgspec import structs

from events.values import Interval, Occurred, interval
from projections.control_map.facts import Statement
from projections.control_map.starts import start_of_change
from projections.registry_view import RegistryView


def placed(statement: Statement, registry: RegistryView) -> Statement:
    """Give a statement about the place that is meant by now, from when it began there.

    Where nobody is meant, or nobody can tell who, it stays about the word: no place of that id is registered, so that
    it moves nothing, and what it carries out it still does.
    """
    place = registry.meant(statement.place)
    if place is None:
        return statement
    zone = registry.zone_of(place)
    occurred = statement.occurred
    if occurred is None or occurred.zone == zone:
        return structs.replace(statement, place=place)
    # "A bare date is a whole day in the place's time zone", which nobody knew when it was told.
    start = start_of_change(_read_in(occurred, zone), statement.published_at)
    return structs.replace(statement, place=place, starts_at=start.at, low=start.low, high=start.high)


def _read_in(occurred: Interval, zone: str) -> Interval:
    if occurred.start is None and occurred.end is None:
        return occurred
    return interval(Occurred(start=occurred.start, end=occurred.end, precision=occurred.precision), zone)

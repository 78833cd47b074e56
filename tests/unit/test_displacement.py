"""Who left, from where and for where, and who came back."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from msgspec import json

from events.claims import CasualtiesClaim, QuantityClaim
from events.details import Clash, Displacement, Strike
from events.known import ALL_KNOWN, as_known
from events.occurrence import Occurrence
from events.occurrence_events import OccurrenceEvent, OccurrenceRetracted
from events.values import Count
from events.words import Movement as Kind
from projections.clocks import Clocks
from projections.displacement.answers import DisplacementQuery, Movement, MovementRow, movements_of
from projections.displacement.rows import DISPLACEMENT, TABLE
from projections.displacement.told import Told
from projections.lasting import Lasting
from tests import cases
from tests.hazard_cases import BAKU, karabakh

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _left(movement: Kind = "departure") -> OccurrenceEvent:
    return cases.reported(
        Displacement(movement=movement),
        cases.when("2020-11-14", zone=BAKU),
        cases.cited("tass", "2020-11-15"),
        cases.place("istisu"),
    )


def _how_many(name: str, claimant: str, count: Count, published: str = "2020-11-16") -> OccurrenceEvent:
    content = CasualtiesClaim(effect="displaced", status="civilian", count=count)
    return cases.claim(name, content, claimant, cases.cited("r", published))


def _asked(
    occurrences: Sequence[Occurrence], query: DisplacementQuery | None = None, known_at: str | None = None
) -> list[Movement]:
    rows: list[MovementRow] = []
    for occurrence in occurrences:
        view = as_known(occurrence, ALL_KNOWN if known_at is None else cases.moment(known_at))
        for row in DISPLACEMENT.rows(view) if view is not None else ():
            name, start_at, end_at, zone, told = row.values
            assert isinstance(start_at, datetime)
            assert isinstance(end_at, datetime)
            rows.append(MovementRow(str(name), Lasting(start_at, end_at, str(zone)), json.decode(str(told), type=Told)))
    clocks = Clocks(position=9, now=NOW, known_at=known_at)
    return movements_of(rows, query or DisplacementQuery(), karabakh(), clocks)


def test_a_movement_has_one_row_with_a_value_for_each_column() -> None:
    (row,) = DISPLACEMENT.rows(cases.known(cases.folded("left", [_left()])))

    assert (row.table, len(row.values)) == (TABLE.name, len(TABLE.columns))


def test_a_retracted_movement_and_what_moved_nobody_have_no_row() -> None:
    clash = cases.reported(Clash(), cases.when("2020-11-14"), cases.cited("tass", "2020-11-15"))
    gone = cases.folded("left", [_left(), OccurrenceRetracted(reason="false")])

    assert _asked([gone, cases.folded("clash", [clash])]) == []


def test_a_strike_that_people_are_said_to_have_fled_from_is_a_movement() -> None:
    strike = cases.reported(
        Strike(), cases.when("2020-11-14"), cases.cited("tass", "2020-11-15"), cases.place("zabukh")
    )
    occurrences = [cases.folded("strike", [strike, _how_many("strike.c", "source:un", Count(low=40))])]

    (movement,) = _asked(occurrences)
    assert (movement.kind, movement.returning, movement.origins) == ("strike", False, ("lachin",))
    assert movement.movement is None
    assert _asked(occurrences, known_at="2020-11-15") == []


def test_who_left_did_so_where_it_happened_and_who_came_back_came_there() -> None:
    (away,) = _asked([cases.folded("left", [_left()])])
    (back,) = _asked([cases.folded("back", [_left("return")])])

    assert (away.origins, away.destinations) == (("kalbajar",), ())
    assert (back.origins, back.destinations) == ((), ("kalbajar",))


def test_origin_and_destination_are_taken_as_they_are_told() -> None:
    report = cases.reported(
        Displacement(),
        cases.when("2020-11-14", zone=BAKU),
        cases.cited("tass", "2020-11-15"),
        cases.place("karabakh"),
        cases.place("istisu", "origin"),
        cases.place("zabukh", "destination"),
    )
    (movement,) = _asked([cases.folded("left", [report])])

    assert (movement.origins, movement.destinations) == (("kalbajar",), ("lachin",))


def test_every_claimant_keeps_a_figure_of_their_own() -> None:
    events = [
        _left(),
        _how_many("left.a", "source:un", Count(low=100, best=150, high=200)),
        _how_many("left.b", "party:armenia", Count(words="the population fled")),
        cases.claim(
            "left.c", QuantityClaim(of="families", count=Count(best=30)), "source:un", cases.cited("r", "2020-11-16")
        ),
    ]
    (movement,) = _asked([cases.folded("left", events)])

    assert [(one.claimant, one.count.best, one.count.words) for one in movement.figures] == [
        ("source:un", 150, None),
        ("party:armenia", None, "the population fled"),
    ]
    assert [(one.of, one.count.best) for one in movement.quantities] == [("families", 30)]
    assert movement.claims == ("left.a", "left.b", "left.c")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (DisplacementQuery(place=("kalbajar",)), ["back", "left"]),
        (DisplacementQuery(place=("lachin",)), []),
        (DisplacementQuery(returning=True), ["back"]),
        (DisplacementQuery(returning=False), ["left"]),
        (DisplacementQuery(movement=("return", "expulsion")), ["back"]),
        (DisplacementQuery(movement=("flight",)), []),
        (DisplacementQuery(from_="2020-11-15"), []),
    ],
)
def test_each_filter_finds_what_it_names(query: DisplacementQuery, expected: list[str]) -> None:
    occurrences = [cases.folded("left", [_left()]), cases.folded("back", [_left("return")], 2)]

    assert [movement.occurrence for movement in _asked(occurrences, query)] == expected

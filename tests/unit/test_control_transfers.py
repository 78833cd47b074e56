"""How transfers stand, and what carrying them out does."""

from typing import TypedDict

import pytest
from typing_extensions import Unpack

from events.occurrence_events import OccurrenceEvent, OccurrenceMerged, OccurrenceRetracted, TransferCancelled
from projections.control_map.transfers import TransferStatus
from tests.cases import moment
from tests.control_cases import (
    AGREEMENT,
    ARMENIAN,
    AZERBAIJAN,
    PEACEKEEPERS,
    Told,
    a_transfer,
    agreed,
    change,
    control,
    effected,
    holds,
    rescheduled,
    situation,
)

LACHIN = f"{AGREEMENT}.lachin"
CORRIDOR = [("lachin-corridor", PEACEKEEPERS)]


def lachin(*further: tuple[str, OccurrenceEvent]) -> list[tuple[str, OccurrenceEvent]]:
    return [(AGREEMENT, agreed(a_transfer("lachin", "lachin", due="2020-12-01", excluding=CORRIDOR))), *further]


def both(*further: tuple[str, OccurrenceEvent]) -> list[tuple[str, OccurrenceEvent]]:
    return [(AGREEMENT, agreed(a_transfer("lachin", "lachin", "kalbajar", due="2020-12-01"))), *further]


class EntrySaid(TypedDict, total=False):
    by: str


def entry(
    *places: str, day: str = "2020-12-01", fulfils: str | None = LACHIN, **said: Unpack[EntrySaid]
) -> OccurrenceEvent:
    linked = () if fulfils is None else (fulfils,)
    return change(day, *places, from_=ARMENIAN, to=AZERBAIJAN, fulfils=linked, **said)


def status(told: Told, as_of: str = "2020-12-05", known_at: str | None = None) -> TransferStatus:
    now = situation(told, as_of, known_at)
    return now.progress(now.transfers[LACHIN]).status


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2020-11-30", "scheduled"),
        ("2020-12-01", "scheduled"),
        ("2020-12-01T19:59:59Z", "scheduled"),
        ("2020-12-01T20:00:00Z", "overdue"),
        ("2020-12-02", "overdue"),
    ],
)
def test_it_is_overdue_once_the_due_day_has_ended_where_the_place_is(as_of: str, expected: str) -> None:
    assert status(lachin(), as_of) == expected


def test_without_a_due_day_it_is_never_overdue() -> None:
    assert status([(AGREEMENT, agreed(a_transfer("lachin", "lachin", due=None)))], "2030-01-01") == "scheduled"


def test_a_change_that_fulfils_it_and_an_event_that_says_so_are_the_same() -> None:
    fulfilling = lachin(("entry", entry("lachin")))
    told = lachin(("entry", entry("lachin", fulfils=None)), (AGREEMENT, effected(LACHIN, "entry", "2020-12-03")))

    assert status(fulfilling) == status(told) == "effected"
    assert status(told, known_at="2020-12-02") == "overdue"
    for place in ("lachin", "lachin-corridor", "zabukh"):
        assert control(fulfilling, place, "2020-12-05").controllers == control(told, place, "2020-12-05").controllers


def test_a_change_that_does_not_fulfil_it_leaves_it_waiting() -> None:
    told = lachin(("entry", entry("lachin", fulfils=None)))
    corridor = control(told, "lachin-corridor", "2020-12-05")

    assert status(told) == "overdue"
    assert (corridor.controllers, corridor.inherited_from) == ((AZERBAIJAN,), "lachin")


def test_it_is_effected_only_from_the_change_on() -> None:
    assert status(lachin(("entry", entry("lachin", day="2020-11-28"))), "2020-11-27") == "scheduled"
    assert status(lachin(("entry", entry("lachin", day="2020-11-28"))), "2020-11-28") == "effected"


def test_one_of_its_places_or_a_part_of_one_effects_it_partly() -> None:
    assert status(both(("entry", entry("lachin")))) == "partly_effected"
    assert status(both(("entry", entry("lachin", "istisu")))) == "partly_effected"
    assert status(both(("entry", entry("lachin")), ("other", entry("kalbajar")))) == "effected"
    assert status(both(("entry", entry("azerbaijan")))) == "effected"


def test_what_is_left_of_a_partly_effected_one_still_waits() -> None:
    told = both(("entry", entry("lachin")))
    now = situation(told, "2020-12-05")

    assert control(told, "lachin", "2020-12-05").pending_transfer is None
    assert control(told, "zabukh", "2020-12-05").pending_transfer is None
    waiting = control(told, "istisu", "2020-12-05").pending_transfer
    assert waiting is not None
    assert waiting.overdue
    assert now.progress(now.transfers[LACHIN]).overdue


def test_the_corridor_taken_first_is_a_part_and_passes_nothing_else() -> None:
    taken = change("2020-11-20", "lachin-corridor", from_=ARMENIAN, to=PEACEKEEPERS, fulfils=[LACHIN])
    told = lachin((AGREEMENT, holds(f"{AGREEMENT}.a", "lachin", ARMENIAN, "1993-01-01")), ("taken", taken))

    assert status(told, "2020-11-25") == "partly_effected"
    assert control(told, "lachin", "2020-11-25").controllers == (ARMENIAN,)
    assert control(told, "lachin-corridor", "2020-11-25").pending_transfer is None
    assert control(told, "lachin", "2020-11-25").pending_transfer is not None


def test_effecting_a_part_passes_only_the_exclusions_in_it() -> None:
    told = lachin(("entry", entry("minkend")))

    assert control(told, "lachin-corridor", "2020-12-05").status == "unknown"


def test_what_a_change_says_of_an_excluded_place_stands_before_the_agreement() -> None:
    named = lachin(("entry", entry("lachin", "lachin-corridor")))
    passed = change(
        "2020-12-01",
        "lachin",
        from_=ARMENIAN,
        to=AZERBAIJAN,
        fulfils=[LACHIN],
        excluding=[("lachin-corridor", "armenia")],
    )

    assert control(named, "lachin-corridor", "2020-12-05").controllers == (AZERBAIJAN,)
    assert control(lachin(("entry", passed)), "lachin-corridor", "2020-12-05").controllers == ("armenia",)


def test_retracting_the_change_makes_it_wait_again() -> None:
    retracted = ("entry", OccurrenceRetracted(reason="untrue", published_at=moment("2020-12-04")))
    told = lachin(("entry", entry("lachin")), (AGREEMENT, effected(LACHIN, "entry", "2020-12-01")), retracted)

    assert status(told) == "overdue"
    assert status(told, known_at="2020-12-03") == "effected"


def test_a_cancelled_one_waits_no_more() -> None:
    cancelled = TransferCancelled(transfer=LACHIN, reason="void", published_at=moment("2020-11-25"))
    told = lachin((AGREEMENT, cancelled))

    assert status(told) == "cancelled"
    assert status(told, known_at="2020-11-24") == "overdue"
    assert control(told, "lachin", "2020-12-05").pending_transfer is None


def test_rescheduling_twice_keeps_every_day_it_was_due() -> None:
    told = lachin(
        (AGREEMENT, rescheduled(LACHIN, "2020-12-20", "2020-12-08")),
        (AGREEMENT, rescheduled(LACHIN, "2020-12-10", "2020-12-01")),
    )
    transfer = situation(told, "2020-12-15").transfers[LACHIN]

    assert str(transfer.due) == "2020-12-20"
    assert [str(due) for due in transfer.former_dues] == ["2020-12-01", "2020-12-10"]
    assert status(told, "2020-12-15") == "scheduled"
    assert status(told, "2020-12-15", "2020-12-07") == "overdue"


def test_a_postponement_that_two_reports_tell_of_is_one() -> None:
    told = lachin(
        (AGREEMENT, rescheduled(LACHIN, "2020-12-10", "2020-11-28")),
        (AGREEMENT, rescheduled(LACHIN, "2020-12-10", "2020-11-29")),
    )
    transfer = situation(told, "2020-12-05").transfers[LACHIN]
    pending = control(told, "lachin", "2020-12-05").pending_transfer

    assert [str(due) for due in transfer.former_dues] == ["2020-12-01"]
    assert [str(quoted.due) for quoted in transfer.rescheduled_in] == ["2020-12-10", "2020-12-10"]
    assert pending is not None
    assert (str(pending.due), str(pending.rescheduled_from)) == ("2020-12-10", "2020-12-01")


def test_a_change_merged_into_another_is_carried_on_by_that_one() -> None:
    told = lachin(
        ("one", entry("lachin", fulfils=None, by="b")),
        ("two", entry("lachin")),
        ("two", OccurrenceMerged(into="one", reason="the same")),
    )
    now = situation(told, "2020-12-05")

    assert now.progress(now.transfers[LACHIN]).effected_by == ("one",)
    assert control(told, "lachin-corridor", "2020-12-05").controllers == (PEACEKEEPERS,)


def test_of_several_transfers_the_one_due_first_is_shown() -> None:
    terms = (
        a_transfer("late", "lachin", due="2020-12-20"),
        a_transfer("soon", "lachin", due="2020-12-10"),
        a_transfer("whenever", "lachin", due=None),
    )
    pending = control([(AGREEMENT, agreed(*terms))], "lachin", "2020-12-05").pending_transfer

    assert pending is not None
    assert pending.id == f"{AGREEMENT}.soon"


def test_a_place_inside_that_another_holds_does_not_wait() -> None:
    told = lachin((AGREEMENT, holds(f"{AGREEMENT}.a", "minkend", AZERBAIJAN, "2020-10-01")))

    assert control(told, "minkend", "2020-11-15").pending_transfer is None
    assert control(told, "lachin", "2020-11-15").pending_transfer is not None


def test_a_transfer_carried_out_elsewhere_by_its_own_word_is_effected() -> None:
    told = lachin(("entry", entry("agdam")))

    assert status(told) == "effected"
    assert control(told, "lachin", "2020-12-05").pending_transfer is None


def test_a_change_that_does_not_say_from_whom_takes_it_from_whom_it_was_agreed() -> None:
    unsaid = change("2020-12-01", "lachin", to=AZERBAIJAN, fulfils=[LACHIN])
    told = lachin(
        *((AGREEMENT, holds(f"{AGREEMENT}.{place}", place, ARMENIAN, "1993-01-01")) for place in ("zabukh", "minkend")),
        ("entry", unsaid),
    )

    assert control(told, "minkend", "2020-12-05").controllers == (AZERBAIJAN,)
    assert control(told, "zabukh", "2020-12-05").controllers == (PEACEKEEPERS,)


def test_what_an_agreement_leaves_out_passes_no_sooner_than_it_is_agreed() -> None:
    told = lachin(("entry", entry("lachin", day="2020-11-08")))

    assert control(told, "lachin-corridor", "2020-11-09").controllers == (AZERBAIJAN,)
    assert control(told, "lachin-corridor", "2020-11-10").controllers == (PEACEKEEPERS,)

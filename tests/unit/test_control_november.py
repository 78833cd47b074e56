"""The rows of the worked example that are about control and transfers."""

from random import Random

import pytest

from events.occurrence_events import OccurrenceRetracted
from projections.control_map.transfers import Progress
from tests.cases import moment
from tests.control_cases import (
    AGREEMENT,
    ARMENIAN,
    AZERBAIJAN,
    PEACEKEEPERS,
    Told,
    control,
    november,
    situation,
)


@pytest.fixture(params=range(8), ids=lambda seed: f"arrival order {seed}")
def told(request: pytest.FixtureRequest) -> Told:
    events = november()
    if request.param:
        Random(request.param).shuffle(events)
    return events


def progress(told: Told, name: str, as_of: str, known_at: str | None = None) -> Progress:
    now = situation(told, as_of, known_at)
    return now.progress(now.transfers[f"{AGREEMENT}.{name}"])


def test_kalbajar_on_the_24th_waits_for_the_25th_put_off_from_the_15th(told: Told) -> None:
    found = control(told, "kalbajar", "2020-11-24")

    assert (found.status, found.controllers, found.since) == ("held", (ARMENIAN,), "1993-01-01")
    assert found.since_precision == "longer"
    pending = found.pending_transfer
    assert pending is not None
    assert (pending.to, str(pending.due), str(pending.rescheduled_from)) == (AZERBAIJAN, "2020-11-25", "2020-11-15")
    assert not pending.overdue
    # The end of 10 November in UTC is 11 November in Baku.
    assert found.days_since_confirmed == 13


def test_kalbajar_on_the_24th_as_known_on_the_12th_is_overdue_since_the_15th(told: Told) -> None:
    pending = control(told, "kalbajar", "2020-11-24", "2020-11-12").pending_transfer

    assert pending is not None
    assert (str(pending.due), pending.rescheduled_from, pending.overdue) == ("2020-11-15", None, True)


@pytest.mark.parametrize(
    ("place", "holder", "since", "manner"),
    [
        ("kalbajar", AZERBAIJAN, "2020-11-25", "entry"),
        ("agdam", AZERBAIJAN, "2020-11-20", "entry"),
        ("lachin", ARMENIAN, "1993-01-01", None),
    ],
)
def test_the_three_districts_on_the_25th(told: Told, place: str, holder: str, since: str, manner: str | None) -> None:
    found = control(told, place, "2020-11-25")

    assert (found.status, found.controllers, found.since, found.manner) == ("held", (holder,), since, manner)
    assert found.inherited_from is None


def test_lachin_on_the_25th_waits_without_its_corridor(told: Told) -> None:
    lachin = control(told, "lachin", "2020-11-25").pending_transfer
    corridor = control(told, "lachin-corridor", "2020-11-25")

    assert lachin is not None
    assert (lachin.to, str(lachin.due), lachin.overdue) == (AZERBAIJAN, "2020-12-01", False)
    assert [(one.place, one.to) for one in lachin.excluding] == [("lachin-corridor", PEACEKEEPERS)]
    assert (corridor.controllers, corridor.inherited_from) == ((ARMENIAN,), "lachin")
    assert corridor.pending_transfer is not None
    assert corridor.pending_transfer.to == PEACEKEEPERS


def test_the_carve_out_holds_once_lachin_is_effected(told: Told) -> None:
    corridor = control(told, "lachin-corridor", "2020-12-02")
    village = control(told, "zabukh", "2020-12-02")
    lachin = control(told, "lachin", "2020-12-02")

    assert (corridor.status, corridor.controllers, corridor.since) == ("held", (PEACEKEEPERS,), "2020-12-01")
    assert corridor.inherited_from is None
    assert corridor.pending_transfer is None
    assert set(corridor.basis.occurrences) == {AGREEMENT, "lachin"}
    assert (village.controllers, village.inherited_from) == ((PEACEKEEPERS,), "lachin-corridor")
    assert (control(told, "minkend", "2020-12-02").controllers) == (AZERBAIJAN,)
    assert [(one.place, one.to) for one in lachin.excluded] == [("lachin-corridor", PEACEKEEPERS)]


def test_the_lachin_transfer_on_2_december_as_known_on_30_november_is_overdue(told: Told) -> None:
    assert progress(told, "lachin", "2020-12-02", "2020-11-30").status == "overdue"
    assert progress(told, "lachin", "2020-12-02") == Progress("effected", overdue=False, effected_by=("lachin",))
    assert progress(told, "lachin", "2020-11-30").status == "scheduled"


def test_before_the_agreement_nothing_waits(told: Told) -> None:
    assert control(told, "kalbajar", "2020-11-09").pending_transfer is None
    assert control(told, "kalbajar", "2020-11-25", "2020-11-09").status == "unknown"


def test_retracting_the_change_undoes_it_and_the_transfer_waits_again(told: Told) -> None:
    retracted = OccurrenceRetracted(reason="untrue", published_at=moment("2020-12-10"))
    after = [*told, ("lachin", retracted)]

    assert control(after, "lachin", "2020-12-02").controllers == (ARMENIAN,)
    assert progress(after, "lachin", "2020-12-02").status == "overdue"
    assert control(after, "lachin-corridor", "2020-12-02").controllers == (ARMENIAN,)
    assert control(after, "lachin-corridor", "2020-12-02", "2020-12-09").controllers == (PEACEKEEPERS,)


def test_retracting_the_agreement_removes_its_transfers_and_leaves_what_happened(told: Told) -> None:
    after = [*told, (AGREEMENT, OccurrenceRetracted(reason="untrue", published_at=moment("2020-12-10")))]
    now = situation(after, "2020-12-20")

    assert now.transfers == {}
    assert control(after, "kalbajar", "2020-12-20").controllers == (AZERBAIJAN,)

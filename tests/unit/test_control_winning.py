"""Which statement about a place wins, and since when it holds."""

from events.occurrence_events import (
    ClaimCited,
    OccurrenceEvent,
    OccurrenceMerged,
    OccurrenceReported,
)
from tests.cases import cited
from tests.control_cases import (
    AGREEMENT,
    ARMENIAN,
    AZERBAIJAN,
    PEACEKEEPERS,
    Told,
    agreed,
    change,
    control,
    holds,
)

DAY = "2020-11-30"
PLACE = "kalbajar"


def changes(**told: OccurrenceReported) -> list[tuple[str, OccurrenceEvent]]:
    return [(name.replace("_", "-"), event) for name, event in told.items()]


def claims(*told: OccurrenceEvent) -> list[tuple[str, OccurrenceEvent]]:
    return [(AGREEMENT, agreed()), *((AGREEMENT, event) for event in told)]


def status(told: Told, as_of: str = DAY, known_at: str | None = None) -> tuple[str, tuple[str, ...]]:
    found = control(told, PLACE, as_of, known_at)
    return found.status, found.controllers


def test_the_latest_start_wins_whenever_it_was_published() -> None:
    told = changes(
        late=change("2020-11-20", PLACE, to=AZERBAIJAN, published="2020-11-20"),
        early=change("2020-11-10", PLACE, to=PEACEKEEPERS, published="2020-11-25"),
    )

    assert status(told) == ("held", (AZERBAIJAN,))
    assert status(told, "2020-11-15") == ("held", (PEACEKEEPERS,))
    assert status(told, "2020-11-09") == ("unknown", ())
    assert status(told, DAY, "2020-11-19") == ("unknown", ())


def test_a_start_counts_from_its_own_day_in_the_place_s_zone() -> None:
    told = changes(entry=change("2020-11-20", PLACE, to=AZERBAIJAN, published="2020-11-01"))

    assert status(told, "2020-11-19T19:59:59Z") == ("unknown", ())
    assert status(told, "2020-11-19T20:00:00Z") == ("held", (AZERBAIJAN,))


def test_one_claimant_s_later_publication_replaces_its_earlier() -> None:
    told = claims(
        holds(f"{AGREEMENT}.b", PLACE, ARMENIAN, "2020-11-20", published="2020-11-21"),
        holds(f"{AGREEMENT}.a", PLACE, AZERBAIJAN, "2020-11-20", published="2020-11-22"),
    )

    assert status(told) == ("held", (AZERBAIJAN,))
    assert status(told, DAY, "2020-11-21") == ("held", (ARMENIAN,))


def test_a_later_publication_may_move_the_start_back() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", PLACE, AZERBAIJAN, "2020-11-20", published="2020-11-21"),
        holds(f"{AGREEMENT}.b", PLACE, AZERBAIJAN, "2020-11-01", published="2020-11-22", precision="month"),
    )

    assert control(told, PLACE, DAY).since == "2020-11-01"


def test_saying_again_without_a_start_keeps_the_start_and_confirms() -> None:
    told = [
        *changes(entry=change("2020-11-20", PLACE, to=AZERBAIJAN)),
        *claims(holds(f"{AGREEMENT}.a", PLACE, AZERBAIJAN, published="2020-11-28T12:00:00Z")),
    ]
    found = control(told, PLACE, DAY)

    assert (found.since, found.manner, found.days_since_confirmed) == ("2020-11-20", "entry", 2)


def test_saying_again_without_a_start_does_not_reopen_what_was_settled() -> None:
    told = [
        *changes(entry=change("2020-11-20", PLACE, to=AZERBAIJAN)),
        *claims(
            holds(f"{AGREEMENT}.old", PLACE, ARMENIAN, "1993-01-01", by="am"),
            holds(f"{AGREEMENT}.new", PLACE, AZERBAIJAN, published="2020-11-28"),
        ),
    ]

    assert status(told) == ("held", (AZERBAIJAN,))


def test_two_claimants_of_the_same_day_contest_and_are_listed() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", PLACE, ARMENIAN, "2020-11-20", by="am", published="2020-11-21"),
        holds(f"{AGREEMENT}.b", PLACE, AZERBAIJAN, "2020-11-20T10:00:00Z", by="az", published="2020-11-22"),
    )
    found = control(told, PLACE, DAY)

    assert (found.status, found.controllers) == ("contested", (ARMENIAN, AZERBAIJAN))
    assert found.holders_by_claimant == {"source:am": (ARMENIAN,), "source:az": (AZERBAIJAN,)}
    assert set(found.basis.claims) == {f"{AGREEMENT}.a", f"{AGREEMENT}.b"}


def test_exact_times_of_one_day_do_not_overlap() -> None:
    told = claims(
        holds(
            f"{AGREEMENT}.a", PLACE, ARMENIAN, "2020-11-20T12:00:00Z", through="2020-11-20T12:30:00Z", precision="exact"
        ),
        holds(f"{AGREEMENT}.b", PLACE, AZERBAIJAN, "2020-11-20T13:00:00Z", by="az", precision="exact"),
    )

    assert status(told) == ("held", (AZERBAIJAN,))


def test_a_month_overlaps_a_day_in_it() -> None:
    told = changes(
        vague=change("2020-11-01", PLACE, to=PEACEKEEPERS, by="ru", published="2020-11-28", precision="month"),
        entry=change("2020-11-20", PLACE, to=AZERBAIJAN),
    )

    assert status(told) == ("contested", (AZERBAIJAN, PEACEKEEPERS))
    assert status(told, "2020-11-10") == ("held", (PEACEKEEPERS,))


def test_a_change_from_the_other_s_holder_comes_after_it() -> None:
    told = changes(
        second=change("2020-11-20", PLACE, from_=PEACEKEEPERS, to=AZERBAIJAN, by="az"),
        first=change("2020-11-20", PLACE, from_=ARMENIAN, to=PEACEKEEPERS, by="ru"),
    )

    assert status(told) == ("held", (AZERBAIJAN,))


def test_changes_that_close_into_a_circle_contest() -> None:
    told = changes(
        a=change("2020-11-20", PLACE, from_=ARMENIAN, to=PEACEKEEPERS, by="a"),
        b=change("2020-11-20", PLACE, from_=PEACEKEEPERS, to=AZERBAIJAN, by="b"),
        c=change("2020-11-20", PLACE, from_=AZERBAIJAN, to=ARMENIAN, by="c"),
    )

    assert status(told) == ("contested", (ARMENIAN, AZERBAIJAN, PEACEKEEPERS))


def test_a_circle_does_not_give_the_place_to_a_third() -> None:
    told = changes(
        a=change("2020-11-20", PLACE, from_=ARMENIAN, to=AZERBAIJAN, by="a"),
        b=change("2020-11-20", PLACE, from_=AZERBAIJAN, to=ARMENIAN, by="b"),
        c=change("2020-11-20", PLACE, to=PEACEKEEPERS, by="c"),
    )

    assert status(told) == ("contested", (ARMENIAN, AZERBAIJAN, PEACEKEEPERS))


def test_vacated_against_held_is_contested_and_alone_it_is_vacated() -> None:
    left = change("2020-11-20", PLACE, from_=ARMENIAN, to=None, manner="withdrawal", by="am")
    held = change("2020-11-20", PLACE, to=AZERBAIJAN, by="az")
    contested = control(changes(left=left, held=held), PLACE, DAY)

    assert status(changes(left=left)) == ("vacated", ())
    assert (contested.status, contested.controllers) == ("contested", (AZERBAIJAN,))
    assert contested.holders_by_claimant == {"source:am": (), "source:az": (AZERBAIJAN,)}


def test_a_party_and_its_parent_are_no_rivals() -> None:
    told = changes(
        forces=change("2020-11-20", PLACE, to="azerbaijani-forces", by="a"),
        state=change("2020-11-20", PLACE, to=AZERBAIJAN, by="b"),
    )
    siblings = changes(
        forces=change("2020-11-20", PLACE, to="azerbaijani-forces", by="a"),
        police=change("2020-11-20", PLACE, to="azerbaijani-police", by="b"),
    )

    assert status(told) == ("held", ("azerbaijani-forces",))
    assert status(siblings)[0] == "contested"


def test_the_last_tie_break_is_the_smaller_id_in_any_order() -> None:
    told = changes(
        b=change("2020-11-20", PLACE, to=AZERBAIJAN, by="x", manner="capture"),
        a=change("2020-11-20", PLACE, to=AZERBAIJAN, by="y", manner="entry"),
    )

    assert control(told, PLACE, DAY).manner == control(told[::-1], PLACE, DAY).manner == "entry"


def test_since_is_the_start_of_the_unbroken_run() -> None:
    told = changes(
        first=change("2020-11-01", PLACE, to=AZERBAIJAN, manner="capture"),
        lost=change("2020-11-05", PLACE, to=ARMENIAN),
        back=change("2020-11-10", PLACE, to=AZERBAIJAN, manner="capture"),
        again=change("2020-11-20", PLACE, to="azerbaijani-forces", manner="entry"),
    )
    found = control(told, PLACE, DAY)

    assert (found.since, found.controllers, found.manner) == ("2020-11-10", ("azerbaijani-forces",), "capture")
    assert set(found.basis.occurrences) == {"again", "back"}


def test_a_start_that_is_unknown_is_not_guessed() -> None:
    told = claims(holds(f"{AGREEMENT}.a", PLACE, ARMENIAN, published="2020-11-12"))
    found = control(told, PLACE, DAY)

    assert (found.status, found.since, found.since_precision) == ("held", None, None)
    assert status(told, "2020-11-11") == ("unknown", ())


def test_a_change_known_only_by_its_end_counts_from_then() -> None:
    told = changes(entry=change(None, PLACE, to=AZERBAIJAN, end="2020-11-20", published="2020-11-25"))

    assert status(told, "2020-11-19") == ("unknown", ())
    assert status(told, "2020-11-20") == ("held", (AZERBAIJAN,))
    assert control(told, PLACE, DAY).since is None


def test_a_retelling_confirms_and_changes_nothing_else() -> None:
    claim = holds(f"{AGREEMENT}.a", PLACE, ARMENIAN, "1993-01-01")
    retold = ClaimCited(claim=claim.claim, citation=cited("retold", "2020-11-28T08:00:00Z"))
    before, after = control(claims(claim), PLACE, DAY), control(claims(claim, retold), PLACE, DAY)

    assert (after.status, after.controllers, after.since) == (before.status, before.controllers, before.since)
    assert (before.days_since_confirmed, after.days_since_confirmed) == (19, 2)
    assert set(after.basis.reports) == {*before.basis.reports, "retold"}


def test_a_merged_change_counts_only_as_the_one_it_is_merged_into() -> None:
    told = changes(
        one=change("2020-11-20", PLACE, to=AZERBAIJAN, by="a"),
        other=change("2020-11-20", PLACE, to=PEACEKEEPERS, by="b"),
    )

    assert status(told)[0] == "contested"
    assert status([*told, ("other", OccurrenceMerged(into="one", reason="the same"))]) == ("held", (AZERBAIJAN,))


def test_what_is_held_to_the_end_of_time_is_confirmed_today() -> None:
    told = claims(holds(f"{AGREEMENT}.a", PLACE, ARMENIAN, "1993-01-01", through="9999-12-31"))

    assert control(told, PLACE, DAY).days_since_confirmed == 0

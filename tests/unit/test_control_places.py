"""Which place a statement speaks for: itself, what lies in it, and what a change of an ancestor moves."""

from events.occurrence_events import OccurrenceEvent, OccurrenceReported
from projections.control_map.resolve import history_of
from tests.cases import place
from tests.control_cases import (
    AGREEMENT,
    ARMENIAN,
    AZERBAIJAN,
    PEACEKEEPERS,
    Told,
    agreed,
    change,
    control,
    disputes,
    holds,
    november,
    situation,
)

DAY = "2020-12-31"


def changes(**told: OccurrenceReported) -> list[tuple[str, OccurrenceEvent]]:
    return list(told.items())


def claims(*told: OccurrenceEvent) -> list[tuple[str, OccurrenceEvent]]:
    return [(AGREEMENT, agreed()), *((AGREEMENT, event) for event in told)]


def held_by(told: Told, where: str, as_of: str = DAY) -> tuple[tuple[str, ...], str | None]:
    found = control(told, where, as_of)
    return found.controllers, found.inherited_from


def test_a_place_without_statements_inherits_from_the_nearest_that_has_some() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", "azerbaijan", AZERBAIJAN, "1991-10-18"),
        holds(f"{AGREEMENT}.b", "lachin", ARMENIAN, "1993-01-01"),
    )

    assert held_by(told, "zabukh") == ((ARMENIAN,), "lachin")
    assert held_by(told, "agdam") == ((AZERBAIJAN,), "azerbaijan")
    assert held_by(told, "azerbaijan") == ((AZERBAIJAN,), None)


def test_what_a_place_is_within_is_nearer_than_its_parent() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", "lachin", ARMENIAN, "1993-01-01"),
        holds(f"{AGREEMENT}.b", "lachin-corridor", PEACEKEEPERS, "1993-01-01"),
    )

    assert held_by(told, "zabukh") == ((PEACEKEEPERS,), "lachin-corridor")
    assert held_by(told, "minkend") == ((ARMENIAN,), "lachin")


def test_nothing_propagates_upwards() -> None:
    told = claims(holds(f"{AGREEMENT}.a", "zabukh", AZERBAIJAN, "2020-11-01"))

    assert control(told, "lachin", DAY).status == "unknown"
    assert control(told, "lachin-corridor", DAY).status == "unknown"


def test_a_later_change_of_an_ancestor_moves_a_place_that_its_from_held() -> None:
    told = [
        *claims(holds(f"{AGREEMENT}.a", "minkend", ARMENIAN, "1993-01-01")),
        *changes(handover=change("2020-12-01", "lachin", from_="armenia", to=AZERBAIJAN)),
    ]

    assert held_by(told, "minkend") == ((AZERBAIJAN,), "lachin")
    assert held_by(told, "minkend", "2020-11-30") == ((ARMENIAN,), None)
    assert control(told, "minkend", DAY).since == "2020-12-01"


def test_a_change_of_an_ancestor_leaves_a_place_that_another_held() -> None:
    told = [
        *claims(holds(f"{AGREEMENT}.a", "minkend", PEACEKEEPERS, "1993-01-01")),
        *changes(handover=change("2020-12-01", "lachin", from_=ARMENIAN, to=AZERBAIJAN)),
    ]

    assert held_by(told, "minkend") == ((PEACEKEEPERS,), None)


def test_a_change_of_an_ancestor_leaves_a_place_that_it_excludes() -> None:
    told = [
        *claims(holds(f"{AGREEMENT}.a", "minkend", ARMENIAN, "1993-01-01")),
        *changes(
            handover=change("2020-12-01", "lachin", from_=ARMENIAN, to=AZERBAIJAN, excluding=[("minkend", ARMENIAN)])
        ),
    ]

    assert held_by(told, "minkend") == ((ARMENIAN,), None)
    assert control(told, "minkend", DAY).since == "1993-01-01"
    assert held_by(told, "zabukh") == ((AZERBAIJAN,), "lachin")


def test_an_earlier_change_of_an_ancestor_moves_nothing() -> None:
    told = [
        *claims(holds(f"{AGREEMENT}.a", "minkend", ARMENIAN, "2020-12-05")),
        *changes(handover=change("2020-12-01", "lachin", from_=ARMENIAN, to=AZERBAIJAN)),
    ]

    assert held_by(told, "minkend") == ((ARMENIAN,), None)
    assert held_by(told, "minkend", "2020-12-03") == ((AZERBAIJAN,), "lachin")


def test_a_change_of_an_ancestor_moves_a_place_on_the_day_it_was_still_held() -> None:
    told = [
        *claims(holds(f"{AGREEMENT}.a", "minkend", ARMENIAN, "2020-12-01", published="2020-11-10")),
        *changes(handover=change("2020-12-01", "lachin", from_=ARMENIAN, to=AZERBAIJAN)),
    ]

    assert held_by(told, "minkend") == ((AZERBAIJAN,), "lachin")


def test_a_change_of_an_ancestor_that_may_be_the_earlier_moves_nothing() -> None:
    told = changes(
        handover=change("2020-12-01", "lachin", from_=ARMENIAN, to=AZERBAIJAN),
        retaken=change("2020-12-01", "minkend", from_=AZERBAIJAN, to=ARMENIAN, by="other"),
    )

    assert held_by(told, "minkend") == ((ARMENIAN,), None)
    assert control(told, "minkend", DAY).status == "held"


def test_a_claim_about_an_ancestor_only_fills_gaps() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", "minkend", ARMENIAN, "1993-01-01"),
        holds(f"{AGREEMENT}.b", "lachin", AZERBAIJAN, "2020-12-01", published="2020-12-02"),
    )

    assert held_by(told, "minkend") == ((ARMENIAN,), None)
    assert held_by(told, "zabukh") == ((AZERBAIJAN,), "lachin")


def test_changes_of_ancestors_move_a_place_one_after_the_other() -> None:
    told = [
        *claims(holds(f"{AGREEMENT}.a", "minkend", ARMENIAN, "1993-01-01")),
        *changes(
            second=change("2020-12-01", "azerbaijan", from_=PEACEKEEPERS, to=AZERBAIJAN),
            first=change("2020-12-01", "lachin", from_=ARMENIAN, to=PEACEKEEPERS),
        ),
    ]

    assert held_by(told, "minkend") == ((AZERBAIJAN,), "azerbaijan")


def test_the_innermost_exclusion_decides() -> None:
    told = [
        *claims(holds(f"{AGREEMENT}.a", "zabukh", ARMENIAN, "1993-01-01")),
        *changes(
            handover=change(
                "2020-12-01",
                "azerbaijan",
                from_=ARMENIAN,
                to=AZERBAIJAN,
                excluding=[("lachin", "armenia"), ("lachin-corridor", PEACEKEEPERS)],
            )
        ),
    ]

    assert held_by(told, "zabukh") == ((PEACEKEEPERS,), "lachin-corridor")
    assert held_by(told, "minkend") == (("armenia",), "lachin")
    assert held_by(told, "istisu") == ((AZERBAIJAN,), "azerbaijan")


def test_a_carve_out_holds_against_a_later_change_of_its_ancestor() -> None:
    told = [
        *november(),
        ("later", change("2021-03-01", "lachin", from_=AZERBAIJAN, to="azerbaijani-police", published="2021-03-01")),
    ]

    assert held_by(told, "lachin-corridor", "2021-04-01") == ((PEACEKEEPERS,), None)


def test_a_later_change_from_the_carve_out_s_holder_moves_it() -> None:
    told = [
        *november(),
        ("left", change("2022-08-26", "lachin", from_=PEACEKEEPERS, to=AZERBAIJAN, published="2022-08-26")),
    ]

    assert held_by(told, "lachin-corridor", "2022-09-01") == ((AZERBAIJAN,), "lachin")
    assert held_by(told, "zabukh", "2022-09-01") == ((AZERBAIJAN,), "lachin-corridor")


def test_a_change_that_names_no_place_is_about_where_it_happened() -> None:
    event = change("2020-12-01", to=AZERBAIJAN)
    located = type(event)(
        details=event.details,
        occurred=event.occurred,
        places=(place("agdam", "target"), place("kalbajar", "origin")),
        claimant=event.claimant,
        citation=event.citation,
    )

    assert held_by([("entry", located)], "agdam") == ((AZERBAIJAN,), None)
    assert control([("entry", located)], "kalbajar", DAY).status == "unknown"


def test_a_disputed_holder_is_still_moved_and_a_contested_place_is_not() -> None:
    handover = ("handover", change("2020-12-01", "lachin", from_=ARMENIAN, to=AZERBAIJAN))
    holder = holds(f"{AGREEMENT}.a", "minkend", ARMENIAN, "1993-01-01")
    disputed = claims(holder, disputes(f"{AGREEMENT}.d", f"{AGREEMENT}.a"))
    contested = claims(holder, holds(f"{AGREEMENT}.b", "minkend", PEACEKEEPERS, "1993-01-01", by="ru"))

    assert held_by([*disputed, handover], "minkend") == ((AZERBAIJAN,), "lachin")
    assert control([*contested, handover], "minkend", DAY).status == "contested"


def test_the_history_of_a_place_goes_from_what_it_inherits_to_what_is_said_of_it() -> None:
    periods = history_of("lachin-corridor", situation(november(), DAY))

    assert [(one.from_, one.to, one.controllers, one.inherited_from) for one in periods] == [
        ("1993-01-01", "2020-12-01", (ARMENIAN,), "lachin"),
        ("2020-12-01", None, (PEACEKEEPERS,), None),
    ]
    assert periods[0].basis.claims == (f"{AGREEMENT}.held-lachin",)


def test_a_run_goes_on_from_what_is_inherited_to_what_is_said() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", "lachin", "armenia", "1993-01-01"),
        holds(f"{AGREEMENT}.b", "minkend", ARMENIAN, "2000-01-01"),
    )

    assert control(told, "minkend", DAY).since == "1993-01-01"
    assert len(history_of("minkend", situation(told, DAY))) == 1


def test_of_two_reports_of_a_change_the_one_with_the_nearer_exclusion_moves_a_place() -> None:
    handover = change(
        "2020-12-01", "lachin", from_=ARMENIAN, to=AZERBAIJAN, excluding=[("lachin-corridor", PEACEKEEPERS)]
    )
    again = change("2020-12-01", "lachin", from_=ARMENIAN, to=AZERBAIJAN, by="other")
    village = claims(holds(f"{AGREEMENT}.a", "zabukh", ARMENIAN, "1993-01-01"))

    for first, second in (("a", "b"), ("b", "a")):
        told = [*village, (first, handover), (second, again)]
        assert held_by(told, "zabukh") == ((PEACEKEEPERS,), "lachin-corridor")


def test_only_what_lies_inside_is_listed_as_excluded() -> None:
    told = november()

    assert [one.place for one in control(told, "lachin", DAY).excluded] == ["lachin-corridor"]
    assert control(told, "minkend", DAY).excluded == ()
    assert control(told, "lachin-corridor", DAY).excluded == ()

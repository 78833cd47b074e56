"""What contests the statement that wins, and what resolves that."""

from events.occurrence_events import (
    ClaimWithdrawn,
    OccurrenceAssessed,
    OccurrenceEvent,
    OccurrenceReported,
)
from tests.cases import moment
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


def test_a_rival_s_claim_through_the_winner_s_start_contests() -> None:
    entry = ("entry", change("2020-11-20", PLACE, to=AZERBAIJAN, by="az"))

    def with_rival(published: str, through: str | None = None) -> Told:
        claim = holds(f"{AGREEMENT}.r", PLACE, ARMENIAN, "1993-01-01", through=through, by="am", published=published)
        return [entry, *claims(claim)]

    assert status(with_rival("2020-11-21")) == ("contested", (ARMENIAN, AZERBAIJAN))
    assert status(with_rival("2020-11-18")) == ("held", (AZERBAIJAN,))
    assert status(with_rival("2020-11-18", through="2020-11-20")) == ("contested", (ARMENIAN, AZERBAIJAN))
    assert status(with_rival("2020-11-21", through="2020-11-19")) == ("held", (AZERBAIJAN,))


def test_a_claim_through_the_very_moment_of_the_winner_s_start_contests() -> None:
    taken = change("2020-11-20T10:00:00Z", PLACE, to=AZERBAIJAN, by="az", precision="exact")

    def with_claim(through: str) -> Told:
        return [
            ("taken", taken),
            *claims(
                holds(f"{AGREEMENT}.r", PLACE, ARMENIAN, "2020-11-01T00:00:00Z", through=through, precision="exact")
            ),
        ]

    assert status(with_claim("2020-11-20T10:00:00Z")) == ("contested", (ARMENIAN, AZERBAIJAN))
    assert status(with_claim("2020-11-20T09:59:59Z")) == ("held", (AZERBAIJAN,))


def test_a_claimant_that_goes_back_on_its_word_contests() -> None:
    told = claims(
        holds(f"{AGREEMENT}.b", PLACE, AZERBAIJAN, "2020-11-20", by="tass", published="2020-11-25"),
        holds(f"{AGREEMENT}.a", PLACE, ARMENIAN, "1993-01-01", by="tass", published="2020-11-27"),
    )

    assert status(told) == ("contested", (ARMENIAN, AZERBAIJAN))


def test_a_rival_without_a_start_contests_and_does_not_win() -> None:
    told = [
        *changes(entry=change("2020-11-20", PLACE, from_=ARMENIAN, to=AZERBAIJAN, by="az")),
        *claims(holds(f"{AGREEMENT}.r", PLACE, ARMENIAN, by="am", published="2020-11-21")),
    ]

    assert status(told) == ("contested", (ARMENIAN, AZERBAIJAN))
    assert status(told, "2020-11-20") == ("held", (AZERBAIJAN,))
    assert control(told, PLACE, DAY).since is None


def test_what_a_claimant_said_before_it_told_of_a_later_start_contests_no_more() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", PLACE, ARMENIAN, "1993-01-01", by="tass", published="2020-11-21"),
        holds(f"{AGREEMENT}.b", PLACE, AZERBAIJAN, "2020-11-20", by="tass", published="2020-11-25"),
    )

    assert status(told) == ("held", (AZERBAIJAN,))


def test_a_later_statement_resolves_a_contest() -> None:
    told = [
        *changes(entry=change("2020-11-20", PLACE, to=AZERBAIJAN, by="az")),
        *claims(
            holds(f"{AGREEMENT}.r", PLACE, ARMENIAN, "1993-01-01", by="am", published="2020-11-21"),
            holds(f"{AGREEMENT}.s", PLACE, AZERBAIJAN, "2020-11-24", by="un", published="2020-11-24"),
        ),
    ]

    assert status(told, "2020-11-23") == ("contested", (ARMENIAN, AZERBAIJAN))
    assert status(told) == ("held", (AZERBAIJAN,))
    assert control(told, PLACE, DAY).since == "2020-11-24"


def test_withdrawing_the_rival_s_claim_resolves_a_contest() -> None:
    rival = holds(f"{AGREEMENT}.r", PLACE, ARMENIAN, "1993-01-01", by="am", published="2020-11-21")
    withdrawn = ClaimWithdrawn(claim=rival.claim, reason="wrong", published_at=moment("2020-11-27"))
    told = [
        *changes(entry=change("2020-11-20", PLACE, to=AZERBAIJAN, by="az")),
        *claims(rival),
        (AGREEMENT, withdrawn),
    ]

    assert status(told) == ("held", (AZERBAIJAN,))
    assert status(told, DAY, "2020-11-26") == ("contested", (ARMENIAN, AZERBAIJAN))


def test_an_assessment_resolves_a_contest_at_every_known_at() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", PLACE, ARMENIAN, "2020-11-20", by="am", published="2020-11-21"),
        holds(f"{AGREEMENT}.b", PLACE, AZERBAIJAN, "2020-11-20", by="az", published="2020-11-21"),
    )
    assessed = OccurrenceAssessed(assessor="An analyst", reason="seen on film", adopts=f"{AGREEMENT}.a")

    assert status([*told, (AGREEMENT, assessed)]) == ("held", (ARMENIAN,))
    assert status([*told, (AGREEMENT, assessed)], DAY, "2020-11-22") == ("held", (ARMENIAN,))
    assert control([*told, (AGREEMENT, assessed)], PLACE, DAY).basis.claims == (f"{AGREEMENT}.a",)


def test_the_last_assessment_of_a_place_stands() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", PLACE, ARMENIAN, "2020-11-20", by="am", published="2020-11-21"),
        holds(f"{AGREEMENT}.b", PLACE, AZERBAIJAN, "2020-11-20", by="az", published="2020-11-21"),
        OccurrenceAssessed(assessor="An analyst", reason="seen on film", adopts=f"{AGREEMENT}.a"),
        OccurrenceAssessed(assessor="An analyst", reason="seen again", adopts=f"{AGREEMENT}.b"),
    )

    assert status(told) == ("held", (AZERBAIJAN,))


def test_a_dispute_of_the_winner_contests_and_is_named() -> None:
    told = [
        ("entry", change("2020-11-20", PLACE, to=AZERBAIJAN, by="az")),
        ("entry", disputes("entry.d", None, by="am", published="2020-11-22")),
    ]
    found = control(told, PLACE, DAY)

    assert (found.status, found.controllers) == ("contested", (AZERBAIJAN,))
    assert found.disputed_by == ("source:am",)
    assert found.basis.claims == ("entry.d",)
    assert "am-2020-11-22" in found.basis.reports
    assert status(told, DAY, "2020-11-21") == ("held", (AZERBAIJAN,))


def test_a_dispute_of_what_does_not_win_does_not_count() -> None:
    told = [
        ("entry", change("2020-11-20", PLACE, to=AZERBAIJAN, by="az")),
        ("before", change("2020-11-10", PLACE, to=PEACEKEEPERS, by="ru")),
        ("before", disputes("before.d", None, by="am")),
    ]

    assert status(told) == ("held", (AZERBAIJAN,))
    assert status(told, "2020-11-15") == ("contested", (PEACEKEEPERS,))


def test_an_adopted_dispute_takes_the_statement_away() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", PLACE, ARMENIAN, "1993-01-01", by="am"),
        holds(f"{AGREEMENT}.b", PLACE, AZERBAIJAN, "2020-11-20", by="az", published="2020-11-21"),
        disputes(f"{AGREEMENT}.d", f"{AGREEMENT}.b", by="am"),
        OccurrenceAssessed(assessor="An analyst", reason="nobody was seen", adopts=f"{AGREEMENT}.d"),
    )

    assert status(told) == ("held", (ARMENIAN,))


def test_only_the_winner_s_own_contested_counts() -> None:
    told = claims(
        holds(f"{AGREEMENT}.a", PLACE, ARMENIAN, "2020-11-01", by="un", status="contested", published="2020-11-21"),
        holds(f"{AGREEMENT}.b", PLACE, AZERBAIJAN, "2020-11-20", by="az", published="2020-11-21"),
    )

    assert status(told, "2020-11-10") == ("contested", (ARMENIAN,))
    assert status(told) == ("held", (AZERBAIJAN,))


def test_an_adopted_claim_is_disputed_no_more() -> None:
    told = claims(
        holds(f"{AGREEMENT}.b", PLACE, AZERBAIJAN, "2020-11-20", by="az", published="2020-11-21"),
        disputes(f"{AGREEMENT}.d", f"{AGREEMENT}.b", by="am"),
    )
    assessed = OccurrenceAssessed(assessor="An analyst", reason="seen on film", adopts=f"{AGREEMENT}.b")

    assert status(told) == ("contested", (AZERBAIJAN,))
    assert status([*told, (AGREEMENT, assessed)]) == ("held", (AZERBAIJAN,))

"""Laws of the control map."""

from collections.abc import Sequence
from datetime import date, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from events.details import ControlChange
from events.occurrence_events import (
    ClaimMade,
    ClaimWithdrawn,
    OccurrenceEvent,
    OccurrenceReported,
    OccurrenceRetracted,
    TransferEffected,
    TransferRescheduled,
)
from events.words import Hold, TimePrecision
from projections.control_map.control import Basis, Control
from projections.control_map.facts import ControlFact, Statement, Transfer
from projections.control_map.resolve import control_of, history_of
from projections.control_map.situation import Situation
from projections.control_map.spans import spans_of
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
    clocks,
    control,
    disputes,
    effected,
    facts_at,
    holds,
    karabakh,
    rescheduled,
    situation,
)

PLACES = ["azerbaijan", "kalbajar", "istisu", "lachin", "lachin-corridor", "zabukh", "minkend"]
PARTIES = [ARMENIAN, "armenia", AZERBAIJAN, PEACEKEEPERS]
TRANSFER = f"{AGREEMENT}.lachin"
PRECISIONS: tuple[TimePrecision, ...] = ("exact", "day", "week", "month")

# A slow machine is no fault, and each example folds a dozen streams.
LAW = settings(deadline=None, max_examples=60)
HOLDS: tuple[Hold, ...] = ("held", "held", "vacated", "contested")

days = st.dates(date(2020, 11, 1), date(2020, 11, 30)).map(date.isoformat)
places = st.sampled_from(PLACES)
parties = st.sampled_from(PARTIES)
voices = st.sampled_from(["a", "b", "c"])
exclusions = st.lists(st.tuples(places, parties), max_size=2, unique_by=lambda one: one[0])


@st.composite
def changes(draw: st.DrawFn) -> OccurrenceReported:
    return change(
        draw(days),
        *draw(st.lists(places, min_size=1, max_size=2, unique=True)),
        from_=draw(st.none() | parties),
        to=draw(st.none() | parties),
        by=draw(voices),
        published=draw(days),
        precision=draw(st.sampled_from(PRECISIONS)),
        excluding=draw(exclusions),
        fulfils=draw(st.sampled_from([(), (TRANSFER,)])),
    )


@st.composite
def claims(draw: st.DrawFn, name: str) -> ClaimMade:
    status = draw(st.sampled_from(HOLDS))
    return holds(
        f"{AGREEMENT}.{name}",
        draw(places),
        None if status == "vacated" else draw(parties),
        draw(st.none() | days),
        by=draw(voices),
        published=draw(days),
        status=status,
        precision=draw(st.sampled_from(PRECISIONS)),
    )


@st.composite
def tellings(draw: st.DrawFn) -> list[tuple[str, OccurrenceEvent]]:
    """An agreement with a transfer, claims and disputes about it, and changes of which some are retracted."""
    term = a_transfer("lachin", "lachin", "istisu", due=draw(st.none() | days), excluding=draw(exclusions))
    told: list[tuple[str, OccurrenceEvent]] = [(AGREEMENT, agreed(term, on=draw(days)))]
    for number in range(draw(st.integers(0, 4))):
        claim = draw(claims(f"c{number}"))
        told.append((AGREEMENT, claim))
        if draw(st.booleans()):
            told.append((AGREEMENT, disputes(f"{AGREEMENT}.d{number}", claim.claim, published=draw(days))))
        if draw(st.booleans()):
            gone = ClaimWithdrawn(
                claim=claim.claim,
                reason="wrong",
                published_at=max(claim.citation.published_at, moment(draw(days))),
            )
            told.append((AGREEMENT, gone))
    for number in range(draw(st.integers(0, 4))):
        told.append((f"change-{number}", draw(changes())))
        if draw(st.booleans()):
            untrue = OccurrenceRetracted(reason="untrue", published_at=moment(draw(days)))
            told.append((f"change-{number}", untrue))
        if draw(st.booleans()):
            told.append((AGREEMENT, effected(TRANSFER, f"change-{number}", draw(days))))
    if draw(st.booleans()):
        told.append((AGREEMENT, rescheduled(TRANSFER, draw(days), draw(days))))
    return told


def in_possible_order(told: Told) -> Told:
    """A claim is withdrawn after it was made."""
    made = {event.claim: number for number, (_, event) in enumerate(told) if isinstance(event, ClaimMade)}
    late = [entry for entry in told if isinstance(entry[1], ClaimWithdrawn)]
    return [*(entry for entry in told if entry not in late), *late] if made else told


def without_positions(found: Control) -> Control:
    return structs.replace(found, basis=structs.replace(found.basis, positions=()))


def the_map(facts: Sequence[ControlFact], as_of: str) -> list[Control]:
    now = Situation(facts, karabakh(), clocks(as_of))
    return [without_positions(control_of(now.registry.places[place], now)) for place in PLACES]


@LAW
@given(told=tellings(), order=st.randoms(use_true_random=False), as_of=days, known_at=days)
def test_the_order_of_arrival_changes_nothing(told: Told, order: Random, as_of: str, known_at: str) -> None:
    shuffled = list(told)
    order.shuffle(shuffled)

    assert the_map(facts_at(in_possible_order(shuffled), known_at), as_of) == the_map(facts_at(told, known_at), as_of)


@LAW
@given(told=tellings(), order=st.randoms(use_true_random=False), as_of=days)
def test_the_order_of_the_rows_changes_nothing(told: Told, order: Random, as_of: str) -> None:
    facts = facts_at(told)
    shuffled = list(facts)
    order.shuffle(shuffled)

    assert the_map(shuffled, as_of) == the_map(facts, as_of)


def published(event: OccurrenceEvent) -> datetime:
    match event:
        case ClaimWithdrawn() | OccurrenceRetracted() | TransferEffected():
            assert event.published_at is not None
            return event.published_at
        case OccurrenceReported() | ClaimMade() | TransferRescheduled():
            return event.citation.published_at
        case _:
            raise AssertionError(event)


@LAW
@given(told=tellings(), as_of=days, known_at=days)
def test_known_at_answers_as_if_nothing_later_had_been_published(told: Told, as_of: str, known_at: str) -> None:
    kept = [
        (stream, event)
        for stream, event in told
        if published(event) <= moment(known_at) or isinstance(event, OccurrenceReported)
    ]

    assert the_map(facts_at(told, known_at), as_of) == the_map(facts_at(kept, known_at), as_of)


def begins(fact: ControlFact) -> datetime | None:
    match fact:
        case Statement():
            return fact.starts_at
        case Transfer():
            return fact.agreed_at
        case _:
            return None


@LAW
@given(told=tellings(), as_of=days)
def test_what_begins_later_changes_nothing_before(told: Told, as_of: str) -> None:
    facts = facts_at(told)
    end = clocks(as_of).as_of_in("Asia/Baku")
    begun = [fact for fact in facts if (at := begins(fact)) is None or at <= end]

    assert the_map(begun, as_of) == the_map(facts, as_of)


@LAW
@given(told=tellings(), as_of=days, reported=changes())
def test_retracting_a_report_undoes_it(told: Told, as_of: str, reported: OccurrenceReported) -> None:
    retracted = OccurrenceRetracted(reason="untrue", published_at=moment("2020-12-01"))
    after = [*told, ("more", reported), ("more", retracted)]

    assert the_map(facts_at(after), as_of) == the_map(facts_at(told), as_of)


@LAW
@given(told=tellings(), as_of=days)
def test_an_agreement_never_moves_control(told: Told, as_of: str) -> None:
    def stated(events: Told) -> list[Control]:
        unlinked = [
            (stream, _without_fulfils(event)) for stream, event in events if not isinstance(event, TransferEffected)
        ]
        found = the_map(facts_at(unlinked), as_of)
        return [
            structs.replace(one, pending_transfer=None, links=structs.replace(one.links, transfer=None))
            for one in found
        ]

    bare = [
        (stream, agreed(on="2020-11-01") if stream == AGREEMENT and isinstance(event, OccurrenceReported) else event)
        for stream, event in told
        if not isinstance(event, TransferRescheduled)
    ]

    assert stated(bare) == stated(told)


def _without_fulfils(event: OccurrenceEvent) -> OccurrenceEvent:
    if isinstance(event, OccurrenceReported) and isinstance(event.details, ControlChange):
        return structs.replace(event, details=structs.replace(event.details, fulfils=()))
    return event


@LAW
@given(told=tellings(), later=days)
def test_a_carve_out_holds(told: Told, later: str) -> None:
    """Whatever was said before, a change passes what it leaves out, and a later one from another leaves it there."""
    corridor = [("lachin-corridor", "armenia")]
    effecting = change(
        "2020-12-15", "lachin", from_=ARMENIAN, to=AZERBAIJAN, by="z", excluding=corridor, published="2020-12-15"
    )
    further = change(f"2021-{later[5:]}", "lachin", from_=AZERBAIJAN, to=PEACEKEEPERS, by="z", published="2022-01-01")
    found = control([*told, ("effecting", effecting), ("further", further)], "lachin-corridor", "2022-01-01")

    assert found.controllers == ("armenia",)
    assert "effecting" in found.basis.occurrences
    assert "further" not in found.basis.occurrences


@LAW
@given(told=tellings(), as_of=days)
def test_the_last_period_of_the_history_is_the_answer(told: Told, as_of: str) -> None:
    now = situation(told, as_of)
    for place in PLACES:
        periods, found = history_of(place, now), control_of(now.registry.places[place], now)
        last = periods[-1] if periods else None
        assert (found.status == "unknown") == (last is None)
        if last is not None:
            assert (last.status, last.controllers, last.from_, last.to) == (
                found.status,
                found.controllers,
                found.since,
                None,
            )


@LAW
@given(told=tellings(), as_of=days)
def test_every_answer_leads_to_its_reports(told: Told, as_of: str) -> None:
    for found in the_map(facts_at(told), as_of):
        if found.status == "unknown":
            assert found.basis == Basis()
        else:
            assert found.basis.reports
            assert found.basis.occurrences
            assert (found.status == "contested") == (found.holders_by_claimant is not None)


@LAW
@given(told=tellings(), one_voice=st.booleans())
def test_the_short_way_through_one_voice_s_statements_gives_the_same_spans(told: Told, *, one_voice: bool) -> None:
    """A change around a place that takes it from nobody moves nothing, and closes the short way."""
    inert = structs.replace(
        facts_about("azerbaijan", [("inert", change("2020-11-01", "azerbaijan", to=None))])[0], id="~"
    )
    for place in PLACES:
        own = [structs.replace(one, claimant="source:one") if one_voice else one for one in facts_about(place, told)]
        if own:
            assert spans_of(own, [], {}, str.__eq__) == spans_of(own, [inert], {}, str.__eq__)


def facts_about(place: str, told: Told) -> list[Statement]:
    return [fact for fact in facts_at(told) if isinstance(fact, Statement) and fact.place == place]
